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
  /** What it is. */
  readonly kind: RegionKind;
  /** Where it begins: bytes. */
  readonly offset: number;
  /** How large it is. */
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
  /** What is inside of it, in order; empty for parts. */
  readonly parts: readonly RegionInspection[];
}

/** The heap in a memory that `malloc` takes from. Bytes, but for `blocks`. */
export interface HeapInspection {
  /** All of it, in bytes. */
  readonly capacity: number;
  /** Handed out now, rounded up to the allocator's granules. */
  readonly used: number;
  /** The most that was handed out at a time. */
  readonly peak: number;
  /** The largest block that can be had now. */
  readonly largest: number;
  /** How many are handed out. */
  readonly blocks: number;
  /** Outside of the memory. */
  readonly bookkeeping: number;
}

/** A memory: where it is kept, its sizes, what lies where in it. */
export interface MemoryInspection {
  /** Its number in the module, imported ones first. */
  readonly index: number;
  /** In the name section, else empty. */
  readonly name: string;
  /** Whether another instance made it. */
  readonly imported: boolean;
  /** Whether its addresses have 64 bits. */
  readonly is64: boolean;
  /** Whether accesses go unchecked, because faults become traps. */
  readonly guarded: boolean;
  /** Where it is kept. */
  readonly backend: Storage;
  /** Its place in the runtime's pool. */
  readonly slot?: {
    /** Which one. */
    readonly number: number;
    /** How many there are. */
    readonly of: number;
    /** Of the largest memory that fits. */
    readonly bytes: number;
  };
  /** Its size now. */
  readonly bytes: number;
  /** Bytes of a page: 65536, or 1. */
  readonly pageBytes: number;
  /** Now. */
  readonly pages: number;
  /** That the module asks for. */
  readonly pagesDeclared: number;
  /** That it may have, by the module and by limits. */
  readonly pagesMaximum: number;
  /** Bytes that were written to, if the system tells. */
  readonly resident?: number;
  /** Address in memory of the end of the program's stack, if it is known. */
  readonly stackPointer?: number;
  /** Of `heapSize`, if it has one. */
  readonly heap?: HeapInspection;
  /** What lies where: one after the other without a gap. */
  readonly regions: readonly RegionInspection[];
}

/** A table. Sizes are in elements. */
export interface TableInspection {
  /** By its export or the name section, else empty. */
  readonly name: string;
  /** The type of its elements. */
  readonly element: ValueType;
  /** Whether another instance made it. */
  readonly imported: boolean;
  /** How many elements it has now. */
  readonly length: number;
  /** That the module asks for. */
  readonly minimum: number;
  /** That it may have. */
  readonly maximum: number;
}

/** A global and its value. `name` is that of its export or the name section, else empty. */
export interface GlobalInspection {
  /** By its export or the name section, else empty. */
  readonly name: string;
  /** The type of its value. */
  readonly type: ValueType;
  /** Whether its value may change. */
  readonly mutable: boolean;
  /** Whether another instance made it. */
  readonly imported: boolean;
  /** As text: a number, `null`, `function` or `value`. */
  readonly value: string;
}

/** How many structures, or arrays, of one type there are. */
export interface ObjectCount {
  /** Its number in the module; absent: of all types that the module does not have. */
  readonly type?: number;
  /** In the name section, else empty. */
  readonly name: string;
  /** Whether they are arrays; of types that the module does not have it is not known. */
  readonly array: boolean;
  /** How many. */
  readonly objects: number;
  /** Of all of them. */
  readonly bytes: number;
}

/** The structures and arrays of an instance and of all it is linked with, after a collection. */
export interface ObjectsInspection {
  /** Bytes that their heap may take. */
  readonly limit: number;
  /** Bytes that it takes. */
  readonly taken: number;
  /** How many there are. */
  readonly objects: number;
  /** Of them. */
  readonly bytes: number;
  /** So far. */
  readonly collections: number;
  /** By their types, in the order of the module. */
  readonly types: readonly ObjectCount[];
}

/** A section of the module's bytes. `offset` is that of its id, `bytes` all that it takes. */
export interface SectionInspection {
  /** 0: custom. */
  readonly id: number;
  /** `code`, for example; of a custom section its own. */
  readonly name: string;
  /** Of its first byte, in the module. */
  readonly offset: number;
  /** All of it, id and length included. */
  readonly bytes: number;
}

/** What an inspected instance was made from. */
export interface ModuleInspection {
  /** That it was loaded under. */
  readonly name: string;
  /** Of its binary. */
  readonly bytes: number;
  /** Bytes beside the module's own, without translated code. */
  readonly bookkeeping: number;
  /** In the order of the binary. */
  readonly sections: readonly SectionInspection[];
  /** What it imports, in the order of the binary. */
  readonly imports: readonly ImportDescriptor[];
  /** What it exports, likewise. */
  readonly exports: readonly ExportDescriptor[];
  /** How many it has. */
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
  /** Structures and arrays, if any was made. */
  readonly objects?: ObjectsInspection;
  /** Buffers of `malloc` and `dup` that are neither freed nor released. */
  readonly buffers: readonly BufferInspection[];
  /** Bytes of the instance beside memories and stacks. */
  readonly bookkeeping: number;
  /** What the module needs of a block that holds everything, when that was asked for. */
  readonly requirements?: Requirements;
  /** The version of wembed. */
  readonly version: string;
}
