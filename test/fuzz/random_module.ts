/** Random modules in pairs: the second imports functions and a global of the first. */
import { codeOf, kinds, range, type Kind } from './instructions.js';
import {
  constantObject,
  describeBody,
  groupCodes,
  randomObjectTypes,
  type ObjectTypes,
} from './object_types.js';
import {
  EXNREF,
  LaterBody,
  type Part,
  WIDE,
  someParts,
  tags,
  wideFunctions,
} from './random_later.js';
import type { ObjectScope } from './random_objects.js';
import { at, type Held, type Random, type Signature } from './random_values.js';
import { header, name, section, signed, unsigned, vector } from './wasm_writer.js';

export interface RandomModule {
  bytes: Uint8Array;
  /** The same for engines without wide arithmetic. */
  plain: Uint8Array;
  /** Whether it exports t0, t1, ... */
  throws: boolean;
  /** Exported as f0, f1, ... */
  functions: Signature[];
  /** Exported as g0, g1, ... */
  globals: Held[];
  objects: ObjectTypes | undefined;
}

const functionTypes = 6;
const blockTypes = 8;
const tableSize = 7; // Calls reach one further.
const objectTableSize = 4;
const budget = 400;
const plainKinds = kinds.filter((kind) => !kind.endsWith('bits'));
/** Functions that have vectors are called by others alone. */
const vectorKinds: Kind[] = [...plainKinds, 'v128bits', 'v128bits'];
const none: Signature = { params: [], results: [] };

const ANYREF = 0x6e;
const codeOfHeld = (kind: Held): number => (kind === 'object' ? ANYREF : codeOf[kind]);

const zero: Record<Kind, number[]> = {
  i32: [0x41, 0],
  i64: [0x42, 0],
  f32: [0x43, 0, 0, 0, 0],
  f64: [0x44, 0, 0, 0, 0, 0, 0, 0, 0],
  f32bits: [0x43, 0, 0, 0, 0],
  f64bits: [0x44, 0, 0, 0, 0, 0, 0, 0, 0],
  v128bits: [0xfd, 12, ...Array<number>(16).fill(0)],
};

/** Folds all of memory, the second one too, and which elements of the table are null, into one number. */
const sumBody = (second: number[], objects: number[]): number[] => [
  [3, 1, 0x7f, 1, 0x7e, 1, 0x7e], // local 0: address, local 1: sum, local 2: address of 64 bits
  [0x03, 0x40],
  [0x20, 1, 0x42, 5, 0x89, 0x20, 0, 0x29, 0, 0, 0x85, 0x42, 3, 0x7e, 0x21, 1],
  [0x20, 0, 0x41, 8, 0x6a, 0x22, 0, 0x3f, 0, 0x41, 16, 0x74, 0x49, 0x0d, 0],
  [0x0b, 0x41, 0, 0x21, 0, 0x03, 0x40],
  [0x20, 1, 0x42, 5, 0x89, 0x20, 0, 0x25, 0, 0xd1, 0xad, 0x85, 0x42, 3, 0x7e, 0x21, 1],
  [0x20, 0, 0x41, 1, 0x6a, 0x22, 0, 0xfc, 16, 0, 0x49, 0x0d, 0],
  [0x0b, ...second, ...objects, 0x20, 1, 0x0b],
].flat(); // prettier-ignore

const sumSecond = (is64: boolean): number[] => {
  const [local, constant] = is64 ? [2, 0x42] : [0, 0x41];
  const [add, shift, less] = is64 ? [0x7c, 0x86, 0x54] : [0x6a, 0x74, 0x49];
  return [
    [constant, 0, 0x21, local, 0x03, 0x40],
    [0x20, 1, 0x42, 5, 0x89, 0x20, local, 0x29, 0x40, 1, 0, 0x85, 0x42, 3, 0x7e, 0x21, 1],
    [0x20, local, constant, 8, add, 0x22, local, 0x3f, 1, constant, 16, shift, less, 0x0d, 0, 0x0b],
  ].flat();
};

/** What globals and a table have of objects. */
const sumObjects = ({ globals, table, describe }: ObjectScope): number[] =>
  [
    ...globals.map((index) => [0x23, ...unsigned(index)]),
    ...range(0, objectTableSize - 1).map((element) => [0x41, element, 0x25, ...unsigned(table)]),
  ].flatMap((object) => [
    ...[0x20, 1, 0x42, 5, 0x89, ...object, 0x10, ...unsigned(describe)],
    ...[0x85, 0x42, 3, 0x7e, 0x21, 1],
  ]);

const resetBody = (global: number): number[] => [
  0, 0x41, ...signed(budget), 0x24, ...unsigned(global), 0x0b,
]; // prettier-ignore

function sized(bytes: number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

export function randomModule(
  random: Random,
  known: readonly Part[],
  imports?: RandomModule,
): RandomModule {
  const parts = someParts(random, known);
  const throws = parts.includes('legacy') || parts.includes('exnref');
  const importedTags = throws && imports?.throws === true ? tags : [];
  const second = parts.includes('memories');
  const is64 = random.chance(50);
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
  const wideTypes = [4, 2].map((count) => {
    const params = Array<Kind>(count).fill('i64');
    return types.push({ params, results: ['i64', 'i64'] }) - 1;
  });
  const tagTypes = throws ? tags.map((tag) => types.push(tag) - 1) : [];
  const caught = types.length;
  const describeType = caught + (parts.includes('exnref') ? 2 * (tags.length + 1) : 0);
  const objectTypes = parts.includes('objects')
    ? randomObjectTypes(random, describeType, imports?.objects)
    : undefined;

  const importedGlobals = imports?.globals ?? [];
  const ownObjects: Held[] = objectTypes === undefined ? [] : ['object', 'object'];
  const ownGlobals: Held[] = ['i32', ...kinds, random.pick(kinds), ...ownObjects];
  const globals = [...importedGlobals, ...ownGlobals];
  const budgetGlobal = importedGlobals.length;

  const count = 3 + random.below(4);
  const own = Array.from({ length: count }, () => random.below(ends));
  const typeOf = [...imported.map((_, i) => i), ...own];
  const functionCount = typeOf.length;
  const wide = functionCount + 2;
  const objects = objectTypes && {
    ...objectTypes,
    globals: range(0, globals.length - 1).filter((index) => globals[index] === 'object'),
    table: 1,
    describe: wide + wideFunctions.length,
  };
  const elements = Array.from({ length: tableSize }, () => random.below(functionCount));
  const bodies = own.map((type, i) =>
    new LaterBody(
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
        later: { parts, tags, caught, functions: typeOf, is64, objects },
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
  if (parts.includes('exnref')) {
    const arriving = [...tags.map(({ params }) => params), []];
    for (const params of arriving.map((list) => list.map((kind) => [codeOf[kind]]))) {
      typeSection.push([0x60, 0, ...vector(params)], [0x60, 0, ...vector([...params, [EXNREF]])]);
    }
  }
  if (objects !== undefined) {
    typeSection.push([0x60, 1, ANYREF, 1, 0x7e], ...groupCodes(objects));
  }
  const importSection = [
    ...imported.map((_, i) => [...name('first'), ...name(`f${i}`), 0, ...unsigned(i)]),
    ...importedGlobals.map((kind, i) => [
      ...name('first'),
      ...name(`g${i}`),
      3,
      codeOfHeld(kind),
      1,
    ]),
    ...importedTags.map((_, i) => [
      ...name('first'),
      ...name(`t${i}`),
      4,
      0,
      ...unsigned(at(tagTypes, i)),
    ]),
  ];
  const exportSection = [
    ...own.map((_, i) => [...name(`f${i}`), 0, ...unsigned(imported.length + i)]),
    [...name('sum'), 0, ...unsigned(functionCount)],
    [...name('reset'), 0, ...unsigned(functionCount + 1)],
    ...ownGlobals.map((_, i) => [...name(`g${i}`), 3, ...unsigned(importedGlobals.length + i)]),
    ...tagTypes.map((_, i) => [...name(`t${i}`), 4, i]),
  ];
  const ownTags = tagTypes.slice(importedTags.length).map((type) => [0, ...unsigned(type)]);
  const wideTypesOf = [0, 0, 1, 1].map((form) => at(wideTypes, form));
  const describeTypes = objects ? [objects.describeType] : [];
  const tables = [
    [0x70, 1, tableSize + 1, tableSize + 5],
    ...(objects ? [[ANYREF, 1, objectTableSize, objectTableSize]] : []),
  ];
  const initialised = ownGlobals.map((kind) => {
    if (kind !== 'object') return [codeOf[kind], 1, ...zero[kind], 0x0b];
    return [ANYREF, 1, ...(objects ? constantObject(random, objects) : []), 0x0b];
  });
  const memories = [
    [parts.includes('atomics') && random.chance(40) ? 3 : 1, 1, 3],
    ...(second ? [[is64 ? 5 : 1, 1, 4]] : []),
  ];
  const sum = sumBody(second ? sumSecond(is64) : [], objects ? sumObjects(objects) : []);
  const codes = [...bodies, sum, resetBody(budgetGlobal)];
  const further = [...wideFunctions, ...(objects ? [describeBody(objects)] : [])];
  const written = (widely: (form: number) => number[]): Uint8Array => {
    const made = [...codes, ...further].map((code) =>
      sized(code.flatMap((byte) => (byte < WIDE ? [byte] : widely(byte - WIDE)))),
    );
    return Uint8Array.from([
      ...header,
      ...section(1, typeSection),
      ...section(2, importSection),
      ...section(3, [...own, sumType, ends, ...wideTypesOf, ...describeTypes].map(unsigned)),
      ...section(4, tables),
      ...section(5, memories),
      ...section(13, ownTags),
      ...section(6, initialised),
      ...section(7, exportSection),
      ...section(9, [
        [0, 0x41, 0, 0x0b, ...vector(elements.map(unsigned))],
        [1, 0, ...vector(elements.slice(0, 4).map(unsigned))],
      ]),
      12,
      1,
      2,
      ...section(10, made),
      ...section(11, [
        [1, 16, ...data.slice(0, 16)],
        [0, 0x41, 0, 0x0b, ...unsigned(data.length), ...data],
      ]),
    ]);
  };
  const functions = own.map((type) => at(types, type));
  return {
    bytes: written((form) => [0xfc, 0x13 + form]),
    plain: written((form) => [0x10, ...unsigned(wide + form)]),
    throws,
    functions,
    globals: ownGlobals,
    objects: objectTypes,
  };
}
