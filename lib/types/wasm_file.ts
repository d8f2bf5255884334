/** What types are made from of a module's binary beside its debugging information. */
import { createHash } from 'node:crypto';
import type { Module } from '../index.js';

const EXPORT = 7;
const CODE = 10;
const CUSTOM = 0;
const FUNCTION = 0;

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

/** Function index of each exported function, by name. */
function exportIndices(bytes: Uint8Array, section: Section | undefined): Map<string, number> {
  const found = new Map<string, number>();
  if (section === undefined) return found;
  const reader = new Reader(bytes, section.start);
  for (let count = reader.u32(); count > 0; count--) {
    const name = reader.text();
    const kind = bytes[reader.at++];
    const index = reader.u32();
    if (kind === FUNCTION) found.set(name, index);
  }
  return found;
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
  const indices = exportIndices(bytes, find(EXPORT));
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
  return { sha256: createHash('sha256').update(bytes).digest('hex'), memory64, exports, imports };
}
