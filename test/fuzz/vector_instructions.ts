/**
 * Vector instructions for random bodies: those whose result is the same on every engine, to the
 * bit. Arithmetic on floats is followed by a conversion to integers, which makes 0 of each NaN.
 * Relaxed instructions are left out.
 */
import type { Access, Kind, Operation } from './instructions.js';
import { unsigned } from './wasm_writer.js';

const v: Kind = 'v128bits';

function numbers(first: number, last: number, ...without: number[]): number[] {
  const all = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return all.filter((code) => !without.includes(code));
}

const op = (code: number, ...immediates: number[]): number[] => [
  0xfd,
  ...unsigned(code),
  ...immediates,
];

function rows(codes: number[], from: Kind[], to: Kind): Operation[] {
  return codes.map((code) => ({ code: op(code), from, to }));
}

/** One row for each lane. */
function lanes(code: number, count: number, from: Kind[], to: Kind): Operation[] {
  return Array.from({ length: count }, (_, lane) => ({ code: op(code, lane), from, to }));
}

const truncF32 = [...op(0x0c, ...Array<number[]>(4).fill([0, 0, 0x80, 0x44]).flat()), ...op(0xe6), ...op(0xf8)]; // prettier-ignore
const truncF64 = op(0xfc);
const then = (codes: number[], from: Kind[], rest: number[]): Operation[] =>
  codes.map((code) => ({ code: [...op(code), ...rest], from, to: v }));

const shuffles = [
  numbers(0, 15),
  numbers(16, 31),
  numbers(0, 15).map((i) => (i % 2 === 0 ? i / 2 : 16 + (i - 1) / 2)),
  numbers(0, 15).map((i) => 15 - i),
  numbers(0, 15).map((i) => (i * 7 + 3) % 32),
  numbers(0, 15).map((i) => (i + 5) % 32),
];

export const vectorOperations: Operation[] = [
  ...shuffles.map((order): Operation => ({ code: op(0x0d, ...order), from: [v, v], to: v })),
  ...rows([0x0e], [v, v], v),
  ...rows([0x0f, 0x10, 0x11], ['i32'], v),
  ...rows([0x12], ['i64'], v),
  ...rows([0x13], ['f32bits'], v),
  ...rows([0x14], ['f64bits'], v),
  ...lanes(0x15, 16, [v], 'i32'),
  ...lanes(0x16, 16, [v], 'i32'),
  ...lanes(0x17, 16, [v, 'i32'], v),
  ...lanes(0x18, 8, [v], 'i32'),
  ...lanes(0x19, 8, [v], 'i32'),
  ...lanes(0x1a, 8, [v, 'i32'], v),
  ...lanes(0x1b, 4, [v], 'i32'),
  ...lanes(0x1c, 4, [v, 'i32'], v),
  ...lanes(0x1d, 2, [v], 'i64'),
  ...lanes(0x1e, 2, [v, 'i64'], v),
  ...lanes(0x1f, 4, [v], 'f32bits'),
  ...lanes(0x20, 4, [v, 'f32bits'], v),
  ...lanes(0x21, 2, [v], 'f64bits'),
  ...lanes(0x22, 2, [v, 'f64bits'], v),
  ...rows(numbers(0x23, 0x4c), [v, v], v),
  ...rows([0x4d], [v], v),
  ...rows(numbers(0x4e, 0x51), [v, v], v),
  ...rows([0x52], [v, v, v], v),
  ...rows([0x53, 0x63, 0x64, 0x83, 0x84, 0xa3, 0xa4, 0xc3, 0xc4], [v], 'i32'),
  ...rows([0x60, 0x61, 0x62, 0x80, 0x81, 0xa0, 0xa1, 0xc0, 0xc1], [v], v),
  ...rows([0x6b, 0x6c, 0x6d, 0x8b, 0x8c, 0x8d, 0xab, 0xac, 0xad, 0xcb, 0xcc, 0xcd], [v, 'i32'], v),
  ...rows([0x65, 0x66, ...numbers(0x6e, 0x7b, 0x74, 0x75, 0x7a)], [v, v], v),
  ...rows([...numbers(0x7c, 0x7f), ...numbers(0x87, 0x8a)], [v], v),
  ...rows([0x82, 0x85, 0x86, ...numbers(0x8e, 0x9f, 0x94, 0x9a)], [v, v], v),
  ...rows([...numbers(0xa7, 0xaa), ...numbers(0xc7, 0xca)], [v], v),
  ...rows([0xae, 0xb1, ...numbers(0xb5, 0xbf, 0xbb)], [v, v], v),
  ...rows([0xce, 0xd1, ...numbers(0xd5, 0xdf)], [v, v], v),
  // Floats: signs, choices and conversions keep bits or make no NaN.
  ...rows([0xe0, 0xe1, 0xec, 0xed, ...numbers(0xf8, 0xff)], [v], v),
  ...rows([0xea, 0xeb, 0xf6, 0xf7], [v, v], v),
  ...then([0x67, 0x68, 0x69, 0x6a, 0xe3], [v], truncF32),
  ...then([...numbers(0xe4, 0xe9)], [v, v], truncF32),
  ...then([0x74, 0x75, 0x7a, 0x94, 0xef, 0x5f], [v], truncF64),
  ...then([...numbers(0xf0, 0xf5)], [v, v], truncF64),
  ...then([0x5e], [v], truncF32),
];

const access = (code: number, count?: number): Access => ({
  code: op(code),
  kind: v,
  ...(count === undefined ? {} : { lanes: count }),
});

export const vectorLoads: Access[] = [
  ...[...numbers(0, 10), 0, 0, 0, 0x5c, 0x5d].map((code) => access(code)),
  ...[16, 8, 4, 2].map((count, i) => access(0x54 + i, count)),
];
export const vectorStores: Access[] = [
  access(11),
  access(11),
  ...[16, 8, 4, 2].map((count, i) => access(0x58 + i, count)),
];
