/** Where memories come from: the `memory` option of a runtime and of an instance. */
import { types } from 'node:util';
import { type OptionNames, optionsOf, wordOf } from '../base/options.js';
import { type Backend, storages } from '../guest/storage.js';
import type { RawMemoryOptions } from '../raw/binding.js';
import { UsageError } from '../base/errors.js';

/**
 * Which pool a runtime makes: `pool` has slots with their whole reach reserved and unchecked
 * accesses, `small-pool` small slots with checked ones, `on-demand` is none. `ladder`: the first
 * of the three that works here.
 */
export type MemoryStrategy = 'ladder' | 'pool' | 'small-pool' | 'on-demand';

/** The pool of a runtime whose strategy makes one. */
export interface PoolOptions {
  /** Memories in use at a time. Default: as many as fit well. */
  readonly slots?: number | undefined;
  /** Bytes of the largest memory in the pool, at least 65,536. Default: 4 GiB, small pool 16 MiB. */
  readonly slotBytes?: number | undefined;
  /** Bytes of storage that a free slot keeps, to be quick. */
  readonly keepResident?: number | undefined;
  /** True: a memory that finds no slot is an error, and not made on demand. */
  readonly strict?: boolean | undefined;
}

/** Where the memories of a runtime come from. */
export interface RuntimeMemoryOptions {
  /** How the memories of its instances are kept. Default: automatic. */
  readonly backend?: Backend | undefined;
  /**
   * Default: what the environment variable WEMBED_MEMORY says, else `on-demand`. A strategy other
   * than `ladder` that is impossible here is an error that says why.
   */
  readonly strategy?: MemoryStrategy | undefined;
  /** Numbers of the pool, where they are not to be chosen. */
  readonly pool?: PoolOptions | undefined;
}

/**
 * Memory of the host's. A SharedArrayBuffer, or a view of a part of one, stays the host's: both
 * see the same bytes, in other threads too. An ArrayBuffer is taken over and empty from then on,
 * also when the instantiation fails; its bytes are seen through `memory.buffer`.
 */
export type HostBuffer = SharedArrayBuffer | ArrayBuffer | ArrayBufferView;

/** Where the memories of one instance are kept. */
export type InstanceMemoryOptions =
  | {
      /** How its memories are kept. Default: as the runtime says. */
      readonly backend?: Backend | undefined;
      /** Belongs to the backend `buffer`. */
      readonly buffer?: undefined;
    }
  | {
      /** In memory of the host's. */
      readonly backend: 'buffer';
      /** Holds the first memory, which grows inside of it. For one instance at a time. */
      readonly buffer: HostBuffer;
    };

const memoryNames: OptionNames<RuntimeMemoryOptions> = {
  backend: true,
  strategy: true,
  pool: true,
};
const poolNames: OptionNames<PoolOptions> = {
  slots: true,
  slotBytes: true,
  keepResident: true,
  strict: true,
};
const placeNames: OptionNames<InstanceMemoryOptions> = { backend: true, buffer: true };

/** In the order of the C API. */
const strategies = ['default', 'ladder', 'pool', 'small-pool', 'on-demand'] as const;

/** The strategy of that number; the default has no name of its own. */
export function strategyOf(number: number): MemoryStrategy {
  const name = strategies[number];
  return name === undefined || name === 'default' ? 'on-demand' : name;
}

function backendNumber(backend: string | null | undefined, buffers: boolean): number {
  const usable = storages.filter((name) => name !== 'functions' && (buffers || name !== 'buffer'));
  return storages.indexOf(wordOf(backend ?? 'automatic', usable, 'the memory backend'));
}

function strategyNumber(strategy: MemoryStrategy | null | undefined): number {
  if (strategy === undefined || strategy === null) return 0;
  return strategies.indexOf(wordOf(strategy, strategies.slice(1), 'the memory strategy'));
}

function size(
  value: number | null | undefined,
  what: string,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (value === undefined || value === null) return 0;
  if (!Number.isSafeInteger(value) || value <= 0 || value > most) {
    throw new UsageError(`${what} has to be a whole number above 0`);
  }
  return value;
}

/** Options of a runtime for the addon; 0 is a number's default. */
export function rawMemoryOptions(given: RuntimeMemoryOptions | null | undefined): RawMemoryOptions {
  const options = optionsOf<RuntimeMemoryOptions>(given, memoryNames, 'memory');
  const pool = optionsOf<PoolOptions>(options.pool, poolNames, 'memory.pool');
  return {
    backend: backendNumber(options.backend, false),
    strategy: strategyNumber(options.strategy),
    slots: size(pool.slots, 'pool.slots', 0xffffffff),
    slotBytes: size(pool.slotBytes, 'pool.slotBytes'),
    keepResident: size(pool.keepResident, 'pool.keepResident'),
    strict: pool.strict ?? false,
  };
}

/** What an instance's memory is kept in: for the addon, which holds the buffer. */
export interface RawPlace {
  readonly backend: number;
  readonly buffer: Uint8Array | undefined;
}

/** Checks the options of an instance. A buffer to be taken over is taken by calling the result. */
export function rawPlace(given: InstanceMemoryOptions | null | undefined): () => RawPlace {
  const options = optionsOf<InstanceMemoryOptions>(given, placeNames, 'memory');
  const backend = backendNumber(options.backend, true);
  const buffer = options.buffer ?? undefined;
  if ((options.backend === 'buffer') !== (buffer !== undefined)) {
    throw new UsageError("the memory backend 'buffer' and a buffer belong together");
  }
  if (buffer === undefined) return () => ({ backend, buffer: undefined });
  const bytes = shared(buffer);
  if (bytes === undefined) return () => ({ backend, buffer: taken(buffer as ArrayBuffer) });
  return () => ({ backend, buffer: checkedBytes(bytes) });
}

/** Bytes that stay the host's: what is shared between threads cannot be taken from anybody. */
function shared(buffer: HostBuffer): Uint8Array | undefined {
  if (types.isSharedArrayBuffer(buffer)) return new Uint8Array(buffer);
  if (ArrayBuffer.isView(buffer)) {
    if (types.isSharedArrayBuffer(buffer.buffer)) {
      return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    }
    throw new UsageError('a part of an ArrayBuffer cannot be taken over: give the whole buffer');
  }
  if (types.isArrayBuffer(buffer)) return undefined;
  throw new UsageError('memory.buffer has to be a SharedArrayBuffer or an ArrayBuffer');
}

/** Moves the bytes into a buffer nobody else has: its owner could detach the other at any time. */
function taken(buffer: ArrayBuffer): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(structuredClone(buffer, { transfer: [buffer] }));
  } catch (error) {
    throw new UsageError('the buffer cannot be taken over', { cause: error });
  }
  // Node copies what nobody may detach, without a word.
  if (buffer.byteLength !== 0) throw new UsageError('the buffer cannot be taken over');
  return checkedBytes(bytes);
}

function checkedBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength === 0) throw new UsageError('memory.buffer is empty, or was taken over');
  if (bytes.byteOffset % 8 !== 0) throw new UsageError('memory.buffer has to be aligned to 8');
  return bytes;
}
