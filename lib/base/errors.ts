/** What goes wrong, as subclasses of WembedError. */
import { demangled } from './demangle.js';
import { type RawError, type TrapPlaces, binding } from '../raw/binding.js';
import { TRAP } from '../raw/taken.js';
import { types } from 'node:util';

/** Where in a module an error arose, as far as it is known. */
export interface ErrorPlace {
  /** Stable name of the reason, for example `DivideByZero`. */
  readonly code: string;
  /** Name of the module, empty if it has none. */
  readonly module?: string;
  /** Name of the function, from the name section or an export; else `wasm-function[5]`. */
  readonly function?: string;
  /** Its number in the module, imported functions first. */
  readonly functionIndex?: number;
  /** Byte offset in the module. */
  readonly offset?: number;
  /** Section of that offset. */
  readonly section?: string;
}

/** The same where each member but `code` may be undefined. */
export type PossiblePlace = {
  readonly [K in keyof ErrorPlace]: K extends 'code' ? string : ErrorPlace[K] | undefined;
};

/** A function that code was made from, and where in its source, by debugging information. */
export interface SourcePlace {
  /** With its namespaces; empty when it is not known. */
  readonly function: string;
  /** Path of the source file; empty when it is not known. */
  readonly file: string;
  /** From 1; 0 when it is not known. */
  readonly line: number;
  /** From 1; 0 when it is not known. */
  readonly column: number;
  /** Whether it was inlined into the function of the next place, at the line that says. */
  readonly inlined: boolean;
  /** Whether the code itself has no line, and this is that of the code before it. */
  readonly near: boolean;
}

/** A frame of the guest's call stack. */
export interface WasmFrame {
  /** Name of its module; empty when it has none. */
  readonly module: string;
  /** Empty when the function has no name. */
  readonly function: string;
  /** Its number in the module, imported functions first. */
  readonly functionIndex: number;
  /** Byte offset of the operation in the module. */
  readonly offset?: number;
  /** Where it is in the source, innermost first; absent without debugging information. */
  readonly places?: readonly SourcePlace[];
}

/** Everything wembed throws is one of these, except what a host function threw as `cause`. */
export class WembedError extends Error implements ErrorPlace {
  /** The name of its class. */
  override name = 'WembedError';
  /** Stable name of the reason, for example `DivideByZero`. */
  readonly code: string;
  /** Name of the module it is about; missing when there is none. */
  declare readonly module?: string;
  /** Name of the function it is about. */
  declare readonly function?: string;
  /** Its number in the module, imported functions first. */
  declare readonly functionIndex?: number;
  /** Byte offset in the module. */
  declare readonly offset?: number;
  /** Section of that offset. */
  declare readonly section?: string;

  constructor(message: string, place: PossiblePlace, options?: ErrorOptions) {
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
  /** The name of its class. */
  override name = 'CompileError';
}

/** Imports are missing or of another type; the message has one line for each. */
export class LinkError extends WembedError {
  /** The name of its class. */
  override name = 'LinkError';
}

/** The guest has ended itself by WASI's `proc_exit`, which is no fault of its. */
export class ExitError extends WembedError {
  override name = 'ExitError';
  /** What it gave `proc_exit`: 32 bits, of which a shell shows eight. */
  readonly exitCode: number;

  /** `exitCode`: what the guest gave `proc_exit`. */
  constructor(exitCode: number) {
    super(`the guest has ended itself with code ${exitCode}`, { code: EXIT });
    this.exitCode = exitCode;
  }
}

/** The trap that a guest ends itself by. */
export const EXIT = 'ProcessExit';

/** Memory, address space or another limit ran out. */
export class ResourceError extends WembedError {
  /** The name of its class. */
  override name = 'ResourceError';
}

/** The call made no sense: a bad argument, something closed or busy. */
export class UsageError extends WembedError {
  /** The name of its class. */
  override name = 'UsageError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, { code: 'Usage' }, options);
  }
}

/** A Trap has an accessor for it. */
function withoutOffset(place: PossiblePlace): PossiblePlace {
  return place.offset === undefined ? place : { ...place, offset: undefined };
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
    return this.frames.flatMap((frame) => {
      const { places } = frame;
      if (places !== undefined) return places.map((place) => sourceLine(place, frame));
      const name = frame.function === '' ? '<anonymous>' : sourceName(frame.function);
      const at = frame.offset === undefined ? '' : `:0x${frame.offset.toString(16)}`;
      return `    at ${name} (wasm-function[${frame.functionIndex}]${at})`;
    });
  }
}

const sourceName = (name: string): string => demangled(name) ?? name;

/** As V8 writes it, so that terminals and editors make a link of it. */
function sourceLine(place: SourcePlace, frame: WasmFrame): string {
  const known = place.function === '' ? sourceName(frame.function) : place.function;
  const name = known === '' ? '<anonymous>' : known;
  const inlined = place.inlined ? ' [inlined]' : '';
  const numbered = `wasm-function[${frame.functionIndex}]`;
  if (place.file === '') return `    at ${name}${inlined} (${numbered})`;
  const column = place.column === 0 ? '' : `:${place.column}`;
  return `    at ${name}${inlined} (${place.file}:${place.line}${column})`;
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

/** An error with JavaScript's part of a stack, from the caller of `above` on. */
interface Trace {
  readonly error: { readonly stack?: unknown };
  readonly above?: { readonly name: string };
}

function ownTrace(): Trace {
  const error = {};
  Error.captureStackTrace(error, Trap);
  return { error };
}

/**
 * Capturing a trace takes half of what throwing does, and that of an error which a host function
 * has thrown has the guest's callers already.
 */
function traceOf({ error, above }: Cause): Trace | undefined {
  return above !== undefined && types.isNativeError(error) ? { error, above } : undefined;
}

/** The lines of a trace, each after a newline. */
function framesOf({ error, above }: Trace): string {
  const text = stackText(error);
  const from = above === undefined ? 0 : text.indexOf(`\n    at ${above.name} (`) + 1;
  const found = from > 0 || above === undefined;
  const first = found ? text.indexOf('\n    at ', from) : -1;
  return first < 0 ? '' : text.slice(first);
}

/** Reading it may run code of the host's, which may throw. */
function stackText(error: { readonly stack?: unknown }): string {
  try {
    return typeof error.stack === 'string' ? error.stack : '';
  } catch {
    return '';
  }
}

/**
 * Guest code stopped. `cause` is what a host function threw, or the reason of the signal that
 * stopped it. A Trap that a host function throws, as one of a call that it made, goes on as it is:
 * the frames of the guest that called the host function are added.
 *
 * `stack` has the guest's frames, then those of the guest's callers in JavaScript. When a host
 * function threw an Error the latter are taken from that Error's `stack`: they are cut where it was
 * (`Error.stackTraceLimit`), and not there when it was made elsewhere.
 */
export class Trap extends WembedError {
  /** The name of its class. */
  override name = 'Trap';
  /** The guest's call stack, innermost frame first; cut to the 64 innermost. */
  declare readonly wasmStack: readonly WasmFrame[];
  /** How many frames there were. */
  declare readonly wasmStackDepth: number;
  readonly #guest: GuestStack;
  /** Where JavaScript's part of the stack is. */
  readonly #trace: Trace;
  #stack: string | undefined;
  /** Where no frames are known. */
  readonly #offset: number | undefined;

  /** `trace` is for one that needs no trace of its own. */
  constructor(
    message: string,
    place: PossiblePlace,
    guest: GuestStack,
    options?: ErrorOptions,
    trace?: Trace,
  ) {
    const limit = traceLimit(undefined);
    super(message, withoutOffset(place), options);
    traceLimit(limit);
    this.#guest = guest;
    this.#offset = place.offset;
    this.#trace = trace ?? ownTrace();
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
    return [header, ...this.#guest.lines].join('\n') + framesOf(this.#trace);
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
  /** The guest's caller waited below this function on JavaScript's stack when it was caught. */
  readonly above?: { readonly name: string };
}

const COMPILE = 1;
const LINK = 2;
export const USAGE = 5;

/** What is undefined in it is as if it were not there. */
export function placeOf(raw: RawError): PossiblePlace {
  const { code, module, functionIndex, offset } = raw;
  const unnamed = functionIndex === undefined ? '' : `wasm-function[${functionIndex}]`;
  const section = raw.section === '' ? undefined : raw.section;
  const named = raw.function === '' ? unnamed : raw.function;
  return { code, module, function: named, functionIndex, offset, section };
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
function whereText(place: PossiblePlace): string {
  const { function: name = '', functionIndex } = place;
  if (functionIndex === undefined) return name === '' ? '' : `, in ${name}`;
  const numbered = `wasm-function[${functionIndex}]`;
  return `, in ${name === numbered ? name : `${name} (${numbered})`}`;
}

/** The Error for an error of the binding. */
export function errorOf(raw: RawError, cause?: Cause): WembedError {
  if (raw.exitCode !== undefined) return new ExitError(raw.exitCode);
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
      const trace = cause && traceOf(cause);
      return new Trap(raw.message + whereText(place) + why, place, guest, options, trace);
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
