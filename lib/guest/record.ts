/**
 * Structs and unions whose fields lie where a compiler has put them: `record`. Beside reading and
 * writing copies they have live views, `shape.at(memory, offset)`, each of whose fields is read and
 * written in guest memory when it is used: they do not go stale when the memory grows.
 */
import { shown } from '../base/shown.js';
import { type ArrayLayout, type Layout, isScalar } from './layout.js';
import type { Memory } from './memory.js';
import { type Address, type At, addBytes } from './offset.js';

/** A byte that is 0 or 1 in memory, a boolean here. */
export interface bool extends Layout<boolean> {
  readonly name: 'bool';
}

/** C's `bool`. */
export const bool: bool = Object.freeze({
  name: 'bool' as const,
  size: 1,
  align: 1,
  read: (view: DataView, at: number) => view.getUint8(at) !== 0,
  write: (view: DataView, at: number, value: boolean) => {
    view.setUint8(at, value ? 1 : 0);
  },
});

/** A field: bytes from the start, what is there, and of a bit field which of its bits. */
export type RecordField = readonly [at: number, layout: Layout, firstBit?: number, bits?: number];

/** What records read and write: a Memory, or what a host function has of one. */
export type RecordMemory = Pick<Memory, 'read' | 'write'>;

declare const inGuest: unique symbol;

/** A `V` that lies in guest memory: a live view, and the only kind that can be changed there. */
export type Live<V> = V & { readonly [inGuest]: V };

/** A struct or union as it was compiled. */
export interface RecordLayout<V extends object> extends Layout<V> {
  /** What it consists of, by name and in order. */
  readonly fields: Readonly<Record<string, RecordField>>;
  /** The record at an offset as a live view: what is assigned to its fields is in guest memory. */
  at(memory: RecordMemory, offset: At<RecordLayout<V>>): Live<V>;
}

interface Place {
  readonly memory: RecordMemory;
  readonly offset: Address;
  readonly layout: Layout;
}

const places = new WeakMap<object, Place>();

/** Of a live view, which has one. */
function placeOf(view: object): Place {
  const place = places.get(view);
  if (place === undefined) throw new TypeError('this is no view of guest memory');
  return place;
}

/** Where a live view is; undefined: it is none. */
export function offsetOf(value: object): Address | undefined {
  return places.get(value)?.offset;
}

/** What is there now, as JSON has it. */
function copyOf(this: object): unknown {
  const { memory, offset, layout } = placeOf(this);
  return memory.read(layout, offset);
}

/** The same for `console.log`, which never throws: what cannot be read is said. */
function shownCopy(this: object): unknown {
  try {
    return copyOf.call(this);
  } catch (error) {
    return `${placeOf(this).layout.name} (${(error as Error).message})`;
  }
}

/** Up to 64 bits of some bytes, the lowest first; by their sign where the layout has one. */
function bitField(layout: Layout, firstBit: number, bits: number): Layout {
  const bytes = Math.ceil((firstBit + bits) / 8);
  const isBig = layout.size === 8 && isScalar(layout);
  const isSigned = layout.name.startsWith('i');
  const shift = BigInt(firstBit);
  const mask = (1n << BigInt(bits)) - 1n;
  const raw = (view: DataView, at: number): bigint => {
    let value = 0n;
    for (let i = bytes; i-- > 0;) value = (value << 8n) | BigInt(view.getUint8(at + i));
    return value;
  };
  return {
    name: `${layout.name}:${bits}`,
    size: bytes,
    align: 1,
    read: (view: DataView, at: number) => {
      const field = (raw(view, at) >> shift) & mask;
      const value = isSigned ? BigInt.asIntN(bits, field) : field;
      if (layout.name === 'bool') return value !== 0n;
      return isBig ? value : Number(value);
    },
    write: (view: DataView, at: number, value: unknown) => {
      const field = BigInt(value as number | bigint | boolean) & mask;
      let rest = (raw(view, at) & ~(mask << shift)) | (field << shift);
      for (let i = 0; i < bytes; i++, rest >>= 8n) view.setUint8(at + i, Number(rest & 0xffn));
    },
  };
}

function fieldLayout([, layout, firstBit, bits]: RecordField): Layout {
  return bits === undefined ? layout : bitField(layout, firstBit ?? 0, bits);
}

function isRecord(layout: Layout): layout is RecordLayout<object> {
  return 'fields' in layout && 'at' in layout;
}

function isArray(layout: Layout): layout is ArrayLayout<Layout> {
  return 'element' in layout && 'length' in layout;
}

/** What stands at an offset: a live view of what has parts, else the value. */
function live(layout: Layout, memory: RecordMemory, offset: Address): unknown {
  if (isRecord(layout)) return layout.at(memory, offset as never);
  return isArray(layout) ? liveArray(layout, memory, offset) : memory.read(layout, offset);
}

/** What a part of a view is where it stands: its own, to be listed, spread and changed. */
const ownPart = (value: unknown): PropertyDescriptor => ({
  value,
  writable: true,
  enumerable: true,
  configurable: true,
});

/** Behind the view of an array: what `console.log` looks at. */
class ArrayOfGuest extends Array<unknown> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
  [shown](): unknown {
    return shownCopy.call(this);
  }
}

/** An array that reads and writes guest memory; its length stays as it is. */
function liveArray(layout: ArrayLayout<Layout>, memory: RecordMemory, offset: Address): unknown[] {
  const { element, length } = layout;
  const indexOf = (key: string | symbol): number | undefined => {
    const index = typeof key === 'string' && /^\d+$/.test(key) ? Number(key) : -1;
    return index >= 0 && index < length ? index : undefined;
  };
  const place = (index: number): Address => addBytes(offset, index * element.size);
  const target = new ArrayOfGuest(length);
  const array = new Proxy<unknown[]>(target, {
    get: (_target, key) => {
      const index = indexOf(key);
      if (index !== undefined) return live(element, memory, place(index));
      return Reflect.get(target, key) as unknown;
    },
    set: (_target, key, value) => {
      const index = indexOf(key);
      if (index === undefined) throw new RangeError(`${String(key)} of an array of ${length}`);
      memory.write(element, place(index), value);
      return true;
    },
    deleteProperty: () => false,
    has: (_target, key) => indexOf(key) !== undefined || key in target,
    ownKeys: () => [...Array.from({ length }, (_, index) => String(index)), 'length'],
    getOwnPropertyDescriptor: (_target, key) => {
      const index = indexOf(key);
      if (index === undefined) return Reflect.getOwnPropertyDescriptor(target, key);
      return ownPart(live(element, memory, place(index)));
    },
  });
  places.set(array, { memory, offset, layout });
  return array;
}

/** A part of a record: how it is read and written there. */
interface Part {
  readonly key: string;
  readonly at: number;
  readonly layout: Layout;
}

/** Behind the view of a record: where it is, and what `console.log` looks at. */
class RecordOfGuest implements Place {
  constructor(
    readonly memory: RecordMemory,
    readonly offset: Address,
    readonly layout: Layout,
  ) {}
  [shown](): unknown {
    return shownCopy.call(this);
  }
}

/** How records are read and written in guest memory; their fields are those they were compiled with. */
function recordViews(parts: readonly Part[]): ProxyHandler<RecordOfGuest> {
  const known = new Map<string | symbol, Part>(parts.map((part) => [part.key, part]));
  const keys = parts.map(({ key }) => key);
  const read = ({ memory, offset }: Place, { layout, at }: Part): unknown =>
    live(layout, memory, addBytes(offset, at));
  return {
    get: (place, key) => {
      const part = known.get(key);
      if (part !== undefined) return read(place, part);
      return key === 'toJSON' ? copyOf : undefined;
    },
    set: ({ memory, offset, layout }, key, value) => {
      const part = known.get(key);
      if (part === undefined) throw new TypeError(`${layout.name} has no field ${String(key)}`);
      memory.write(part.layout, addBytes(offset, part.at), value);
      return true;
    },
    deleteProperty: () => false,
    has: (_place, key) => known.has(key),
    ownKeys: () => keys,
    getOwnPropertyDescriptor: (place, key) => {
      const part = known.get(key);
      return part === undefined ? undefined : ownPart(read(place, part));
    },
  };
}

/**
 * A struct or union of `size` bytes, at multiples of `align` bytes. Writing an object leaves fields
 * that it does not have as they are, so that of a union one may be given.
 */
export function record<V extends object>(
  name: string,
  size: number,
  align: number,
  fields: Readonly<Record<string, RecordField>>,
): RecordLayout<V> {
  const parts = Object.entries(fields).map(([key, field]): Part => ({
    key,
    at: field[0],
    layout: fieldLayout(field),
  }));
  const views = recordViews(parts);
  const self: RecordLayout<V> = Object.freeze({
    name,
    size,
    align,
    fields,
    read: (view: DataView, at: number) =>
      Object.fromEntries(
        parts.map((part) => [part.key, part.layout.read(view, at + part.at)]),
      ) as V,
    write: (view: DataView, at: number, value: V) => {
      for (const part of parts) {
        const given = (value as Readonly<Record<string, unknown>>)[part.key];
        if (given !== undefined) part.layout.write(view, at + part.at, given);
      }
    },
    at: (memory: RecordMemory, offset: At<RecordLayout<V>>) => {
      const place = new RecordOfGuest(memory, offset as Address, self);
      const view = new Proxy(place, views);
      places.set(view, place);
      return view as unknown as Live<V>;
    },
  });
  return self;
}
