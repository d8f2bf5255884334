/** The codec of the argument cell's slots: numbers of JavaScript to and from bits of wasm. */
import { Double, f32, f64, i32, i64 } from './cell.js';
import { EXTERNREF, F32, F64, FUNCREF, I32, I64 } from './value_type.js';

/** A function by its place in the addon's table. */
export interface FunctionName {
  readonly index: number;
  readonly generation: number;
}

/** What a slot takes; an externref is given as its number, null is 0. */
export type SlotValue = number | bigint | FunctionName | null;

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
      i32[slot * 2] = value as number;
      i32[slot * 2 + 1] = Math.floor((value as number) / 4294967296);
      break;
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

/** The number of the externref in slot `index`; 0 is null. */
export function loadReference(index: number): number {
  const at = (Double.SLOT + index) * 2;
  return ((i32[at] ?? 0) >>> 0) + ((i32[at + 1] ?? 0) >>> 0) * 4294967296;
}
