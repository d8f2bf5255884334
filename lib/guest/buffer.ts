/** Guest memory that the host owns: freed explicitly, by `using`, or as a net by the collector. */
import { refusal } from '../base/uncloneable.js';
import '../base/dispose.js';
import { binding } from '../raw/binding.js';
import { checkStatus, checked } from '../base/status.js';
import { counted, shown, shownAs } from '../base/shown.js';
import { Status, Word, i32 } from '../raw/cell.js';
import { UsageError } from '../base/errors.js';
import type { BufferInspection, Guest } from './guest.js';
import { type Layout, type ValueOf, type ViewOf, cstring } from './layout.js';
import type { Memory } from './memory.js';
import { type Address, type Offset, type Offset64, addBytes } from './offset.js';

const cloned = refusal('OwnedBuffer');

/** What is left to do for a buffer that nobody holds any more. */
interface Lost {
  readonly guest: WeakRef<Guest>;
  readonly owned: BufferInspection;
  readonly life: number;
  readonly what: string;
  /** Where it was made, when leak warnings are on. */
  readonly origin: string | undefined;
}

const lost = new FinalizationRegistry<Lost>(reclaim);

function reclaim(leak: Lost): void {
  const guest = leak.guest.deref();
  // After a reset somebody else's data may be there.
  if (guest === undefined || guest.closed || guest.life !== leak.life) return;
  if (leak.origin !== undefined) {
    process.emitWarning(`${leak.what} was never freed; it was made\n${leak.origin}`, {
      type: 'WembedLeakWarning',
      code: 'WEMBED_LEAK',
    });
  }
  binding.free(guest.handle, leak.owned.offset);
  if (i32[Word.STATUS] === Status.BUSY) {
    // An asynchronous call has the instance; its end is waited for.
    setTimeout(reclaim, 10, leak).unref();
    return;
  }
  guest.buffers.delete(leak.owned);
  // A guest's own `free` may have failed; nobody is there to be told.
  guest.pendingError();
}

/**
 * `length` elements of `T` in linear memory. Everything but `close`-like methods throws a
 * UsageError after `free`, `release`, or the end of the instance.
 */
export class OwnedBuffer<T extends Layout, A extends Address<T> = Offset<T>> implements Disposable {
  /** @internal See uncloneable.ts. */
  readonly cloned: symbol = cloned;
  /** What its elements are. */
  readonly layout: T;
  /** How many elements. */
  readonly length: number;
  readonly #guest: Guest;
  readonly #memory: Memory;
  readonly #offset: A;
  readonly #owned: BufferInspection;
  readonly #life: number;
  #view: { readonly length: number } | undefined;
  #gone: 'freed' | 'released' | undefined;

  /** @internal */
  constructor(guest: Guest, memory: Memory, layout: T, offset: A, length: number) {
    this.#guest = guest;
    this.#memory = memory;
    this.#offset = offset;
    this.layout = layout;
    this.length = length;
    const at = Number(offset);
    this.#owned = { offset: at, layout: layout.name, length, bytes: layout.size * length };
    guest.buffers.add(this.#owned);
    const what = `a buffer of ${length} ${layout.name} at offset ${String(offset)}`;
    const origin = guest.leakWarnings ? originOf() : undefined;
    const { life } = guest;
    this.#life = life;
    lost.register(
      this,
      { guest: new WeakRef(guest), owned: this.#owned, life, what, origin },
      this,
    );
  }

  #check(): void {
    if (this.#gone !== undefined) throw new UsageError(`the buffer was ${this.#gone}`);
    if (this.#guest.closed) throw new UsageError(this.#guest.closedText());
    if (!this.#alive) throw new UsageError('the instance of the buffer was reset');
  }

  /** Whether its offset still is one of this buffer's. */
  get #alive(): boolean {
    return !this.#guest.closed && this.#guest.life === this.#life;
  }

  /** Where it is in linear memory. */
  get offset(): A {
    this.#check();
    return this.#offset;
  }

  /** Bytes. */
  get byteLength(): number {
    return this.layout.size * this.length;
  }

  /**
   * Its elements in linear memory, without a copy: a typed array for scalars, bytes else. Take it
   * anew after anything that may grow the memory; an old one is empty then.
   */
  get view(): ViewOf<T> {
    const known = this.#view;
    if (known !== undefined && known.length !== 0) return known as ViewOf<T>;
    this.#check();
    const made = this.#memory.view(this.layout, this.#offset, this.length);
    this.#view = made;
    return made;
  }

  /** Its address in this process, valid until the memory grows. */
  get nativeAddress(): bigint {
    this.#check();
    return (
      checked(binding.appToNative(this.#guest.handle, Number(this.#offset)), this.#guest) ?? 0n
    );
  }

  #at(index: number): A {
    this.#check();
    if (!Number.isSafeInteger(index) || index < 0 || index >= this.length) {
      throw new RangeError(`element ${index} of ${this.length}`);
    }
    return addBytes(this.#offset, index * this.layout.size) as A;
  }

  /** Reads the element `index`, from 0; works also where views do not. */
  get(index: number): ValueOf<T> {
    return this.#memory.read(this.layout, this.#at(index));
  }

  /** Writes the element `index`, from 0. */
  set(index: number, value: ValueOf<T>): void {
    this.#memory.write(this.layout, this.#at(index), value);
  }

  /** A copy of its elements. */
  toArray(): ValueOf<T>[] {
    return Array.from({ length: this.length }, (_, index) => this.get(index));
  }

  /** As text: up to its NUL. For buffers of bytes and strings. */
  toString(): string {
    this.#check();
    const bytes = this.#memory.readBytes(this.#offset, this.byteLength);
    return cstring.read(new DataView(bytes.buffer), 0);
  }

  /**
   * As an argument, or an offset, it is its offset; as text what `toString` says. Throws when it
   * is gone.
   */
  [Symbol.toPrimitive](hint: string): A | string {
    return hint === 'number' ? this.offset : this.toString();
  }

  /** @internal */
  [shown](): string {
    return shownAs(
      `OwnedBuffer<${this.layout.name}>`,
      () => counted(this.length, 'element'),
      () => this.#gone ?? (this.#alive ? `at ${String(this.#offset)}` : 'gone'),
    );
  }

  /** Gives the memory back to the guest's allocator. Does nothing the second time. */
  free(): void {
    if (this.#gone !== undefined) return;
    if (this.#alive) {
      binding.free(this.#guest.handle, Number(this.#offset));
      checkStatus(this.#guest);
      const error = this.#guest.pendingError();
      this.#end('freed');
      if (error !== undefined) throw error;
    }
    this.#end('freed');
  }

  /** Leaves the memory to the guest, which frees it from now on. Returns where it is. */
  release(): A {
    const { offset } = this;
    this.#end('released');
    return offset;
  }

  #end(how: 'freed' | 'released'): void {
    this.#gone = how;
    this.#view = undefined;
    this.#guest.buffers.delete(this.#owned);
    lost.unregister(this);
  }

  /** Frees it at the end of the block. */
  [Symbol.dispose](): void {
    this.free();
  }
}

/** A buffer in a 64-bit memory. */
export type OwnedBuffer64<T extends Layout> = OwnedBuffer<T, Offset64<T>>;

function originOf(): string {
  const lines = (new Error().stack ?? '').split('\n');
  // Below the constructor and the instance's method.
  return lines.slice(4).join('\n');
}
