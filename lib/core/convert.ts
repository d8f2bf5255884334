/** Numbers of JavaScript as guests will have them: WebAssembly's JavaScript API says how. */
import { F32, F64, I32, I64, valueType } from '../raw/value_type.js';

/** Throws a TypeError for what is no number's kind, and what the conversion itself throws. */
export function convertNumber(kind: number | undefined, value: unknown): number | bigint {
  switch (kind) {
    case I32:
      return (value as number) | 0;
    case I64:
      return BigInt.asIntN(64, value as bigint);
    case F32:
      return Math.fround(value as number);
    case F64:
      // Not Number(), which takes a bigint: one in an object too.
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-conversion -- it is anything
      return +(value as number);
    default:
      throw new TypeError(`JavaScript cannot pass a value of type ${valueType(kind)}`);
  }
}
