/** Writes the binary format of a module, section by section. */

export function unsigned(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return bytes;
}

export function signed(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)) {
      return [...bytes, low];
    }
    bytes.push(low | 0x80);
  }
}

export function float32(bits: number): number[] {
  return [0, 8, 16, 24].map((shift) => (bits >>> shift) & 0xff);
}

export function float64(bits: bigint): number[] {
  return [...float32(Number(bits & 0xffffffffn)), ...float32(Number(bits >> 32n))];
}

export function vector(items: readonly number[][]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

export function name(text: string): number[] {
  return [...unsigned(text.length), ...Buffer.from(text, 'ascii')];
}

export function section(id: number, items: readonly number[][]): number[] {
  if (items.length === 0) return [];
  const content = vector(items);
  return [id, ...unsigned(content.length), ...content];
}

export const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
