/** Values of JavaScript in the argument cell: WebAssembly's JavaScript API says how they convert. */
import { UsageError } from '../base/errors.js';
import { HostReference } from '../core/host_reference.js';
import type { FunctionRecord, InstanceCore } from '../core/instance_core.js';
import { join } from '../core/link_group.js';
import { load } from '../core/load.js';
import { Word, i32 } from '../raw/cell.js';
import { type SlotValue, store } from '../raw/slot.js';
import {
  EXNREF,
  EXTERNREF,
  F32,
  F64,
  FUNCREF,
  I32,
  I64,
  V128,
  valueType,
} from '../raw/value_type.js';
import { recordOf } from './function_record.js';

export { load };

function functionReference(core: InstanceCore, value: unknown): FunctionRecord | null {
  if (value === null) return null;
  const record = recordOf(value);
  if (record === undefined) {
    const hint =
      value instanceof HostReference ? ': put it into a table, and take it from there' : '';
    throw new TypeError(`a funcref has to be null or an exported function of wembed${hint}`);
  }
  if (record.core.closed) throw new UsageError('the instance of the function is closed');
  if (record.core.module.runtime !== core.module.runtime) {
    throw new UsageError('the function belongs to another runtime');
  }
  join(core, record.core);
  return record;
}

/**
 * The value as put() takes it: this may run code that uses the cell itself. May throw; leaves the
 * cell alone.
 */
export function convert(core: InstanceCore, kind: number | undefined, value: unknown): unknown {
  switch (kind) {
    case I32:
      return (value as number) | 0;
    case I64:
      return BigInt.asIntN(64, value as bigint);
    case F32:
    case F64:
      // Not Number(), which takes a bigint: one in an object too.
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-conversion -- it is anything
      return +(value as number);
    case EXTERNREF:
      return value;
    case FUNCREF:
      return functionReference(core, value);
    default:
      throw new TypeError(`JavaScript cannot pass a value of type ${valueType(kind)}`);
  }
}

function putConverted(
  core: InstanceCore,
  index: number,
  kind: number | undefined,
  converted: unknown,
): void {
  if (kind !== EXTERNREF) store(index, kind, converted as SlotValue);
  else store(index, kind, converted === null ? 0 : core.group.reference(converted));
}

/** Stores a value that was converted; the next thing is to give the cell to the guest. */
export function put(core: InstanceCore, kind: number | undefined, converted: unknown): void {
  core.group.collectIfDue(core.handle);
  putConverted(core, 0, kind, converted);
}

/** Converts and stores one value for each kind; missing ones are undefined. */
export function storeAll(
  core: InstanceCore,
  kinds: readonly number[],
  values: readonly unknown[],
): void {
  const converted = kinds.map((kind, index) => convert(core, kind, values[index]));
  core.group.collectIfDue(core.handle);
  converted.forEach((value, index) => {
    putConverted(core, index, kinds[index], value);
  });
}

/** undefined, the one value, or an array of several. */
export function loadResults(core: InstanceCore, kinds: readonly number[]): unknown {
  if (kinds.length === 0) return undefined;
  if (kinds.length === 1) return load(core, 0, kinds[0]);
  return kinds.map((kind, index) => load(core, index, kind));
}

/** What JavaScript can neither pass nor take, as in WebAssembly's JavaScript API. */
const refused: readonly number[] = [V128, EXNREF];

/** Whether JavaScript can neither call nor be called by a function of this type. */
export function isRefused(params: readonly number[], results: readonly number[]): boolean {
  return [...params, ...results].some((kind) => refused.includes(kind));
}

export function refuse(params: readonly number[], results: readonly number[]): never {
  const kind = [...params, ...results].find((one) => refused.includes(one));
  throw new TypeError(`JavaScript cannot pass or take a value of type ${valueType(kind)}`);
}

/** Puts the arguments and the target into the cell. */
export function prepare(record: FunctionRecord, args: readonly unknown[]): void {
  if (isRefused(record.params, record.results)) refuse(record.params, record.results);
  storeAll(record.core, record.params, args);
  i32[Word.TARGET] = record.index;
  i32[Word.GENERATION] = record.generation;
}

/** The results in the cell, or the error that a call ended in. */
export function finishCall(record: FunctionRecord): unknown {
  if (i32[Word.STATUS] !== 0) throw record.core.failure(record);
  return loadResults(record.core, record.results);
}
