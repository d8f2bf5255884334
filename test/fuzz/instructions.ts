/** The instructions random bodies are made of, by what they take and give. */

import { vectorLoads, vectorOperations, vectorStores } from './vector_instructions.js';

/** Of those with `bits` all bits are determined, also where they are floats and NaN. */
export type Kind = 'i32' | 'i64' | 'f32' | 'f64' | 'f32bits' | 'f64bits' | 'v128bits';

export const codeOf: Record<Kind, number> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  f32bits: 0x7d,
  f64bits: 0x7c,
  v128bits: 0x7b,
};

export const kinds = Object.keys(codeOf) as Kind[];

export interface Operation {
  code: number[];
  from: Kind[];
  to: Kind;
}

export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function row(codes: number[], from: Kind[], to: Kind): Operation[] {
  return codes.map((code) => ({ code: [code], from, to }));
}

export const operations: Operation[] = [
  ...row([0x45], ['i32'], 'i32'),
  ...row(range(0x46, 0x4f), ['i32', 'i32'], 'i32'),
  ...row([0x50], ['i64'], 'i32'),
  ...row(range(0x51, 0x5a), ['i64', 'i64'], 'i32'),
  ...row(range(0x5b, 0x60), ['f32', 'f32'], 'i32'),
  ...row(range(0x61, 0x66), ['f64', 'f64'], 'i32'),
  ...row(range(0x67, 0x69), ['i32'], 'i32'),
  ...row([...range(0x6a, 0x6c), ...range(0x71, 0x78)], ['i32', 'i32'], 'i32'),
  ...row([0x6a, 0x6a, 0x6a, 0x6c, 0x74], ['i32', 'i32'], 'i32'),
  ...row(range(0x79, 0x7b), ['i64'], 'i64'),
  ...row([...range(0x7c, 0x7e), ...range(0x83, 0x8a)], ['i64', 'i64'], 'i64'),
  ...row(range(0x8d, 0x91), ['f32'], 'f32'),
  ...row([0x8b, 0x8c], ['f32bits'], 'f32bits'),
  ...row(range(0x92, 0x97), ['f32', 'f32'], 'f32'),
  ...row([0x98], ['f32bits', 'f32bits'], 'f32bits'),
  ...row(range(0x9b, 0x9f), ['f64'], 'f64'),
  ...row([0x99, 0x9a], ['f64bits'], 'f64bits'),
  ...row(range(0xa0, 0xa5), ['f64', 'f64'], 'f64'),
  ...row([0xa0, 0xa1, 0xa2], ['f64', 'f64'], 'f64'),
  ...row([0xa6], ['f64bits', 'f64bits'], 'f64bits'),
  ...row([0xa7], ['i64'], 'i32'),
  ...row([0xac, 0xad], ['i32'], 'i64'),
  ...row([0xb2, 0xb3], ['i32'], 'f32bits'),
  ...row([0xb4, 0xb5], ['i64'], 'f32bits'),
  ...row([0xb6], ['f64'], 'f32'),
  ...row([0xb7, 0xb8], ['i32'], 'f64bits'),
  ...row([0xb9, 0xba], ['i64'], 'f64bits'),
  ...row([0xbb], ['f32'], 'f64'),
  ...row([0xbc], ['f32bits'], 'i32'),
  ...row([0xbd], ['f64bits'], 'i64'),
  ...row([0xbe], ['i32'], 'f32bits'),
  ...row([0xbf], ['i64'], 'f64bits'),
  ...row([0xc0, 0xc1], ['i32'], 'i32'),
  ...row(range(0xc2, 0xc4), ['i64'], 'i64'),
  ...[0, 1].map((n): Operation => ({ code: [0xfc, n], from: ['f32'], to: 'i32' })),
  ...[2, 3].map((n): Operation => ({ code: [0xfc, n], from: ['f64'], to: 'i32' })),
  ...[4, 5].map((n): Operation => ({ code: [0xfc, n], from: ['f32'], to: 'i64' })),
  ...[6, 7].map((n): Operation => ({ code: [0xfc, n], from: ['f64'], to: 'i64' })),
  ...vectorOperations,
];

export const trapping: Operation[] = [
  ...row(range(0x6d, 0x70), ['i32', 'i32'], 'i32'),
  ...row(range(0x7f, 0x82), ['i64', 'i64'], 'i64'),
  ...row([0xa8, 0xa9], ['f32'], 'i32'),
  ...row([0xaa, 0xab], ['f64'], 'i32'),
  ...row([0xae, 0xaf], ['f32'], 'i64'),
  ...row([0xb0, 0xb1], ['f64'], 'i64'),
];

/** What takes an address and immediates, and then perhaps a lane of the vector above it. */
export interface Access {
  code: number[];
  kind: Kind;
  lanes?: number;
}

const access = (kind: Kind, ...codes: number[]): Access[] =>
  codes.map((code) => ({ code: [code], kind }));

export const loads: Access[] = [
  ...access('i32', 0x28, ...range(0x2c, 0x2f)),
  ...access('i64', 0x29, ...range(0x30, 0x35)),
  ...access('f32bits', 0x2a),
  ...access('f64bits', 0x2b),
  ...vectorLoads,
];
export const stores: Access[] = [
  ...access('i32', 0x36, 0x3a, 0x3b),
  ...access('i64', 0x37, 0x3c, 0x3d, 0x3e),
  ...access('f32bits', 0x38),
  ...access('f64bits', 0x39),
  ...vectorStores,
];
