/** `WebAssembly.Module` and `.Instance`. */
import * as wembed from 'wembed';
import { prepared } from './bytes.js';
import { LinkError, rethrown } from './errors.js';
import { objectOf, rawOf } from './objects.js';
import { adopt, theRuntime } from './runtime.js';
import { fromGuest, guestOf, toGuest, wrapperOf } from './values.js';

export type Source = ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

function bytesOf(source: unknown): Uint8Array {
  if (ArrayBuffer.isView(source)) {
    return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  }
  if (source instanceof ArrayBuffer || source instanceof SharedArrayBuffer) {
    return new Uint8Array(source);
  }
  throw new TypeError('a module is made from an ArrayBuffer or a view');
}

const modules = new WeakMap<object, wembed.Module>();

/** wembed's module of a program's. */
export function moduleOf(module: unknown): wembed.Module | undefined {
  return typeof module === 'object' && module !== null ? modules.get(module) : undefined;
}

function moduleIn(module: unknown): wembed.Module {
  const found = moduleOf(module);
  if (found === undefined) throw new TypeError('the argument has to be a WebAssembly.Module');
  return found;
}

const kindOf = ({ kind }: wembed.ExternType): string => kind;

// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- it is opaque
export class Module {
  constructor(source: Source) {
    const runtime = theRuntime();
    modules.set(this, runtime.load(prepared(runtime, bytesOf(source))));
  }

  /** Another thread's. */
  static adopted(module: wembed.Module): Module {
    const made = Object.create(Module.prototype) as Module;
    modules.set(made, adopt(module));
    return made;
  }

  static exports(module: Module): { name: string; kind: string }[] {
    return moduleIn(module).exports.map(({ name, type }) => ({ name, kind: kindOf(type) }));
  }

  static imports(module: Module): { module: string; name: string; kind: string }[] {
    return moduleIn(module).imports.map((one) => ({
      module: one.module,
      name: one.name,
      kind: kindOf(one.type),
    }));
  }

  static customSections(module: Module, name: string): ArrayBuffer[] {
    const sections = moduleIn(module).customSections.filter((one) => one.name === name);
    return sections.map(({ bytes }) => Uint8Array.from(bytes).buffer);
  }
}

type Host = (...args: unknown[]) => unknown;

/** A program's function as wembed takes it, whose host functions get their caller first. */
function hosted(host: Host, several: boolean): unknown {
  const guest = guestOf(host);
  if (guest !== undefined) return guest;
  const converted = several
    ? (value: unknown) => Array.from(value as Iterable<unknown>, toGuest)
    : toGuest;
  return (_caller: wembed.Caller, ...args: unknown[]) => converted(host(...args.map(fromGuest)));
}

function importOf({ module, name, type }: wembed.ImportDescriptor, space: object): unknown {
  const value: unknown = Reflect.get(space, name);
  if (type.kind === 'function') {
    if (typeof value === 'function') return hosted(value as Host, type.results.length > 1);
  } else if (rawOf(value) !== undefined || value instanceof wembed.Tag) {
    return rawOf(value) ?? value;
  } else if (type.kind === 'global' && !type.mutable) {
    const references = type.value === 'externref' || type.value === 'funcref';
    if (references || ['number', 'bigint'].includes(typeof value)) return toGuest(value);
  }
  throw new LinkError(`import "${module}" "${name}": ${type.kind} wanted, ${typeof value} given`);
}

/** Each import that the module wants, by its names; names may come twice with other types. */
function importsOf(module: wembed.Module, given: unknown): wembed.Imports {
  const wanted = module.imports;
  if (wanted.length > 0 && (typeof given !== 'object' || given === null)) {
    throw new TypeError('the module has imports');
  }
  const imports: Record<string, Record<string, unknown>> = {};
  for (const one of wanted) {
    const space: unknown = Reflect.get(given as object, one.module);
    if ((typeof space !== 'object' && typeof space !== 'function') || space === null) {
      throw new TypeError(`import "${one.module}" is no object`);
    }
    (imports[one.module] ??= {})[one.name] = importOf(one, space);
  }
  return imports as wembed.Imports;
}

function exportOf(instance: wembed.Instance, name: string, kind: string): unknown {
  const raw = instance.export(name);
  return kind === 'function' ? wrapperOf(raw as wembed.ExportedFunction) : objectOf(raw);
}

/** Runs start functions, whose errors are the program's. */
function instanceOf(module: wembed.Module, imports: wembed.Imports): wembed.Instance {
  try {
    return module.instantiate({ imports });
  } catch (error) {
    throw rethrown(error);
  }
}

export class Instance {
  readonly exports: Readonly<Record<string, unknown>>;

  constructor(module: Module, imports?: unknown) {
    const from = moduleIn(module);
    const instance = instanceOf(from, importsOf(from, imports));
    const exports = Object.create(null) as Record<string, unknown>;
    for (const { name, type } of from.exports) exports[name] = exportOf(instance, name, type.kind);
    this.exports = Object.freeze(exports);
  }
}
