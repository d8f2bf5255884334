/** An instance that is lent by a pool. */
import '../base/dispose.js';
import { type ExportedFunctions, Instance } from '../instance/instance.js';
import { type InstantiateOptions } from '../runtime/instantiate.js';
import type { CallOptions } from '../core/call_options.js';
import type { InstanceCore } from '../core/instance_core.js';

/** How instances of a pool are made. */
export interface PooledOptions<D = undefined> extends Omit<InstantiateOptions<D>, 'asyncOnly'> {
  /** True: its functions are called by `callAsync` alone, see AsyncInstantiateOptions. */
  readonly asyncOnly?: boolean | undefined;
}

/** @internal What a pool knows of a wasm instance, whoever has it. */
export interface Slot {
  /** How often it was lent. */
  uses: number;
  /** When it became idle. */
  since: number;
  /** Of start functions. */
  readonly limits: CallOptions;
  /** Of start functions, and of holders that bring none. */
  data: unknown;
}

/** @internal What a lent instance needs of its pool. */
export interface Lender {
  /** Throws when it cannot be given back now. */
  takeBack(slot: Slot, core: InstanceCore): void;
}

/**
 * An instance of an InstancePool, for one holder: `using instance = pool.tryAcquire()`. To its
 * holder it is an instance like any other, and closing it gives it back. From then on it is closed,
 * with its functions, memories, views and buffers, whoever has the wasm instance next.
 */
export class PooledInstance<E extends object = ExportedFunctions, D = undefined>
  extends Instance<E, D>
  implements AsyncDisposable
{
  readonly #pool: Lender;
  /** @internal */
  readonly slot: Slot;
  #returned = false;

  /** @internal Use `InstancePool.acquire`. */
  constructor(pool: Lender, core: InstanceCore, slot: Slot) {
    super(core);
    this.#pool = pool;
    this.slot = slot;
  }

  /** @internal */
  get leasedCore(): InstanceCore {
    return this.core;
  }

  /** Gives it back to its pool. Does nothing the second time. The same as `close`. */
  release(): void {
    this.close();
  }

  /**
   * Gives it back to its pool. Throws a UsageError in a host function that it called: something of
   * it is running. An asynchronous call that has not ended is stopped, and the instance then is
   * not used again.
   */
  override close(): void {
    if (this.#returned) return;
    this.#returned = true;
    try {
      this.keepExports();
      this.#pool.takeBack(this.slot, this.core);
    } catch (error) {
      this.#returned = false;
      throw error;
    }
  }

  /** Lets an asynchronous call end, then gives it back. */
  async [Symbol.asyncDispose](): Promise<void> {
    while (!this.#returned && this.core.running !== undefined) await this.core.running.ended;
    this.close();
  }
}
