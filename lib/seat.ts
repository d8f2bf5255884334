/**
 * Whom the host functions of an instance work for. Imports are linked once, and look here at each
 * call: an instance that is pooled has one holder after the other.
 */
import type { Caller } from './caller.js';
import type { InstanceCore } from './instance_core.js';

export interface Seat {
  core: InstanceCore;
  caller: Caller;
}
