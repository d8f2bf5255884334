/** Imports and exports of modules, and their custom sections, as plain data. */
import type { RawExtern } from '../raw/binding.js';
import { type ExternType, FUNCTION, GLOBAL, MEMORY, TABLE, valueType } from '../raw/value_type.js';

/** What a module exports. */
export interface ExportDescriptor {
  /** Under which it is exported, or imported. */
  readonly name: string;
  /** Of what it is. */
  readonly type: ExternType;
  /** The type as text, for example `(i32, f64) -> (i32)`. */
  readonly signature: string;
}

/** What a module imports. */
export interface ImportDescriptor extends ExportDescriptor {
  /** The first of its two names. */
  readonly module: string;
}

/** A custom section of a module. */
export interface CustomSection {
  /** Several sections may have the same. */
  readonly name: string;
  /** A copy. */
  readonly bytes: Uint8Array;
}

function externType(raw: RawExtern): ExternType {
  switch (raw.kind) {
    case FUNCTION:
      return {
        kind: 'function',
        params: (raw.params ?? []).map(valueType),
        results: (raw.results ?? []).map(valueType),
      };
    case TABLE:
      return {
        kind: 'table',
        element: valueType(raw.element),
        minimum: raw.minimum ?? 0,
        maximum: raw.maximum ?? 0,
        is64: raw.is64 ?? false,
      };
    case MEMORY:
      return {
        kind: 'memory',
        minimum: raw.minimum ?? 0,
        maximum: raw.maximum ?? 0,
        shared: raw.shared ?? false,
        is64: raw.is64 ?? false,
        pageSize: raw.pageSize ?? 65536,
      };
    case GLOBAL:
      return { kind: 'global', value: valueType(raw.value), mutable: raw.mutable ?? false };
    default:
      return { kind: 'tag', parameters: (raw.params ?? []).map(valueType) };
  }
}

/** An import or export as users see it. */
export function describe(raw: RawExtern): ExportDescriptor {
  return { name: raw.name, type: externType(raw), signature: raw.text };
}
