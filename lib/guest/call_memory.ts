/** Guest memory as it is lent to a host function, for as long as its call lasts. */
import { shown } from '../base/shown.js';
import { refusal } from '../base/uncloneable.js';
import { Word, i32 } from '../raw/cell.js';
import { UsageError } from '../base/errors.js';
import type { Layout, ValueOf, ViewOf } from './layout.js';
import type { Memory } from './memory.js';
import type { Storage } from './storage.js';
import type { Address, At } from './offset.js';

const cloned = refusal('CallMemory');

/** What a Memory and the memory in a host call have in common. */
export type GuestMemory = Pick<Memory, Exclude<keyof Memory, typeof shown | 'cloned'>>;

/**
 * The memory of one host call. Everything but `lent` throws a UsageError once the host function
 * has returned, or the promise that it returned has settled: from then on the guest changes its
 * memory. Views behave like those of a Memory: they are empty then, or when the memory has grown.
 */
export class CallMemory implements GuestMemory {
  /** @internal See uncloneable.ts. */
  readonly cloned: symbol = cloned;
  readonly #memory: Memory;
  readonly #call: number;
  #lent = true;

  /** @internal `call`: the addon's number of a call that may wait for a promise, else 0. */
  constructor(memory: Memory, call: number) {
    this.#memory = memory;
    this.#call = call;
  }

  /** Whether the host call still lasts. */
  get lent(): boolean {
    return this.#lent;
  }

  /** @internal */
  end(): void {
    this.#lent = false;
  }

  /** @internal */
  [shown](): string {
    return `CallMemory (${this.#lent ? 'lent' : 'over'})`;
  }

  #use<T>(use: (memory: Memory) => T): T {
    if (!this.#lent) throw new UsageError('the host call that this memory was lent to is over');
    if (this.#call === 0) return use(this.#memory);
    // While a promise is awaited the instance is busy for everybody else.
    i32[Word.LEASE] = this.#call;
    try {
      return use(this.#memory);
    } finally {
      i32[Word.LEASE] = 0;
    }
  }

  /** As Memory has it. */
  get buffer(): ArrayBuffer {
    return this.#use((memory) => memory.buffer);
  }

  /** As Memory has it. */
  get bytes(): Uint8Array {
    return this.#use((memory) => memory.bytes);
  }

  /** As Memory has it. */
  get sharedBuffer(): SharedArrayBuffer | undefined {
    return this.#use((memory) => memory.sharedBuffer);
  }

  /** As Memory has it. */
  get shared(): boolean {
    return this.#use((memory) => memory.shared);
  }

  /** As Memory has it. */
  get shareable(): boolean {
    return this.#use((memory) => memory.shareable);
  }

  /** As Memory has it. */
  get epoch(): number {
    return this.#use((memory) => memory.epoch);
  }

  /** `length` elements from offset `at`, as Memory has them. */
  view<T extends Layout>(layout: T, at?: At<T>, length?: number): ViewOf<T> {
    return this.#use((memory) => memory.view(layout, at, length));
  }

  /** Reads the `T` at offset `at`. */
  read<T extends Layout>(layout: T, at: At<T>): ValueOf<T> {
    return this.#use((memory) => memory.read(layout, at));
  }

  /** Writes a `T` to offset `at`. */
  write<T extends Layout>(layout: T, at: At<T>, value: ValueOf<T>): void {
    this.#use((memory) => {
      memory.write(layout, at, value);
    });
  }

  /** A copy of `length` bytes from offset `at`. */
  readBytes(at: Address | number | bigint, length: number): Uint8Array<ArrayBuffer> {
    return this.#use((memory) => memory.readBytes(at, length));
  }

  /** Copies bytes to offset `at`. */
  writeBytes(at: Address | number | bigint, bytes: Uint8Array): void {
    this.#use((memory) => {
      memory.writeBytes(at, bytes);
    });
  }

  /** UTF-8 text at offset `at`: `length` bytes of it, or up to its NUL. */
  readString(at: Address | number | bigint, length?: number): string {
    return this.#use((memory) => memory.readString(at, length));
  }

  /** Wakes guests that wait at an offset, at most `count`; the result is how many it was. */
  notify(at: Address | number | bigint, count?: number): number {
    return this.#use((memory) => memory.notify(at, count));
  }

  /** Adds pages; the result is how many there were before. */
  grow(pages: number): number {
    return this.#use((memory) => memory.grow(pages));
  }

  /** As Memory has it. */
  get size(): number {
    return this.#use((memory) => memory.size);
  }

  /** As Memory has it. */
  get pages(): number {
    return this.#use((memory) => memory.pages);
  }

  /** As Memory has it. */
  get maximum(): number {
    return this.#use((memory) => memory.maximum);
  }

  /** As Memory has it. */
  get pageSize(): number {
    return this.#use((memory) => memory.pageSize);
  }

  /** As Memory has it. */
  get is64(): boolean {
    return this.#use((memory) => memory.is64);
  }

  /** As Memory has it. */
  get backend(): Storage {
    return this.#use((memory) => memory.backend);
  }
}
