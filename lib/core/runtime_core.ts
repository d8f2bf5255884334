/** What modules and instances need of their runtime. */
import { refusal } from '../base/uncloneable.js';
import { Handle } from '../base/handle.js';
import { shown } from '../base/shown.js';
import { type RuntimeHandle, binding } from '../raw/binding.js';
import { Identities } from './identities.js';
import type { Limits } from './limits.js';

const cloned = refusal('Runtime');

/** The part of a Runtime that does not know what is made from it. */
export abstract class RuntimeCore extends Handle {
  /** @internal */
  readonly what = 'runtime';
  /** @internal */
  readonly handle: RuntimeHandle;
  /** Bounds of every instance and call, as given. */
  readonly limits: Limits;
  /** Whether a buffer that only the collector frees is reported as a process warning. */
  readonly leakWarnings: boolean;
  /** @internal Of what its instances export. */
  readonly identities = new Identities();
  /** @internal See uncloneable.ts. */
  readonly cloned: symbol = cloned;
  #closed = false;

  /** @internal */
  protected constructor(handle: RuntimeHandle, limits: Limits, leakWarnings: boolean) {
    super();
    this.handle = handle;
    this.limits = limits;
    this.leakWarnings = leakWarnings;
  }

  /** @internal */
  [shown](): string {
    return `Runtime${this.#closed ? ' (closed)' : ''}`;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @internal */
  protected end(): boolean {
    this.#closed = binding.runtimeClose(this.handle);
    return this.#closed;
  }
}
