/**
 * The argument cell as JavaScript sees it: see native/addon/cell.h for its layout. Values go
 * through these views instead of through Node-API, which takes several times as long.
 */
import { binding } from './binding.js';

export const i32 = new Int32Array(binding.cell);
export const f32 = new Float32Array(binding.cell);
export const f64 = new Float64Array(binding.cell);
export const i64 = new BigInt64Array(binding.cell);

/** Control words, as indices of `i32`. */
export const TARGET = 0;
export const GENERATION = 1;
export const STATUS = 2;
export const HOST_OUTCOME = 3;
export const HOST_CALL = 8;
export const LEASE = 9;
export const DEPTH = 10;
/** Control words, as indices of `f64`. */
export const DEADLINE = 2;
export const FUEL = 3;

/** The first value slot as an index of `f64` and `i64`; twice that of `i32` and `f32`. */
export const SLOT = 8;

/** Values of the status word. */
export const OK = 0;
export const FAILED = 1;
export const CLOSED = 2;
export const BUSY = 3;
export const STARTING = 4;
export const ACTIVE = 5;
export const MOVED = 6;
export const AGAIN = 7;
