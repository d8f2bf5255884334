/** What goes wrong, as subclasses of WembedError. */
import type { RawError } from '../raw/binding.js';

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

/**
 * Guest code stopped. `cause` is what a host function threw, or the reason of the signal that
 * stopped it.
 */
export class Trap extends WembedError {
  override name = 'Trap';
  /** The guest's call stack, innermost frame first; cut to the 64 innermost. */
  readonly wasmStack: readonly WasmFrame[];
  /** How many frames there were. */
  readonly wasmStackDepth: number;

  constructor(
    message: string,
    place: ErrorPlace,
    wasmStack: readonly WasmFrame[],
    wasmStackDepth: number,
    options?: ErrorOptions,
  ) {
    super(message, place, options);
    this.wasmStack = wasmStack;
    this.wasmStackDepth = wasmStackDepth;
    this.stack = withFrames(this.stack ?? '', wasmStack);
  }
}

/** Puts the guest's frames between the message and JavaScript's frames. */
function withFrames(stack: string, frames: readonly WasmFrame[]): string {
  const lines = frames.map((frame) => {
    const name = frame.function === '' ? '<anonymous>' : frame.function;
    const at = frame.offset === undefined ? '' : `:0x${frame.offset.toString(16)}`;
    return `    at ${name} (wasm-function[${frame.functionIndex}]${at})`;
  });
  const first = stack.search(/\n {4}at /);
  if (first < 0) return [stack, ...lines].join('\n');
  return [stack.slice(0, first), ...lines].join('\n') + stack.slice(first);
}

/** What happened in JavaScript that made the guest stop. */
export interface Cause {
  readonly error: unknown;
}

const COMPILE = 1;
const LINK = 2;
const TRAP = 3;
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
      const why = cause === undefined ? '' : `: ${describe(cause.error)}`;
      const text = raw.message + whereText(place) + why;
      const frames = raw.frames ?? [];
      return new Trap(text, place, frames, raw.frameTotal ?? frames.length, options);
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
