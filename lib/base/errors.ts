/** What goes wrong, as subclasses of WembedError. */
import { type RawError, type TrapPlaces, binding } from '../raw/binding.js';
import { TRAP } from '../raw/taken.js';

/** Where in a module an error arose, as far as it is known. */
export interface ErrorPlace {
  /** Stable name of the reason, for example `DivideByZero`. */
  readonly code: string;
  /** Name of the module, empty if it has none. */
  readonly module?: string;
  /** Name of the function, from the name section or an export; else `wasm-function[5]`. */
  readonly function?: string;
  readonly functionIndex?: number;
  /** Byte offset in the module. */
  readonly offset?: number;
  /** Section of that offset. */
  readonly section?: string;
}

/** A frame of the guest's call stack. */
export interface WasmFrame {
  readonly module: string;
  /** Empty when the function has no name. */
  readonly function: string;
  readonly functionIndex: number;
  /** Byte offset of the operation in the module. */
  readonly offset?: number;
}

/** Everything wembed throws is one of these, except what a host function threw as `cause`. */
export class WembedError extends Error implements ErrorPlace {
  override name = 'WembedError';
  readonly code: string;
  declare readonly module?: string;
  declare readonly function?: string;
  declare readonly functionIndex?: number;
  declare readonly offset?: number;
  declare readonly section?: string;

  constructor(message: string, place: ErrorPlace, options?: ErrorOptions) {
    super(message, options);
    this.code = place.code;
    if (place.module !== undefined) this.module = place.module;
    if (place.function !== undefined) this.function = place.function;
    if (place.functionIndex !== undefined) this.functionIndex = place.functionIndex;
    if (place.offset !== undefined) this.offset = place.offset;
    if (place.section !== undefined) this.section = place.section;
  }
}

/** The bytes are not a valid module. */
export class CompileError extends WembedError {
  override name = 'CompileError';
}

/** Imports are missing or of another type; the message has one line for each. */
export class LinkError extends WembedError {
  override name = 'LinkError';
}

/** Memory, address space or another limit ran out. */
export class ResourceError extends WembedError {
  override name = 'ResourceError';
}

/** The call made no sense: a bad argument, something closed or busy. */
export class UsageError extends WembedError {
  override name = 'UsageError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, { code: 'Usage' }, options);
  }
}

/** A Trap's own `stack`, as other errors have one. */
let stackProperty: PropertyDescriptor;

/** Most frames that a trap shows. */
const mostFrames = 64;

/** A guest's call stack, made when somebody looks at it: most errors are only caught. */
export class GuestStack {
  /** How many frames there were. */
  depth = 0;
  #parts: (readonly WasmFrame[] | TrapPlaces)[] = [];

  /** Frames further out. */
  add(part: TrapPlaces | undefined, depth: number): void {
    this.depth += depth;
    if (part !== undefined && this.#parts.length < mostFrames) this.#parts.push(part);
  }

  /** Innermost first. */
  get frames(): readonly WasmFrame[] {
    const shown = this.#parts.flatMap((part) => this.#made(part)).slice(0, mostFrames);
    this.#parts = [shown];
    return shown;
  }

  #made(part: readonly WasmFrame[] | TrapPlaces): readonly WasmFrame[] {
    return 'length' in part ? part : binding.trapFrames(part.batch, part.index);
  }

  get lines(): string[] {
    return this.frames.map((frame) => {
      const name = frame.function === '' ? '<anonymous>' : frame.function;
      const at = frame.offset === undefined ? '' : `:0x${frame.offset.toString(16)}`;
      return `    at ${name} (wasm-function[${frame.functionIndex}]${at})`;
    });
  }
}

/**
 * Sets how many frames V8 captures for errors; returns how many it was. Undefined is none, and no
 * text either: with 0 it is made as soon as somebody redefines `stack`.
 */
function traceLimit(limit: number | undefined): number {
  const { stackTraceLimit } = Error;
  try {
    (Error as { stackTraceLimit: number | undefined }).stackTraceLimit = limit;
  } catch {
    // It cannot be changed where intrinsics are frozen: one trace more is captured.
  }
  return stackTraceLimit;
}

/**
 * Guest code stopped. `cause` is what a host function threw, or the reason of the signal that
 * stopped it. A Trap that a host function throws, as one of a call that it made, goes on as it is:
 * the frames of the guest that called the host function are added.
 */
export class Trap extends WembedError {
  override name = 'Trap';
  /** The guest's call stack, innermost frame first; cut to the 64 innermost. */
  declare readonly wasmStack: readonly WasmFrame[];
  /** How many frames there were. */
  declare readonly wasmStackDepth: number;
  readonly #guest: GuestStack;
  /** Has JavaScript's part of the stack. */
  readonly #trace: { readonly stack?: string } = {};
  #stack: string | undefined;
  /** Where no frames are known. */
  readonly #offset: number | undefined;

  constructor(message: string, place: ErrorPlace, guest: GuestStack, options?: ErrorOptions) {
    const { offset, ...rest } = place;
    const limit = traceLimit(undefined);
    super(message, rest, options);
    traceLimit(limit);
    this.#guest = guest;
    this.#offset = offset;
    Error.captureStackTrace(this.#trace, Trap);
    Object.defineProperty(this, 'stack', stackProperty);
  }

  /** @internal It goes on through another guest. */
  passed(part: TrapPlaces | undefined, depth: number): this {
    this.#guest.add(part, depth);
    this.#stack = undefined;
    return this;
  }

  /** @internal Asks nothing of the value, which may be a Proxy. */
  static is(value: unknown): value is Trap {
    return typeof value === 'object' && value !== null && #guest in value;
  }

  #text(): string {
    const header = `${this.name}: ${this.message}`;
    const trace = this.#trace.stack ?? '';
    const first = trace.search(/\n {4}at /);
    const own = first < 0 ? '' : trace.slice(first);
    return [header, ...this.#guest.lines].join('\n') + own;
  }

  static {
    const lazily = (get: (trap: Trap) => unknown): PropertyDescriptor => ({
      configurable: true,
      enumerable: true,
      get(this: Trap) {
        return get(this);
      },
    });
    Object.defineProperties(this.prototype, {
      wasmStack: lazily((trap) => trap.#guest.frames),
      wasmStackDepth: lazily((trap) => trap.#guest.depth),
      offset: lazily((trap) => trap.#guest.frames[0]?.offset ?? trap.#offset),
    });
    stackProperty = {
      configurable: true,
      get(this: Trap) {
        return (this.#stack ??= this.#text());
      },
      set(this: Trap, text: string) {
        this.#stack = text;
      },
    };
  }
}

/** What happened in JavaScript that made the guest stop. */
export interface Cause {
  readonly error: unknown;
}

const COMPILE = 1;
const LINK = 2;
export const USAGE = 5;

function placeOf(raw: RawError): ErrorPlace {
  const { functionIndex } = raw;
  const unnamed = functionIndex === undefined ? '' : `wasm-function[${functionIndex}]`;
  return {
    code: raw.code,
    module: raw.module,
    function: raw.function === '' ? unnamed : raw.function,
    ...(raw.functionIndex === undefined ? {} : { functionIndex: raw.functionIndex }),
    ...(raw.offset === undefined ? {} : { offset: raw.offset }),
    ...(raw.section === '' ? {} : { section: raw.section }),
  };
}

/** What was thrown as text; looking at it may run code of the guest's host, which may throw. */
function describe(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } catch {
    return `a value of type ${typeof error} that cannot be shown`;
  }
}

/** `, in divide (wasm-function[3])`; nothing when no function is to blame. */
function whereText(place: ErrorPlace): string {
  const { function: name = '', functionIndex } = place;
  if (functionIndex === undefined) return name === '' ? '' : `, in ${name}`;
  const numbered = `wasm-function[${functionIndex}]`;
  return `, in ${name === numbered ? name : `${name} (${numbered})`}`;
}

/** The Error for an error of the binding. */
export function errorOf(raw: RawError, cause?: Cause): WembedError {
  const place = placeOf(raw);
  const options: ErrorOptions | undefined = cause && { cause: cause.error };
  switch (raw.kind) {
    case COMPILE:
      return new CompileError(raw.message, place, options);
    case LINK:
      return new LinkError(raw.message, place, options);
    case TRAP: {
      const { code, places, frameTotal = 0 } = raw;
      const thrown = cause?.error;
      if (code === 'HostException' && Trap.is(thrown)) return thrown.passed(places, frameTotal);
      const why = cause === undefined ? '' : `: ${describe(cause.error)}`;
      const guest = new GuestStack();
      guest.add(places, frameTotal);
      return new Trap(raw.message + whereText(place) + why, place, guest, options);
    }
    case USAGE:
      return new UsageError(raw.message === '' ? 'not possible' : raw.message, options);
    default:
      return new ResourceError(raw.message === '' ? 'out of memory' : raw.message, place, options);
  }
}

/** Whether the binding gave an error instead of a handle. */
export function isRawError(value: object): value is RawError {
  return 'code' in value && 'kind' in value;
}
