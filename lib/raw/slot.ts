/** The codec of the argument cell's slots: numbers of JavaScript to and from bits of wasm. */
import { Double, f32, f64, i32, i64 } from './cell.js';
import { ANYREF, EXTERNREF, F32, F64, FUNCREF, I32, I64 } from './value_type.js';

/** A function by its place in the addon's table. */
export interface FunctionName {
  readonly index: number;
  readonly generation: number;
}

/** The two halves of a slot, of which the sign does not matter. */
export interface Words {
  readonly low: number;
  readonly high: number;
}

/** In the upper half: what a slot has comes from the other side of a conversion. */
export const OTHER_SIDE = 0x80000000;

/** What a slot takes; null is 0, or no function. */
export type SlotValue = number | bigint | FunctionName | Words | null;

/** Stores a value of that kind into slot `index`. */
export function store(index: number, kind: number | undefined, value: SlotValue): void {
  const slot = Double.SLOT + index;
  switch (kind) {
    case I64:
      i64[slot] = value as bigint;
      break;
    case F32:
      f32[slot * 2] = value as number;
      break;
    case F64:
      f64[slot] = value as number;
      break;
    case FUNCREF: {
      const name = value as FunctionName | null;
      i32[slot * 2] = name === null ? -1 : name.index;
      i32[slot * 2 + 1] = name === null ? -1 : name.generation;
      break;
    }
    case EXTERNREF:
    case ANYREF: {
      const words = value as Words | null;
      i32[slot * 2] = words?.low ?? 0;
      i32[slot * 2 + 1] = words?.high ?? 0;
      break;
    }
    default:
      i32[slot * 2] = value as number;
      i32[slot * 2 + 1] = 0;
  }
}

/** The number in slot `index`; undefined for a kind that is none. */
export function loadNumber(index: number, kind: number | undefined): number | bigint | undefined {
  const slot = Double.SLOT + index;
  switch (kind) {
    case I32:
      return i32[slot * 2];
    case I64:
      return i64[slot];
    case F32:
      return f32[slot * 2];
    case F64:
      return f64[slot];
    default:
      return undefined;
  }
}

/** The function in slot `index`; -1 and -1 is null. */
export function loadFunction(index: number): FunctionName {
  const at = (Double.SLOT + index) * 2;
  return { index: i32[at] ?? -1, generation: i32[at + 1] ?? -1 };
}

/** The reference in slot `index`, of any kind but those of functions; 0 and 0 is null. */
export function loadReference(index: number): Words {
  const at = (Double.SLOT + index) * 2;
  return { low: i32[at] ?? 0, high: i32[at + 1] ?? 0 };
}

/** The slot's halves for a value of the host's, by its number. */
export function wordsOf(number: number): Words {
  return { low: number % 4294967296, high: Math.floor(number / 4294967296) };
}

/** The reverse. */
export function numberIn({ low, high }: Words): number {
  return (low >>> 0) + (high >>> 0) * 4294967296;
}
