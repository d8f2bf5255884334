/** Numbers and booleans, checked by what C says they are: wasm would wrap them without a word. */
import type { ScalarName } from './specs.js';

const ranges: Partial<Record<ScalarName, readonly [low: number, high: number]>> = {
  i8: [-0x80, 0x7f],
  u8: [0, 0xff],
  i16: [-0x8000, 0x7fff],
  u16: [0, 0xffff],
  i32: [-0x80000000, 0x7fffffff],
  u32: [0, 0xffffffff],
};

function refuse(value: unknown, type: string, what: string): never {
  const shown =
    typeof value === 'bigint' ? `${value}n` : typeof value === 'number' ? value : typeof value;
  throw new TypeError(`${what} has to be ${type}, not ${shown}`);
}

/** A value for wasm. `what` names it in messages. */
export function lowerScalar(type: ScalarName, value: unknown, what: string): number | bigint {
  switch (type) {
    case 'bool':
      return typeof value === 'boolean' ? Number(value) : refuse(value, 'true or false', what);
    case 'f32':
    case 'f64':
      return typeof value === 'number' ? value : refuse(value, 'a number', what);
    case 'i64':
    case 'u64': {
      const fits =
        typeof value === 'bigint' &&
        (type === 'i64' ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)) === value;
      return fits ? value : refuse(value, `a bigint of type ${type}`, what);
    }
    default: {
      const [low, high] = ranges[type] ?? [0, 0];
      const fits =
        typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high;
      return fits ? value : refuse(value, `a whole number from ${low} to ${high}`, what);
    }
  }
}

/** A value of wasm's as C means it. */
export function liftScalar(type: ScalarName, value: number | bigint): number | bigint | boolean {
  switch (type) {
    case 'bool':
      return (Number(value) & 0xff) !== 0;
    case 'i8':
      return (Number(value) << 24) >> 24;
    case 'u8':
      return Number(value) & 0xff;
    case 'i16':
      return (Number(value) << 16) >> 16;
    case 'u16':
      return Number(value) & 0xffff;
    case 'u32':
      return Number(value) >>> 0;
    case 'u64':
      return BigInt.asUintN(64, value as bigint);
    default:
      return value;
  }
}
