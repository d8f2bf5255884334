/** Synchronous calls with options. */
import { UsageError } from '../base/errors.js';
import { type CallOptions, deadlineOf, fuelOf } from '../core/call_options.js';
import type { FunctionRecord } from '../core/instance_core.js';
import { Stop } from '../core/stop.js';
import { binding } from '../raw/binding.js';
import { Double, f64 } from '../raw/cell.js';
import { serve } from './serve.js';
import { finishCall, prepare } from './values.js';

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
    f64[Double.DEADLINE] = deadline;
    f64[Double.FUEL] = fuel;
    const host = binding.invokeWith(stop?.handle);
    if (host !== undefined) serve(core, host);
    return finishCall(record);
  } finally {
    stop?.end();
  }
}
