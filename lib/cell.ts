/**
 * The argument cell as JavaScript sees it: see native/addon/cell.h for its layout. Values go
 * through these views instead of through Node-API, which takes several times as long.
 */
import { binding } from './binding.js';
import { UsageError } from './errors.js';

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

/** What a status other than OK and FAILED means. */
export function statusError(status: number | undefined): UsageError {
  switch (status) {
    case CLOSED:
      return new UsageError('the instance is closed');
    case BUSY:
      return new UsageError(
        'the instance is busy: an asynchronous call of it, or of one linked to it, is running',
      );
    case ACTIVE:
      return new UsageError('a function of the instance is running');
    case MOVED:
      return new UsageError(
        'a buffer of its memory was transferred, by a stream or by hand, and still shows it: make a new instance',
      );
    default:
      return new UsageError('the instance is still being made');
  }
}

/** Passes on what a function of the binding returned, unless it was refused. */
export function checked<T>(result: T): T {
  checkStatus();
  return result;
}

/** Throws when the last function of the binding was refused. */
export function checkStatus(): void {
  const status = i32[STATUS];
  if (status !== OK) throw statusError(status);
}
