/** Numbers for the addon from what guests and callers give. */
import { types } from 'node:util';
import { UsageError } from '../base/errors.js';

/**
 * An offset as a number, 0 or more. What a guest with 32-bit addresses gives is a signed i32, which
 * beyond 2 GiB is negative.
 */
export function toNumber(at: number | bigint): number {
  const number = Number(at);
  if (Number.isSafeInteger(number)) {
    if (number >= 0) return number;
    if (number >= -0x80000000 && typeof at !== 'bigint') return number >>> 0;
  }
  throw new UsageError(`${String(at)} is not an offset`);
}

/** Bytes that a caller gives, which the addon takes as such. */
export function bytesOf(bytes: Uint8Array): Uint8Array {
  if (!types.isUint8Array(bytes)) throw new UsageError('the bytes have to be a Uint8Array');
  return bytes;
}
