/** Structures and arrays of random modules: their types, and how two of them are related. */
import { codeOf, range, type Kind } from './instructions.js';
import { at, integers, type Random } from './random_values.js';
import { signed, unsigned, vector } from './wasm_writer.js';

/** An index into the shapes, or one of `heap`. */
export type Heap = number;
export const heap = {
  any: -18, eq: -19, i31: -20, struct: -21, array: -22, none: -15, extern: -17, func: -16,
} as const; // prettier-ignore

export interface Reference {
  heap: Heap;
  nullable: boolean;
}

/** What a field or an element is. */
export type Storage = 'i8' | 'i16' | Kind | Reference;

export interface Field {
  storage: Storage;
  mutable: boolean;
}

export interface Shape {
  /** Its only field is what the elements are. */
  isArray: boolean;
  fields: Field[];
  /** The type it is a subtype of. */
  above: number | undefined;
  isFinal: boolean;
  /** Behind the last type of its recursion group. */
  groupEnd: number;
}

export interface ObjectTypes {
  shapes: readonly Shape[];
  /** The index of the first shape in the module, and of the type of `describe`. */
  first: number;
  describeType: number;
}

const numbers: readonly Storage[] = ['i8', 'i16', 'i32', 'i64', 'f32bits', 'f64bits', 'v128bits'];
const abstract: readonly Heap[] = [heap.any, heap.eq, heap.i31, heap.struct, heap.array];

export function isReference(storage: Storage): storage is Reference {
  return typeof storage !== 'string';
}

export function isPacked(storage: Storage): boolean {
  return storage === 'i8' || storage === 'i16';
}

/** What comes out of a field that has numbers. */
export function kindOf(storage: Exclude<Storage, Reference>): Kind {
  return storage === 'i8' || storage === 'i16' ? 'i32' : storage;
}

/** Whether there is a value without being given one. */
export function hasDefault({ storage }: Field): boolean {
  return !isReference(storage) || storage.nullable;
}

/** Whether every object of one type is one of the other. */
export function isBelow(shapes: readonly Shape[], low: Heap, high: Heap): boolean {
  if (low === high) return true;
  if (low >= 0) {
    const { above, isArray } = at(shapes, low);
    return isBelow(shapes, above ?? (isArray ? heap.array : heap.struct), high);
  }
  if (low === heap.none) return high >= 0 || abstract.includes(high);
  if (low === heap.i31 || low === heap.struct || low === heap.array) {
    return high === heap.eq || high === heap.any;
  }
  return low === heap.eq && high === heap.any;
}

function randomStorage(random: Random, own: number, groupEnd: number): Storage {
  if (random.chance(60)) return random.pick(numbers);
  // Only of types before it an object can always be made first.
  if (random.chance(15)) return { heap: own > 0 ? random.below(own) : heap.i31, nullable: false };
  const other = random.chance(60) ? random.below(groupEnd) : random.pick(abstract);
  return { heap: other, nullable: true };
}

/** The same field, or one of fewer values where nobody writes it. */
function narrowed(random: Random, shapes: readonly Shape[], field: Field): Field {
  const { storage, mutable } = field;
  if (mutable || !isReference(storage) || random.chance(50)) return field;
  const lower = range(0, shapes.length - 1).filter((i) => isBelow(shapes, i, storage.heap));
  if (lower.length === 0) return field;
  return { storage: { heap: random.pick(lower), nullable: storage.nullable }, mutable };
}

function randomShape(random: Random, shapes: readonly Shape[], groupEnd: number): Shape {
  const own = shapes.length;
  const open = range(0, own - 1).filter((i) => !at(shapes, i).isFinal);
  const above = own > 1 && open.length > 0 && random.chance(50) ? random.pick(open) : undefined;
  const base = above === undefined ? undefined : at(shapes, above);
  const isArray = base?.isArray ?? (own < 2 ? own === 1 : random.chance(40));
  const field = (): Field => ({
    storage:
      isArray && random.chance(15)
        ? { heap: heap.func, nullable: true }
        : randomStorage(random, own, groupEnd),
    mutable: random.chance(75),
  });
  const fields = (base?.fields ?? []).map((inherited) => narrowed(random, shapes, inherited));
  if (!isArray) fields.push(...random.many(3, field));
  else if (fields.length === 0) fields.push(field());
  return { isArray, fields, above, isFinal: random.chance(30), groupEnd };
}

/** At least one structure and one array, in groups. */
function randomShapes(random: Random): Shape[] {
  const count = 3 + random.below(6);
  const shapes: Shape[] = [];
  let groupEnd = 0;
  for (let i = 0; i < count; i++) {
    if (i === groupEnd) groupEnd = Math.min(count, i + 1 + random.below(4));
    shapes.push(randomShape(random, shapes, groupEnd));
  }
  return shapes;
}

/** Types behind `describeType`; sometimes those that another module has as well. */
export function randomObjectTypes(
  random: Random,
  describeType: number,
  others?: ObjectTypes,
): ObjectTypes {
  const shapes = others && random.chance(60) ? others.shapes : randomShapes(random);
  return { shapes, first: describeType + 1, describeType };
}

/** A heap type as instructions and types have it. */
export function heapCode({ first }: ObjectTypes, wanted: Heap): number[] {
  return signed(wanted < 0 ? wanted : first + wanted);
}

export function referenceCode(types: ObjectTypes, { heap: wanted, nullable }: Reference): number[] {
  return [nullable ? 0x63 : 0x64, ...heapCode(types, wanted)];
}

function storageCode(types: ObjectTypes, storage: Storage): number[] {
  if (isReference(storage)) return referenceCode(types, storage);
  if (storage === 'i8') return [0x78];
  return [storage === 'i16' ? 0x77 : codeOf[storage]];
}

function shapeCode(types: ObjectTypes, { isArray, fields, above, isFinal }: Shape): number[] {
  const codes = fields.map(({ storage, mutable }) => [
    ...storageCode(types, storage),
    mutable ? 1 : 0,
  ]);
  const composite = isArray ? [0x5e, ...at(codes, 0)] : [0x5f, ...vector(codes)];
  if (isFinal && above === undefined) return composite;
  const supertypes = above === undefined ? [0] : [1, ...unsigned(types.first + above)];
  return [isFinal ? 0x4f : 0x50, ...supertypes, ...composite];
}

/** The groups, as the type section has them. */
export function groupCodes(types: ObjectTypes): number[][] {
  const { shapes } = types;
  const ends = [...new Set(shapes.map(({ groupEnd }) => groupEnd))];
  return ends.map((end, i) => {
    const members = shapes.slice(ends[i - 1] ?? 0, end).map((shape) => shapeCode(types, shape));
    return members.length === 1 ? members.flat() : [0x4e, ...vector(members)];
  });
}

/** A constant expression for a global that keeps any object; without its end. */
export function constantObject(random: Random, types: ObjectTypes): number[] {
  const { shapes, first } = types;
  const simple = range(0, shapes.length - 1).filter((i) => at(shapes, i).fields.every(hasDefault));
  if (simple.length === 0 || random.chance(30)) return [0xd0, ...signed(heap.none)];
  if (random.chance(20)) return [0x41, ...signed(random.pick(integers)), 0xfb, 28];
  const shape = random.pick(simple);
  const index = unsigned(first + shape);
  if (!at(shapes, shape).isArray) return [0xfb, 1, ...index];
  return [0x41, random.below(20), 0xfb, 7, ...index];
}

/** On an element of the kind: 64 bits of it. */
const toBits: Partial<Record<Kind, number[]>> = {
  i32: [0xac],
  f32bits: [0xbc, 0xac],
  f64bits: [0xbd],
  v128bits: [0xfd, 29, 0],
};

/** Folds what can be seen of an object into one number: local 0 is the object, local 1 the sum. */
export function describeBody(types: ObjectTypes): number[] {
  const { shapes } = types;
  const mix = (value: number[]): number[] => [
    ...[0x20, 1, 0x42, 5, 0x89],
    ...[...value, 0x85, 0x42, 3, 0x7e, 0x21, 1],
  ];
  const seen = ({ storage }: Field, read: (form: number) => number[]): number[] => {
    if (isReference(storage)) return mix([...read(0), 0xd1, 0xad]);
    return mix([...read(isPacked(storage) ? 1 : 0), ...(toBits[kindOf(storage)] ?? [])]);
  };
  const parts = shapes.map(({ isArray, fields }, i) => {
    const index = unsigned(types.first + i);
    const object = [0x20, 0, 0xfb, 22, ...heapCode(types, i)];
    const length = [...object, 0xfb, 15];
    const element = (index_: number[]): number[] =>
      seen(at(fields, 0), (form) => [...object, ...index_, 0xfb, 11 + form, ...index]);
    const members = isArray
      ? [
          ...mix([...length, 0xad]),
          ...[...length, 0x04, 0x40, ...element([0x41, 0])],
          ...[...element([...length, 0x41, 1, 0x6b]), 0x0b],
        ]
      : fields.flatMap((field, k) =>
          seen(field, (form) => [...object, 0xfb, 2 + form, ...index, ...unsigned(k)]),
        );
    return [
      ...[0x20, 0, 0xfb, 20, ...heapCode(types, i), 0x04, 0x40],
      ...[...mix([0x42, ...signed(i + 1)]), ...members, 0x0b],
    ];
  });
  const small = [0x20, 0, 0xfb, 22, ...heapCode(types, heap.i31), 0xfb, 29, 0xac];
  return [
    ...[1, 1, 0x7e, ...mix([0x20, 0, 0xd1, 0xad]), ...parts.flat()],
    ...[0x20, 0, 0xfb, 20, ...heapCode(types, heap.i31), 0x04, 0x40, ...mix(small), 0x0b],
    ...[0x20, 1, 0x0b],
  ];
}
