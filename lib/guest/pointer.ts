/** Offsets that are stored in memory. */
import type { Layout } from './layout.js';
import type { Offset, Offset64 } from './offset.js';

/** A 32-bit offset of a `T`, stored in memory. */
export interface PointerLayout<T extends Layout> extends Layout<Offset<T>> {
  /** What it points to. */
  readonly to: T;
}

/** A field that holds the offset of a `T`. */
export function pointer<T extends Layout>(to: T): PointerLayout<T> {
  return Object.freeze({
    name: `pointer(${to.name})`,
    size: 4,
    align: 4,
    to,
    read: (view: DataView, at: number) => view.getUint32(at, true) as Offset<T>,
    write: (view: DataView, at: number, value: Offset<T>) => {
      view.setUint32(at, value, true);
    },
  });
}

/** A 64-bit offset of a `T`, stored in memory. */
export interface PointerLayout64<T extends Layout> extends Layout<Offset64<T>> {
  /** What it points to. */
  readonly to: T;
}

/** The same in 64-bit memories. */
export function pointer64<T extends Layout>(to: T): PointerLayout64<T> {
  return Object.freeze({
    name: `pointer64(${to.name})`,
    size: 8,
    align: 8,
    to,
    read: (view: DataView, at: number) => view.getBigUint64(at, true) as Offset64<T>,
    write: (view: DataView, at: number, value: Offset64<T>) => {
      view.setBigUint64(at, value, true);
    },
  });
}
