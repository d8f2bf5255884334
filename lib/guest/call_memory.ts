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

  /** See Memory; so for all that follow. */
  get buffer(): ArrayBuffer {
    return this.#use((memory) => memory.buffer);
  }

  get bytes(): Uint8Array {
    return this.#use((memory) => memory.bytes);
  }

  get sharedBuffer(): SharedArrayBuffer | undefined {
    return this.#use((memory) => memory.sharedBuffer);
  }

  get shared(): boolean {
    return this.#use((memory) => memory.shared);
  }

  get shareable(): boolean {
    return this.#use((memory) => memory.shareable);
  }

  get epoch(): number {
    return this.#use((memory) => memory.epoch);
  }

  view<T extends Layout>(layout: T, at?: At<T>, length?: number): ViewOf<T> {
    return this.#use((memory) => memory.view(layout, at, length));
  }

  read<T extends Layout>(layout: T, at: At<T>): ValueOf<T> {
    return this.#use((memory) => memory.read(layout, at));
  }

  write<T extends Layout>(layout: T, at: At<T>, value: ValueOf<T>): void {
    this.#use((memory) => {
      memory.write(layout, at, value);
    });
  }

  readBytes(at: Address | number | bigint, length: number): Uint8Array<ArrayBuffer> {
    return this.#use((memory) => memory.readBytes(at, length));
  }

  writeBytes(at: Address | number | bigint, bytes: Uint8Array): void {
    this.#use((memory) => {
      memory.writeBytes(at, bytes);
    });
  }

  readString(at: Address | number | bigint, length?: number): string {
    return this.#use((memory) => memory.readString(at, length));
  }

  grow(pages: number): number {
    return this.#use((memory) => memory.grow(pages));
  }

  get size(): number {
    return this.#use((memory) => memory.size);
  }

  get pages(): number {
    return this.#use((memory) => memory.pages);
  }

  get maximum(): number {
    return this.#use((memory) => memory.maximum);
  }

  get pageSize(): number {
    return this.#use((memory) => memory.pageSize);
  }

  get is64(): boolean {
    return this.#use((memory) => memory.is64);
  }

  get backend(): Storage {
    return this.#use((memory) => memory.backend);
  }
}
