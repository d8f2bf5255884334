/** Functions written for `WebAssembly`, which passes no caller, as host functions. */
import { UsageError } from '../base/errors.js';
import { recordOf } from '../call/function_record.js';
import { Instance } from '../instance/instance.js';
import type { Caller } from './caller.js';

/** A function as `WebAssembly` takes it. */
type Plain = (...args: never[]) => unknown;

/** The same as a host function. */
type Hosted<F extends Plain> = (caller: Caller, ...args: Parameters<F>) => ReturnType<F>;

/** Its functions as host functions, everything else as it is. */
type HostedMembers<T extends object> = {
  readonly [K in keyof T]: T[K] extends Plain ? Hosted<T[K]> : T[K];
};

/**
 * A function that gets the arguments of the guest alone, as a host function; or an object with such
 * functions, as the imports of one module. `this` in them is that object.
 *
 * `imports: { env: withoutCaller({ log: (value: number) => console.log(value), memory: fresh }) }`
 */
export function withoutCaller<F extends Plain>(plain: F): Hosted<F>;
export function withoutCaller<const T extends object>(plain: T): HostedMembers<T>;
export function withoutCaller(plain: unknown): unknown {
  if (typeof plain === 'function') return hosted(plain as Plain, undefined);
  if (typeof plain !== 'object' || plain === null) {
    throw new UsageError('withoutCaller takes a function, or an object with functions');
  }
  if (plain instanceof Instance) return plain;
  // Read when it is linked, as any object of imports is.
  return new Proxy(Object.create(null) as object, {
    get(_, name) {
      const value: unknown = Reflect.get(plain, name);
      return typeof value === 'function' ? hosted(value as Plain, plain) : value;
    },
  });
}

function hosted(plain: Plain, self: unknown): Plain {
  // Functions of the guest's get no caller anyway.
  if (recordOf(plain) !== undefined) return plain;
  return (_caller: Caller, ...args: unknown[]) => Reflect.apply(plain, self, args) as unknown;
}
