/** What a host function gets as its first argument: who calls it, its data and the memory. */
import { shown } from '../base/shown.js';
import { refusal } from '../base/uncloneable.js';
import { CallMemory, type GuestMemory } from '../guest/call_memory.js';
import { UsageError } from '../base/errors.js';
import type { Instance } from '../instance/instance.js';
import type { InstanceCore } from '../core/instance_core.js';
import type { Layout, ValueOf, ViewOf } from '../guest/layout.js';
import type { Memory } from '../guest/memory.js';
import type { Address, At } from '../guest/offset.js';

const cloned = refusal('Caller');

/** A host call's own data and the guest's memory. */
export interface DataAndMemory<D> {
  /** What the instance was made with. */
  readonly data: D;
  /** The instance's first memory, until the host call ends. */
  readonly memory: CallMemory;
}

/**
 * `D` is the type of the instance's `data`. One object for all synchronous calls from an instance,
 * one for each call that may wait for a promise.
 */
export class Caller<D = unknown> {
  /** @internal See uncloneable.ts. */
  readonly cloned: symbol = cloned;
  readonly #core: InstanceCore;
  readonly #instance: Instance;
  readonly #call: number;
  // undefined: no host function runs; null: one does, and has not asked.
  #memory: CallMemory | null | undefined;

  /** @internal `call`: the addon's number of a call that may wait for a promise, else 0. */
  constructor(core: InstanceCore, instance: Instance, call = 0) {
    this.#core = core;
    this.#instance = instance;
    this.#call = call;
  }

  /**
   * It is no value: a host function that uses its first argument as one was written for
   * `WebAssembly`, which passes no caller.
   */
  [Symbol.toPrimitive](): never {
    throw new UsageError(
      'the first argument of a host function is its caller, and the arguments of the guest ' +
        'follow: write (caller, a, b) => ..., or wrap the function in withoutCaller',
    );
  }

  /** @internal */
  [shown](): string {
    return 'Caller (of a host function, before the arguments of the guest)';
  }

  /** @internal A host function begins; the result is for `end`. */
  begin(): CallMemory | null | undefined {
    const outer = this.#memory;
    this.#memory = null;
    return outer;
  }

  /** @internal It has returned, or its promise has settled. */
  end(outer: CallMemory | null | undefined): void {
    this.#memory?.end();
    this.#memory = outer;
  }

  /** The instance whose import this is. While a promise is awaited it is busy. */
  get instance(): Instance {
    return this.#instance;
  }

  /** What the instance was made with. */
  get data(): D {
    return this.#core.data as D;
  }

  /**
   * Whether the guest can wait for a promise: it was called by `callAsync`. In a synchronous call
   * a host function that returns a promise is an error.
   */
  get canWait(): boolean {
    return this.#call !== 0;
  }

  /**
   * The data and the instance's first memory in one call, nothing copied. The memory is this host
   * call's: it may be used until the function returns, in an asynchronous one across every `await`
   * until its promise settles, and throws afterwards. Take it again in each call; take views again
   * after whatever may grow the memory (its `epoch` tells).
   */
  dataAndMemory(): DataAndMemory<D> {
    return { data: this.#core.data as D, memory: this.#lent() };
  }

  #lent(): CallMemory {
    if (this.#memory === undefined) {
      throw new UsageError(
        this.#call === 0 ? 'no host function of the instance is running' : 'the host call is over',
      );
    }
    return (this.#memory ??= new CallMemory(this.#instance.memory, this.#call));
  }

  #access(): GuestMemory {
    return this.#call === 0 ? this.memory : this.#lent();
  }

  /** The instance's first memory, not bound to this call. Using it throws when there is none. */
  get memory(): Memory {
    return this.#instance.memory;
  }

  /**
   * A view of `length` elements of guest memory from offset `at`; take it anew after anything that may
   * run the guest.
   */
  view<T extends Layout>(layout: T, at: At<T>, length: number): ViewOf<T> {
    return this.#access().view(layout, at, length);
  }

  /** Reads one `T` at an offset. */
  read<T extends Layout>(layout: T, at: At<T>): ValueOf<T> {
    return this.#access().read(layout, at);
  }

  /** Writes one `T` at an offset. */
  write<T extends Layout>(layout: T, at: At<T>, value: ValueOf<T>): void {
    this.#access().write(layout, at, value);
  }

  /** Reads UTF-8 text at offset `at`: `length` bytes of it, or up to its NUL. */
  readString(at: Address | number | bigint, length?: number): string {
    return this.#access().readString(at, length);
  }
}

/** A caller that can wait for promises. */
export type AsyncCaller<D = unknown> = Caller<D> & {
  /** The guest was called by `callAsync`. */
  readonly canWait: true;
};
