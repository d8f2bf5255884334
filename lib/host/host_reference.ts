/** Host functions with a type of their own, which no import gives them. */
import { UsageError } from '../base/errors.js';
import { wordOf } from '../base/options.js';
import { recordOf } from '../call/function_record.js';
import { HostReference } from '../core/host_reference.js';
import type { ExportedFunction } from '../core/instance_core.js';
import { ANYREF, EXTERNREF, F32, F64, FUNCREF, I32, I64 } from '../raw/value_type.js';
import type { Caller } from './caller.js';

const kinds = {
  i32: I32,
  i64: I64,
  f32: F32,
  f64: F64,
  externref: EXTERNREF,
  funcref: FUNCREF,
  anyref: ANYREF,
};

/** A type of values that JavaScript has. */
export type HostValueType = keyof typeof kinds;

const words = Object.keys(kinds) as HostValueType[];

/** What a value of that type is in JavaScript. */
export type HostValue<T extends HostValueType> = T extends 'i32' | 'f32' | 'f64'
  ? number
  : T extends 'i64'
    ? bigint
    : T extends 'funcref'
      ? ExportedFunction | null
      : unknown;

/** The values of a list of types. */
export type HostValues<L extends readonly HostValueType[]> = {
  -readonly [I in keyof L]: HostValue<L[I]>;
};

/** What a function with no result, or one, returns. */
export type HostResult<L extends readonly HostValueType[]> = L extends readonly []
  ? unknown
  : L extends readonly [infer One extends HostValueType]
    ? HostValue<One>
    : never;

/** What one with several returns: a list. It is a type of its own so that lists are seen as tuples. */
export type HostResults<L extends readonly HostValueType[]> = {
  readonly [I in keyof L]: L['length'] extends 0 | 1 ? never : HostValue<L[I]>;
};

/** The type of a host function; what is left out is empty. */
export interface HostFunctionType<
  P extends readonly HostValueType[],
  R extends readonly HostValueType[],
> {
  /** Types of the parameters, without the caller. Default: none. */
  readonly params?: P | undefined;
  /** Types of the results. Default: none. */
  readonly results?: R | undefined;
}

function checkedList(given: unknown, what: string): readonly HostValueType[] {
  const list = given ?? [];
  if (!Array.isArray(list)) throw new UsageError(`the ${what} have to be a list of types`);
  if (list.length > 1000) throw new UsageError(`${list.length} ${what}, where 1000 are the most`);
  return Object.freeze(list.map((type) => wordOf(type, words, `a type of the ${what}`)));
}

/**
 * A host function as tables take it. As one that is imported it gets its caller first, of the
 * instance in whose table it is:
 *
 * `table.set(3, hostFunction({ params: ['i32'], results: ['i32'] }, (caller, x) => x + 1))`
 *
 * It is let go once no table or global has it, and no JavaScript the function that `table.get` gives
 * for it.
 */
export function hostFunction<
  const P extends readonly HostValueType[] = [],
  const R extends readonly HostValueType[] = [],
  D = unknown,
>(
  type: HostFunctionType<P, R>,
  fn: (
    caller: Caller<D>,
    ...args: HostValues<P>
  ) => HostResult<R> | HostResults<R> | PromiseLike<HostResult<R> | HostResults<R>>,
): HostReference {
  const given = type as HostFunctionType<P, R> | null | undefined;
  const params = checkedList(given?.params, 'params');
  const results = checkedList(given?.results, 'results');
  if (typeof fn !== 'function') throw new UsageError('hostFunction takes a type and a function');
  if (recordOf(fn) !== undefined) {
    throw new UsageError('an exported function is a reference already: give it to the table');
  }
  return new HostReference(
    { kind: 'function', params, results },
    {
      fn: fn as (caller: never, ...args: never[]) => unknown,
      params: params.map((name) => kinds[name]),
      results: results.map((name) => kinds[name]),
    },
  );
}
