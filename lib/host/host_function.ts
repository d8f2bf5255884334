/**
 * JavaScript functions as imports. The addon calls what `makeHost` returns without arguments: it
 * takes them from the argument cell and leaves the results there.
 */
import { binding } from '../raw/binding.js';
import { type AsyncCaller, Caller } from './caller.js';
import { Word, i32 as words } from '../raw/cell.js';
import { UsageError } from '../base/errors.js';
import type { InstanceCore } from '../core/instance_core.js';
import type { Seat } from './seat.js';
import { isRefused, load, refuse, storeAll } from '../call/values.js';
import { thrown } from './thrown.js';
import { I32 } from '../raw/value_type.js';

// What is a module's own is read in one load.
const i32 = words;

/**
 * A function that the guest may call. The guest's arguments follow the caller: numbers, bigints
 * for i64, any value for externref. A result is converted as an argument is; several are returned
 * as an iterable. What it throws goes through the guest, which may catch it (see JSTag), and
 * arrives as `cause` of a Trap; an Exception arrives as it is.
 *
 * It may return a promise when the guest was called by `callAsync`: the guest waits for it.
 */
export type HostFunction<D = unknown> = (caller: Caller<D>, ...args: never[]) => unknown;

/**
 * A host function that always needs the guest to wait. By its caller's type it is accepted by
 * instances made with `asyncOnly` alone, whose functions cannot be called in any other way.
 */
export type AsyncHostFunction<D = unknown> = (
  caller: AsyncCaller<D>,
  ...args: never[]
) => Promise<unknown>;

type Host = (caller: Caller, ...args: unknown[]) => unknown;

/** How a host function ended: see HostOutcome in native/addon/cell.h. */
const DONE = 0;
const WAITS = 2;
const STOPPED = 3;

const longestTimeout = 2 ** 31 - 1;

/** The function for the addon. */
export function makeHost(
  seat: Seat,
  fn: HostFunction,
  params: readonly number[],
  results: readonly number[],
): () => void {
  const call = isRefused(params, results)
    ? () => refuse(params, results)
    : withArguments(seat, fn as Host, params);
  const only = results.length === 1 && results[0] === I32;
  const run = (): void => {
    const { core, caller } = seat;
    const number = i32[Word.HOST_CALL] ?? 0;
    if (number !== 0) {
      runWaiting(seat, call, number, results);
      return;
    }
    const outer = caller.begin();
    try {
      const value = call(caller);
      if (only && typeof value === 'number') i32[Word.A] = value | 0;
      else storeResults(core, results, value);
    } catch (error) {
      i32[Word.HOST_OUTCOME] = thrown(core, { error, above: run });
    } finally {
      caller.end(outer);
    }
  };
  return run;
}

/** Calls `fn` with the arguments that are in the cell. */
function withArguments(
  seat: Seat,
  fn: Host,
  params: readonly number[],
): (caller: Caller) => unknown {
  const integers = params.every((kind) => kind === I32);
  switch (integers ? params.length : -1) {
    case 0:
      return (caller) => fn(caller);
    case 1:
      return (caller) => fn(caller, i32[Word.A]);
    case 2:
      return (caller) => fn(caller, i32[Word.A], i32[Word.B]);
    case 3:
      return (caller) => fn(caller, i32[Word.A], i32[Word.B], i32[Word.C]);
    case 4:
      return (caller) => fn(caller, i32[Word.A], i32[Word.B], i32[Word.C], i32[Word.D]);
    default:
      return (caller) => fn(caller, ...params.map((kind, index) => load(seat.core, index, kind)));
  }
}

/** A call of which the guest waits on another thread: it may go on waiting for a promise. */
function runWaiting(
  seat: Seat,
  call: (caller: Caller) => unknown,
  number: number,
  results: readonly number[],
): void {
  const { core } = seat;
  const caller = new Caller(core, seat.instance, number);
  caller.begin();
  try {
    const value = call(caller);
    if (isThenable(value)) {
      i32[Word.HOST_OUTCOME] = awaitSettling(core, caller, number, results, value);
      return;
    }
    storeResults(core, results, value);
  } catch (error) {
    i32[Word.HOST_OUTCOME] = thrown(core, { error });
  }
  caller.end(undefined);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}

/** Lets the guest wait; ends the host call when the promise settles or the call has to stop. */
function awaitSettling(
  core: InstanceCore,
  caller: Caller,
  number: number,
  results: readonly number[],
  promise: PromiseLike<unknown>,
): number {
  // First: it may run code of the promise's, which may stop the call.
  const end = settled(promise);
  const { running } = core.group;
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  const settle = (outcome: number): void => {
    over = true;
    clearTimeout(timer);
    if (running !== undefined) running.stopWaiting = undefined;
    caller.end(undefined);
    i32[Word.HOST_OUTCOME] = outcome;
    binding.hostSettle(number);
  };
  const fail = (error: unknown): void => {
    if (over) return;
    settle(thrown(core, { error }));
  };
  if (running?.stopped === true) {
    caller.end(undefined);
    end.catch(() => undefined);
    return STOPPED;
  }
  if (running !== undefined) {
    running.stopWaiting = () => {
      settle(STOPPED);
    };
    const { deadline } = running;
    const watch = (): void => {
      const left = Math.max(Math.ceil(deadline - performance.now()), 0);
      timer = setTimeout(
        () => {
          if (performance.now() < deadline) watch();
          else settle(STOPPED);
        },
        Math.min(left, longestTimeout),
      );
    };
    if (deadline !== Infinity) watch();
  }
  end.then((value) => {
    if (over) return;
    try {
      storeResults(core, results, value);
    } catch (error) {
      fail(error);
      return;
    }
    settle(DONE);
  }, fail);
  return WAITS;
}

/** What becomes of it, told later and once, whatever its own `then` does. */
async function settled(promise: PromiseLike<unknown>): Promise<unknown> {
  return promise;
}

function storeResults(core: InstanceCore, results: readonly number[], value: unknown): void {
  if (isThenable(value)) {
    throw new UsageError(
      'a host function returned a promise: the guest can wait for it only when it was called ' +
        'by callAsync',
    );
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
