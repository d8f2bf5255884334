/**
 * Values on their way between programs written for `WebAssembly` and guests: a function of a guest
 * is one that throws as `WebAssembly`'s do, and the same one wherever it comes from.
 */
import type { ExportedFunction } from 'wembed';
import { rethrown } from './errors.js';

type Wrapper = (...args: readonly unknown[]) => unknown;

const wrappers = new WeakMap<object, Wrapper>();
const guests = new WeakMap<object, ExportedFunction>();
/** Functions and arrays that guests got as externref: other functions that come out are theirs. */
const hosts = new WeakSet<object>();

/** The function for programs. */
export function wrapperOf(guest: ExportedFunction): Wrapper {
  const known = wrappers.get(guest);
  if (known !== undefined) return known;
  const wrapper: Wrapper = (...args) => {
    try {
      const result = guest(...args.map(toGuest));
      const several = Array.isArray(result) && !hosts.has(result);
      return several ? result.map(fromGuest) : fromGuest(result);
    } catch (error) {
      throw rethrown(error);
    }
  };
  Object.defineProperty(wrapper, 'name', { value: guest.name });
  wrappers.set(guest, wrapper);
  guests.set(wrapper, guest);
  return wrapper;
}

/** The guest's function that programs have as that one. */
export function guestOf(value: unknown): ExportedFunction | undefined {
  return typeof value === 'function' ? guests.get(value) : undefined;
}

export function fromGuest(value: unknown): unknown {
  if (typeof value !== 'function' || hosts.has(value)) return value;
  return wrapperOf(value as ExportedFunction);
}

export function toGuest(value: unknown): unknown {
  const guest = guestOf(value);
  if (guest !== undefined) return guest;
  if (typeof value === 'function' || Array.isArray(value)) hosts.add(value);
  return value;
}
