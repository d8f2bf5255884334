/** Random modules in pairs: the second imports functions and a global of the first. */
import { codeOf, kinds, type Kind } from './instructions.js';
import { Body } from './random_body.js';
import { at, type Random, type Signature } from './random_values.js';
import { header, name, section, signed, unsigned, vector } from './wasm_writer.js';

export interface RandomModule {
  bytes: Uint8Array;
  /** Exported as f0, f1, ... */
  functions: Signature[];
  /** Exported as g0, g1, ... */
  globals: Kind[];
}

const functionTypes = 6;
const blockTypes = 8;
const tableSize = 7; // Calls reach one further.
const budget = 400;
const plainKinds = kinds.filter((kind) => !kind.endsWith('bits'));
/** Functions that have vectors are called by others alone. */
const vectorKinds: Kind[] = [...plainKinds, 'v128bits', 'v128bits'];
const none: Signature = { params: [], results: [] };

const zero: Record<Kind, number[]> = {
  i32: [0x41, 0],
  i64: [0x42, 0],
  f32: [0x43, 0, 0, 0, 0],
  f64: [0x44, 0, 0, 0, 0, 0, 0, 0, 0],
  f32bits: [0x43, 0, 0, 0, 0],
  f64bits: [0x44, 0, 0, 0, 0, 0, 0, 0, 0],
  v128bits: [0xfd, 12, ...Array<number>(16).fill(0)],
};

/** Folds all of memory, and which elements of the table are null, into one number. */
const sumBody = [
  [2, 1, 0x7f, 1, 0x7e], // local 0: address, local 1: sum
  [0x03, 0x40],
  [0x20, 1, 0x42, 5, 0x89, 0x20, 0, 0x29, 0, 0, 0x85, 0x42, 3, 0x7e, 0x21, 1],
  [0x20, 0, 0x41, 8, 0x6a, 0x22, 0, 0x3f, 0, 0x41, 16, 0x74, 0x49, 0x0d, 0],
  [0x0b, 0x41, 0, 0x21, 0, 0x03, 0x40],
  [0x20, 1, 0x42, 5, 0x89, 0x20, 0, 0x25, 0, 0xd1, 0xad, 0x85, 0x42, 3, 0x7e, 0x21, 1],
  [0x20, 0, 0x41, 1, 0x6a, 0x22, 0, 0xfc, 16, 0, 0x49, 0x0d, 0],
  [0x0b, 0x20, 1, 0x0b],
].flat();

const resetBody = (global: number): number[] => [
  0, 0x41, ...signed(budget), 0x24, ...unsigned(global), 0x0b,
]; // prettier-ignore

function sized(bytes: number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

export function randomModule(random: Random, imports?: RandomModule): RandomModule {
  const signature = (from: readonly Kind[]): Signature => ({
    params: random.many(random.chance(10) ? 12 : 3, () => random.pick(from)),
    results: random.many(random.chance(10) ? 6 : 2, () => random.pick(from)),
  });
  const imported = imports?.functions ?? [];
  const types = [
    ...imported,
    ...Array.from({ length: functionTypes }, (_, i) => signature(i < 2 ? vectorKinds : plainKinds)),
  ];
  const ends = types.length;
  const same: Signature[] = kinds.map((kind) => ({ params: [kind], results: [kind] }));
  types.push(none, ...same, ...Array.from({ length: blockTypes }, () => signature(kinds)));
  const sumType = types.push({ params: [], results: ['i64'] }) - 1;

  const importedGlobals = imports?.globals ?? [];
  const ownGlobals: Kind[] = ['i32', ...kinds, random.pick(kinds)];
  const globals = [...importedGlobals, ...ownGlobals];
  const budgetGlobal = importedGlobals.length;

  const count = 3 + random.below(4);
  const own = Array.from({ length: count }, () => random.below(ends));
  const typeOf = [...imported.map((_, i) => i), ...own];
  const functionCount = typeOf.length;
  const elements = Array.from({ length: tableSize }, () => random.below(functionCount));
  const bodies = own.map((type, i) =>
    new Body(
      random,
      {
        callees: typeOf
          .map((callee, index) => ({ index, type: callee }))
          .filter(({ index }) => index < imported.length || index > imported.length + i),
        types,
        functionTypes: ends,
        globals,
        budget: budgetGlobal,
        referable: [...new Set(elements)],
        elements: elements.map((element) => at(typeOf, element)),
      },
      at(types, type),
      20 + random.below(100),
    ).make(),
  );
  const data = Array.from({ length: 2048 }, () => (random.chance(40) ? 0 : random.below(256)));

  const typeSection = types.map(({ params, results }) => [
    0x60,
    ...vector(params.map((kind) => [codeOf[kind]])),
    ...vector(results.map((kind) => [codeOf[kind]])),
  ]);
  const importSection = [
    ...imported.map((_, i) => [...name('first'), ...name(`f${i}`), 0, ...unsigned(i)]),
    ...importedGlobals.map((kind, i) => [...name('first'), ...name(`g${i}`), 3, codeOf[kind], 1]),
  ];
  const exportSection = [
    ...own.map((_, i) => [...name(`f${i}`), 0, ...unsigned(imported.length + i)]),
    [...name('sum'), 0, ...unsigned(functionCount)],
    [...name('reset'), 0, ...unsigned(functionCount + 1)],
    ...ownGlobals.map((_, i) => [...name(`g${i}`), 3, ...unsigned(importedGlobals.length + i)]),
  ];
  const bytes = [
    ...header,
    ...section(1, typeSection),
    ...section(2, importSection),
    ...section(3, [...own, sumType, ends].map(unsigned)),
    ...section(4, [[0x70, 1, tableSize + 1, tableSize + 5]]),
    ...section(5, [[1, 1, 3]]),
    ...section(6, ownGlobals.map((kind) => [codeOf[kind], 1, ...zero[kind], 0x0b])), // prettier-ignore
    ...section(7, exportSection),
    ...section(9, [
      [0, 0x41, 0, 0x0b, ...vector(elements.map(unsigned))],
      [1, 0, ...vector(elements.slice(0, 4).map(unsigned))],
    ]),
    12, 1, 2,
    ...section(10, [...bodies, sized(sumBody), sized(resetBody(budgetGlobal))]),
    ...section(11, [[1, 16, ...data.slice(0, 16)], [0, 0x41, 0, 0x0b, ...unsigned(data.length), ...data]]),
  ]; // prettier-ignore
  const functions = own.map((type) => at(types, type));
  return { bytes: Uint8Array.from(bytes), functions, globals: ownGlobals };
}
