/** What is known of each JavaScript function that stands for a wasm function. */
import type { ExportedFunction, FunctionRecord } from '../core/instance_core.js';

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

/** The record of one of our functions; undefined for any other value. */
export function recordOf(value: unknown): FunctionRecord | undefined {
  return typeof value === 'function' ? Recorded.of(value) : undefined;
}

/** From now on the function has that record. */
export function record(made: ExportedFunction, what: FunctionRecord): void {
  new Recorded(made, what);
}
