/** What programs compiled by AssemblyScript import from `env`. */
import { type OptionNames, optionsOf } from '../base/options.js';
import type { Caller } from './caller.js';

/** What becomes of the calls; what is left out has a default. */
export interface AssemblyScriptOptions {
  /**
   * A failed assertion, or `throw`: the guest is over in any case. Default: throws an Error with
   * the message and the place, which the Trap has as its cause.
   */
  readonly abort?:
    ((message: string, file: string, line: number, column: number) => void) | undefined;
  /** `trace(message, ...values)`. Default: a line of `console.log`. */
  readonly trace?: ((message: string, values: readonly number[]) => void) | undefined;
  /** What `Math.random` begins with. Default: random. */
  readonly seed?: (() => number) | undefined;
}

interface Functions {
  abort(caller: Caller, message: number, file: number, line: number, column: number): void;
  trace(caller: Caller, message: number, count: number, ...values: number[]): void;
  seed(caller: Caller): number;
}

/** Imports for `env`: see assemblyScript. */
export type AssemblyScriptImports = Readonly<Functions>;

const optionNames: OptionNames<AssemblyScriptOptions> = { abort: true, trace: true, seed: true };

const decoder = new TextDecoder('utf-16le');

/** Characters of a message that are shown. */
const longest = 1 << 16;

// The bytes of a string are counted in the last word of the header that lies before them.
const headerBytes = 4;

/** A guest's string. What is none, as a guest may give anything, is an empty one. */
function textAt(caller: Caller, given: number): string {
  const at = given >>> 0;
  if (at < headerBytes) return '';
  const { memory } = caller;
  if (at > memory.size) return '';
  const header = new DataView(memory.readBytes(at - headerBytes, headerBytes).buffer);
  const bytes = Math.min(header.getUint32(0, true), memory.size - at, longest * 2);
  return decoder.decode(memory.readBytes(at, bytes - (bytes % 2)));
}

function failed(message: string, file: string, line: number, column: number): never {
  throw new Error(`${message || 'abort'} (${file || 'unknown'}:${line}:${column})`);
}

function printed(message: string, values: readonly number[]): void {
  console.log(`trace: ${[message, ...(values.length > 0 ? [values.join(', ')] : [])].join(' ')}`);
}

function random(): number {
  return Math.random() * Number.MAX_SAFE_INTEGER;
}

/**
 * The functions that AssemblyScript's compiler has its programs import, with texts in place of
 * pointers:
 *
 * `module.instantiate({ imports: { env: assemblyScript({ abort: report }) } })`
 */
export function assemblyScript(options?: AssemblyScriptOptions): AssemblyScriptImports {
  const given = optionsOf<AssemblyScriptOptions>(options, optionNames, 'assemblyScript');
  const { abort = failed, trace = printed, seed = random } = given;
  return {
    abort(caller, message, file, line, column) {
      abort(textAt(caller, message), textAt(caller, file), line >>> 0, column >>> 0);
    },
    trace(caller, message, count, ...values) {
      trace(textAt(caller, message), values.slice(0, Math.max(count, 0)));
    },
    seed: () => seed(),
  };
}
