/**
 * Functions of instances as JavaScript functions. The same wasm function is the same JavaScript
 * function, wherever it comes from (exports, tables, globals, arguments).
 *
 * The wrappers for the usual signatures are written out, so that a call is a few stores into the
 * argument cell, one call into the addon without parameters, and one load.
 */
import type {
  ExportedFunction,
  FunctionRecord,
  FunctionShape,
  InstanceCore,
} from '../core/instance_core.js';
import { binding } from '../raw/binding.js';
import { Double, Word, f64 as doubles, i32 as words } from '../raw/cell.js';
import { F64, I32 } from '../raw/value_type.js';
import { callWith } from './bounded_call.js';
import { record as keep, recordOf } from './function_record.js';
import { serve } from './serve.js';
import { convert, finishCall, isRefused, load, loadResults, prepare, refuse } from './values.js';

// What is a module's own is read in one load.
const f64 = doubles;
const i32 = words;

const { invoke } = binding;

const NOTHING = -1;
const SEVERAL = -2;

/** Keeps what is known of the exported functions for the next holder of the instance. */
export function keepShapes(core: InstanceCore, exports: Readonly<Record<string, unknown>>): void {
  const { kept } = core;
  if (kept.shapes !== undefined) return;
  const shapes = Object.entries(exports).map(([exported, made]) => shapeOf(core, exported, made));
  if (shapes.every((shape) => shape !== undefined)) kept.shapes = shapes;
}

/** undefined for a function of another instance. */
function shapeOf(core: InstanceCore, exported: string, made: unknown): FunctionShape | undefined {
  const record = recordOf(made);
  if (record?.core !== core) return undefined;
  const { index, generation, params, results } = record;
  const { name } = made as ExportedFunction;
  return { exported, name, index, generation, params, results, turn: core.kept.turn };
}

/** The function, for the holder whose turn it is. */
export function functionFrom(core: InstanceCore, shape: FunctionShape): ExportedFunction {
  const known = core.functions.get(shape.index);
  if (known !== undefined) return known;
  const { index, params, results, name } = shape;
  const generation = (shape.generation + core.kept.turn - shape.turn) | 0;
  return makeFunction({ core, index, generation, params, results }, name);
}

/** Makes the JavaScript function and enters it where it is found again. */
export function makeFunction(record: FunctionRecord, name: string): ExportedFunction {
  const made = bounded(record) ?? specialised(record) ?? general(record);
  keep(made, record);
  record.core.enter(record.index, made);
  Object.defineProperty(made, 'name', { value: name });
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
  if (isRefused(params, results)) return () => refuse(params, results);
  if (params.every((kind) => kind === I32)) return integers(record);
  if (params.every((kind) => kind === F64)) return floats(record);
  return undefined;
}

/** Calls the function, with its arguments in the cell, and reads what it returned. */
function calling(record: FunctionRecord): () => unknown {
  const { core, index, generation } = record;
  const kind = resultKind(record.results);
  const isI32 = kind === I32;
  const isF64 = kind === F64;
  return () => {
    i32[Word.TARGET] = index;
    i32[Word.GENERATION] = generation;
    const host = invoke();
    if (host !== undefined) serve(core, host);
    if (i32[Word.STATUS] !== 0) throw core.failure(record);
    if (isI32) return i32[Word.A];
    return isF64 ? f64[Double.SLOT] : result(record, kind);
  };
}

/** Up to four i32 parameters, which is what most exports have: numbers and offsets. */
function integers(record: FunctionRecord): ExportedFunction | undefined {
  const finish = calling(record);
  // Each parameter is converted before the first is stored: `| 0` may call valueOf.
  switch (record.params.length) {
    case 0:
      return finish;
    case 1:
      return (a) => {
        i32[Word.A] = (a as number) | 0;
        return finish();
      };
    case 2:
      return (a, b) => {
        const x = (a as number) | 0;
        const y = (b as number) | 0;
        i32[Word.A] = x;
        i32[Word.B] = y;
        return finish();
      };
    case 3:
      return (a, b, c) => {
        const x = (a as number) | 0;
        const y = (b as number) | 0;
        const z = (c as number) | 0;
        i32[Word.A] = x;
        i32[Word.B] = y;
        i32[Word.C] = z;
        return finish();
      };
    case 4:
      return (a, b, c, d) => {
        const x = (a as number) | 0;
        const y = (b as number) | 0;
        const z = (c as number) | 0;
        const w = (d as number) | 0;
        i32[Word.A] = x;
        i32[Word.B] = y;
        i32[Word.C] = z;
        i32[Word.D] = w;
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
  const { core } = record;
  const finish = calling(record);
  switch (record.params.length) {
    case 1:
      return (a) => {
        f64[Double.SLOT] = double(core, a);
        return finish();
      };
    case 2:
      return (a, b) => {
        const x = double(core, a);
        const y = double(core, b);
        f64[Double.SLOT] = x;
        f64[Double.SLOT + 1] = y;
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
    const host = invoke();
    if (host !== undefined) serve(record.core, host);
    return finishCall(record);
  };
}
