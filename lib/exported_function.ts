/**
 * Functions of instances as JavaScript functions. The same wasm function is the same JavaScript
 * function, wherever it comes from (exports, tables, globals, arguments).
 *
 * The wrappers for the usual signatures are written out, so that a call is a few stores into the
 * argument cell, one call into the addon without parameters, and one load.
 */
import { binding } from './binding.js';
import { callWith } from './call_options.js';
import { GENERATION, SLOT, STATUS, TARGET, f64, i32 } from './cell.js';
import { UsageError } from './errors.js';
import type { InstanceCore } from './instance_core.js';
import { convert, load, loadResults, storeAll } from './slot.js';
import { F64, I32, V128 } from './value_type.js';

/**
 * A wasm function. Arguments are converted as WebAssembly's JavaScript API does it: i32, f32 and
 * f64 from numbers, i64 from bigints. Several results come as an array.
 */
export type ExportedFunction = (...args: readonly unknown[]) => unknown;

/** What is known of an exported function. */
export interface FunctionRecord {
  readonly core: InstanceCore;
  /** Which function it is to the addon. */
  readonly index: number;
  readonly generation: number;
  readonly params: readonly number[];
  readonly results: readonly number[];
}

/** Gives its object back instead of making one, so that a subclass adds its fields to that. */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- nothing but that
class Given {
  constructor(given: object) {
    return given;
  }
}

/** Puts the record on the function where nobody else can: a tenth of what a WeakMap costs. */
class Recorded extends Given {
  readonly #record: FunctionRecord;

  constructor(made: ExportedFunction, record: FunctionRecord) {
    super(made);
    this.#record = record;
  }

  static of(made: object): FunctionRecord | undefined {
    return #record in made ? made.#record : undefined;
  }
}

const { invoke } = binding;

/** Slots of the first four parameters as indices of `i32`. */
const A = SLOT * 2;
const B = A + 2;
const C = A + 4;
const D = A + 6;

const NOTHING = -1;
const SEVERAL = -2;

/** The record of one of our functions; undefined for any other value. */
export function recordOf(value: unknown): FunctionRecord | undefined {
  return typeof value === 'function' ? Recorded.of(value) : undefined;
}

/** The exported function that the addon names so, seen through an instance linked to it. */
export function functionOf(
  core: InstanceCore,
  index: number,
  generation: number,
): ExportedFunction | null {
  if (index === -1 && generation === -1) return null;
  // The entries of a closed instance are others' by now.
  const own = core.closed ? undefined : core.functions.get(index);
  if (own !== undefined) return own;
  const info = binding.functionInfo(index, generation);
  const owner = info && core.group.members.get(info[0] ?? -1);
  if (info === undefined || owner === undefined) return closedFunction;
  const known = owner.functions.get(index);
  if (known !== undefined) return known;
  const end = info.indexOf(-1, 2);
  const made = makeFunction({
    core: owner,
    index,
    generation,
    params: info.slice(2, end),
    results: info.slice(end + 1),
  });
  Object.defineProperty(made, 'name', { value: String(info[1]) });
  return made;
}

/** An exported function of whoever has the instance. */
export interface FunctionShape extends Omit<FunctionRecord, 'core'> {
  readonly exported: string;
  readonly name: string;
  /** The turn in which it had that generation. */
  readonly turn: number;
}

/** What the next holder of the instance needs; undefined for a function of another instance. */
export function shapeOf(
  core: InstanceCore,
  exported: string,
  made: unknown,
  turn: number,
): FunctionShape | undefined {
  const record = recordOf(made);
  if (record?.core !== core) return undefined;
  const { index, generation, params, results } = record;
  return {
    exported,
    name: (made as { name: string }).name,
    index,
    generation,
    params,
    results,
    turn,
  };
}

/** The function, for the holder whose turn it is. */
export function functionFrom(
  core: InstanceCore,
  shape: FunctionShape,
  turn: number,
): ExportedFunction {
  const known = core.functions.get(shape.index);
  if (known !== undefined) return known;
  const { index, params, results } = shape;
  const generation = (shape.generation + turn - shape.turn) | 0;
  const made = makeFunction({ core, index, generation, params, results });
  Object.defineProperty(made, 'name', { value: shape.name });
  return made;
}

/** Stands for a function whose instance was closed. */
const closedFunction: ExportedFunction = () => {
  throw new UsageError('the instance is closed');
};

/** Makes the JavaScript function and enters it where it is found again. */
export function makeFunction(record: FunctionRecord): ExportedFunction {
  const made = bounded(record) ?? specialised(record) ?? general(record);
  new Recorded(made, record);
  record.core.functions.set(record.index, made);
  return made;
}

/** In a runtime that limits calls, or refuses them, every call is one with options. */
function bounded(record: FunctionRecord): ExportedFunction | undefined {
  const { limits } = record.core.module.runtime;
  const free = limits.deadline === undefined && limits.fuel === undefined;
  if (free && !record.core.asyncOnly) return undefined;
  return (...args) => callWith(record, args, limits);
}

/** Reads the results; `kind` is the only result's, NOTHING or SEVERAL. */
function result(record: FunctionRecord, kind: number): unknown {
  if (kind === NOTHING) return undefined;
  return kind === SEVERAL ? loadResults(record.core, record.results) : load(record.core, 0, kind);
}

function resultKind(results: readonly number[]): number {
  if (results.length > 1) return SEVERAL;
  return results[0] ?? NOTHING;
}

function specialised(record: FunctionRecord): ExportedFunction | undefined {
  const { params, results } = record;
  if (results.includes(V128)) return undefined;
  if (params.every((kind) => kind === I32)) return integers(record);
  if (params.every((kind) => kind === F64)) return floats(record);
  return undefined;
}

/** Up to four i32 parameters, which is what most exports have: numbers and offsets. */
function integers(record: FunctionRecord): ExportedFunction | undefined {
  const { core, index, generation } = record;
  const kind = resultKind(record.results);
  const finish = (): unknown => {
    i32[TARGET] = index;
    i32[GENERATION] = generation;
    invoke();
    if (i32[STATUS] !== 0) throw core.failure();
    return kind === I32 ? i32[A] : result(record, kind);
  };
  // Each parameter is converted before the first is stored: `| 0` may call valueOf.
  switch (record.params.length) {
    case 0:
      return finish;
    case 1:
      return (a) => {
        i32[A] = (a as number) | 0;
        return finish();
      };
    case 2:
      return (a, b) => {
        const x = (a as number) | 0;
        const y = (b as number) | 0;
        i32[A] = x;
        i32[B] = y;
        return finish();
      };
    case 3:
      return (a, b, c) => {
        const x = (a as number) | 0;
        const y = (b as number) | 0;
        const z = (c as number) | 0;
        i32[A] = x;
        i32[B] = y;
        i32[C] = z;
        return finish();
      };
    case 4:
      return (a, b, c, d) => {
        const x = (a as number) | 0;
        const y = (b as number) | 0;
        const z = (c as number) | 0;
        const w = (d as number) | 0;
        i32[A] = x;
        i32[B] = y;
        i32[C] = z;
        i32[D] = w;
        return finish();
      };
    default:
      return undefined;
  }
}

/** A number for an f64, of any value. */
function double(core: InstanceCore, value: unknown): number {
  return typeof value === 'number' ? value : (convert(core, F64, value) as number);
}

/** One or two f64 parameters. */
function floats(record: FunctionRecord): ExportedFunction | undefined {
  const { core, index, generation } = record;
  const kind = resultKind(record.results);
  const finish = (): unknown => {
    i32[TARGET] = index;
    i32[GENERATION] = generation;
    invoke();
    if (i32[STATUS] !== 0) throw core.failure();
    return kind === F64 ? f64[SLOT] : result(record, kind);
  };
  switch (record.params.length) {
    case 1:
      return (a) => {
        f64[SLOT] = double(core, a);
        return finish();
      };
    case 2:
      return (a, b) => {
        const x = double(core, a);
        const y = double(core, b);
        f64[SLOT] = x;
        f64[SLOT + 1] = y;
        return finish();
      };
    default:
      return undefined;
  }
}

/** Any signature. */
function general(record: FunctionRecord): ExportedFunction {
  return (...args) => {
    prepare(record, args);
    invoke();
    return finishCall(record);
  };
}

/** Puts the arguments and the target into the cell. */
export function prepare(record: FunctionRecord, args: readonly unknown[]): void {
  if (record.results.includes(V128)) {
    throw new TypeError('JavaScript cannot take a value of type v128');
  }
  storeAll(record.core, record.params, args);
  i32[TARGET] = record.index;
  i32[GENERATION] = record.generation;
}

/** The results in the cell, or the error that a call ended in. */
export function finishCall(record: FunctionRecord): unknown {
  if (i32[STATUS] !== 0) throw record.core.failure();
  return loadResults(record.core, record.results);
}
