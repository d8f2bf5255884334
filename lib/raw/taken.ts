/** The error that is pending in an instance, as the addon gives it. */
import { type InstanceHandle, type RawError, type RawTrap, binding } from './binding.js';
import { Double, i32 } from './cell.js';

const FUNCTION_INDEX = Double.SLOT * 2;
const FRAMES = FUNCTION_INDEX + 2;
const INDEX = FUNCTION_INDEX + 4;

/** Kind of a RawError. */
export const TRAP = 3;

/** It is pending no more. */
export function takenError(instance: InstanceHandle): RawError | undefined {
  return made(binding.takeError(instance));
}

/** The same of the instance whose function the cell names, in a tenth of the time. */
export function takenErrorOfCall(): RawError | undefined {
  return made(binding.takeErrorOfCall());
}

function made(taken: RawError | RawTrap | undefined): RawError | undefined {
  if (taken === undefined || 'code' in taken) return taken;
  return {
    kind: TRAP,
    code: taken[0],
    message: taken[1],
    module: taken[2],
    function: taken[3],
    section: '',
    functionIndex: (i32[FUNCTION_INDEX] ?? 0) >>> 0,
    frameTotal: (i32[FRAMES] ?? 0) >>> 0,
    places: { batch: taken[4], index: (i32[INDEX] ?? 0) >>> 0 },
  };
}
