/** What an instance looks like inside, as plain data: for people and their tools. */
import { UsageError, errorOf, isRawError } from '../base/errors.js';
import { checked } from '../base/status.js';
import type { InstanceCore } from '../core/instance_core.js';
import { type NameKind, namesOf } from '../core/names.js';
import type { BufferInspection } from '../guest/guest.js';
import { storageOf } from '../guest/storage.js';
import type { Requirements } from '../load/requirements.js';
import { type RawError, type RawNumbers, type RawRegion, binding } from '../raw/binding.js';
import { ANYREF, EXTERNREF, F32, F64, FUNCREF, I32, I64, valueType } from '../raw/value_type.js';
import { toHtml } from './html.js';
import {
  type GlobalInspection,
  type HeapInspection,
  type InspectOptions,
  type InspectionParts,
  type MemoryInspection,
  type ModuleInspection,
  type ObjectsInspection,
  type RegionInspection,
  type TableInspection,
  kinds,
} from './parts.js';
import { toText } from './text.js';

/** Everything `Instance.inspect` finds. Plain data: it does not change with the instance. */
export class Inspection implements InspectionParts {
  // What they are says InspectionParts.
  /** What the instance was made from. */
  readonly module: ModuleInspection;
  /** How many there are, how many of them are imported, and how many were translated so far. */
  readonly functions: {
    /** Imported ones included. */
    readonly total: number;
    /** Of the host, or of other instances. */
    readonly imported: number;
    /** Of the others, by any instance of the module. */
    readonly translated: number;
  };
  /** Stacks for wasm frames: how many, their bytes, and bytes in use. */
  readonly wasmStacks: {
    /** How many. */
    readonly count: number;
    /** Of all of them. */
    readonly bytes: number;
    /** In use now. */
    readonly used: number;
  };
  /** Imported ones first; so are tables and globals. */
  readonly memories: readonly MemoryInspection[];
  /** As they are now. */
  readonly tables: readonly TableInspection[];
  /** With their values now. */
  readonly globals: readonly GlobalInspection[];
  /** Structures and arrays, if any was made: what a collection leaves of them. */
  readonly objects?: ObjectsInspection;
  /** Buffers of `malloc` and `dup` that are neither freed nor released. */
  readonly buffers: readonly BufferInspection[];
  /** Bytes that the instance takes beside memories and wasm stacks. */
  readonly bookkeeping: number;
  /** What was given to be shown. */
  readonly requirements?: Requirements;
  /** Of wembed. */
  readonly version: string;

  /** @internal Use `Instance.inspect`. */
  constructor(core: InstanceCore, options: InspectOptions) {
    if (options.requirements !== undefined) this.requirements = options.requirements;
    const { handle, module } = core;
    const numbers = answer(core, binding.instanceNumbers(handle, 0));
    this.version = binding.version;
    this.buffers = [...core.buffers].sort((a, b) => a.offset - b.offset);
    this.module = {
      name: module.name,
      bytes: numbers.moduleBytes,
      bookkeeping: numbers.moduleBookkeeping,
      sections: answer(core, binding.moduleSections(module.handle)),
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
    const memoryNames = nameTable(core, 'memory');
    this.memories = Array.from({ length: numbers.memories }, (_, index) =>
      inspectMemory(core, index, memoryNames.get(index) ?? '', index === 0 ? this.buffers : []),
    );
    const objects = inspectObjects(core);
    if (objects !== undefined) this.objects = objects;
    this.tables = answer(core, binding.instanceTables(handle)).map((table) => ({
      name: table.name,
      element: valueType(table.kind),
      imported: table.imported,
      length: table.elements,
      minimum: table.minimum,
      maximum: table.maximum,
    }));
    this.globals = answer(core, binding.instanceGlobals(handle)).map((global) => ({
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

function answer<T extends object>(core: InstanceCore, result: T | RawError | undefined): T {
  checked(result, core);
  if (result === undefined) throw new UsageError(core.closedText());
  if (isRawError(result)) throw errorOf(result);
  return result;
}

function nameTable(core: InstanceCore, kind: NameKind): Map<number, string> {
  return new Map(namesOf(core.module.handle, kind).map(({ index, name }) => [index, name]));
}

/** undefined: there never were any. */
function inspectObjects(core: InstanceCore): ObjectsInspection | undefined {
  const raw = answer(core, binding.instanceObjects(core.handle));
  if (raw.taken === 0) return undefined;
  const names = nameTable(core, 'type');
  const types = raw.types.map((row) => ({
    ...row,
    name: row.type === undefined ? '' : (names.get(row.type) ?? ''),
  }));
  return { ...raw, types };
}

function inspectMemory(
  core: InstanceCore,
  index: number,
  name: string,
  buffers: readonly BufferInspection[],
): MemoryInspection {
  const { handle } = core;
  const raw = answer(core, binding.instanceNumbers(handle, index));
  const owners = new Map(buffers.map((buffer) => [buffer.offset, buffer]));
  return {
    index,
    name,
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
    regions: nest(answer(core, binding.instanceRegions(handle, index)), owners),
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
    case ANYREF:
      return low === 0n ? 'null' : 'value';
    default:
      return `0x${((high << 64n) | low).toString(16).padStart(32, '0')}`;
  }
}
