/** Modules for the tests, from their sections: where a text would be too large to be assembled. */

/** A number as LEB128. */
export function count(value: number): number[] {
  const low = value & 127;
  return value < 128 ? [low] : [low | 128, ...count(value >>> 7)];
}

/** A name, or any bytes, behind their number. */
export function counted(bytes: string | Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(count(Buffer.byteLength(bytes))), Buffer.from(bytes)]);
}

/** So many entries behind their number. */
export function list(
  length: number,
  entry: (index: number) => Uint8Array | readonly number[],
): Buffer {
  const entries = Array.from({ length }, (_, index) => Buffer.from(entry(index)));
  return Buffer.concat([Buffer.from(count(length)), ...entries]);
}

/** A module of sections, by their number. */
export function moduleOf(sections: Readonly<Record<number, Uint8Array>>): Buffer {
  const all = Object.entries(sections).map(([id, bytes]) =>
    Buffer.concat([Buffer.from([Number(id)]), counted(bytes)]),
  );
  return Buffer.concat([Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]), ...all]);
}

/** The type, import, function, table, global, export, element and code sections. */
export const TYPES = 1;
export const IMPORTS = 2;
export const FUNCTIONS = 3;
export const TABLES = 4;
export const GLOBALS = 6;
export const EXPORTS = 7;
export const CODE = 10;

/** The body of a function without locals. */
export function body(...parts: readonly (Uint8Array | readonly number[])[]): Buffer {
  return counted(
    Buffer.concat([
      Buffer.from([0]),
      ...parts.map((part) => Buffer.from(part)),
      Buffer.from([0x0b]),
    ]),
  );
}

/** The same bytes so many times. */
export function repeated(times: number, bytes: readonly number[]): Buffer {
  return Buffer.alloc(times * bytes.length, Buffer.from(bytes));
}

/** An export of a function. */
export function exported(name: string, index: number): Buffer {
  return Buffer.concat([counted(name), Buffer.from([0, ...count(index)])]);
}
