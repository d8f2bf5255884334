/** What an instance looks like inside, as plain data: for people and their tools. */
import {
  type InstanceHandle,
  type RawError,
  type RawNumbers,
  type RawRegion,
  binding,
} from './binding.js';
import { checked } from './cell.js';
import { UsageError, errorOf, isRawError } from './errors.js';
import { toHtml } from './inspection_html.js';
import { toText } from './inspection_text.js';
import type { InstanceCore } from './instance_core.js';
import { type Storage, storageOf } from './memory_options.js';
import type { ExportDescriptor, ImportDescriptor } from './module.js';
import type { Requirements } from './requirements.js';
import { EXTERNREF, F32, F64, FUNCREF, I32, I64, type ValueType, valueType } from './value_type.js';

const kinds = [
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

/** A buffer that the host owns. */
export interface BufferInspection {
  readonly offset: number;
  /** Name of its layout. */
  readonly layout: string;
  /** Elements. */
  readonly length: number;
  readonly bytes: number;
}

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

/** Everything `Instance.inspect` finds. Plain data: it does not change with the instance. */
export class Inspection {
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

  /** @internal Use `Instance.inspect`. */
  constructor(core: InstanceCore, options: InspectOptions) {
    if (options.requirements !== undefined) this.requirements = options.requirements;
    const { handle, module } = core;
    const numbers = answer(binding.instanceNumbers(handle, 0));
    this.version = binding.version;
    this.buffers = [...core.buffers].sort((a, b) => a.offset - b.offset);
    this.module = {
      name: module.name,
      bytes: numbers.moduleBytes,
      bookkeeping: numbers.moduleBookkeeping,
      sections: answer(binding.moduleSections(module.handle)),
      imports: module.imports,
      exports: module.exports,
      dataSegments: numbers.dataSegments,
    };
    this.functions = {
      total: numbers.functions,
      imported: numbers.functionsImported,
      translated: numbers.translated,
    };
    this.wasmStacks = {
      count: numbers.wasmStacks,
      bytes: numbers.wasmStackBytes,
      used: numbers.wasmStackUsed,
    };
    this.bookkeeping = numbers.instanceBookkeeping;
    this.memories = Array.from({ length: numbers.memories }, (_, index) =>
      inspectMemory(handle, index, index === 0 ? this.buffers : []),
    );
    this.tables = answer(binding.instanceTables(handle)).map((table) => ({
      name: table.name,
      element: valueType(table.kind),
      imported: table.imported,
      length: table.elements,
      minimum: table.minimum,
      maximum: table.maximum,
    }));
    this.globals = answer(binding.instanceGlobals(handle)).map((global) => ({
      name: global.name,
      type: valueType(global.kind),
      mutable: global.mutable,
      imported: global.imported,
      value: valueText(global.kind, global.low, global.high),
    }));
  }

  /** As lines of text, at most 80 characters wide. */
  toString(): string {
    return toText(this);
  }

  /** As one HTML page that needs nothing else: a map of each memory, and tables. */
  toHtml(): string {
    return toHtml(this);
  }
}

function answer<T extends object>(result: T | RawError | undefined): T {
  checked(result);
  if (result === undefined) throw new UsageError('the instance is closed');
  if (isRawError(result)) throw errorOf(result);
  return result;
}

function inspectMemory(
  handle: InstanceHandle,
  index: number,
  buffers: readonly BufferInspection[],
): MemoryInspection {
  const raw = answer(binding.instanceNumbers(handle, index));
  const owners = new Map(buffers.map((buffer) => [buffer.offset, buffer]));
  return {
    index,
    imported: raw.imported ?? false,
    is64: raw.is64 ?? false,
    guarded: raw.guarded ?? false,
    backend: storageOf(raw.backend ?? 0),
    ...(raw.slot === undefined
      ? {}
      : { slot: { number: raw.slot, of: raw.slots, bytes: raw.slotBytes } }),
    bytes: (raw.pages ?? 0) * (raw.pageBytes ?? 0),
    pageBytes: raw.pageBytes ?? 0,
    pages: raw.pages ?? 0,
    pagesDeclared: raw.pagesDeclared ?? 0,
    pagesMaximum: raw.pagesMaximum ?? 0,
    ...(raw.resident === undefined ? {} : { resident: raw.resident }),
    ...(raw.stackPointer === undefined ? {} : { stackPointer: raw.stackPointer }),
    ...heapOf(raw),
    regions: nest(answer(binding.instanceRegions(handle, index)), owners),
  };
}

function heapOf(raw: RawNumbers): { heap?: HeapInspection } {
  const capacity = raw.heapCapacity ?? 0;
  if (capacity === 0) return {};
  const heap = {
    capacity,
    used: raw.heapUsed ?? 0,
    peak: raw.heapPeak ?? 0,
    largest: raw.heapLargest ?? 0,
    blocks: raw.heapBlocks ?? 0,
    bookkeeping: raw.heapBookkeeping ?? 0,
  };
  return { heap };
}

/** Regions with their parts, from a list where parts follow their region. */
function nest(
  raw: readonly RawRegion[],
  owners: ReadonlyMap<number, BufferInspection>,
): RegionInspection[] {
  const regions: (RegionInspection & { parts: RegionInspection[] })[] = [];
  for (const { kind: number, offset, bytes, resident, index, name, how } of raw) {
    const kind = kinds[number] ?? 'unknown';
    const buffer = kind === 'allocation' ? owners.get(offset) : undefined;
    const region = {
      kind,
      offset,
      bytes,
      ...(resident === undefined ? {} : { resident }),
      ...(index === undefined ? {} : { index }),
      name,
      how,
      ...(buffer === undefined ? {} : { buffer }),
      parts: [],
    };
    const isPart = number > kinds.indexOf('reach');
    (isPart ? (regions.at(-1)?.parts ?? regions) : regions).push(region);
  }
  return regions;
}

const bits = new DataView(new ArrayBuffer(8));

function valueText(kind: number, low: bigint, high: bigint): string {
  bits.setBigUint64(0, low, true);
  switch (kind) {
    case I32:
      return String(bits.getInt32(0, true));
    case I64:
      return String(bits.getBigInt64(0, true));
    case F32:
      return String(bits.getFloat32(0, true));
    case F64:
      return String(bits.getFloat64(0, true));
    case FUNCREF:
      return low === 0n ? 'null' : 'function';
    case EXTERNREF:
      return low === 0n ? 'null' : 'value';
    default:
      return `0x${((high << 64n) | low).toString(16).padStart(32, '0')}`;
  }
}
