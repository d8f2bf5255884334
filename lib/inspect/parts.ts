/** What an inspection consists of: plain data, for people and their tools. */
import type { ExportDescriptor, ImportDescriptor } from '../core/extern.js';
import type { BufferInspection } from '../guest/guest.js';
import type { Storage } from '../guest/storage.js';
import type { Requirements } from '../load/requirements.js';
import type { ValueType } from '../raw/value_type.js';

/** In the order of the C API. */
export const kinds = [
  'unknown',
  'static',
  'stack',
  'guest-heap',
  'host-heap',
  'grown',
  'reach',
  'data',
  'stack-free',
  'stack-used',
  'allocation',
  'free',
] as const;

/**
 * What a region of a memory is. From `unknown` to `reach` they follow each other without a gap;
 * the others are parts of those:
 *
 * - `static`: static data of the program, with `data` segments in it
 * - `stack`: the program's stack in memory, its `stack-free` part and its `stack-used` one
 * - `guest-heap`: for the guest's own allocator
 * - `host-heap`: what `malloc` hands out, with each `allocation` and the `free` gaps between them
 * - `grown`: pages that came later
 * - `reach`: not there, but the memory may still grow by it
 */
export type RegionKind = (typeof kinds)[number];

/** A range of a memory. `offset` and `bytes` are bytes, from the start of the memory. */
export interface RegionInspection {
  readonly kind: RegionKind;
  readonly offset: number;
  readonly bytes: number;
  /** Bytes that were written to, if the system tells. */
  readonly resident?: number;
  /** Number of a data segment. */
  readonly index?: number;
  /** Name of a data segment; else empty. */
  readonly name: string;
  /** How the region is known, for example `__heap_base (exported)`. */
  readonly how: string;
  /** The buffer that owns an allocation. */
  readonly buffer?: BufferInspection;
  readonly parts: readonly RegionInspection[];
}

/** The heap in a memory that `malloc` takes from. Bytes, but for `blocks`. */
export interface HeapInspection {
  readonly capacity: number;
  readonly used: number;
  readonly peak: number;
  /** The largest block that can be had now. */
  readonly largest: number;
  readonly blocks: number;
  /** Outside of the memory. */
  readonly bookkeeping: number;
}

/** A memory: where it is kept, its sizes, what lies where in it. */
export interface MemoryInspection {
  readonly index: number;
  readonly imported: boolean;
  readonly is64: boolean;
  /** Whether accesses go unchecked, because faults become traps. */
  readonly guarded: boolean;
  readonly backend: Storage;
  /** Its place in the runtime's pool. */
  readonly slot?: { readonly number: number; readonly of: number; readonly bytes: number };
  readonly bytes: number;
  readonly pageBytes: number;
  /** Now. */
  readonly pages: number;
  /** That the module asks for. */
  readonly pagesDeclared: number;
  readonly pagesMaximum: number;
  /** Bytes that were written to, if the system tells. */
  readonly resident?: number;
  /** Of the program's stack in memory, if it is known. */
  readonly stackPointer?: number;
  readonly heap?: HeapInspection;
  readonly regions: readonly RegionInspection[];
}

/** A table. Sizes are in elements. */
export interface TableInspection {
  readonly name: string;
  readonly element: ValueType;
  readonly imported: boolean;
  readonly length: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** A global and its value. `name` is that of its export or the name section, else empty. */
export interface GlobalInspection {
  readonly name: string;
  readonly type: ValueType;
  readonly mutable: boolean;
  readonly imported: boolean;
  /** As text: a number, `null`, `function` or `value`. */
  readonly value: string;
}

/** A section of the module's bytes. `offset` is that of its id, `bytes` all that it takes. */
export interface SectionInspection {
  /** 0: custom. */
  readonly id: number;
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
}

/** What an inspected instance was made from. */
export interface ModuleInspection {
  readonly name: string;
  readonly bytes: number;
  /** Bytes beside the module's own, without translated code. */
  readonly bookkeeping: number;
  readonly sections: readonly SectionInspection[];
  readonly imports: readonly ImportDescriptor[];
  readonly exports: readonly ExportDescriptor[];
  readonly dataSegments: number;
}

/** What an inspection is to show besides. */
export interface InspectOptions {
  /** From `requirementsOf`, which needs the module's bytes: to be shown with the rest. */
  readonly requirements?: Requirements | undefined;
}

/** An inspection without its faces as text and page. */
export interface InspectionParts {
  readonly module: ModuleInspection;
  readonly functions: {
    readonly total: number;
    readonly imported: number;
    readonly translated: number;
  };
  /** Stacks for wasm frames, which are outside of memories. */
  readonly wasmStacks: { readonly count: number; readonly bytes: number; readonly used: number };
  /** Imported ones first; so are tables and globals. */
  readonly memories: readonly MemoryInspection[];
  readonly tables: readonly TableInspection[];
  readonly globals: readonly GlobalInspection[];
  /** Buffers of `malloc` and `dup` that are neither freed nor released. */
  readonly buffers: readonly BufferInspection[];
  /** Bytes of the instance beside memories and stacks. */
  readonly bookkeeping: number;
  /** What the module needs of a block that holds everything, when that was asked for. */
  readonly requirements?: Requirements;
  /** The version of wembed. */
  readonly version: string;
}
