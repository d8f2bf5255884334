/** An exported global. */
import { refusal } from '../base/uncloneable.js';
import { binding } from '../raw/binding.js';
import { shown, shownAs } from '../base/shown.js';
import { checked } from '../base/status.js';
import { UsageError } from '../base/errors.js';
import type { InstanceCore } from '../core/instance_core.js';
import { convert, load, put } from '../call/values.js';
import { type ValueType, valueType } from '../raw/value_type.js';

const cloned = refusal('Global');

/** @internal */
export interface GlobalParts {
  readonly core: InstanceCore;
  readonly index: number;
}

const parts = new WeakMap<Global, GlobalParts>();

/** @internal What an import of the global needs. */
export function globalParts(global: Global): GlobalParts {
  const found = parts.get(global);
  if (found === undefined) throw new UsageError('not a Global of wembed');
  return found;
}

/**
 * An exported global, from `Instance.global`. It lives as long as its instance; after that, and
 * while an asynchronous call has the instance, using it throws a UsageError.
 */
export class Global {
  /** @internal See uncloneable.ts. */
  readonly cloned: symbol = cloned;
  readonly #core: InstanceCore;
  readonly #index: number;
  readonly #kind: number;
  /** Whether `value` may be set. */
  readonly mutable: boolean;

  /** @internal */
  constructor(core: InstanceCore, index: number, kind: number, mutable: boolean) {
    this.#core = core;
    this.#index = index;
    this.#kind = kind;
    this.mutable = mutable;
    parts.set(this, { core, index });
  }

  /** The type of its value. */
  get type(): ValueType {
    return valueType(this.#kind);
  }

  /** @internal */
  [shown](): string {
    if (this.#core.closed) return 'Global (closed)';
    return shownAs(
      'Global',
      () => `${this.mutable ? 'mutable ' : ''}${this.type}`,
      () => valueText(this.value),
    );
  }

  /** Its value now. Setting it throws a TypeError when it is immutable or of another type. */
  get value(): unknown {
    checked(binding.globalGet(this.#core.handle, this.#index), this.#core);
    return load(this.#core, 0, this.#kind);
  }

  /** Throws a TypeError when it is immutable or of another type. */
  set value(value: unknown) {
    if (!this.mutable) throw new TypeError('the global is immutable');
    put(this.#core, this.#kind, convert(this.#core, this.#kind, value));
    const done = checked(binding.globalSet(this.#core.handle, this.#index), this.#core);
    if (!done) throw new TypeError('the global does not take a value of that type');
  }
}

function valueText(value: unknown): string {
  switch (typeof value) {
    case 'bigint':
      return `${value}n`;
    case 'number':
      return String(value);
    default:
      return value === null ? 'null' : typeof value;
  }
}
