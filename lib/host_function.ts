/**
 * JavaScript functions as imports. The addon calls what `makeHost` returns without arguments: it
 * takes them from the argument cell and leaves the results there.
 */
import type { Caller } from './caller.js';
import { HOST_FAILED, SLOT, i32 } from './cell.js';
import { UsageError } from './errors.js';
import type { InstanceCore } from './instance_core.js';
import type { Seat } from './seat.js';
import { load, storeAll } from './slot.js';
import { I32 } from './value_type.js';

/**
 * A function that the guest may call. The guest's arguments follow the caller: numbers, bigints
 * for i64, any value for externref. A result is converted as an argument is; several are returned
 * as an iterable. What it throws stops the guest and arrives as `cause` of the Trap.
 */
export type HostFunction = (caller: Caller, ...args: never[]) => unknown;

type Host = (caller: Caller, ...args: unknown[]) => unknown;

const A = SLOT * 2;
const B = A + 2;
const C = A + 4;
const D = A + 6;

/** The function for the addon. */
export function makeHost(
  seat: Seat,
  fn: HostFunction,
  params: readonly number[],
  results: readonly number[],
): () => void {
  const call = withArguments(seat, fn as Host, params);
  const only = results.length === 1 && results[0] === I32;
  return () => {
    try {
      const value = call();
      if (only && typeof value === 'number') {
        i32[A] = value | 0;
        return;
      }
      storeResults(seat.core, results, value);
    } catch (error) {
      seat.core.group.cause = { error };
      i32[HOST_FAILED] = 1;
    }
  };
}

/** Calls `fn` with the arguments that are in the cell. */
function withArguments(seat: Seat, fn: Host, params: readonly number[]): () => unknown {
  const integers = params.every((kind) => kind === I32);
  switch (integers ? params.length : -1) {
    case 0:
      return () => fn(seat.caller);
    case 1:
      return () => fn(seat.caller, i32[A]);
    case 2:
      return () => fn(seat.caller, i32[A], i32[B]);
    case 3:
      return () => fn(seat.caller, i32[A], i32[B], i32[C]);
    case 4:
      return () => fn(seat.caller, i32[A], i32[B], i32[C], i32[D]);
    default:
      return () => fn(seat.caller, ...params.map((kind, index) => load(seat.core, index, kind)));
  }
}

function storeResults(core: InstanceCore, results: readonly number[], value: unknown): void {
  if (typeof value === 'object' && value !== null && 'then' in value) {
    throw new UsageError('a host function returned a promise: the guest cannot wait for it');
  }
  if (results.length === 0) return;
  if (results.length === 1) {
    storeAll(core, results, [value]);
    return;
  }
  const values = [...(value as Iterable<unknown>)];
  if (values.length !== results.length) {
    throw new TypeError(
      `a host function returned ${values.length} values instead of ${results.length}`,
    );
  }
  storeAll(core, results, values);
}
