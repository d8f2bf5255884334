/** Exceptions of guests, as errors of JavaScript. */
import {
  GuestStack,
  type PossiblePlace,
  type WasmFrame,
  WembedError,
  errorOf,
  placeOf,
} from '../base/errors.js';
import { type ExceptionHandle, type RawError, binding } from '../raw/binding.js';
import { ANYREF, EXNREF, EXTERNREF, FUNCREF, V128 } from '../raw/value_type.js';
import { convertNumber } from './convert.js';
import { type ValueOwner, load } from './load.js';
import { JSTag, type Tag, type TagRuntime, isIn, tagFor, tagParts } from './tag.js';

/** An exception in a runtime: `key` is no other one's as long as the handle is there. */
interface NativeException {
  readonly handle: ExceptionHandle;
  readonly key: number;
}

/** @internal */
export interface ExceptionParts {
  readonly tag: Tag;
  readonly values: readonly unknown[];
  readonly natives: WeakMap<TagRuntime, NativeException>;
  readonly guest: GuestStack;
}

const parts = new WeakMap<Exception, ExceptionParts>();

/** By key. */
const known = new Map<number, WeakRef<Exception>>();

const forgotten = new FinalizationRegistry((key: number) => {
  if (known.get(key)?.deref() === undefined) known.delete(key);
});

/** @internal Throws a TypeError for what is none. */
export function exceptionParts(exception: unknown): ExceptionParts {
  const found = parts.get(exception as Exception);
  if (found === undefined) throw new TypeError('not an Exception of wembed');
  return found;
}

/** How an exception is made. */
export interface ExceptionOptions {
  /** Whether `stack` has JavaScript's frames where it was made; a few microseconds. */
  readonly traceStack?: boolean | undefined;
}

/** What only a guest's exception has. */
interface FromGuest {
  readonly text: string;
  readonly place: PossiblePlace;
}

const guest: unique symbol = Symbol('wembed.guest');

interface InternalOptions extends ExceptionOptions {
  readonly [guest]?: FromGuest;
}

/** The value as the guest will have it; of references that is looked at when it is thrown. */
function converted(kind: number, value: unknown): unknown {
  const isReference = kind === EXTERNREF || kind === ANYREF || kind === FUNCREF;
  return isReference ? value : convertNumber(kind, value);
}

function textOf(tag: Tag, values: readonly unknown[]): string {
  const shownValue = (value: unknown): string =>
    typeof value === 'number' || typeof value === 'bigint' ? String(value) : 'ref';
  const list = tag.parameters.map((type, index) => `${type} ${shownValue(values[index])}`);
  return `tag(${list.join(', ')})`;
}

/**
 * An exception of a guest that nobody has caught, or one that a host function throws. It goes
 * through guests as it is: what comes out is the same object. Follows WebAssembly.Exception.
 */
export class Exception extends WembedError {
  /** The name of its class. */
  override name = 'Exception';

  /** Values are converted as arguments are. Not with `JSTag`, whose values are thrown as they are. */
  constructor(tag: Tag, payload: Iterable<unknown>, options?: ExceptionOptions) {
    const { kinds } = tagParts(tag);
    if (tag === JSTag) throw new TypeError('a value with JSTag is thrown as it is');
    const given = [...payload];
    if (given.length !== kinds.length) {
      throw new TypeError(`the tag takes ${kinds.length} values, not ${given.length}`);
    }
    const from = (options as InternalOptions | undefined)?.[guest];
    const values =
      from === undefined ? kinds.map((kind, index) => converted(kind, given[index])) : given;
    const limit = Error.stackTraceLimit;
    if (options?.traceStack !== true) setTraceLimit(0);
    super(
      `uncaught wasm exception: ${from?.text ?? textOf(tag, values)}`,
      from?.place ?? { code: 'Exception' },
    );
    setTraceLimit(limit);
    const stack = new GuestStack();
    parts.set(this, { tag, values, natives: new WeakMap(), guest: stack });
    if (from !== undefined) showStack(this, stack);
  }

  /** Its tag. */
  get tag(): Tag {
    return exceptionParts(this).tag;
  }

  /** Whether it was thrown with that tag. */
  is(tag: Tag): boolean {
    tagParts(tag);
    return exceptionParts(this).tag === tag;
  }

  /** One of its values. Throws a TypeError when the tag is another, a RangeError for no index. */
  getArg(tag: Tag, index: number): unknown {
    const { values } = exceptionParts(this);
    if (!this.is(tag)) throw new TypeError('the exception has another tag');
    if (!Number.isInteger(index) || index < 0 || index >= values.length) {
      throw new RangeError(`the exception has ${values.length} values`);
    }
    const type = tag.parameters[index];
    if (type === 'v128' || type === 'exnref') {
      throw new TypeError(`JavaScript cannot take a value of type ${type}`);
    }
    return values[index];
  }

  /** The guest's call stack where it was thrown, as far as nobody has caught it in between. */
  get wasmStack(): readonly WasmFrame[] {
    return exceptionParts(this).guest.frames;
  }

  /** @internal Asks nothing of the value, which may be a Proxy. */
  static is(value: unknown): value is Exception {
    return parts.has(value as Exception);
  }
}

/** `stack` has the guest's frames, when somebody looks. */
function showStack(exception: Exception, stack: GuestStack): void {
  Object.defineProperty(exception, 'stack', {
    configurable: true,
    get: () => [`${exception.name}: ${exception.message}`, ...stack.lines].join('\n'),
    set: (value: unknown) => {
      Object.defineProperty(exception, 'stack', { configurable: true, writable: true, value });
    },
  });
}

function setTraceLimit(limit: number): void {
  try {
    Error.stackTraceLimit = limit;
  } catch {
    // Where intrinsics are frozen a trace is captured.
  }
}

/** The addon's exception for it. */
export function keepNative(
  exception: Exception,
  runtime: TagRuntime,
  handle: ExceptionHandle,
  key: number,
): ExceptionHandle {
  exceptionParts(exception).natives.set(runtime, { handle, key });
  known.set(key, new WeakRef(exception));
  forgotten.register(exception, key);
  return handle;
}

/** The same object as long as somebody has it. */
function knownBy(runtime: TagRuntime, key: number): Exception | undefined {
  const found = known.get(key)?.deref();
  return found && parts.get(found)?.natives.get(runtime)?.key === key ? found : undefined;
}

/** Whose call an exception has ended. */
export interface ExceptionOwner extends ValueOwner {
  readonly module: { readonly runtime: TagRuntime };
}

/** What the caller gets for an exception that nobody caught, of which `raw` is the error. */
export function uncaught(owner: ExceptionOwner, raw: RawError): WembedError {
  const taken = binding.takenException();
  if (taken === undefined) return errorOf(raw);
  const { runtime } = owner.module;
  const [text, handle, key, tagHandle, tagKey, ...kinds] = taken;
  if (isIn(JSTag, runtime, tagKey)) {
    const error = load(owner, 0, kinds[0]);
    return errorOf({ ...raw, code: 'HostException', message: 'host function failed' }, { error });
  }
  const before = knownBy(runtime, key);
  const values = before === undefined ? valuesOf(owner, kinds) : [];
  const exception =
    before ??
    new Exception(tagFor(runtime, tagHandle, tagKey, kinds), values, {
      [guest]: { text, place: placeOf(raw) },
    } as InternalOptions);
  exceptionParts(exception).guest.add(raw.places, raw.frameTotal ?? 0);
  keepNative(exception, runtime, handle, key);
  return exception;
}

/** Those in the cell that JavaScript can have. */
function valuesOf(owner: ExceptionOwner, kinds: readonly number[]): unknown[] {
  let slot = 0;
  return kinds.map((kind) => {
    const at = slot;
    slot += kind === V128 ? 2 : 1;
    return kind === V128 || kind === EXNREF ? undefined : load(owner, at, kind);
  });
}
