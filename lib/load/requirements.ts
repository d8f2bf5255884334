/** How much memory a module takes, measured beforehand. */
import { type RawRequirementsOptions, binding } from '../raw/binding.js';
import { UsageError, errorOf, isRawError } from '../base/errors.js';
import { type OptionNames, optionsOf, wordOf } from '../base/options.js';
import { defaultGcHeapBytes, defaultStackSize } from '../core/limits.js';
import { type ModuleBytes, checkedBytes, nameOf, ownerships } from './module_bytes.js';

/** What a program is going to do with the module: as the options of Runtime, load, instantiate. */
export interface RequirementsOptions {
  /** A name for messages. It is kept with the module, so it counts. */
  readonly name?: string | undefined;
  /** Only a copy of the bytes is in the block. Default: `copy`. */
  readonly ownership?: 'copy' | 'borrow' | 'transfer' | undefined;
  /** Instances that are there at a time. Default: 1. */
  readonly instances?: number | undefined;
  /** As for the instance: bytes, bytes, pages. */
  readonly stackSize?: number | undefined;
  /** Bytes, as for the instance. */
  readonly heapSize?: number | undefined;
  /** Pages, as for the instance. */
  readonly maxMemoryPages?: number | undefined;
  /** Bytes, as for the instance. */
  readonly gcHeapBytes?: number | undefined;
  /** Whether there are calls with `fuel`. */
  readonly metered?: boolean | undefined;
  /** As of Runtime. Without it the figures hold for first calls in the order of the functions. */
  readonly translateEarly?: boolean | undefined;
}

/** Bytes of a runtime's pool, the allocator's own headers included, where nothing else is said. */
export interface Requirements {
  /** The smallest pool in which the runtime, the module, its instances and all calls fit. */
  readonly blockBytes: number;
  /** Of these: the pool's own bookkeeping. */
  readonly allocatorBytes: number;
  /** The runtime itself. */
  readonly runtimeBytes: number;
  /** The module without code, with its bytes when they are copied. */
  readonly moduleBytes: number;
  /** All functions translated. */
  readonly codeBytes: number;
  /** Each instance: memories, tables, globals, its stack. */
  readonly instanceBytes: number;
  /** Of that: its linear memories at the start. */
  readonly memoryBytes: number;
  /** Needed on top of the sum for a while, or lost as gaps. */
  readonly transientBytes: number;
  /** Not in `blockBytes`: has to be free when a trap happens, for the offsets of its frames. */
  readonly trapBytes: number;
  /** Not in `blockBytes`: each page that the first memory grows by; 0 when it cannot. */
  readonly growthPageBytes: number;
  /**
   * Not in `blockBytes`: the most that structures and arrays of one instance may take, its
   * `gcHeapBytes`; 0 when the module has no types of such.
   */
  readonly objectBytes: number;
}

function count(value: number | null | undefined, what: string, most = 0xffffffff): number {
  const given = value ?? 0;
  if (!Number.isSafeInteger(given) || given < 0 || given > most) {
    throw new UsageError(`${what} has to be a whole number`);
  }
  return given;
}

const names: OptionNames<RequirementsOptions> = {
  name: true,
  ownership: true,
  instances: true,
  stackSize: true,
  heapSize: true,
  maxMemoryPages: true,
  gcHeapBytes: true,
  metered: true,
  translateEarly: true,
};

/**
 * Measures what a module needs of `new Runtime({ allocator: { pool, noSystemMemory: true } })`, by
 * doing the work a few times in scratch memory of the system: for the time of development, or
 * before a runtime is made. No guest code runs; memories are really made. Functions that do
 * nothing and fresh memories, tables and globals stand for what the module imports. Throws a
 * CompileError, or whatever making the instance would throw.
 */
export function requirementsOf(bytes: ModuleBytes, given?: RequirementsOptions): Requirements {
  const options = optionsOf<RequirementsOptions>(given, names, 'requirementsOf');
  const raw: RawRequirementsOptions = {
    name: nameOf(options.name ?? ''),
    copied: wordOf(options.ownership ?? 'copy', ownerships, 'ownership') === 'copy',
    instances: count(options.instances, 'instances', 1_000_000),
    stackSize: count(options.stackSize ?? defaultStackSize, 'stackSize'),
    heapSize: count(options.heapSize, 'heapSize'),
    maxMemoryPages: count(options.maxMemoryPages, 'maxMemoryPages'),
    gcHeapBytes: count(options.gcHeapBytes ?? defaultGcHeapBytes, 'gcHeapBytes'),
    metered: options.metered ?? false,
    late: !(options.translateEarly ?? true),
  };
  const { view } = checkedBytes(bytes, 'copy');
  const figures = binding.requirements(view, raw);
  if (isRawError(figures)) throw errorOf(figures);
  return Object.freeze(figures);
}
