/**
 * Whom the host functions of an instance work for. Imports are linked once, and look here at each
 * call: an instance that is pooled has one holder after the other.
 */
import type { Caller } from './caller.js';
import type { FunctionShape } from './exported_function.js';
import type { InstanceCore } from './instance_core.js';

export interface Seat {
  core: InstanceCore;
  caller: Caller;
  /** How often it was handed over: by so much the generation of each function went up. */
  turn: number;
  /** The exported functions, once known, so that the next holder's need not be asked for. */
  exports?: readonly FunctionShape[] | undefined;
}
