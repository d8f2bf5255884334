/** Bounds of what runs in a runtime. */
import { type OptionNames, optionsOf } from '../base/options.js';
import type { CallOptions } from './call_options.js';

/** Room for some ten thousand frames. WAMR's 16 KiB are meant for devices. */
export const defaultStackSize = 1 << 20;

/** For structures and arrays. WAMR's 128 KiB are meant for devices. */
export const defaultGcHeapBytes = 64 << 20;

/** Bounds of everything in a runtime; options of a single call or instance come first. */
export interface Limits extends Pick<CallOptions, 'deadline' | 'fuel'> {
  /** Bytes of stack for wasm frames, for each instance. */
  readonly stackSize?: number | undefined;
  /**
   * Pages that the first memory of an instance may have, those of a heap included. Instantiating
   * one that begins with more is a ResourceError with the code `MemoryOverLimit`.
   */
  readonly maxMemoryPages?: number | undefined;
  /**
   * Bytes for structures, arrays and other collected objects that each instance brings to the heap it
   * shares with those it is linked with. A guest that needs more, collected as all may be, ends in a
   * ResourceError with the code `OutOfMemory`. Default: 64 MiB.
   */
  readonly gcHeapBytes?: number | undefined;
}

const names: OptionNames<Limits> = {
  deadline: true,
  fuel: true,
  stackSize: true,
  maxMemoryPages: true,
  gcHeapBytes: true,
};

/** A copy of what is given, for good. */
export function limitsOf(given: Limits | null | undefined): Limits {
  const limits = Object.entries(optionsOf<Limits>(given, names, 'limits'));
  return Object.freeze(Object.fromEntries(limits.filter(([, limit]) => limit != null)));
}
