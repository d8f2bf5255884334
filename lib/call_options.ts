/** What bounds a call, and calls with such options. */
import { binding, type StopHandle } from './binding.js';
import { DEADLINE, FUEL, STATUS, f64, i32 } from './cell.js';
import { type Cause, ResourceError, UsageError } from './errors.js';
import { type FunctionRecord, finishCall, prepare } from './exported_function.js';
import type { LinkGroup, Running } from './link_group.js';
import type { Runtime } from './runtime.js';

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

/** A signal turned into a stop request while something runs. */
export class Stop {
  readonly handle: StopHandle;
  readonly #signal: AbortSignal | undefined;
  readonly #listener: () => void;
  readonly #group: () => LinkGroup;
  #cause: Cause | undefined;

  constructor(
    runtime: Runtime,
    signal: AbortSignal | undefined,
    group: () => LinkGroup,
    onStop?: () => void,
  ) {
    signal?.throwIfAborted();
    const handle = binding.stopNew(runtime.open().handle);
    if (handle === undefined) throw new ResourceError('out of memory', { code: 'OutOfMemory' });
    this.handle = handle;
    this.#signal = signal;
    this.#group = group;
    this.#listener = () => {
      this.#cause = { error: signal?.reason };
      group().cause ??= this.#cause;
      binding.stopRequest(handle);
      onStop?.();
    };
    signal?.addEventListener('abort', this.#listener, { once: true });
  }

  end(): void {
    this.#signal?.removeEventListener('abort', this.#listener);
    // A call that ended before it could be stopped must not leave its reason to the next.
    const group = this.#group();
    if (this.#cause !== undefined && group.cause === this.#cause) group.cause = undefined;
  }
}

/** A synchronous call with options. */
export function callWith(
  record: FunctionRecord,
  args: readonly unknown[],
  options: CallOptions,
): unknown {
  const deadline = deadlineOf(options);
  const fuel = fuelOf(options);
  const { core } = record;
  if (core.asyncOnly) throw new UsageError('the instance was made with asyncOnly: use callAsync');
  const stop = options.signal && new Stop(core.module.runtime, options.signal, () => core.group);
  try {
    prepare(record, args);
    f64[DEADLINE] = deadline;
    f64[FUEL] = fuel;
    binding.invokeWith(stop?.handle);
    return finishCall(record);
  } finally {
    stop?.end();
  }
}

/** An asynchronous call that has not ended. */
export interface RunningCall {
  /** Asks it to end, also while it waits for a host function's promise. */
  readonly stop: () => void;
  /** Settles with the call; never rejects. */
  readonly ended: Promise<void>;
}

/** A call on the pool. */
export function callAsync(
  record: FunctionRecord,
  args: readonly unknown[],
  options: CallOptions,
): Promise<unknown> {
  const { core } = record;
  let settled: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    settled = resolve;
  });
  return new Promise((resolve) => {
    const deadline = deadlineOf(options);
    const fuel = fuelOf(options);
    const running: Running = {
      deadline: deadline === 0 ? Infinity : performance.now() + deadline,
      stopped: false,
      stopWaiting: undefined,
    };
    const onStop = (): void => {
      running.stopped = true;
      running.stopWaiting?.();
    };
    const stop = new Stop(core.module.runtime, options.signal, () => core.group, onStop);
    const end = (): void => {
      binding.stopRequest(stop.handle);
      onStop();
    };
    const settle = (): void => {
      core.running = undefined;
      core.group.running = undefined;
      resolve(outcome(record));
      stop.end();
      settled();
    };
    try {
      prepare(record, args);
      f64[DEADLINE] = deadline;
      f64[FUEL] = fuel;
      binding.callAsync(core.handle, stop.handle, settle);
      if (i32[STATUS] !== 0) throw core.failure();
      core.running = { stop: end, ended };
      core.group.running = running;
    } catch (error) {
      stop.end();
      throw error;
    }
  });
}

/** Looks at the cell at once, and tells through a promise. */
// eslint-disable-next-line @typescript-eslint/require-await -- turns what is thrown into a rejection
async function outcome(record: FunctionRecord): Promise<unknown> {
  return finishCall(record);
}
