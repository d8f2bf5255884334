/**
 * Offsets into linear memory, branded by the layout of what they point to. At run time an offset
 * is a plain number (a bigint for 64-bit memories); to the compiler an offset of one thing is not
 * an offset of another, and a number is none at all.
 */
import type { Layout, StructFields, StructLayout } from './layout.js';

declare const target: unique symbol;

/** Byte offset of a `T` in a memory with 32-bit addresses. */
export type Offset<T extends Layout = Layout> = number & { readonly [target]: T };

/** Byte offset of a `T` in a memory with 64-bit addresses. */
export type Offset64<T extends Layout = Layout> = bigint & { readonly [target]: T };

/** Either. */
export type Address<T extends Layout = Layout> = Offset<T> | Offset64<T>;

/** A place given as a plain number: allowed where a `T` is read or written, unlike an offset of
 * something else. */
export type At<T extends Layout> =
  Address<T> | (number & { readonly [target]?: never }) | (bigint & { readonly [target]?: never });

/** What a guest gives as a signed i32, from 0 on. */
function unsigned(at: number): number {
  return at < 0 ? at + 0x100000000 : at;
}

/** Says that at `bytes` there is a `T`: for offsets that the guest returned, which are signed. */
export function offset<T extends Layout>(_layout: T, bytes: number): Offset<T> {
  return unsigned(bytes) as Offset<T>;
}

/** Says that at `bytes` of a 64-bit memory there is a `T`. */
export function offset64<T extends Layout>(_layout: T, bytes: bigint): Offset64<T> {
  return bytes as Offset64<T>;
}

/** The offset of the element that is `count` elements further (or, below 0, back). */
export function advance<T extends Layout>(layout: T, at: Offset<T>, count: number): Offset<T>;
export function advance<T extends Layout>(layout: T, at: Offset64<T>, count: number): Offset64<T>;
export function advance<T extends Layout>(layout: T, at: Address<T>, count: number): Address<T> {
  return addBytes(at, layout.size * count);
}

/** Adds bytes; the result points to the same type. Throws a RangeError before the start. */
export function addBytes<T extends Layout>(at: Offset<T>, bytes: number): Offset<T>;
export function addBytes<T extends Layout>(at: Offset64<T>, bytes: number): Offset64<T>;
export function addBytes<T extends Layout>(at: Address<T>, bytes: number): Address<T>;
export function addBytes<T extends Layout>(at: Address<T>, bytes: number): Address<T> {
  if (typeof at === 'bigint') return (at + BigInt(bytes)) as Offset64<T>;
  const sum = unsigned(at) + bytes;
  if (sum < 0) throw new RangeError(`${-bytes} bytes before offset ${unsigned(at)}`);
  return sum as Offset<T>;
}

/** How many elements lie from `from` to `to`. */
export function distance<T extends Layout>(layout: T, from: Address<T>, to: Address<T>): number {
  if (typeof from === 'number' && typeof to === 'number') {
    return (unsigned(to) - unsigned(from)) / layout.size;
  }
  return Number(BigInt(to) - BigInt(from)) / layout.size;
}

/** The same place taken for something else. */
export function reinterpret<T extends Layout>(layout: T, at: Offset): Offset<T>;
export function reinterpret<T extends Layout>(layout: T, at: Offset64): Offset64<T>;
export function reinterpret<T extends Layout>(_layout: T, at: Address): Address<T> {
  return at as unknown as Address<T>;
}

/** The offset of a field of the struct at `at`. */
export function fieldAt<F extends StructFields, K extends keyof F & string>(
  layout: StructLayout<F>,
  at: Offset<StructLayout<F>>,
  name: K,
): Offset<F[K]>;
export function fieldAt<F extends StructFields, K extends keyof F & string>(
  layout: StructLayout<F>,
  at: Offset64<StructLayout<F>>,
  name: K,
): Offset64<F[K]>;
export function fieldAt<F extends StructFields, K extends keyof F & string>(
  layout: StructLayout<F>,
  at: Address<StructLayout<F>>,
  name: K,
): Address<F[K]> {
  return addBytes(at, layout.offsets[name]) as unknown as Address<F[K]>;
}
