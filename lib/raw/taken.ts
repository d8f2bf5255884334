/** The error that is pending in an instance, as the addon gives it. */
import { type InstanceHandle, type RawError, binding } from './binding.js';
import { SLOT, i32 } from './cell.js';

const FUNCTION_INDEX = SLOT * 2;
const FRAMES = FUNCTION_INDEX + 2;
const INDEX = FUNCTION_INDEX + 4;

/** Kind of a RawError. */
export const TRAP = 3;

/** It is pending no more. */
export function takenError(instance: InstanceHandle): RawError | undefined {
  const taken = binding.takeError(instance);
  if (taken === undefined || 'code' in taken) return taken;
  const [code, message, module, name, batch] = taken;
  return {
    kind: TRAP,
    code,
    message,
    module,
    function: name,
    section: '',
    functionIndex: (i32[FUNCTION_INDEX] ?? 0) >>> 0,
    frameTotal: (i32[FRAMES] ?? 0) >>> 0,
    places: { batch, index: (i32[INDEX] ?? 0) >>> 0 },
  };
}
