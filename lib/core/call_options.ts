/** What bounds a call. */
import { UsageError } from '../base/errors.js';

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

/** A call's options; where it says nothing, and undefined is nothing, what the runtime says. */
export function boundsOf(options: CallOptions, limits: CallOptions): CallOptions {
  const { signal, deadline = limits.deadline, fuel = limits.fuel } = options;
  return { signal, deadline, fuel };
}

/** The deadline for the addon: whole milliseconds, 0 for none. */
export function deadlineOf(options: CallOptions): number {
  const { deadline } = options;
  if (deadline === undefined || deadline === Infinity) return 0;
  if (!(deadline > 0)) throw new UsageError('deadline has to be a number of milliseconds above 0');
  return Math.min(Math.ceil(deadline), Number.MAX_SAFE_INTEGER);
}

/** The fuel for the addon: -1 for no limit. */
export function fuelOf(options: CallOptions): number {
  const { fuel } = options;
  if (fuel === undefined || fuel === Infinity) return -1;
  if (!(fuel >= 0)) throw new UsageError('fuel has to be a number of instructions, 0 or more');
  return Math.floor(fuel);
}
