/**
 * The argument cell as JavaScript sees it: see native/addon/cell.h for its layout. Values go
 * through these views instead of through Node-API, which takes several times as long.
 */
import { binding } from './binding.js';

export const i32 = new Int32Array(binding.cell);
export const f32 = new Float32Array(binding.cell);
export const f64 = new Float64Array(binding.cell);
export const i64 = new BigInt64Array(binding.cell);

/**
 * Places in the cell as indices of `i32`. Compilers write numbers where the names stand: what
 * another module exports is loaded each time, which is 1 to 2 ns of the 26 of a call.
 */
export const enum Word {
  TARGET = 0,
  GENERATION = 1,
  STATUS = 2,
  HOST_OUTCOME = 3,
  HOST_CALL = 8,
  LEASE = 9,
  DEPTH = 10,
  // The first four slots.
  A = 16,
  B = 18,
  C = 20,
  D = 22,
}

/** The same as indices of `f64`. */
export const enum Double {
  DEADLINE = 2,
  FUEL = 3,
  /** The first value slot, also of `i64`; twice that of `i32` and `f32`. */
  SLOT = 8,
}

/** Values of the status word. */
export const enum Status {
  OK = 0,
  FAILED = 1,
  CLOSED = 2,
  BUSY = 3,
  STARTING = 4,
  ACTIVE = 5,
  MOVED = 6,
  AGAIN = 7,
}
