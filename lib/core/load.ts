/** Values of the guest in the argument cell, as JavaScript has them. */
import {
  OTHER_SIDE,
  type Words,
  loadFunction,
  loadNumber,
  loadReference,
  numberIn,
} from '../raw/slot.js';
import type { GuestObjects, ObjectOwner } from './guest_object.js';
import { ANYREF, EXTERNREF, F32, F64, FUNCREF, I32, I64, valueType } from '../raw/value_type.js';

/** Whose the values are: an instance. */
export interface ValueOwner extends ObjectOwner {
  functionAt(index: number, generation: number): unknown;
  readonly group: ObjectOwner['group'] & {
    readonly objects: GuestObjects;
    referred(number: number): unknown;
  };
}

/** An i31 as a number, or the object. */
function loadInternal(owner: ValueOwner, words: Words): unknown {
  return (words.low & 1) === 1 ? words.low >> 1 : owner.group.objects.at(owner, words);
}

/** A reference of the guest's: of its own, or to what it has from the host. */
function loadAny(owner: ValueOwner, kind: number, words: Words): unknown {
  if (words.low === 0 && words.high === 0) return null;
  const isOther = words.high < 0;
  const plain = { low: words.low, high: (words.high & ~OTHER_SIDE) >>> 0 };
  const isHosts = isOther === (kind === ANYREF);
  return isHosts ? owner.group.referred(numberIn(plain)) : loadInternal(owner, plain);
}

/** The value in slot `index`. */
export function load(owner: ValueOwner, index: number, kind: number | undefined): unknown {
  switch (kind) {
    case I32:
    case I64:
    case F32:
    case F64:
      return loadNumber(index, kind);
    case FUNCREF: {
      const name = loadFunction(index);
      return owner.functionAt(name.index, name.generation);
    }
    case EXTERNREF:
    case ANYREF:
      return loadAny(owner, kind, loadReference(index));
    default:
      throw new TypeError(`JavaScript cannot take a value of type ${valueType(kind)}`);
  }
}
