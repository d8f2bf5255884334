/** Values of the guest in the argument cell, as JavaScript has them. */
import { loadFunction, loadNumber, loadReference } from '../raw/slot.js';
import { EXTERNREF, F32, F64, FUNCREF, I32, I64, valueType } from '../raw/value_type.js';

/** Whose the values are: an instance. */
export interface ValueOwner {
  functionAt(index: number, generation: number): unknown;
  readonly group: { referred(number: number): unknown };
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
    case EXTERNREF: {
      const number = loadReference(index);
      return number === 0 ? null : owner.group.referred(number);
    }
    default:
      throw new TypeError(`JavaScript cannot take a value of type ${valueType(kind)}`);
  }
}
