/** Debugging information of a file (wembed_debug.h), for tools: types, functions, variables. */
import { errorOf, isRawError } from '../base/errors.js';
import type { Runtime } from '../index.js';
import { binding } from '../raw/binding.js';
import type {
  DebugHandle,
  RawDebugFunction,
  RawDebugInfo,
  RawDebugType,
  RawDebugVariable,
  RawPlace,
} from '../raw/debug.js';

/** Kinds of types, of wembed_debug_type_kind_t. */
export const Kind = {
  BASE: 1,
  STRUCT: 2,
  CLASS: 3,
  UNION: 4,
  ENUM: 5,
  ARRAY: 6,
  POINTER: 7,
  REFERENCE: 8,
  RVALUE_REFERENCE: 9,
  FUNCTION: 10,
  TYPEDEF: 11,
  CONST: 12,
  VOLATILE: 13,
  RESTRICT: 14,
  ATOMIC: 15,
  MEMBER_POINTER: 16,
  UNSPECIFIED: 17,
} as const;

/** What base types mean, of wembed_debug_encoding_t. */
export const Encoding = {
  BOOLEAN: 2,
  FLOAT: 4,
  SIGNED: 5,
  SIGNED_CHAR: 6,
  UNSIGNED: 7,
  UNSIGNED_CHAR: 8,
  UTF: 16,
} as const;

/** Kinds of members, of wembed_debug_member_kind_t. */
export const MemberKind = {
  FIELD: 0,
  BASE_CLASS: 1,
  ENUMERATOR: 2,
  PARAMETER: 3,
  VARIADIC: 4,
  DIMENSION: 5,
} as const;

export type DebugType = RawDebugType;
export type DebugFunction = RawDebugFunction;
export type DebugVariable = RawDebugVariable;

/** Read once, and looked at by number; it ends with its runtime. */
export class DebugInfo {
  readonly #handle: DebugHandle;
  readonly #types = new Map<number, DebugType>();
  /** What the files are. */
  readonly about: RawDebugInfo;

  /** Throws a CompileError when the bytes are no WebAssembly file, or a split file is none. */
  constructor(runtime: Runtime, bytes: Uint8Array, split: readonly Uint8Array[] = []) {
    const opened = binding.debugOpen(runtime.open().handle, bytes, split);
    if (opened === undefined) throw new Error('the runtime is closed');
    if (isRawError(opened)) throw errorOf(opened);
    this.#handle = opened;
    const error = binding.debugRead(opened);
    if (error !== undefined) throw errorOf(error);
    const about = binding.debugInfo(opened);
    if (about === undefined) throw new Error('the debugging information is closed');
    this.about = about;
  }

  type(index: number): DebugType {
    let type = this.#types.get(index);
    if (type === undefined) {
      type = binding.debugType(this.#handle, index);
      if (type === undefined) throw new RangeError(`there is no type ${index}`);
      this.#types.set(index, type);
    }
    return type;
  }

  /** All of them, declarations too. */
  *functions(): Generator<DebugFunction> {
    for (let i = 0; i < this.about.functions; i++) {
      const found = binding.debugFunction(this.#handle, i);
      if (found !== undefined) yield found;
    }
  }

  *types(): Generator<readonly [index: number, type: DebugType]> {
    for (let i = 0; i < this.about.types; i++) yield [i, this.type(i)];
  }

  *variables(): Generator<DebugVariable> {
    for (let i = 0; i < this.about.variables; i++) {
      const found = binding.debugVariable(this.#handle, i);
      if (found !== undefined) yield found;
    }
  }

  /** What the code at an address, from the code section's start, was made from. */
  places(address: number): readonly RawPlace[] {
    return binding.debugPlaces(this.#handle, address) ?? [];
  }
}
