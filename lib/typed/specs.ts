/**
 * How values of a typed module pass, as generated files say it. What C passes and what wasm sees
 * differ: structs go by the address of a copy, results of that kind by an address given first,
 * narrow integers in an i32.
 */
import type { Layout } from '../guest/layout.js';
import type { RecordLayout } from '../guest/record.js';

/** A number, a boolean, or an address that nothing is known of. */
export type ScalarName =
  'bool' | 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64' | 'f32' | 'f64' | 'address';

/** An address of something. */
export interface PointerSpec {
  /** What is there; null: not known. */
  readonly to: Layout | null;
  /** Nothing is written there: an object, a list or text may be given, and is copied. */
  readonly const?: true;
  /** It is text that ends with a NUL; as a result it is read. */
  readonly text?: true;
  /** As a result: it is the caller's, and freed once it was read. */
  readonly owned?: true;
}

/** A number that is the length of a list given for another parameter. */
export interface LengthSpec {
  /** Number of the parameter whose length it is. */
  readonly lengthOf: number;
  /** How it passes. */
  readonly as: ScalarName;
}

/** A struct with one scalar in it, which is passed as that. */
export interface OnlySpec {
  /** How that passes. */
  readonly only: ScalarName;
  /** The names that lead to it. */
  readonly path: readonly string[];
}

/** A pointer to a function. */
export interface CallbackSpec {
  /** How it is called. */
  readonly call: FunctionSpec;
}

/** A class of AssemblyScript's whose fields are known. */
export interface ClassSpec {
  /** What it is. */
  readonly managed: 'class';
  /** Of the class, in the module's runtime type information. */
  readonly id: number;
  /** Bytes of an object. */
  readonly size: number;
  /** By name: bytes from the start, and what is there. */
  readonly fields: Readonly<Record<string, readonly [at: number, type: ElementSpec]>>;
}

/** A value of AssemblyScript's without parts that are known here. */
export interface PlainManagedSpec {
  /** What it is. */
  readonly managed: 'string' | 'buffer' | 'opaque';
  /** Of its class, in the module's runtime type information. */
  readonly id: number;
}

/** An array of AssemblyScript's: `Array`, or `fixed`, a `StaticArray`. */
export interface ListSpec {
  /** What it is. */
  readonly managed: 'array' | 'fixed';
  /** Of its class, in the module's runtime type information. */
  readonly id: number;
  /** What its elements are. */
  readonly element: ElementSpec;
}

/** A typed array of AssemblyScript's. */
export interface ManagedViewSpec {
  /** What it is. */
  readonly managed: 'view';
  /** Of its class, in the module's runtime type information. */
  readonly id: number;
  /** What its elements are. */
  readonly element: ScalarName;
}

/** Something in the heap of a guest that AssemblyScript compiled. */
export type ManagedSpec = PlainManagedSpec | ListSpec | ManagedViewSpec | ClassSpec;

/** The same, or null. */
export interface NullableSpec {
  /** What it is when it is not null. */
  readonly nullable: ManagedSpec;
}

/** What fields and elements of AssemblyScript's are. */
export type ElementSpec = ScalarName | ManagedSpec | NullableSpec;

/** How one value passes. */
export type ValueSpec =
  | ScalarName
  | RecordLayout<object>
  | PointerSpec
  | LengthSpec
  | OnlySpec
  | CallbackSpec
  | ManagedSpec
  | NullableSpec;

/** How a function is called. */
export interface FunctionSpec {
  /** Of the parameters, for messages. */
  readonly names: readonly string[];
  /** How the parameters pass, in order. */
  readonly params: readonly ValueSpec[];
  /** Absent: nothing. */
  readonly result?: ValueSpec;
}

/** What a generated file says of its module. */
export interface TypedSpec {
  /** Of the file it was made for. */
  readonly name: string;
  /** SHA-256 of the module. */
  readonly sha256: string;
  /** Whether addresses have 64 bits. */
  readonly memory64?: true;
  /** Types of the functions it exports, as wasm has them. */
  readonly signatures: Readonly<Record<string, string>>;
  /** How its exports are called, by name. */
  readonly functions: Readonly<Record<string, FunctionSpec>>;
  /** How what it imports is called, by module and name. */
  readonly imports?: Readonly<Record<string, Readonly<Record<string, FunctionSpec>>>>;
}

export const isScalarName = (spec: ValueSpec): spec is ScalarName => typeof spec === 'string';
export const isPointer = (spec: ValueSpec): spec is PointerSpec =>
  typeof spec === 'object' && 'to' in spec;
export const isLength = (spec: ValueSpec): spec is LengthSpec =>
  typeof spec === 'object' && 'lengthOf' in spec;
export const isOnly = (spec: ValueSpec): spec is OnlySpec =>
  typeof spec === 'object' && 'only' in spec;
export const isCallback = (spec: ValueSpec): spec is CallbackSpec =>
  typeof spec === 'object' && 'call' in spec;
export const isManaged = (spec: ValueSpec): spec is ManagedSpec | NullableSpec =>
  typeof spec === 'object' && ('managed' in spec || 'nullable' in spec);
export const isStruct = (spec: ValueSpec): spec is RecordLayout<object> =>
  typeof spec === 'object' && 'fields' in spec && !('managed' in spec);

/** The wasm type of a value. */
export function wasmType(spec: ValueSpec, is64: boolean): 'i32' | 'i64' | 'f32' | 'f64' {
  const name = isScalarName(spec)
    ? spec
    : isOnly(spec)
      ? spec.only
      : isLength(spec)
        ? spec.as
        : 'address';
  switch (name) {
    case 'i64':
    case 'u64':
      return 'i64';
    case 'f32':
    case 'f64':
      return name;
    case 'address':
      return is64 ? 'i64' : 'i32';
    default:
      return 'i32';
  }
}

/** The parameters and results that wasm has for a function. */
export function wasmSignature(
  spec: FunctionSpec,
  is64: boolean,
): { params: ('i32' | 'i64' | 'f32' | 'f64')[]; results: ('i32' | 'i64' | 'f32' | 'f64')[] } {
  const params = spec.params.map((param) => wasmType(param, is64));
  const { result } = spec;
  if (result === undefined) return { params, results: [] };
  if (isStruct(result)) return { params: [is64 ? 'i64' : 'i32', ...params], results: [] };
  return { params, results: [wasmType(result, is64)] };
}
