/**
 * How things lie in linear memory: size, alignment, reading and writing. The same name is the
 * layout and its type: `malloc(f32, 5)` gives an `OwnedBuffer<f32>`.
 */

/** The layout of a `Value` in memory. Little-endian, as wasm is. */
export interface Layout<Value = unknown> {
  /** For messages and inspections: `f32`, `struct(x: f64, y: f64)`. */
  readonly name: string;
  /** Bytes from one element to the next. */
  readonly size: number;
  /** Bytes: its offsets are multiples of it. */
  readonly align: number;
  /** Reads a value at byte `at` of the view. */
  read(view: DataView, at: number): Value;
  /** Writes a value at byte `at` of the view. */
  write(view: DataView, at: number, value: Value): void;
}

/** What reading a `T` gives. */
export type ValueOf<T extends Layout> = T extends Layout<infer Value> ? Value : never;

type Typed =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** A number or bigint, of which several have a typed array as their view. */
export interface Scalar<
  Name extends string = string,
  Value = unknown,
  View extends Typed = Typed,
> extends Layout<Value> {
  /** Tells it from others. */
  readonly name: Name;
  /** What has a typed array as its view. */
  readonly scalar: true;
  /** A typed array of `length` elements from byte `at` of the buffer. */
  over(buffer: ArrayBuffer, at: number, length: number): View;
}

/** The view of several `T`: a typed array for scalars, bytes for everything else. */
export type ViewOf<T extends Layout> =
  T extends Scalar<string, unknown, infer View> ? View : Uint8Array;

type Reader<Value> = (this: DataView, at: number, little: boolean) => Value;
type Writer<Value> = (this: DataView, at: number, value: Value, little: boolean) => void;
type Constructor<View> = new (buffer: ArrayBuffer, at: number, length: number) => View;

function scalar<Name extends string, Value, View extends Typed>(
  name: Name,
  size: number,
  read: Reader<Value>,
  write: Writer<Value>,
  array: Constructor<View>,
): Scalar<Name, Value, View> {
  return Object.freeze({
    name,
    size,
    align: size,
    scalar: true as const,
    read: (view: DataView, at: number) => read.call(view, at, true),
    write: (view: DataView, at: number, value: Value) => {
      write.call(view, at, value, true);
    },
    over: (buffer: ArrayBuffer, at: number, length: number) => new array(buffer, at, length),
  });
}

const views = DataView.prototype;

/** A signed byte. */
export type i8 = Scalar<'i8', number, Int8Array>;
/** A byte. */
export type u8 = Scalar<'u8', number, Uint8Array>;
/** A signed integer of 2 bytes. */
export type i16 = Scalar<'i16', number, Int16Array>;
/** An integer of 2 bytes. */
export type u16 = Scalar<'u16', number, Uint16Array>;
/** A signed integer of 4 bytes. */
export type i32 = Scalar<'i32', number, Int32Array>;
/** An integer of 4 bytes. */
export type u32 = Scalar<'u32', number, Uint32Array>;
/** A signed integer of 8 bytes, a bigint. */
export type i64 = Scalar<'i64', bigint, BigInt64Array>;
/** An integer of 8 bytes, a bigint. */
export type u64 = Scalar<'u64', bigint, BigUint64Array>;
/** A float of 4 bytes. */
export type f32 = Scalar<'f32', number, Float32Array>;
/** A float of 8 bytes. */
export type f64 = Scalar<'f64', number, Float64Array>;

/* eslint-disable @typescript-eslint/unbound-method -- called with their DataView as `this` */
/** The layout of a signed byte. */
export const i8: i8 = scalar('i8', 1, views.getInt8, views.setInt8, Int8Array);
/** The layout of a byte. */
export const u8: u8 = scalar('u8', 1, views.getUint8, views.setUint8, Uint8Array);
/** The layout of a signed integer of 2 bytes. */
export const i16: i16 = scalar('i16', 2, views.getInt16, views.setInt16, Int16Array);
/** The layout of an integer of 2 bytes. */
export const u16: u16 = scalar('u16', 2, views.getUint16, views.setUint16, Uint16Array);
/** The layout of a signed integer of 4 bytes. */
export const i32: i32 = scalar('i32', 4, views.getInt32, views.setInt32, Int32Array);
/** The layout of an integer of 4 bytes. */
export const u32: u32 = scalar('u32', 4, views.getUint32, views.setUint32, Uint32Array);
/** The layout of a signed integer of 8 bytes, a bigint. */
export const i64: i64 = scalar('i64', 8, views.getBigInt64, views.setBigInt64, BigInt64Array);
/** The layout of an integer of 8 bytes, a bigint. */
export const u64: u64 = scalar('u64', 8, views.getBigUint64, views.setBigUint64, BigUint64Array);
/** The layout of a float of 4 bytes. */
export const f32: f32 = scalar('f32', 4, views.getFloat32, views.setFloat32, Float32Array);
/** The layout of a float of 8 bytes. */
export const f64: f64 = scalar('f64', 8, views.getFloat64, views.setFloat64, Float64Array);
/* eslint-enable @typescript-eslint/unbound-method */

/** Whether views of the layout are typed arrays of numbers. */
export function isScalar(layout: Layout): layout is Scalar {
  return 'scalar' in layout;
}

/** Several of one thing, one after the other. */
export interface ArrayLayout<T extends Layout> extends Layout<ValueOf<T>[]> {
  /** What its elements are. */
  readonly element: T;
  /** How many elements. */
  readonly length: number;
}

/** `length` elements. Writing fewer leaves the rest as it is; writing more throws. */
export function array<T extends Layout>(element: T, length: number): ArrayLayout<T> {
  return Object.freeze({
    name: `array(${element.name}, ${length})`,
    size: element.size * length,
    align: element.align,
    element,
    length,
    read: (view: DataView, at: number) =>
      Array.from(
        { length },
        (_, index) => element.read(view, at + index * element.size) as ValueOf<T>,
      ),
    write: (view: DataView, at: number, values: readonly ValueOf<T>[]) => {
      if (values.length > length) {
        throw new RangeError(`${values.length} elements for an array of ${length}`);
      }
      values.forEach((value, index) => {
        element.write(view, at + index * element.size, value);
      });
    },
  });
}

/** The layouts of a struct's fields, by name and in order. */
export type StructFields = Readonly<Record<string, Layout>>;

/** What reading a struct gives. */
export type StructValue<F extends StructFields> = { -readonly [K in keyof F]: ValueOf<F[K]> };

/** A struct as C lays it out. */
export interface StructLayout<F extends StructFields> extends Layout<StructValue<F>> {
  /** The layouts of its fields, by name and in order. */
  readonly fields: F;
  /** Byte offset of each field in the struct. */
  readonly offsets: { readonly [K in keyof F]: number };
}

function alignUp(at: number, align: number): number {
  return Math.ceil(at / align) * align;
}

/** Fields in order, each at its natural alignment, as C lays them out. */
export function struct<F extends StructFields>(fields: F): StructLayout<F> {
  const entries = Object.entries(fields);
  const offsets: Record<string, number> = {};
  let end = 0;
  let align = 1;
  for (const [name, field] of entries) {
    const at = alignUp(end, field.align);
    offsets[name] = at;
    end = at + field.size;
    align = Math.max(align, field.align);
  }
  const places = entries.map(([name, field]) => ({ name, field, at: offsets[name] ?? 0 }));
  return Object.freeze({
    name: `struct(${entries.map(([name, field]) => `${name}: ${field.name}`).join(', ')})`,
    size: alignUp(end, align),
    align,
    fields,
    offsets: Object.freeze(offsets) as { readonly [K in keyof F]: number },
    read: (view: DataView, at: number) =>
      Object.fromEntries(
        places.map((place) => [place.name, place.field.read(view, at + place.at)]),
      ) as StructValue<F>,
    write: (view: DataView, at: number, value: StructValue<F>) => {
      for (const place of places) place.field.write(view, at + place.at, value[place.name]);
    },
  });
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A NUL-terminated string as C has it: UTF-8, as long as it is. */
export interface cstring extends Layout<string> {
  /** Tells it from others. */
  readonly name: 'cstring';
}

/** The bytes of a string with its NUL. */
export function cstringBytes(text: string): Uint8Array {
  const bytes = encoder.encode(text);
  const terminated = new Uint8Array(bytes.length + 1);
  terminated.set(bytes);
  return terminated;
}

/** Reading ends at the NUL or at the end of the memory; writing adds the NUL. */
export const cstring: cstring = Object.freeze({
  name: 'cstring' as const,
  size: 1,
  align: 1,
  read: (view: DataView, at: number) => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset + at, view.byteLength - at);
    const end = bytes.indexOf(0);
    return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
  },
  write: (view: DataView, at: number, text: string) => {
    const bytes = cstringBytes(text);
    if (bytes.length > view.byteLength - at) throw new RangeError('the string does not fit');
    new Uint8Array(view.buffer, view.byteOffset + at, bytes.length).set(bytes);
  },
});

/** A string in a field of fixed size, its NUL included. */
export interface CharsLayout extends Layout<string> {
  /** Bytes. */
  readonly length: number;
}

/** A `char[length]` field. Writing a longer string throws. */
export function chars(length: number): CharsLayout {
  const within = (view: DataView, at: number): DataView =>
    new DataView(view.buffer, view.byteOffset + at, length);
  return Object.freeze({
    name: `chars(${length})`,
    size: length,
    align: 1,
    length,
    read: (view: DataView, at: number) => cstring.read(within(view, at), 0),
    write: (view: DataView, at: number, text: string) => {
      cstring.write(within(view, at), 0, text);
    },
  });
}
