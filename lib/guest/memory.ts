/**
 * A linear memory. Its bytes are seen through one ArrayBuffer per generation: when the memory
 * grows or its instance is closed, that buffer is detached (its length becomes 0) and the next
 * access makes another. Keep the Memory, not the views.
 */
import { types } from 'node:util';
import { refusal } from '../base/uncloneable.js';
import { binding } from '../raw/binding.js';
import { checked } from '../base/status.js';
import { epochWord } from '../raw/epochs.js';
import { UsageError } from '../base/errors.js';
import { counted, shown, shownAs } from '../base/shown.js';
import { bytesOf, toNumber } from './address.js';
import type { Guest } from './guest.js';
import {
  type Layout,
  type Scalar,
  type ValueOf,
  type ViewOf,
  cstring,
  isScalar,
  u8,
} from './layout.js';
import { type Storage, storageOf } from './storage.js';
import type { Address, At } from './offset.js';

const cloned = refusal('Memory');

// A view keeps its instance: guest memory must not go while somebody can still see it.
const owners = new WeakMap<ArrayBuffer, Guest>();

/** A SharedArrayBuffer with a maximum; views without a length grow with it. */
type GrowableBuffer = SharedArrayBuffer & { grow(bytes: number): void };

const decoder = new TextDecoder();
const empty = new ArrayBuffer(0);
const noBytes = new Uint8Array(empty);

/** @internal */
export interface MemoryParts {
  readonly guest: Guest;
  readonly index: number;
}

const parts = new WeakMap<Memory, MemoryParts>();

/** @internal What an import of the memory needs. */
export function memoryParts(memory: Memory): MemoryParts {
  const found = parts.get(memory);
  if (found === undefined) throw new UsageError('not a Memory of wembed');
  return found;
}

/**
 * A linear memory, from `Instance.memory`. Offsets and lengths are bytes where nothing else is
 * said. Out of bounds is a RangeError; a closed instance, or one that an asynchronous call has, is a
 * UsageError.
 */
export class Memory {
  /** @internal See uncloneable.ts. */
  readonly cloned: symbol = cloned;
  readonly #guest: Guest;
  readonly #index: number;
  #buffer: ArrayBuffer = empty;
  #bytes: Uint8Array = noBytes;
  #dataView = new DataView(empty);
  #whole = new Map<Layout, { readonly length: number }>();
  #epoch: Uint32Array | undefined;
  /** When the buffer was taken. */
  #shownEpoch: number | undefined;
  /** The buffer of a shared memory, which never goes stale. */
  #lasting: GrowableBuffer | undefined;

  /** @internal `index`: of the export, or -1 for the instance's first memory. */
  constructor(guest: Guest, index: number) {
    this.#guest = guest;
    this.#index = index;
    parts.set(this, { guest, index });
  }

  /**
   * The memory itself, without a copy. Throws where Node does not allow buffers over foreign
   * memory: use `read`, `write`, `readBytes` and `writeBytes`, which work everywhere.
   */
  get buffer(): ArrayBuffer {
    if (this.#lasting !== undefined) this.#follow(this.#lasting);
    return this.#buffer.byteLength !== 0 ? this.#buffer : this.#derive();
  }

  /**
   * The same of a shared memory: a SharedArrayBuffer of JavaScript's, which can be posted to other
   * threads. It grows with the memory, when one of its threads looks here. undefined: the memory is
   * not shared, or was made where JavaScript has no buffer for it.
   */
  get sharedBuffer(): SharedArrayBuffer | undefined {
    if (!this.shared || !this.#tryDerive()) return undefined;
    return this.buffer as unknown as SharedArrayBuffer;
  }

  /** All bytes: `view(u8)`. */
  get bytes(): Uint8Array {
    if (this.#lasting !== undefined) this.#follow(this.#lasting);
    if (this.#bytes.byteLength === 0) this.#derive();
    return this.#bytes;
  }

  /** Whether `buffer`, `bytes` and `view` work here. */
  get shareable(): boolean {
    return (
      checked(binding.memoryBuffer(this.#guest.handle, this.#index), this.#guest) !== undefined
    );
  }

  /**
   * A number that changes whenever views of the memory have gone stale: when it grew, was reset or
   * closed, or an asynchronous call had it. Read without a call; compare it to decide whether what
   * was derived from the memory still holds. Other than the views it can be read at any time.
   */
  get epoch(): number {
    return (this.#epoch ?? this.#epochWord())[0] ?? 0;
  }

  #epochWord(): Uint32Array {
    const word = checked(binding.memoryEpoch(this.#guest.handle, this.#index), this.#guest);
    if (word === undefined) throw new UsageError('the instance has no memory');
    this.#epoch = epochWord(word);
    return this.#epoch;
  }

  /** The whole memory as elements of the layout, or `length` of them from offset `at`. */
  view<T extends Layout>(layout: T, at?: At<T>, length?: number): ViewOf<T> {
    if (at === undefined) {
      const known = this.#lasting === undefined ? this.#whole.get(layout) : undefined;
      if (known !== undefined && known.length !== 0) return known as ViewOf<T>;
      const { byteLength } = this.buffer;
      // Of an empty memory, which has not changed.
      const same = this.#lasting === undefined ? this.#whole.get(layout) : undefined;
      if (same !== undefined) return same as ViewOf<T>;
      const made = this.#view(layout, 0, Math.floor(byteLength / layout.size));
      this.#whole.set(layout, made);
      return made as ViewOf<T>;
    }
    const start = toNumber(at);
    const room = Math.floor((this.buffer.byteLength - start) / layout.size);
    return this.#view(layout, start, length ?? Math.max(room, 0)) as ViewOf<T>;
  }

  #view(layout: Layout, start: number, length: number): ArrayBufferView & { length: number } {
    const { buffer } = this;
    this.#inside(start, layout.size * length, buffer.byteLength);
    const kind: Scalar = isScalar(layout) ? layout : u8;
    if (start % kind.size !== 0) {
      throw new UsageError(
        `offset ${start} is not aligned for ${layout.name}: use read and write, or a view of u8`,
      );
    }
    return kind.over(buffer, start, (layout.size * length) / kind.size);
  }

  #inside(start: number, bytes: number, size: number): void {
    if (!(bytes >= 0) || start > size - bytes) {
      throw new RangeError(`${bytes} bytes at offset ${start} are outside of ${size} bytes`);
    }
  }

  /** Reads the `T` at offset `at`, at any alignment. */
  read<T extends Layout>(layout: T, at: At<T>): ValueOf<T> {
    const start = toNumber(at);
    if (layout === (cstring as Layout)) return this.readString(start) as ValueOf<T>;
    const view = this.#data();
    if (view === undefined) {
      const copy = this.readBytes(start, layout.size);
      return layout.read(new DataView(copy.buffer), 0) as ValueOf<T>;
    }
    return layout.read(view, start) as ValueOf<T>;
  }

  /** Writes a `T` to offset `at`, at any alignment. */
  write<T extends Layout>(layout: T, at: At<T>, value: ValueOf<T>): void {
    const start = toNumber(at);
    const view = this.#data();
    if (view === undefined) {
      // What the layout leaves alone (padding, the rest of an array) stays as it was.
      const copy = this.readBytes(start, this.#extent(layout, value));
      layout.write(new DataView(copy.buffer), 0, value);
      this.writeBytes(start, copy);
      return;
    }
    layout.write(view, start, value);
  }

  #extent(layout: Layout, value: unknown): number {
    if (layout !== (cstring as Layout)) return layout.size;
    return new TextEncoder().encode(value as string).length + 1;
  }

  /** A copy of `length` bytes from offset `at`. */
  readBytes(at: Address | number | bigint, length: number): Uint8Array<ArrayBuffer> {
    const start = toNumber(at);
    this.#inside(start, length, this.size);
    const copy = new Uint8Array(length);
    checked(binding.memoryRead(this.#guest.handle, this.#index, start, copy), this.#guest);
    return copy;
  }

  /** Copies bytes to offset `at`. */
  writeBytes(at: Address | number | bigint, bytes: Uint8Array): void {
    const start = toNumber(at);
    this.#inside(start, bytesOf(bytes).length, this.size);
    checked(binding.memoryWrite(this.#guest.handle, this.#index, start, bytes), this.#guest);
  }

  /** UTF-8 text at offset `at`: `length` bytes of it, or up to its NUL. */
  readString(at: Address | number | bigint, length?: number): string {
    const start = toNumber(at);
    if (length !== undefined) return decoder.decode(this.readBytes(start, length));
    const { size } = this;
    this.#inside(start, 1, size);
    const whole = this.#data() === undefined ? undefined : this.#bytes;
    const bytes = whole?.subarray(start) ?? this.readBytes(start, size - start);
    const end = bytes.indexOf(0);
    if (end < 0) throw new RangeError(`the string at offset ${start} has no end`);
    return decoder.decode(bytes.subarray(0, end));
  }

  /**
   * Wakes guests that wait at an offset, a multiple of 4, by `memory.atomic.wait32` or `wait64`: at
   * most `count` of them, on whichever thread, the longest there first. Returns how many it was; of a
   * memory that is not shared 0. It is what `memory.atomic.notify` does; `Atomics.notify` on the
   * buffer does not reach guests.
   */
  notify(at: Address | number | bigint, count = Infinity): number {
    const start = toNumber(at);
    this.#inside(start, 4, this.size);
    if (start % 4 !== 0) throw new UsageError(`offset ${start} is not a multiple of 4`);
    if (!(count >= 0)) throw new UsageError('count has to be a number, 0 or more');
    const most = Math.min(Math.floor(count), 0xffff_ffff);
    return (
      checked(binding.memoryNotify(this.#guest.handle, this.#index, start, most), this.#guest) ?? 0
    );
  }

  /** Adds pages; returns how many there were before. Throws a RangeError when it cannot. */
  grow(pages: number): number {
    const before = this.#info()[1];
    if (!Number.isSafeInteger(pages) || pages < 0) {
      throw new UsageError('pages has to be a whole number, 0 or more');
    }
    if (checked(binding.memoryGrow(this.#guest.handle, this.#index, pages), this.#guest) !== true) {
      throw new RangeError(`the memory cannot grow by ${pages} pages from ${before}`);
    }
    return before;
  }

  /** Bytes. */
  get size(): number {
    return this.#info()[0];
  }

  /** How many pages it has. */
  get pages(): number {
    return this.#info()[1];
  }

  /** The most pages it can have. */
  get maximum(): number {
    return this.#info()[2];
  }

  /** Bytes of a page: 65536, or 1. */
  get pageSize(): number {
    return this.#info()[5];
  }

  /** Whether its addresses have 64 bits; offsets then are bigints. */
  get is64(): boolean {
    return this.#info()[3];
  }

  /** Whether several threads may use it: see Runtime.newMemory and Runtime.shareMemory. */
  get shared(): boolean {
    return this.#info()[6];
  }

  /** Where it is kept. */
  get backend(): Storage {
    return storageOf(this.#info()[4]);
  }

  #info(): [number, number, number, boolean, number, number, boolean] {
    const info = checked(binding.memoryInfo(this.#guest.handle, this.#index), this.#guest);
    if (info === undefined) throw new UsageError('the instance has no memory');
    return info;
  }

  /** @internal */
  [shown](): string {
    const { closed } = this.#guest;
    if (closed) return 'Memory (closed)';
    return shownAs(
      'Memory',
      () => counted(this.pages, 'page'),
      () => this.backend,
    );
  }

  /** The memory for reading and writing; undefined where only copies are possible. */
  #data(): DataView | undefined {
    if (this.#lasting !== undefined) this.#follow(this.#lasting);
    if (this.#buffer.byteLength !== 0) return this.#dataView;
    return this.#tryDerive() ? this.#dataView : undefined;
  }

  /** Another thread, or the guest, may have grown the memory: then the buffer is to show it. */
  #follow(buffer: GrowableBuffer): void {
    const { size } = this;
    if (buffer.byteLength >= size) return;
    try {
      buffer.grow(size);
    } catch (error) {
      // Another thread has made it larger still.
      if (buffer.byteLength < size) throw error;
    }
  }

  #derive(): ArrayBuffer {
    if (!this.#tryDerive()) {
      throw new UsageError('buffers over guest memory are not possible here; use read and write');
    }
    return this.#buffer;
  }

  #tryDerive(): boolean {
    const buffer = checked(binding.memoryBuffer(this.#guest.handle, this.#index), this.#guest);
    if (buffer === undefined) return false;
    // An empty memory has a new empty buffer each time: what was shown stays until it changes.
    const unchanged = buffer.byteLength === 0 && this.epoch === this.#shownEpoch;
    if (buffer !== this.#buffer && !unchanged) {
      this.#shownEpoch = this.epoch;
      this.#buffer = buffer;
      this.#bytes = new Uint8Array(buffer);
      this.#dataView = new DataView(buffer);
      this.#whole.clear();
      if (types.isSharedArrayBuffer(buffer)) {
        const lasting: GrowableBuffer = buffer;
        this.#lasting = lasting;
        this.#guest.sharesMemory = true;
        this.#follow(lasting);
        return true;
      }
      owners.set(buffer, this.#guest);
      this.#guest.shown.set(this.#index, buffer);
    }
    return true;
  }
}
