/** Calls by what C says of a function: values are converted one by one, in both directions. */
import { UsageError } from '../base/errors.js';
import { OwnedBuffer } from '../guest/buffer.js';
import { type Layout, cstring, isScalar, u8 } from '../guest/layout.js';
import { type RecordMemory, offsetOf } from '../guest/record.js';
import type { Caller } from '../host/caller.js';
import { type HostValueType, hostFunction } from '../host/host_reference.js';
import type { HostReference } from '../core/host_reference.js';
import type { Guest } from './call_scope.js';
import { CallScope } from './call_scope.js';
import { Lowerer, liftManaged } from './managed.js';
import { liftScalar, lowerScalar } from './scalars.js';
import {
  type CallbackSpec,
  type FunctionSpec,
  type ManagedSpec,
  type NullableSpec,
  type PointerSpec,
  type ValueSpec,
  isCallback,
  isLength,
  isManaged,
  isOnly,
  isPointer,
  isScalarName,
  isStruct,
  wasmSignature,
} from './specs.js';

type Raw = number | bigint;
type Callable = (...args: unknown[]) => unknown;

/** Functions that stand for elements of a table, by what they are called with again. */
const pointers = new WeakMap<object, { readonly guest: Guest; readonly index: number }>();

/** The scope of a call, made when something needs it. */
class LazyScope {
  #scope: CallScope | undefined;
  constructor(readonly guest: Guest) {}
  get scope(): CallScope {
    return (this.#scope ??= new CallScope(this.guest));
  }
  end(): void {
    this.#scope?.[Symbol.dispose]();
  }
}

function isList(value: unknown): value is ArrayLike<unknown> & Iterable<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function addressOf(guest: Guest, value: unknown, what: string): Raw | undefined {
  if (value === null) return guest.address(0);
  if (typeof value === 'number' && !guest.is64) {
    const whole = Number.isInteger(value) && value >= -0x80000000 && value <= 0xffffffff;
    if (!whole) throw new TypeError(`${what} has to be an offset, not ${value}`);
    return value | 0;
  }
  if (typeof value === 'bigint' && guest.is64) return BigInt.asIntN(64, value);
  if (value instanceof OwnedBuffer) return guest.address(Number(value.offset as Raw));
  const at = typeof value === 'object' ? offsetOf(value) : undefined;
  return at === undefined ? undefined : guest.address(Number(at));
}

function copyList(scope: CallScope, layout: Layout, list: ArrayLike<unknown>): number {
  const at = scope.space(layout.size * list.length, layout.align);
  if (list instanceof Uint8Array && layout === (u8 as Layout)) {
    scope.guest.memory.writeBytes(at, list);
    return at;
  }
  for (let i = 0; i < list.length; i++) {
    scope.guest.memory.write(layout, at + i * layout.size, list[i]);
  }
  return at;
}

function lowerPointer(spec: PointerSpec, value: unknown, lazy: LazyScope, what: string): Raw {
  const { guest } = lazy;
  const known = addressOf(guest, value, what);
  if (known !== undefined) return known;
  const { to } = spec;
  const isText = spec.text === true || to === (cstring as Layout);
  if (spec.const === true && typeof value === 'string' && isText) {
    return guest.address(lazy.scope.text(value));
  }
  if (spec.const === true && to !== null && !isText) {
    if (isList(value)) return guest.address(copyList(lazy.scope, to, value));
    if (typeof value === 'object' && !isScalar(to)) {
      return guest.address(copyList(lazy.scope, to, [value]));
    }
  }
  const also = spec.const !== true ? '' : isText ? ', or text' : ', or what is copied there';
  throw new TypeError(`${what} has to be an offset, a buffer or null${also}`);
}

function at(object: unknown, path: readonly string[]): unknown {
  let value = object;
  for (const key of path) value = (value as Record<string, unknown> | null | undefined)?.[key];
  return value;
}

function wrapped(value: unknown, path: readonly string[]): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

function lowerCallback({ call }: CallbackSpec, value: unknown, lazy: LazyScope, what: string): Raw {
  const { guest } = lazy;
  if (value === null) return guest.address(0);
  if (typeof value === 'number' || typeof value === 'bigint') return guest.address(Number(value));
  if (typeof value !== 'function') throw new TypeError(`${what} has to be a function or null`);
  const known = pointers.get(value);
  if (known?.guest === guest) return guest.address(known.index);
  const index = lazy.scope.addFunction(callbackOf(guest, call, value as Callable));
  return guest.address(index);
}

function lowerManaged(
  spec: ManagedSpec | NullableSpec,
  value: unknown,
  lazy: LazyScope,
  what: string,
): Raw {
  if (value === null && 'nullable' in spec) return 0;
  return new Lowerer(lazy.guest, lazy.scope).reference(spec, value, what) | 0;
}

function lower(spec: ValueSpec, value: unknown, lazy: LazyScope, what: string): Raw {
  if (isScalarName(spec)) {
    return spec === 'address'
      ? lowerPointer({ to: null }, value, lazy, what)
      : lowerScalar(spec, value, what);
  }
  if (isPointer(spec)) return lowerPointer(spec, value, lazy, what);
  if (isOnly(spec)) return lowerScalar(spec.only, at(value, spec.path), what);
  if (isCallback(spec)) return lowerCallback(spec, value, lazy, what);
  if (isManaged(spec)) return lowerManaged(spec, value, lazy, what);
  if (isLength(spec)) throw new UsageError(`${what} is a length`);
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`${what} has to be an object`);
  return lazy.guest.address(copyList(lazy.scope, spec, [value]));
}

function lift(spec: ValueSpec, value: Raw, guest: Guest, memory: RecordMemory): unknown {
  if (isScalarName(spec) && spec !== 'address') return liftScalar(spec, value);
  if (isOnly(spec)) return wrapped(liftScalar(spec.only, value), spec.path);
  if (isLength(spec)) return liftScalar(spec.as, value);
  if (isManaged(spec)) return liftManaged(guest, spec, Number(value) >>> 0);
  if (isCallback(spec)) return functionAt(guest, spec.call, Number(value) >>> 0);
  const offset = guest.is64 ? BigInt.asUintN(64, BigInt(value)) : Number(value) >>> 0;
  return isStruct(spec) ? memory.read(spec, offset) : offset;
}

/** The result of a call: text is read where it is said to be text. */
function liftResult(spec: ValueSpec, value: Raw, guest: Guest): unknown {
  const lifted = lift(spec, value, guest, guest.memory);
  if (!isPointer(spec) || spec.text !== true) return lifted;
  const offset = lifted as number | bigint;
  if (Number(offset) === 0) return null;
  const text = guest.memory.readString(offset);
  if (spec.owned === true) guest.instance.free(offset);
  return text;
}

function lengthOf(value: unknown, what: string): number {
  if (isList(value)) return value.length;
  if (value instanceof OwnedBuffer) return value.length;
  if (typeof value === 'string') return new TextEncoder().encode(value).length;
  throw new TypeError(`${what} has to be a list, a buffer or text: its length is passed`);
}

/** The function as JavaScript calls it. */
export function typedFunction(
  guest: Guest,
  name: string,
  spec: FunctionSpec,
  raw: (...args: Raw[]) => unknown,
): Callable {
  const { params, names, result } = spec;
  const given = params.filter((param) => !isLength(param)).length;
  const call = (...args: unknown[]): unknown => {
    if (args.length !== given) {
      throw new TypeError(`${name} takes ${given} arguments, not ${args.length}`);
    }
    const lazy = new LazyScope(guest);
    try {
      const values = spread(params, args);
      const lowered: Raw[] = [];
      const into = result !== undefined && isStruct(result) ? result : undefined;
      const space = into && lazy.scope.space(into.size, into.align);
      if (space !== undefined) lowered.push(guest.address(space));
      params.forEach((param, index) => {
        const what = `${name}: ${names[index] ?? `argument ${index}`}`;
        lowered.push(
          isLength(param)
            ? lowerScalar(param.as, lengthOf(values[param.lengthOf], what), what)
            : lower(param, values[index], lazy, what),
        );
      });
      const value = raw(...lowered);
      if (into !== undefined && space !== undefined) return guest.memory.read(into, space);
      return result === undefined ? undefined : liftResult(result, value as Raw, guest);
    } finally {
      lazy.end();
    }
  };
  return call;
}

/** Arguments at the places of their parameters; those that are lengths have none. */
function spread(params: readonly ValueSpec[], args: readonly unknown[]): unknown[] {
  let next = 0;
  return params.map((param) => (isLength(param) ? undefined : args[next++]));
}

/** Values of the guest's for a function of the host's, and its result back. */
function answer(
  guest: Guest,
  memory: RecordMemory,
  name: string,
  spec: FunctionSpec,
  raw: readonly Raw[],
  call: (values: unknown[]) => unknown,
): Raw | undefined {
  const { params, result } = spec;
  const into = result !== undefined && isStruct(result) ? result : undefined;
  const rest = into === undefined ? raw : raw.slice(1);
  const values = params.map((param, index) => lift(param, rest[index] ?? 0, guest, memory));
  const value = call(values);
  if (result === undefined) return undefined;
  const what = `${name}: the result`;
  if (into !== undefined) {
    if (typeof value !== 'object' || value === null)
      throw new TypeError(`${what} has to be an object`);
    const target = raw[0] ?? 0;
    memory.write(into, typeof target === 'bigint' ? target : target >>> 0, value);
    return undefined;
  }
  if (isManaged(result)) {
    // Kept until the guest has it; nothing is made in between.
    const lazy = new LazyScope(guest);
    try {
      return lower(result, value, lazy, what);
    } finally {
      lazy.end();
    }
  }
  // What would have to be copied would be gone by the time the guest sees it.
  const nothing = new LazyScope(guest);
  Object.defineProperty(nothing, 'scope', {
    get: () => {
      throw new TypeError(`${what} has to be in the guest's memory already`);
    },
  });
  return lower(result, value, nothing, what);
}

/** A host function of an import. */
export function typedHost(
  guestOf: (caller: Caller) => Guest,
  name: string,
  spec: FunctionSpec,
  fn: (...args: unknown[]) => unknown,
): (caller: Caller, ...raw: Raw[]) => unknown {
  return (caller, ...raw) =>
    answer(guestOf(caller), caller, name, spec, raw, (values) => fn(caller, ...values));
}

/** A function of the host's for a table. */
export function callbackOf(guest: Guest, spec: FunctionSpec, fn: Callable): HostReference {
  const type = wasmSignature(spec, guest.is64) as {
    params: HostValueType[];
    results: HostValueType[];
  };
  return hostFunction(type, ((caller: Caller, ...raw: Raw[]) =>
    answer(guest, caller, 'the callback', spec, raw, (values) => fn(...values))) as never);
}

/** The function that a pointer of the guest's leads to; null for null. */
export function functionAt(guest: Guest, spec: FunctionSpec, index: number): Callable | null {
  if (index === 0) return null;
  const raw = guest.table.get(index);
  if (typeof raw !== 'function') {
    throw new UsageError(`there is no function at ${index} of the table`);
  }
  const call = typedFunction(guest, `function ${index}`, spec, raw as (...args: Raw[]) => unknown);
  pointers.set(call, { guest, index });
  return call;
}
