/** How a host function ends that throws. */
import { type Cause, Trap } from '../base/errors.js';
import { storeAll } from '../call/values.js';
import { Exception, exceptionParts, keepNative } from '../core/exception.js';
import type { InstanceCore } from '../core/instance_core.js';
import { JSTag, nativeTag, tagParts } from '../core/tag.js';
import { type ExceptionHandle, binding } from '../raw/binding.js';
import { ANYREF, EXTERNREF } from '../raw/value_type.js';

/** See HostOutcome in native/addon/cell.h. */
const FAILED = 1;
const THREW = 4;

/**
 * The outcome: what was thrown is an exception that the guest may catch, where it can, or stops it.
 * No guest catches traps.
 */
export function thrown(core: InstanceCore, cause: Cause): number {
  const { error } = cause;
  try {
    const exception = Exception.is(error) ? ofGuests(core, error) : ofJavaScript(core, error);
    if (exception !== undefined) {
      binding.hostThrow(exception);
      return THREW;
    }
  } catch {
    // There is no memory for it, or it is another runtime's: it stops the guest like any error.
  }
  core.group.cause = cause;
  return FAILED;
}

function ofGuests(core: InstanceCore, error: Exception): ExceptionHandle | undefined {
  const { tag, values, natives } = exceptionParts(error);
  const { runtime } = core.module;
  const { kinds } = tagParts(tag);
  const found = natives.get(runtime);
  // What the guest had of JavaScript's values may be gone by now; the exception has them.
  const hasValues = kinds.includes(EXTERNREF) || kinds.includes(ANYREF);
  if (found !== undefined && !hasValues) return found.handle;
  const { handle } = nativeTag(tag, runtime);
  storeAll(core, kinds, values);
  const made = binding.exceptionNew(core.handle, handle);
  return made && keepNative(error, runtime, made[0], made[1]);
}

function ofJavaScript(core: InstanceCore, error: unknown): ExceptionHandle | undefined {
  if (!core.group.catches || Trap.is(error)) return undefined;
  const { handle } = nativeTag(JSTag, core.module.runtime);
  storeAll(core, [EXTERNREF], [error]);
  return binding.exceptionNew(core.handle, handle)?.[0];
}
