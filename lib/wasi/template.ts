/** Options that are used again: instances of one runtime share what was made of them. */
import type { RuntimeCore } from '../core/runtime_core.js';
import type { WasiHandle } from '../raw/binding.js';

/** What an instance has of WASI as long as it is there. */
export interface WasiGiven {
  readonly handle: WasiHandle;
  /** Functions that the addon only knows weakly. */
  readonly functions: readonly object[];
}

interface Options {
  readonly stdin?: unknown;
}

interface Made {
  readonly options: Options;
  readonly given: WasiGiven;
}

/** By the options' object, as it was last used. */
const made = new WeakMap<RuntimeCore, WeakMap<Options, Made>>();

const isList = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype);

/** Lists and records by what is in them, three levels deep: as deep as options are. */
function isSame(one: unknown, other: unknown, depth = 3): boolean {
  if (one === other) return true;
  if (depth === 0 || !isList(one) || !isList(other)) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => isSame(one[name], other[name], depth - 1))
  );
}

function copyOf<T>(value: T, depth = 3): T {
  if (depth === 0 || !isList(value)) return value;
  if (Array.isArray(value)) return [...(value as unknown[])] as T;
  const entries = Object.entries(value).map(([name, inner]) => [name, copyOf(inner, depth - 1)]);
  return Object.fromEntries(entries) as T;
}

/** What an instance of the runtime was given for the same; undefined: it has to be made. */
export function givenBefore(runtime: RuntimeCore, options: Options): WasiGiven | undefined {
  const last = made.get(runtime)?.get(options);
  return last !== undefined && isSame(last.options, options) ? last.given : undefined;
}

/**
 * Not with functions: what they throw ends the call of the instance that they are of. Nor with bytes
 * to read, which may be others the next time.
 */
export function remember(runtime: RuntimeCore, options: Options, given: WasiGiven): void {
  if (given.functions.length > 0 || typeof options.stdin === 'object') return;
  const ofRuntime = made.get(runtime) ?? new WeakMap<Options, Made>();
  made.set(runtime, ofRuntime);
  ofRuntime.set(options, { options: copyOf(options), given });
}
