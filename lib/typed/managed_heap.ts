/**
 * The heap of a guest compiled by AssemblyScript: objects made, kept and found by the functions its
 * runtime exports. Before each object lie its class and its length in bytes.
 */
import { UsageError } from '../base/errors.js';
import { i32, u32 } from '../guest/layout.js';
import type { Memory } from '../guest/memory.js';
import type { Instance } from '../instance/instance.js';

/** Before an object: the number of its class, and how many bytes it has. */
const classBefore = 8;
const bytesBefore = 4;

/** The class of a plain run of bytes. */
export const bufferClass = 1;

type Raw = (...args: number[]) => number;

export class ManagedHeap {
  readonly #instance: Instance;
  readonly #memory: Memory;
  /** How often each object is kept: the runtime does not count. */
  readonly #kept = new Map<number, number>();

  constructor(instance: Instance, memory: Memory) {
    this.#instance = instance;
    this.#memory = memory;
  }

  #function(name: '__new' | '__pin' | '__unpin'): Raw {
    const found = (this.#instance.exports as Readonly<Record<string, unknown>>)[name];
    if (typeof found === 'function') return found as Raw;
    throw new UsageError(
      `objects cannot be passed: the module exports no ${name} (asc: --exportRuntime)`,
    );
  }

  get ended(): boolean {
    return this.#instance.closed;
  }

  /** A new object; who made it keeps it before anything else is made. */
  make(bytes: number, id: number): number {
    return this.#function('__new')(bytes, id) >>> 0;
  }

  makeBuffer(bytes: Uint8Array): number {
    const at = this.make(bytes.length, bufferClass);
    this.#memory.writeBytes(at, bytes);
    return at;
  }

  keep(at: number): void {
    const count = this.#kept.get(at) ?? 0;
    if (count === 0) this.#function('__pin')(at | 0);
    this.#kept.set(at, count + 1);
  }

  letGo(at: number): void {
    const count = this.#kept.get(at) ?? 0;
    if (count > 1) {
      this.#kept.set(at, count - 1);
    } else if (count === 1) {
      this.#kept.delete(at);
      if (!this.ended) this.#function('__unpin')(at | 0);
    }
  }

  classOf(at: number): number {
    return this.#memory.read(u32, this.#header(at, classBefore));
  }

  bytesOf(at: number): number {
    return this.#memory.read(u32, this.#header(at, bytesBefore));
  }

  #header(at: number, before: number): number {
    if (at < classBefore) throw new RangeError(`there is no object at ${at}`);
    return at - before;
  }

  word(at: number): number {
    return this.#memory.read(u32, at);
  }

  setWord(at: number, value: number): void {
    this.#memory.write(i32, at, value | 0);
  }
}
