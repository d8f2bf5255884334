/** An exported table. */
import { refusal } from '../base/uncloneable.js';
import { binding } from '../raw/binding.js';
import { counted, shown, shownAs } from '../base/shown.js';
import { checked } from '../base/status.js';
import { UsageError } from '../base/errors.js';
import { HostReference } from '../core/host_reference.js';
import type { InstanceCore } from '../core/instance_core.js';
import { convert, load, put } from '../call/values.js';
import { store } from '../raw/slot.js';
import { FUNCREF, type ValueType, valueType } from '../raw/value_type.js';

const cloned = refusal('Table');

/** What the addon's tableSet() returns beside 1. */
const REFUSED = 0;
const LOOSENED = 2;

/** @internal */
export interface TableParts {
  readonly core: InstanceCore;
  readonly index: number;
}

const parts = new WeakMap<Table, TableParts>();

/** @internal What an import of the table needs. */
export function tableParts(table: Table): TableParts {
  const found = parts.get(table);
  if (found === undefined) throw new UsageError('not a Table of wembed');
  return found;
}

/**
 * An exported table, from `Instance.table`: its elements are exported functions, or any values for
 * a table of externref; null is empty. It lives as long as its instance; after that, and while an
 * asynchronous call has the instance, using it throws a UsageError.
 */
export class Table {
  /** @internal See uncloneable.ts. */
  readonly cloned: symbol = cloned;
  readonly #core: InstanceCore;
  readonly #index: number;
  readonly #kind: number;

  /** @internal */
  constructor(core: InstanceCore, index: number, kind: number) {
    this.#core = core;
    this.#index = index;
    this.#kind = kind;
    parts.set(this, { core, index });
  }

  /** What its elements are. */
  get element(): ValueType {
    return valueType(this.#kind);
  }

  /** Whether its elements have 64-bit numbers for guests; here they are numbers all the same. */
  get is64(): boolean {
    return this.#core.module.rawExports[this.#index]?.is64 ?? false;
  }

  /** How many elements it has now. */
  get length(): number {
    return checked(binding.tableSize(this.#core.handle, this.#index), this.#core) ?? 0;
  }

  /** @internal */
  [shown](): string {
    if (this.#core.closed) return 'Table (closed)';
    return shownAs(
      'Table',
      () => this.element,
      () => counted(this.length, 'element'),
    );
  }

  #inside(element: number): void {
    const { length } = this;
    if (!Number.isSafeInteger(element) || element < 0 || element >= length) {
      throw new RangeError(`element ${element} of a table of ${length}`);
    }
  }

  /**
   * The element; the same function is the same JavaScript function everywhere. Throws a RangeError
   * when there is no such element.
   */
  get(element: number): unknown {
    this.#inside(element);
    const { handle } = this.#core;
    checked(binding.tableGet(handle, this.#index, element, this.#kind === FUNCREF), this.#core);
    return load(this.#core, 0, this.#kind);
  }

  /**
   * Sets an element: an exported function, a host function with its type (see `hostFunction`) or
   * null, or any value in a table of externref. Throws a RangeError when there is none, a TypeError
   * for another type.
   */
  set(element: number, value: unknown): void {
    this.#inside(element);
    const core = this.#core;
    const done = checked(
      binding.tableSet(core.handle, this.#index, element, this.#given(value)),
      core,
    );
    if (done === REFUSED) throw new TypeError('the table does not take a value of that type');
    if (done === LOOSENED) core.references?.loosen(core.handle);
  }

  /**
   * Adds elements that have that value, null by default; the index of the first. Throws a RangeError
   * when its maximum or the memory does not allow it, a TypeError for a value of another type.
   */
  grow(elements: number, value: unknown = null): number {
    if (!Number.isSafeInteger(elements) || elements < 0) {
      throw new RangeError(`a table cannot grow by ${elements} elements`);
    }
    const { length } = this;
    const { handle } = this.#core;
    const first = checked(
      binding.tableGrow(handle, this.#index, elements, this.#given(value)),
      this.#core,
    );
    if (first === false) throw new TypeError('the table does not take a value of that type');
    if (first !== undefined) return first;
    throw new RangeError(
      `a table of ${length} elements cannot grow by ${elements}: its maximum or the memory does not allow it`,
    );
  }

  /** Puts the value into the cell. Whether it is a function. */
  #given(value: unknown): boolean {
    const core = this.#core;
    const functions = this.#kind === FUNCREF;
    if (!(value instanceof HostReference)) {
      put(core, this.#kind, convert(core, this.#kind, value));
    } else if (functions && core.references !== undefined) {
      store(0, FUNCREF, core.references.name(core, value));
    } else {
      throw new TypeError('a host function goes into a table of functions');
    }
    return functions;
  }
}
