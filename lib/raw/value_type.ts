/** Types of values and of the things modules import and export. */

/**
 * `anyref` stands for all types of references to structures, arrays and i31; `unknown` is a reference
 * type this version has no name for.
 */
export type ValueType =
  | 'i32'
  | 'i64'
  | 'f32'
  | 'f64'
  | 'v128'
  | 'externref'
  | 'funcref'
  | 'exnref'
  | 'anyref'
  | 'unknown';

/** The kinds of wasm_valkind_t. */
export const I32 = 0;
export const I64 = 1;
export const F32 = 2;
export const F64 = 3;
export const V128 = 4;
export const EXTERNREF = 128;
export const FUNCREF = 129;
export const EXNREF = 105;
export const ANYREF = 110;

export function valueType(kind: number | undefined): ValueType {
  switch (kind) {
    case I32:
      return 'i32';
    case I64:
      return 'i64';
    case F32:
      return 'f32';
    case F64:
      return 'f64';
    case V128:
      return 'v128';
    case EXTERNREF:
      return 'externref';
    case FUNCREF:
      return 'funcref';
    case EXNREF:
      return 'exnref';
    case ANYREF:
      return 'anyref';
    default:
      return 'unknown';
  }
}

const kinds = new Map(
  [I32, I64, F32, F64, V128, EXTERNREF, FUNCREF, EXNREF, ANYREF].map((kind) => [
    valueType(kind),
    kind,
  ]),
);

/** The kind of a type by its name; throws a TypeError for what is none. */
export function kindOf(type: ValueType): number {
  const kind = kinds.get(type);
  if (kind === undefined) {
    throw new TypeError(`${typeof type === 'string' ? `'${type}'` : typeof type} is no value type`);
  }
  return kind;
}

/** The type of a function. */
export interface FunctionType {
  /** Tells it from others. */
  readonly kind: 'function';
  /** Of its parameters, in order. */
  readonly params: readonly ValueType[];
  /** Of its results, in order. */
  readonly results: readonly ValueType[];
}

/** The type of a table. Sizes are in elements. */
export interface TableType {
  /** Tells it from others. */
  readonly kind: 'table';
  /** Of its elements. */
  readonly element: ValueType;
  /** That it begins with. */
  readonly minimum: number;
  /** That it may have; the runtime's limit where none is declared. */
  readonly maximum: number;
  /** Whether its elements have 64-bit numbers. */
  readonly is64: boolean;
}

/** The type of a memory. Sizes are in pages. */
export interface MemoryType {
  /** Tells it from others. */
  readonly kind: 'memory';
  /** Pages that it begins with. */
  readonly minimum: number;
  /** Pages that it may have; what addresses reach where none is declared. */
  readonly maximum: number;
  /** Whether it is for several threads. */
  readonly shared: boolean;
  /** Whether its addresses have 64 bits. */
  readonly is64: boolean;
  /** Bytes of a page: 65536, or 1. */
  readonly pageSize: number;
}

/** The type of a global. */
export interface GlobalType {
  /** Tells it from others. */
  readonly kind: 'global';
  /** Of its value. */
  readonly value: ValueType;
  /** Whether its value may change. */
  readonly mutable: boolean;
}

/** The type of a tag. */
export interface TagType {
  /** Tells it from others. */
  readonly kind: 'tag';
  /** Of the values that are thrown with it. */
  readonly parameters: readonly ValueType[];
}

/** The type of an import or export. */
export type ExternType = FunctionType | TableType | MemoryType | GlobalType | TagType;

/** Kinds of imports and exports, of wembed_extern_kind_t. */
export const FUNCTION = 0;
export const TABLE = 1;
export const MEMORY = 2;
export const GLOBAL = 3;
export const TAG = 4;
