/** Values of JavaScript in the argument cell: WebAssembly's JavaScript API says how they convert. */
import { UsageError } from '../base/errors.js';
import { GuestObject } from '../core/guest_object.js';
import { HostReference } from '../core/host_reference.js';
import type { FunctionRecord, InstanceCore } from '../core/instance_core.js';
import { join } from '../core/link_group.js';
import { load } from '../core/load.js';
import { Word, i32 } from '../raw/cell.js';
import { OTHER_SIDE, type SlotValue, type Words, store, wordsOf } from '../raw/slot.js';
import {
  ANYREF,
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

/** A guest's object goes to guests that could reach it: all of them have one heap. */
function checkObject(core: InstanceCore, value: unknown): unknown {
  const place = GuestObject.placeOf(value);
  if (place === undefined) return value;
  if (!place.held) throw new UsageError('the object was released');
  if (place.owner.group !== core.group) {
    throw new UsageError('the object is of an instance that is not linked with this one');
  }
  return value;
}

const least31 = -(2 ** 30);
const most31 = 2 ** 30 - 1;

function isI31(value: unknown): value is number {
  return (
    Number.isInteger(value) &&
    (value as number) >= least31 &&
    (value as number) <= most31 &&
    !Object.is(value, -0)
  );
}

/**
 * The slot for a reference that was converted. Values that are the host's alone have a number;
 * `isHeld`: for as long as the instance lives.
 */
export function reference(
  core: InstanceCore,
  kind: number,
  value: unknown,
  isHeld = false,
): Words | null {
  if (value === null) return null;
  const place = GuestObject.placeOf(value);
  const isAny = kind === ANYREF;
  const other = (words: Words): Words => ({ low: words.low, high: words.high + OTHER_SIDE });
  if (place !== undefined) return isAny ? place : other(place);
  if (isAny && isI31(value)) return { low: value * 2 + 1, high: 0 };
  const { group } = core;
  const words = wordsOf(isHeld ? group.heldReference(value) : group.reference(value));
  return isAny ? other(words) : words;
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
    case ANYREF:
      return checkObject(core, value);
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
  const isReference = kind === EXTERNREF || kind === ANYREF;
  store(index, kind, isReference ? reference(core, kind, converted) : (converted as SlotValue));
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

/** Values that are not of their type are JavaScript's mistake. */
function failureOf(record: FunctionRecord): Error {
  const failure = record.core.failure(record);
  if (failure.code !== 'ReferenceType') return failure;
  return new TypeError('a reference is not of the type that the guest wants', { cause: failure });
}

/** The results in the cell, or the error that a call ended in. */
export function finishCall(record: FunctionRecord): unknown {
  if (i32[Word.STATUS] !== 0) throw failureOf(record);
  return loadResults(record.core, record.results);
}
