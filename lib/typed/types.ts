/** Types for generated declarations. */
import type { OwnedBuffer, OwnedBuffer64 } from '../guest/buffer.js';
import type { Layout } from '../guest/layout.js';
import type { Offset, Offset64 } from '../guest/offset.js';

/** Where a `T` is in the guest's memory, as a function takes it. */
export type Pointer<T extends Layout> = Offset<T> | OwnedBuffer<T> | null;

/** The same in a 64-bit memory. */
export type Pointer64<T extends Layout> = Offset64<T> | OwnedBuffer64<T> | null;

/**
 * What is only read there: a pointer, or a value or list of them that is copied for the call and
 * gone after it. Changes that the guest makes are not seen, so this is for `const T *`.
 */
export type In<T extends Layout, V> = Pointer<T> | V | readonly V[];

/** The same in a 64-bit memory. */
export type In64<T extends Layout, V> = Pointer64<T> | V | readonly V[];
