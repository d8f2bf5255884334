/**
 * `WebAssembly` by wembed's public interface. What JavaScript's own interface promises beyond that of
 * wembed (two objects for one memory are the same object) is not there.
 */
import { Exception, JSTag, Tag } from 'wembed';
import { CompileError, LinkError, RuntimeError } from './errors.js';
import { Instance, Module, type Source } from './module.js';
import { Global, Memory, Table } from './objects.js';

interface Both {
  readonly module: Module;
  readonly instance: Instance;
}

type Answer = Response | PromiseLike<Response>;

const compile = async (source: Source): Promise<Module> => Promise.resolve(new Module(source));

const bytesOf = async (answer: Answer): Promise<ArrayBuffer> => (await answer).arrayBuffer();

async function instantiate(source: Module | Source, imports?: unknown): Promise<Instance | Both> {
  await Promise.resolve();
  if (source instanceof Module) return new Instance(source, imports);
  const module = new Module(source);
  return { module, instance: new Instance(module, imports) };
}

function validate(source: Source): boolean {
  try {
    new Module(source);
    return true;
  } catch (error) {
    if (error instanceof CompileError) return false;
    throw error;
  }
}

export const standIn = {
  Module,
  Instance,
  Memory,
  Table,
  Global,
  Tag,
  Exception,
  JSTag,
  CompileError,
  LinkError,
  RuntimeError,
  compile,
  instantiate,
  validate,
  compileStreaming: async (answer: Answer): Promise<Module> => compile(await bytesOf(answer)),
  instantiateStreaming: async (answer: Answer, imports?: unknown): Promise<Instance | Both> =>
    instantiate(await bytesOf(answer), imports),
};

Object.defineProperty(standIn, Symbol.toStringTag, { value: 'WebAssembly' });
