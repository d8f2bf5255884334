/** What bounds a call. */
import { UsageError } from '../base/errors.js';
import { type OptionNames, optionsOf } from '../base/options.js';

/** Bounds of one call; what is not given is bounded by `limits` of the runtime. */
export interface CallOptions {
  /**
   * Stops the guest when it is aborted; the Trap's `cause` is the signal's reason. While a
   * synchronous call runs only host functions it calls can abort: use `deadline` there.
   */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which the guest is stopped. */
  readonly deadline?: number | undefined;
  /** Instructions after which the guest is stopped. */
  readonly fuel?: number | undefined;
}

/** All of them. */
export const callOptionNames: OptionNames<CallOptions> = {
  signal: true,
  deadline: true,
  fuel: true,
};

/** The options of a call, without those that there are not. */
export function callOptionsOf(given: CallOptions | null | undefined, what: string): CallOptions {
  return optionsOf<CallOptions>(given, callOptionNames, what);
}

/** A call's options; where it says nothing (undefined, or null), what the runtime says. */
export function boundsOf(options: CallOptions, limits: CallOptions): CallOptions {
  const signal = options.signal ?? undefined;
  if (signal !== undefined && typeof signal.throwIfAborted !== 'function') {
    throw new UsageError('signal has to be an AbortSignal');
  }
  return {
    signal,
    deadline: options.deadline ?? limits.deadline,
    fuel: options.fuel ?? limits.fuel,
  };
}

/** The deadline for the addon: whole milliseconds, 0 for none. */
export function deadlineOf(options: CallOptions): number {
  const { deadline } = options;
  if (deadline == null || deadline === Infinity) return 0;
  if (!(deadline > 0)) throw new UsageError('deadline has to be a number of milliseconds above 0');
  return Math.min(Math.ceil(deadline), Number.MAX_SAFE_INTEGER);
}

/** The fuel for the addon: -1 for no limit. */
export function fuelOf(options: CallOptions): number {
  const { fuel } = options;
  if (fuel == null || fuel === Infinity) return -1;
  if (!(fuel >= 0)) throw new UsageError('fuel has to be a number of instructions, 0 or more');
  return Math.floor(fuel);
}
