/** Values of JavaScript in the argument cell: WebAssembly's JavaScript API says how they convert. */
import { ResourceError, UsageError } from '../base/errors.js';
import { checkStatus } from '../base/status.js';
import { GuestObject } from '../core/guest_object.js';
import { HostReference } from '../core/host_reference.js';
import { type FunctionRecord, InstanceCore } from '../core/instance_core.js';
import { join } from '../core/link_group.js';
import { convertNumber } from '../core/convert.js';
import { load } from '../core/load.js';
import { binding } from '../raw/binding.js';
import { Word, i32 } from '../raw/cell.js';
import { OTHER_SIDE, type SlotValue, type Words, store, wordsOf } from '../raw/slot.js';
import { ANYREF, EXNREF, EXTERNREF, FUNCREF, V128, valueType } from '../raw/value_type.js';
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

/** A guest's object goes to every guest of its runtime: both belong together from now on. */
function checkObject(core: InstanceCore, value: unknown): unknown {
  const place = GuestObject.placeOf(value);
  if (place === undefined) return value;
  if (!place.held) throw new UsageError('the object was released');
  if (place.owner.group === core.group) return value;
  const [owner] = place.owner.group.members.values();
  if (!(owner instanceof InstanceCore))
    throw new UsageError('the instances of the object are closed');
  if (owner.module.runtime !== core.module.runtime) {
    throw new UsageError('the object belongs to another runtime');
  }
  join(core, owner);
  if (binding.objectShare(core.handle, owner.handle) !== true) {
    checkStatus(core);
    throw new ResourceError('out of memory', { code: 'OutOfMemory' });
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
  if (isI31(value)) return { low: value * 2 + 1, high: isAny ? 0 : OTHER_SIDE };
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
    case EXTERNREF:
    case ANYREF:
      return checkObject(core, value);
    case FUNCREF:
      return functionReference(core, value);
    default:
      return convertNumber(kind, value);
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
