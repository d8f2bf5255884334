/** Modules of a few bytes that export what `new WebAssembly.Table` and `.Global` make. */

const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

function leb(value: bigint): number[] {
  return value < 128n ? [Number(value)] : [Number(value % 128n) | 128, ...leb(value / 128n)];
}

const section = (id: number, content: readonly number[]): number[] => [
  id,
  ...leb(BigInt(content.length)),
  ...content,
];

const exported = (kind: number): number[] => section(7, [1, 1, 0x78, kind, 0]);

const bytesOf = (...sections: number[][]): Uint8Array =>
  Uint8Array.from([...header, ...sections.flat()]);

export interface Size {
  readonly initial: bigint;
  readonly maximum?: bigint | undefined;
  readonly is64: boolean;
}

function limits({ initial, maximum, is64 }: Size): number[] {
  const flags = (maximum === undefined ? 0 : 1) | (is64 ? 4 : 0);
  return [flags, ...leb(initial), ...(maximum === undefined ? [] : leb(maximum))];
}

const references: Readonly<Record<string, number>> = { funcref: 0x70, externref: 0x6f };
const zeros: Readonly<Record<string, readonly number[]>> = {
  i32: [0x7f, 0x41, 0],
  i64: [0x7e, 0x42, 0],
  f32: [0x7d, 0x43, 0, 0, 0, 0],
  f64: [0x7c, 0x44, 0, 0, 0, 0, 0, 0, 0, 0],
  funcref: [0x70, 0xd0, 0x70],
  externref: [0x6f, 0xd0, 0x6f],
};

function found<T>(table: Readonly<Record<string, T>>, type: string): T {
  const entry = table[type];
  if (entry === undefined) throw new TypeError(`'${type}' is no type that it can have`);
  return entry;
}

export const tableModule = (element: string, size: Size): Uint8Array =>
  bytesOf(section(4, [1, found(references, element), ...limits(size)]), exported(1));

/** A mutable global, or one that has the value of its import. */
export function globalModule(type: string, mutable: boolean): Uint8Array {
  const [code = 0, ...zero] = found(zeros, type);
  if (mutable) return bytesOf(section(6, [1, code, 1, ...zero, 0x0b]), exported(3));
  return bytesOf(section(2, [1, 0, 0, 3, code, 0]), exported(3));
}
