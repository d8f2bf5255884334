/**
 * Reads what a loader would: of a 64-bit little-endian ELF file its processor, the libraries and
 * versions it asks for, and the symbols it offers and needs.
 */
import { readFileSync } from 'node:fs';

export interface ElfSymbol {
  name: string;
  /** As GLIBC_2.17; empty without one. */
  version: string;
  /** False: only programs that were linked with this very version find it. */
  isDefault: boolean;
  isDefined: boolean;
  isWeak: boolean;
  kind: 'function' | 'object' | 'tls' | 'other';
  size: number;
}

export interface ElfSection {
  name: string;
  size: number;
  /** Whether it takes room in a stripped file. */
  isKept: boolean;
}

export interface ElfFile {
  /** As `process.arch` says it; the number for others. */
  arch: string;
  /** The name others ask for it by; empty without one. */
  soname: string;
  needed: string[];
  /** Library to the versions that are asked of it. */
  versions: Map<string, string[]>;
  symbols: ElfSymbol[];
  sections: ElfSection[];
  /** Relative relocations in the form that only glibc 2.36 and later read. */
  hasPackedRelocations: boolean;
  /** Whether it says where its libraries are to be looked for. */
  hasRunPath: boolean;
}

const archOf: Record<number, string> = { 62: 'x64', 183: 'arm64' };
const kindOf: Record<number, ElfSymbol['kind']> = {
  1: 'object',
  2: 'function',
  6: 'tls',
  10: 'function',
};

/** SHT_ values of section headers. */
const Type = { Dynamic: 6, NoBits: 8, DynamicSymbols: 11 } as const;
const versionTypes = { needed: 0x6ffffffe, defined: 0x6ffffffd, ofSymbols: 0x6fffffff };
/** DT_ values of the dynamic section. */
const Tag = { Needed: 1n, Soname: 14n, RunPath: 29n, PackedRelocations: 36n } as const;

interface Header {
  name: string;
  type: number;
  flags: bigint;
  offset: number;
  size: number;
  link: number;
  info: number;
}

class Reader {
  constructor(readonly bytes: Buffer) {}

  u16(at: number): number {
    return this.bytes.readUInt16LE(at);
  }

  u32(at: number): number {
    return this.bytes.readUInt32LE(at);
  }

  u64(at: number): bigint {
    return this.bytes.readBigUInt64LE(at);
  }

  text(at: number): string {
    return this.bytes.toString('latin1', at, this.bytes.indexOf(0, at));
  }

  headers(): Header[] {
    const start = Number(this.u64(0x28));
    const [size, count, names] = [this.u16(0x3a), this.u16(0x3c), this.u16(0x3e)];
    const nameTable = Number(this.u64(start + names * size + 0x18));
    return Array.from({ length: count }, (_, index) => {
      const at = start + index * size;
      return {
        name: this.text(nameTable + this.u32(at)),
        type: this.u32(at + 4),
        flags: this.u64(at + 8),
        offset: Number(this.u64(at + 0x18)),
        size: Number(this.u64(at + 0x20)),
        link: this.u32(at + 0x28),
        info: this.u32(at + 0x2c),
      };
    });
  }
}

/** Version numbers, as the symbols' table has them, to names; and what is asked of whom. */
function readVersions(
  reader: Reader,
  headers: Header[],
): { names: Map<number, string>; versions: Map<string, string[]> } {
  const names = new Map<number, string>();
  const versions = new Map<string, string[]>();
  const strings = (header: Header): number => headers[header.link]?.offset ?? 0;
  for (const header of headers) {
    let at = header.offset;
    for (let left = header.info; header.type === versionTypes.needed && left > 0; left--) {
      const library = reader.text(strings(header) + reader.u32(at + 4));
      const asked: string[] = [];
      let entry = at + reader.u32(at + 8);
      for (let more = reader.u16(at + 2); more > 0; more--) {
        const name = reader.text(strings(header) + reader.u32(entry + 8));
        names.set(reader.u16(entry + 6), name);
        asked.push(name);
        entry += reader.u32(entry + 12);
      }
      versions.set(library, asked);
      at += reader.u32(at + 12);
    }
    for (let left = header.info; header.type === versionTypes.defined && left > 0; left--) {
      const first = at + reader.u32(at + 12);
      names.set(reader.u16(at + 4), reader.text(strings(header) + reader.u32(first)));
      at += reader.u32(at + 16);
    }
  }
  return { names, versions };
}

function readSymbols(reader: Reader, headers: Header[], names: Map<number, string>): ElfSymbol[] {
  const table = headers.find((header) => header.type === Type.DynamicSymbols);
  if (table === undefined) return [];
  const strings = headers[table.link]?.offset ?? 0;
  const numbers = headers.find((header) => header.type === versionTypes.ofSymbols);
  // Local ones, which nobody else sees, come first.
  const local = table.info;
  return Array.from({ length: table.size / 24 - local }, (_, index) => {
    const at = table.offset + 24 * (index + local);
    const info = reader.bytes.readUInt8(at + 4);
    const number = numbers === undefined ? 0 : reader.u16(numbers.offset + 2 * (index + local));
    return {
      name: reader.text(strings + reader.u32(at)),
      version: names.get(number & 0x7fff) ?? '',
      isDefault: (number & 0x8000) === 0,
      isDefined: reader.u16(at + 6) !== 0,
      isWeak: info >> 4 === 2,
      kind: kindOf[info & 15] ?? 'other',
      size: Number(reader.u64(at + 16)),
    };
  });
}

/** Throws when the file is no such ELF file. */
export function readElf(path: string): ElfFile {
  const reader = new Reader(readFileSync(path));
  if (reader.bytes.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') {
    throw new Error(`${path}: not a 64-bit little-endian ELF file`);
  }
  const headers = reader.headers();
  const machine = reader.u16(18);
  const { names, versions } = readVersions(reader, headers);
  const needed: string[] = [];
  let soname = '';
  let hasPackedRelocations = false;
  let hasRunPath = false;
  for (const dynamic of headers.filter((header) => header.type === Type.Dynamic)) {
    const strings = headers[dynamic.link]?.offset ?? 0;
    for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 16) {
      const tag = reader.u64(at);
      const value = Number(reader.u64(at + 8));
      if (tag === Tag.Needed) needed.push(reader.text(strings + value));
      if (tag === Tag.Soname) soname = reader.text(strings + value);
      if (tag === Tag.PackedRelocations) hasPackedRelocations = true;
      if (tag === Tag.RunPath) hasRunPath = true;
    }
  }
  const sections = headers.map(({ name, size, flags, type }) => ({
    name,
    size,
    isKept: (flags & 2n) !== 0n && type !== Type.NoBits,
  }));
  return {
    arch: archOf[machine] ?? String(machine),
    soname,
    needed,
    versions,
    symbols: readSymbols(reader, headers, names),
    sections,
    hasPackedRelocations,
    hasRunPath,
  };
}
