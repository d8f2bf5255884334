/** Memories that no module of the user's makes: how their modules are written, and how they end. */
import '../base/dispose.js';
import { UsageError } from '../base/errors.js';
import { type OptionNames, optionsOf } from '../base/options.js';
import { InstanceCore } from '../core/instance_core.js';
import { Memory, memoryParts } from '../guest/memory.js';

/** A memory of its own, of no module. */
export interface MemoryDescriptor {
  /** Pages of 64 KiB that it begins with. */
  readonly initial: number;
  /** The most it can have. Default: what its addresses reach; a shared one needs it. */
  readonly maximum?: number | undefined;
  /** Whether several threads may use it; see Memory.shared. Default: false. */
  readonly shared?: boolean | undefined;
  /** Whether its addresses have 64 bits. Default: false. */
  readonly is64?: boolean | undefined;
}

const descriptorNames: OptionNames<MemoryDescriptor> = {
  initial: true,
  maximum: true,
  shared: true,
  is64: true,
};

/** By addresses of 32 bits, and of 64. */
const MOST_PAGES = 2 ** 16;
const MOST_PAGES_64 = 2 ** 48;

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...leb(Math.floor(value / 128))];
}

function pages(value: unknown, what: string, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) {
    return value;
  }
  throw new UsageError(`${what} has to be a number of pages, 0 to ${most}`);
}

const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const section = (id: number, content: readonly number[]): number[] => [
  id,
  ...leb(content.length),
  ...content,
];
/** Exports memory 0 as "memory". */
const exported = section(7, [1, 6, ...Buffer.from('memory'), 2, 0]);

const HAS_MAXIMUM = 1;
const SHARED = 2;
const IS_64 = 4;

/** A module that makes such a memory and exports it. */
export function makerOf(descriptor: MemoryDescriptor): Uint8Array {
  const given = optionsOf<MemoryDescriptor>(descriptor, descriptorNames, 'newMemory');
  const is64 = given.is64 ?? false;
  const shared = given.shared ?? false;
  const most = is64 ? MOST_PAGES_64 : MOST_PAGES;
  const initial = pages(given.initial, 'initial', most);
  if (shared && given.maximum === undefined) {
    throw new UsageError('a shared memory needs a maximum');
  }
  const maximum = given.maximum === undefined ? undefined : pages(given.maximum, 'maximum', most);
  if (maximum !== undefined && initial > maximum) {
    throw new UsageError('initial is more than maximum');
  }
  const flags =
    (maximum === undefined ? 0 : HAS_MAXIMUM) | (shared ? SHARED : 0) | (is64 ? IS_64 : 0);
  const limits = [flags, ...leb(initial), ...(maximum === undefined ? [] : leb(maximum))];
  return Uint8Array.from([...header, ...section(5, [1, ...limits]), ...exported]);
}

/** A module that imports any shared memory and exports it. */
export const importer = Uint8Array.from([
  ...header,
  ...section(2, [1, 0, 0, 2, HAS_MAXIMUM | SHARED, ...leb(0), ...leb(MOST_PAGES)]),
  ...exported,
]);

/**
 * A memory of no module of the user's, from `Runtime.newMemory` or `openMemory`. Closing it lets go
 * of it here: instances that import it keep it, also those of other threads. What is never closed
 * goes when it is collected.
 */
export class OwnMemory extends Memory implements Disposable {
  readonly #core: InstanceCore;

  /** @internal */
  constructor(core: InstanceCore) {
    super(core, 0);
    this.#core = core;
  }

  /** @internal The first export of an instance that nobody else has. */
  static of(memory: Memory): OwnMemory {
    const { guest } = memoryParts(memory);
    if (!(guest instanceof InstanceCore)) throw new UsageError('the memory is not of an instance');
    return new OwnMemory(guest);
  }

  /** Whether it was closed, or its runtime. */
  get closed(): boolean {
    return this.#core.closed;
  }

  /**
   * Ends this handle; it may be repeated. Throws a UsageError while a guest that is linked with it
   * runs.
   */
  close(): void {
    if (this.closed) return;
    if (!this.#core.close()) {
      throw new UsageError('the memory cannot be closed: a guest that has it is running');
    }
    this.#core.module.close();
  }

  /** As close(). */
  [Symbol.dispose](): void {
    this.close();
  }
}
