/** What a host function gets as its first argument: the instance that calls it. */
import type { InstanceCore } from './instance_core.js';
import type { Instance } from './instance.js';
import type { Layout, ValueOf, ViewOf } from './layout.js';
import type { Memory } from './memory.js';
import type { Address, At } from './offset.js';

/** One object for all calls from an instance. */
export class Caller {
  readonly #core: InstanceCore;

  /** @internal */
  constructor(core: InstanceCore) {
    this.#core = core;
  }

  /** The instance whose import this is. */
  get instance(): Instance {
    return this.#core.instance;
  }

  /** Its first memory. Throws when it has none. */
  get memory(): Memory {
    return this.#core.instance.memory;
  }

  /** A view of guest memory; take it anew after anything that may run the guest. */
  view<T extends Layout>(layout: T, at: At<T>, length: number): ViewOf<T> {
    return this.memory.view(layout, at, length);
  }

  /** Reads one `T` at an offset. */
  read<T extends Layout>(layout: T, at: At<T>): ValueOf<T> {
    return this.memory.read(layout, at);
  }

  /** Writes one `T` at an offset. */
  write<T extends Layout>(layout: T, at: At<T>, value: ValueOf<T>): void {
    this.memory.write(layout, at, value);
  }

  /** Reads UTF-8 text: `length` bytes of it, or up to its NUL. */
  readString(at: Address | number | bigint, length?: number): string {
    return this.memory.readString(at, length);
  }
}
