/** Calls on a thread of their own. */
import { type CallOptions, deadlineOf, fuelOf } from '../core/call_options.js';
import type { FunctionRecord } from '../core/instance_core.js';
import type { Running } from '../core/link_group.js';
import { Stop } from '../core/stop.js';
import { binding } from '../raw/binding.js';
import { Double, Word, f64, i32 } from '../raw/cell.js';
import { finishCall, prepare } from './values.js';

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
      f64[Double.DEADLINE] = deadline;
      f64[Double.FUEL] = fuel;
      binding.callAsync(core.handle, stop.handle, settle);
      if (i32[Word.STATUS] !== 0) throw core.failure(record);
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
