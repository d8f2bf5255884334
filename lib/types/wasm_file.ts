/** What types are made from of a module's binary beside its debugging information. */
import { createHash } from 'node:crypto';
import type { Module } from '../index.js';

const CUSTOM = 0;
const GLOBALS = 6;
const EXPORT = 7;
const CODE = 10;
const DATA = 11;
/** Kinds of exports. */
const FUNCTION = 0;
const GLOBAL = 3;

export interface FileExport {
  readonly name: string;
  /** As wasm has it. */
  readonly signature: string;
  readonly params: readonly string[];
  readonly results: readonly string[];
  /** Of its body, from the start of the code section; undefined: it is imported. */
  readonly address: number | undefined;
  /** Names of its parameters, where the name section has them. */
  readonly names: ReadonlyMap<number, string>;
}

export interface FileImport {
  readonly from: string;
  readonly name: string;
  /** In the name section. */
  readonly symbol: string | undefined;
  readonly signature: string;
  readonly params: readonly string[];
  readonly results: readonly string[];
  readonly names: ReadonlyMap<number, string>;
}

export interface WasmFile {
  readonly sha256: string;
  readonly memory64: boolean;
  readonly exports: readonly FileExport[];
  readonly imports: readonly FileImport[];
  /** Values of exported globals of type i32 that are constant, by name. */
  readonly constants: ReadonlyMap<string, number>;
  /** What data segments put at an address of the first memory; undefined: it is not all in one. */
  readonly dataAt: (address: number, bytes: number) => Uint8Array | undefined;
}

/** Reads a module that was loaded, and so makes sense. */
class Reader {
  at: number;
  constructor(
    readonly bytes: Uint8Array,
    at: number,
  ) {
    this.at = at;
  }
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  }
  text(): string {
    const length = this.u32();
    const text = new TextDecoder().decode(this.bytes.subarray(this.at, this.at + length));
    this.at += length;
    return text;
  }
}

interface Section {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

function sectionsOf(bytes: Uint8Array): Section[] {
  const sections: Section[] = [];
  const reader = new Reader(bytes, 8);
  while (reader.at < bytes.length) {
    const id = bytes[reader.at++] ?? 0;
    const size = reader.u32();
    sections.push({ id, start: reader.at, end: reader.at + size });
    reader.at += size;
  }
  return sections;
}

/** Offsets of the bodies from the start of the code section. */
function bodiesOf(bytes: Uint8Array, section: Section | undefined): number[] {
  if (section === undefined) return [];
  const reader = new Reader(bytes, section.start);
  return Array.from({ length: reader.u32() }, () => {
    const size = reader.u32();
    const address = reader.at - section.start;
    reader.at += size;
    return address;
  });
}

/** Index of each export of a kind, by name. */
function exportIndices(
  bytes: Uint8Array,
  section: Section | undefined,
  wanted: number,
): Map<string, number> {
  const found = new Map<string, number>();
  if (section === undefined) return found;
  const reader = new Reader(bytes, section.start);
  for (let count = reader.u32(); count > 0; count--) {
    const name = reader.text();
    const kind = bytes[reader.at++];
    const index = reader.u32();
    if (kind === wanted) found.set(name, index);
  }
  return found;
}

/** The value of `i32.const`; undefined, and the reader's place is of no use then: something else. */
function constant(reader: Reader): number | undefined {
  const { bytes } = reader;
  if (bytes[reader.at++] !== 0x41) return undefined;
  let value = 0;
  let shift = 0;
  for (let byte = 0x80; byte >= 0x80 && shift < 35; shift += 7) {
    byte = bytes[reader.at++] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80 && (byte & 0x40) !== 0 && shift + 7 < 32) value |= -1 << (shift + 7);
  }
  return bytes[reader.at++] === 0x0b ? value >>> 0 : undefined;
}

/** Values of globals of type i32, as far as all before them are such, or numbers too. */
function globalsOf(bytes: Uint8Array, section: Section | undefined): (number | undefined)[] {
  if (section === undefined) return [];
  const reader = new Reader(bytes, section.start);
  const values: (number | undefined)[] = [];
  for (let count = reader.u32(); count > 0; count--) {
    const type = bytes[reader.at];
    reader.at += 2; // and whether it is mutable
    if (type === 0x7f) {
      const value = constant(reader);
      if (value === undefined) break;
      values.push(value);
      continue;
    }
    const sizes: Readonly<Record<number, number>> = { 0x43: 4, 0x44: 8 };
    const operation = bytes[reader.at++] ?? 0;
    const size = sizes[operation];
    if (size !== undefined) reader.at += size;
    else if (operation === 0x42) while ((bytes[reader.at++] ?? 0) >= 0x80);
    else break;
    if (bytes[reader.at++] !== 0x0b) break;
    values.push(undefined);
  }
  return values;
}

interface Segment {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Active segments of the first memory, as far as their addresses are constants. */
function segmentsOf(bytes: Uint8Array, section: Section | undefined): Segment[] {
  if (section === undefined) return [];
  const reader = new Reader(bytes, section.start);
  const segments: Segment[] = [];
  for (let count = reader.u32(); count > 0; count--) {
    const kind = reader.u32();
    const memory = kind === 2 ? reader.u32() : 0;
    const address = kind === 1 ? undefined : constant(reader);
    if (kind !== 1 && address === undefined) break;
    const length = reader.u32();
    const content = bytes.subarray(reader.at, reader.at + length);
    if (address !== undefined && memory === 0) segments.push({ address, bytes: content });
    reader.at += length;
  }
  return segments;
}

interface NameSection {
  readonly functions: Map<number, string>;
  readonly locals: Map<number, Map<number, string>>;
}

function namesOf(bytes: Uint8Array, sections: readonly Section[]): NameSection {
  const names: NameSection = { functions: new Map(), locals: new Map() };
  for (const section of sections) {
    if (section.id !== CUSTOM) continue;
    const reader = new Reader(bytes, section.start);
    if (reader.text() !== 'name') continue;
    while (reader.at < section.end) {
      const kind = bytes[reader.at++] ?? 0;
      const size = reader.u32();
      const end = Math.min(reader.at + size, section.end);
      const list = (into: Map<number, string>): void => {
        for (let count = reader.u32(); count > 0 && reader.at < end; count--) {
          into.set(reader.u32(), reader.text());
        }
      };
      if (kind === 1) list(names.functions);
      if (kind === 2) {
        for (let count = reader.u32(); count > 0 && reader.at < end; count--) {
          const locals = new Map<number, string>();
          names.locals.set(reader.u32(), locals);
          list(locals);
        }
      }
      reader.at = end;
    }
  }
  return names;
}

/** `module` is of the same bytes. */
export function readWasmFile(bytes: Uint8Array, module: Module): WasmFile {
  const sections = sectionsOf(bytes);
  const find = (id: number): Section | undefined => sections.find((section) => section.id === id);
  const names = namesOf(bytes, sections);
  const indices = exportIndices(bytes, find(EXPORT), FUNCTION);
  const bodies = bodiesOf(bytes, find(CODE));
  const noNames: ReadonlyMap<number, string> = new Map();
  let imported = 0;
  const imports = module.imports.flatMap(
    ({ module: from, name, type, signature }): FileImport[] => {
      if (type.kind !== 'function') return [];
      const index = imported++;
      const { params, results } = type;
      const symbol = names.functions.get(index);
      return [
        {
          from,
          name,
          symbol,
          signature,
          params,
          results,
          names: names.locals.get(index) ?? noNames,
        },
      ];
    },
  );
  const exports = module.exports.flatMap(({ name, type, signature }): FileExport[] => {
    if (type.kind !== 'function') return [];
    const index = indices.get(name) ?? -1;
    const { params, results } = type;
    const address = bodies[index - imported];
    return [
      { name, signature, params, results, address, names: names.locals.get(index) ?? noNames },
    ];
  });
  const memory64 = [...module.imports, ...module.exports].some(
    ({ type }) => type.kind === 'memory' && type.is64,
  );
  const importedGlobals = module.imports.filter(({ type }) => type.kind === 'global').length;
  const globals = globalsOf(bytes, find(GLOBALS));
  const constants = new Map(
    [...exportIndices(bytes, find(EXPORT), GLOBAL)].flatMap(([name, index]) => {
      const value = globals[index - importedGlobals];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const segments = segmentsOf(bytes, find(DATA));
  const dataAt = (address: number, length: number): Uint8Array | undefined => {
    const holds = ({ address: at, bytes: { length: size } }: Segment): boolean =>
      address >= at && address + length <= at + size;
    const found = segments.find(holds);
    return found?.bytes.subarray(address - found.address, address - found.address + length);
  };
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { sha256, memory64, exports, imports, constants, dataAt };
}
