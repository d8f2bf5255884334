/** How instances are made. */
import { LinkError, UsageError, errorOf } from '../base/errors.js';
import { type OptionNames, optionsOf } from '../base/options.js';
import { makeFunction } from '../call/exported_function.js';
import {
  type CallOptions,
  boundsOf,
  callOptionNames,
  deadlineOf,
  fuelOf,
} from '../core/call_options.js';
import { uncaught } from '../core/exception.js';
import { HostReferences } from '../core/host_reference.js';
import { InstanceCore } from '../core/instance_core.js';
import { type Limits, defaultGcHeapBytes, defaultStackSize } from '../core/limits.js';
import { lastGivenReference } from '../core/link_group.js';
import type { ModuleCore } from '../core/module_core.js';
import { Stop } from '../core/stop.js';
import { type HostFunction, makeHost } from '../host/host_function.js';
import { type AsyncImports, ImportResolver, type Imports } from '../host/imports.js';
import { type Seat, seatOf } from '../host/seat.js';
import { storages } from '../guest/storage.js';
import { thrown } from '../host/thrown.js';
import type { Instance } from '../instance/instance.js';
import { type WasiHandle, binding } from '../raw/binding.js';
import { type WasiOptions, giveWasi } from '../wasi/wasi.js';
import { type InstanceMemoryOptions, type RawPlace, rawPlace } from './memory_options.js';
import { roomOf } from './shared_memory.js';

/** How an instance is made; `deadline`, `fuel` and `signal` bound its start functions. */
export interface InstantiateOptions<D = undefined> extends CallOptions {
  /** What the module imports. Host functions get `data` from their caller. */
  readonly imports?: Imports<NoInfer<D>> | undefined;
  /** The host's own data for this instance: `caller.data`, `caller.dataAndMemory()`. */
  readonly data?: D | undefined;
  /** See AsyncInstantiateOptions. */
  readonly asyncOnly?: false | undefined;
  /** Bytes of a heap in linear memory for `malloc`, when the module exports no allocator. */
  readonly heapSize?: number | undefined;
  /** Bytes of stack for wasm frames. Default: 1 MiB, taken by the first call. */
  readonly stackSize?: number | undefined;
  /** In place of the runtime's, see Limits; Infinity is no limit. */
  readonly maxMemoryPages?: number | undefined;
  /** In place of the runtime's, see Limits. */
  readonly gcHeapBytes?: number | undefined;
  /** Where its memories are kept; the runtime's choice by default. */
  readonly memory?: InstanceMemoryOptions | undefined;
  /** False: a function that is missing is no error until it is called. Default: true. */
  readonly strict?: boolean | undefined;
  /**
   * What the guest is given by WASI; without it a module that imports WASI is not instantiated. Its
   * `_initialize` runs then, once, before anything else can be called.
   */
  readonly wasi?: WasiOptions | undefined;
}

/** Options of an instance whose functions are called by `callAsync` alone. */
export interface AsyncInstantiateOptions<D = undefined> extends Omit<
  InstantiateOptions<D>,
  'imports' | 'asyncOnly'
> {
  /** What the module imports. Host functions may return promises. */
  readonly imports?: AsyncImports<NoInfer<D>> | undefined;
  /**
   * Synchronous calls are refused, by the types and at run time, so that host functions can
   * always return a promise. A start function is called synchronously all the same.
   */
  readonly asyncOnly: true;
}

/** An instance of the importer (shared_memory.ts) over what the token stands for. */
export function instantiateImporter(
  module: ModuleCore,
  token: string,
  buffer: SharedArrayBuffer | undefined,
): InstanceCore {
  const core = new InstanceCore(module, makeFunction);
  const failed = binding.instantiate(
    core.handle,
    {
      stackSize: defaultStackSize,
      heapSize: 0,
      maxMemoryPages: 0,
      gcHeapBytes: defaultGcHeapBytes,
      strict: true,
      deadline: 0,
      fuel: 0,
      stop: undefined,
      backend: 0,
      buffer: undefined,
      held: buffer && new Uint8Array(buffer),
      token,
    },
    [{ source: 2, from: core.handle, index: 0 }],
  );
  if (failed === undefined) return core;
  core.close();
  throw errorOf(failed);
}

/** Makes an instance and runs its start function; `make` makes the object for it. */
export function instantiate<E extends object, D, I extends Instance<E, D>>(
  module: ModuleCore,
  given: InstantiateOptions<D> | AsyncInstantiateOptions<D> | null | undefined,
  make: (core: InstanceCore) => I,
): I {
  const options = checkedOptions(module, given as InstantiateOptions<unknown>);
  const core = new InstanceCore(module, makeFunction);
  const instance = make(core);
  const seat = seatOf(core, instance as unknown as Instance);
  core.seat = seat;
  core.references = new HostReferences(({ fn, params, results }) =>
    makeHost(seat, fn as HostFunction, params, results),
  );
  core.data = options.data;
  core.asyncOnly = options.asyncOnly ?? false;
  try {
    link(core, options, seat);
    // Reading the options may have closed what it is made from.
    instance.open();
  } catch (error) {
    core.close();
    throw error;
  }
  return instance;
}

/** WEMBED_BACKEND_BUFFER. */
const BUFFER = storages.indexOf('buffer');

const optionNames: OptionNames<InstantiateOptions> = {
  ...callOptionNames,
  imports: true,
  data: true,
  asyncOnly: true,
  heapSize: true,
  stackSize: true,
  maxMemoryPages: true,
  gcHeapBytes: true,
  memory: true,
  strict: true,
  wasi: true,
};

/** The options; imports in their place are an easy mistake. */
function checkedOptions(
  module: ModuleCore,
  given: InstantiateOptions<unknown> | null | undefined,
): Partial<InstantiateOptions<unknown>> {
  const isImport = (name: string): boolean =>
    module.rawImports.some((wanted) => wanted.module === name);
  const misplaced = (name: string): string =>
    isImport(name) ? `: write imports: { ${name} }` : '';
  return optionsOf<InstantiateOptions<unknown>>(given, optionNames, 'instantiate', misplaced);
}

function importsOf(options: Partial<InstantiateOptions<unknown>>): Imports {
  const imports: unknown = options.imports ?? {};
  if (typeof imports === 'object' || typeof imports === 'function') return imports as Imports;
  throw new UsageError('imports have to be an object');
}

// Takes no D, in whose place any type can be seen as unknown then.
function link(core: InstanceCore, options: InstantiateOptions<unknown>, seat: Seat): void {
  const { module } = core;
  const { runtime } = module;
  const { limits } = runtime;
  core.group.catches = binding.moduleCatches(module.handle);
  const resolver = new ImportResolver(core, seat, importsOf(options));
  const imports = resolver.resolve(module.rawImports);
  core.linkedReference = lastGivenReference();
  const strict = options.strict ?? true;
  const bounds = boundsOf(options, limits);
  const sizes = rawSizes(options, limits);
  const place = placeOf(module, options, sizes);
  const wasi = wasiOf(seat, options.wasi);
  const stop = bounds.signal && new Stop(runtime, bounds.signal, () => core.group);
  try {
    const raw = {
      ...sizes,
      wasi,
      strict,
      deadline: deadlineOf(bounds),
      fuel: fuelOf(bounds),
      stop: stop?.handle,
    };
    if (resolver.problems.length > 0 && !strict) throw linkError(resolver.problems, '');
    const failed = binding.instantiate(core.handle, { ...raw, ...place() }, imports);
    const cause = core.group.takeCause();
    if (failed === undefined) return;
    const error = failed.code === 'Exception' ? uncaught(core, failed) : errorOf(failed, cause);
    if (resolver.problems.length === 0) throw error;
    throw linkError(resolver.problems, error.message);
  } finally {
    stop?.end();
  }
}

/** See HostOutcome in native/addon/cell.h, and WasiSource in native/addon/wasi_source.h. */
const wasiOutcome = -1000;

/** What it is given by WASI; what its functions throw ends the guest's call. */
function wasiOf(seat: Seat, options: WasiOptions | undefined): WasiHandle | undefined {
  if ((options ?? undefined) === undefined) return undefined;
  const { core } = seat;
  const { handle, functions } = giveWasi(core.module.runtime, options, (ask) => {
    return (question, bytes, sync) => {
      try {
        return ask(question, bytes, sync);
      } catch (error) {
        return wasiOutcome - thrown(seat.core, { error });
      }
    };
  });
  core.wasi = functions;
  return handle;
}

/** Where its memories go. A shared one that JavaScript is to see has to lie in a buffer of its own. */
function placeOf(
  module: ModuleCore,
  options: InstantiateOptions<unknown>,
  { heapSize, maxMemoryPages }: { heapSize: number; maxMemoryPages: number },
): () => RawPlace & { readonly reserved?: number } {
  const place = rawPlace(options.memory);
  if ((options.memory ?? undefined) !== undefined) return place;
  return () => {
    const room = roomOf(module, heapSize, maxMemoryPages === 0 ? Infinity : maxMemoryPages);
    return room === undefined ? place() : { backend: BUFFER, ...room };
  };
}

/** A number for the addon, where a size has 32 bits and 0 means the default. */
function sizeOf(value: number, what: string, least = 0): number {
  if (!Number.isSafeInteger(value) || value < least || value > 0xffffffff) {
    throw new UsageError(`${what} has to be a whole number, ${least} or more, below 2 ** 32`);
  }
  return value;
}

/** At least one byte, as 0 would be the addon's own default. */
function bytesOf(value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError('gcHeapBytes has to be a whole number, 1 or more');
}

function rawSizes(options: InstantiateOptions<unknown>, limits: Limits) {
  const maxMemoryPages = options.maxMemoryPages ?? limits.maxMemoryPages ?? Infinity;
  return {
    stackSize: sizeOf(options.stackSize ?? limits.stackSize ?? defaultStackSize, 'stackSize'),
    heapSize: sizeOf(options.heapSize ?? 0, 'heapSize'),
    maxMemoryPages: maxMemoryPages === Infinity ? 0 : sizeOf(maxMemoryPages, 'maxMemoryPages', 1),
    gcHeapBytes: bytesOf(options.gcHeapBytes ?? limits.gcHeapBytes ?? defaultGcHeapBytes),
  };
}

function linkError(problems: readonly string[], text: string): LinkError {
  const lines = text === '' ? problems : [...problems, text];
  return new LinkError(lines.join('\n'), { code: 'Unlinkable' });
}
