/**
 * Whom the host functions of an instance work for. Imports are linked once, and look here at each
 * call: an instance that is pooled has one holder after the other.
 */
import type { InstanceCore } from '../core/instance_core.js';
import type { Instance } from '../instance/instance.js';
import { Caller } from './caller.js';

export interface Seat {
  core: InstanceCore;
  instance: Instance;
  /** What host functions get in synchronous calls. */
  caller: Caller;
}

/** The seat of a new instance. */
export function seatOf(core: InstanceCore, instance: Instance): Seat {
  return { core, instance, caller: new Caller(core, instance) };
}

/** From now on host functions work for the next holder. */
export function handOver(core: InstanceCore, instance: Instance): void {
  if (core.seat !== undefined) Object.assign(core.seat, seatOf(core, instance));
}
