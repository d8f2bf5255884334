/** Values in slots of the argument cell: WebAssembly's JavaScript API says how they convert. */
import { SLOT, f32, f64, i32, i64 } from './cell.js';
import { UsageError } from './errors.js';
import { type FunctionRecord, functionOf, recordOf } from './exported_function.js';
import type { InstanceCore } from './instance_core.js';
import { LinkGroup } from './link_group.js';
import { EXTERNREF, F32, F64, FUNCREF, I32, I64, valueType } from './value_type.js';

/** A value that only has to be stored: conversion may run code that uses the cell itself. */
export type Converted = number | bigint | FunctionRecord | null;

function functionReference(core: InstanceCore, value: unknown): FunctionRecord | null {
  if (value === null) return null;
  const record = recordOf(value);
  if (record === undefined) {
    throw new TypeError('a funcref has to be null or an exported function of wembed');
  }
  if (record.core.closed) throw new UsageError('the instance of the function is closed');
  if (record.core.module.runtime !== core.module.runtime) {
    throw new UsageError('the function belongs to another runtime');
  }
  LinkGroup.join(core, record.core);
  return record;
}

/** May throw, and may run code of the caller's; leaves the cell alone. */
export function convert(core: InstanceCore, kind: number | undefined, value: unknown): Converted {
  switch (kind) {
    case I32:
      return (value as number) | 0;
    case I64:
      return BigInt.asIntN(64, value as bigint);
    case F32:
    case F64:
      return Number(typeof value === 'bigint' ? refuseBigint() : value);
    case EXTERNREF:
      return value === null ? 0 : core.group.reference(value);
    case FUNCREF:
      return functionReference(core, value);
    default:
      throw new TypeError(`JavaScript cannot pass a value of type ${valueType(kind)}`);
  }
}

function refuseBigint(): never {
  throw new TypeError('Cannot convert a BigInt value to a number');
}

/** Stores what `convert` gave into slot `index`. */
export function store(index: number, kind: number | undefined, value: Converted): void {
  const slot = SLOT + index;
  switch (kind) {
    case I64:
      i64[slot] = value as bigint;
      break;
    case F32:
      f32[slot * 2] = value as number;
      break;
    case F64:
      f64[slot] = value as number;
      break;
    case FUNCREF: {
      const record = value as FunctionRecord | null;
      i32[slot * 2] = record === null ? -1 : record.index;
      i32[slot * 2 + 1] = record === null ? -1 : record.generation;
      break;
    }
    case EXTERNREF:
      i32[slot * 2] = value as number;
      i32[slot * 2 + 1] = Math.floor((value as number) / 4294967296);
      break;
    default:
      i32[slot * 2] = value as number;
      i32[slot * 2 + 1] = 0;
  }
}

/** The value in slot `index`. */
export function load(core: InstanceCore, index: number, kind: number | undefined): unknown {
  const slot = SLOT + index;
  switch (kind) {
    case I32:
      return i32[slot * 2];
    case I64:
      return i64[slot];
    case F32:
      return f32[slot * 2];
    case F64:
      return f64[slot];
    case FUNCREF:
      return functionOf(core, i32[slot * 2] ?? -1, i32[slot * 2 + 1] ?? -1);
    case EXTERNREF: {
      const low = (i32[slot * 2] ?? 0) >>> 0;
      const number = low + ((i32[slot * 2 + 1] ?? 0) >>> 0) * 4294967296;
      return number === 0 ? null : core.group.referred(number);
    }
    default:
      throw new TypeError(`JavaScript cannot take a value of type ${valueType(kind)}`);
  }
}

/** Converts and stores one value for each kind; missing ones are undefined. */
export function storeAll(
  core: InstanceCore,
  kinds: readonly number[],
  values: readonly unknown[],
): void {
  const converted = kinds.map((kind, index) => convert(core, kind, values[index]));
  converted.forEach((value, index) => {
    store(index, kinds[index], value);
  });
}

/** undefined, the one value, or an array of several. */
export function loadResults(core: InstanceCore, kinds: readonly number[]): unknown {
  if (kinds.length === 0) return undefined;
  if (kinds.length === 1) return load(core, 0, kinds[0]);
  return kinds.map((kind, index) => load(core, index, kind));
}
