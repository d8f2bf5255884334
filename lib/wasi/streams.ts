/** Standard streams of guests: from and to JavaScript. */
import type { Readable, Writable } from 'node:stream';
import { UsageError } from '../base/errors.js';
import type { RuntimeCore } from '../core/runtime_core.js';
import { type WasiFileHandle, binding } from '../raw/binding.js';
import { contentOf } from './directory.js';
import { given } from './preopen.js';

/**
 * What a guest reads: text or bytes (each instance from the first on), a descriptor that is open
 * (`0` is the process's standard input), a function that is asked for more and answers undefined at
 * the end, or a stream of Node's. A stream, and a promise of a function, serve asynchronous calls
 * alone: in a synchronous one nothing could arrive.
 */
export type WasiInput =
  string | Uint8Array | number | Readable | (() => InputChunk | Promise<InputChunk>);

/** What a function gives a guest to read; undefined is the end. */
export type InputChunk = string | Uint8Array | undefined;

/**
 * Where a guest's output goes: a descriptor that is open (`1` is the process's standard output), a
 * function that gets the bytes (in an asynchronous call the guest waits for a promise of it), an
 * Output that keeps them, or a stream of Node's. In an asynchronous call the guest waits while a
 * stream is full.
 */
export type WasiOutput = number | Writable | Output | ((bytes: Uint8Array) => void | Promise<void>);

/** Keeps what guests write. */
export class Output {
  readonly #maxBytes: number;
  #chunks: Uint8Array[] = [];
  #size = 0;

  /** `maxBytes`: beyond is an error of the guest's. Default: no limit. */
  constructor(maxBytes = Infinity) {
    this.#maxBytes = maxBytes;
  }

  /** How many bytes there are. */
  get size(): number {
    return this.#size;
  }

  /** All that was written. */
  get bytes(): Uint8Array {
    const all = new Uint8Array(this.#size);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks = [all];
    return all.slice();
  }

  /** The same as text; what is no UTF-8 is replaced. */
  get text(): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytes);
  }

  /** Begins anew. */
  clear(): void {
    this.#chunks = [];
    this.#size = 0;
  }

  /** @internal False: there is no room. */
  add(bytes: Uint8Array): boolean {
    if (this.#size + bytes.length > this.#maxBytes) return false;
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    return true;
  }
}

/** What the addon asks, see WasiQuestion in native/addon/wasi_source.h. */
export const Question = {
  READ: 0,
  WRITE: 1,
  READABLE: 2,
  WRITABLE: 3,
  REALTIME: 4,
  MONOTONIC: 5,
  RANDOM: 6,
  STATUS: 7,
  ENTRY: 8,
  READ_AT: 9,
  WRITE_AT: 10,
  RESIZE: 11,
  MAKE: 12,
  REMOVE: 13,
  RENAME: 14,
  READ_LINK: 15,
  SET_MODIFIED: 16,
} as const;

/** Answers: how many bytes, or an error number of WASI below 0. */
export const AGAIN = -6;
const NOSPC = -51;
const PIPE = -64;

/** Serves the addon's questions. `sync`: nothing happens on this thread meanwhile. */
export interface Source {
  ask(question: number, bytes: Uint8Array, sync: boolean): number;
  /** Tells the guest that waits to ask again. */
  wake: () => void;
}

const none = new Uint8Array();

/** A source of bytes that come in chunks. */
abstract class ChunkInput implements Source {
  wake: () => void = () => undefined;
  #rest: Uint8Array = none;
  #ended = false;

  ask(question: number, bytes: Uint8Array, sync: boolean): number {
    if (this.#rest.length === 0 && !this.#ended) {
      const chunk = this.next(sync);
      if (chunk === AGAIN) return AGAIN;
      if (chunk === undefined) this.#ended = true;
      else this.#rest = contentOf(chunk);
      // An empty chunk is not the end.
      if (chunk !== undefined && this.#rest.length === 0) return this.ask(question, bytes, sync);
    }
    if (question === Question.READABLE) return this.#rest.length;
    const size = Math.min(bytes.length, this.#rest.length);
    bytes.set(this.#rest.subarray(0, size));
    this.#rest = this.#rest.subarray(size);
    return size;
  }

  /** The next, undefined at the end. */
  protected abstract next(sync: boolean): InputChunk | typeof AGAIN;
}

type Settled = { readonly chunk: InputChunk } | { readonly error: unknown };

/** A function of the host's. */
class FunctionInput extends ChunkInput {
  readonly #read: () => InputChunk | Promise<InputChunk>;
  #settled: Settled | undefined;
  #waits = false;

  constructor(read: () => InputChunk | Promise<InputChunk>) {
    super();
    this.#read = read;
  }

  protected next(sync: boolean): InputChunk | typeof AGAIN {
    const settled = this.#settled;
    this.#settled = undefined;
    if (settled !== undefined) {
      if ('error' in settled) throw settled.error;
      return settled.chunk;
    }
    if (!this.#waits) {
      const chunk = this.#read();
      if (!(chunk instanceof Promise)) return chunk;
      this.#await(chunk);
    }
    if (sync) throw onlyAsynchronous('a promise of its stdin');
    return AGAIN;
  }

  #await(promise: Promise<InputChunk>): void {
    this.#waits = true;
    const settle = (outcome: Settled): void => {
      this.#waits = false;
      this.#settled = outcome;
      this.wake();
    };
    promise.then(
      (chunk) => settle({ chunk }),
      (error: unknown) => settle({ error }),
    );
  }
}

function onlyAsynchronous(what: string): UsageError {
  return new UsageError(
    `the guest waits for ${what}, for which nothing can arrive in a synchronous call: ` +
      'use callAsync or startAsync, or give it text, bytes, a descriptor or a function',
  );
}

/** Streams whose errors guests are told of; nobody else has to listen for them. */
const watched = new WeakSet<Readable | Writable>();

function watch(stream: Readable | Writable): void {
  if (watched.has(stream)) return;
  watched.add(stream);
  stream.on('error', () => undefined);
}

/** A stream of Node's. */
class StreamInput extends ChunkInput {
  readonly #stream: Readable;
  #listens = false;

  constructor(stream: Readable) {
    super();
    watch(stream);
    this.#stream = stream;
  }

  protected next(sync: boolean): InputChunk | typeof AGAIN {
    const stream = this.#stream;
    const chunk: unknown = stream.read();
    if (chunk !== null) {
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) return chunk;
      throw new UsageError('a stream of objects cannot be read by a guest');
    }
    if (stream.errored) throw stream.errored;
    if (stream.readableEnded || stream.destroyed) return undefined;
    if (sync) throw onlyAsynchronous('a stream');
    this.#listen();
    return AGAIN;
  }

  #listen(): void {
    if (this.#listens) return;
    this.#listens = true;
    const events = ['readable', 'end', 'close', 'error'] as const;
    const came = (): void => {
      this.#listens = false;
      for (const event of events) this.#stream.off(event, came);
      this.wake();
    };
    for (const event of events) this.#stream.on(event, came);
  }
}

/** A function of the host's that gets bytes. */
class FunctionOutput implements Source {
  wake: () => void = () => undefined;
  readonly #write: (bytes: Uint8Array) => void | Promise<void>;
  #waits = false;
  #error: { readonly error: unknown } | undefined;

  constructor(write: (bytes: Uint8Array) => void | Promise<void>) {
    this.#write = write;
  }

  ask(question: number, bytes: Uint8Array, sync: boolean): number {
    const failed = this.#error;
    this.#error = undefined;
    if (failed !== undefined) throw failed.error;
    if (this.#waits && !sync) return AGAIN;
    if (question === Question.WRITABLE) return 1;
    const size = bytes.length;
    const result: unknown = this.#write(bytes);
    if (result instanceof Promise) this.#await(result);
    return size;
  }

  #await(promise: Promise<unknown>): void {
    this.#waits = true;
    const settle = (error?: { readonly error: unknown }): void => {
      this.#waits = false;
      this.#error = error;
      this.wake();
    };
    promise.then(
      () => settle(),
      (error: unknown) => settle({ error }),
    );
  }
}

/** A stream of Node's. In a synchronous call it takes what comes, full or not. */
class StreamOutput implements Source {
  wake: () => void = () => undefined;
  readonly #stream: Writable;
  #listens = false;

  constructor(stream: Writable) {
    watch(stream);
    this.#stream = stream;
  }

  ask(question: number, bytes: Uint8Array, sync: boolean): number {
    const stream = this.#stream;
    if (stream.errored) throw stream.errored;
    if (stream.destroyed || stream.writableEnded) return PIPE;
    if (stream.writableNeedDrain && !sync) return this.#listen();
    if (question === Question.WRITABLE) return 1;
    stream.write(bytes);
    return bytes.length;
  }

  #listen(): number {
    if (!this.#listens) {
      this.#listens = true;
      const events = ['drain', 'close', 'error'] as const;
      const came = (): void => {
        this.#listens = false;
        for (const event of events) this.#stream.off(event, came);
        this.wake();
      };
      for (const event of events) this.#stream.on(event, came);
    }
    return AGAIN;
  }
}

/** An Output. */
class KeptOutput implements Source {
  wake: () => void = () => undefined;
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  ask(question: number, bytes: Uint8Array): number {
    if (question === Question.WRITABLE) return 1;
    const size = bytes.length;
    return this.#output.add(bytes) ? size : NOSPC;
  }
}

/** Whether it is a stream of Node's: what is not made by `node:stream` itself may be one too. */
function has(value: unknown, ...methods: readonly string[]): boolean {
  const object = value as Record<string, unknown> | null;
  return (
    typeof object === 'object' &&
    object !== null &&
    methods.every((method) => typeof object[method] === 'function')
  );
}

/** A source of JavaScript's, or a file that needs none. */
export type Served = { readonly file: WasiFileHandle } | { readonly source: Source };

function descriptorOf(runtime: RuntimeCore, number: number, what: string): Served {
  if (!Number.isInteger(number) || number < 0) {
    throw new UsageError(`${what}: a descriptor is a whole number, 0 or more`);
  }
  return { file: given(binding.wasiDescriptor(runtime.open().handle, number)) };
}

export function inputOf(runtime: RuntimeCore, input: WasiInput, what: string): Served {
  if (typeof input === 'number') return descriptorOf(runtime, input, what);
  if (typeof input === 'string' || input instanceof Uint8Array) {
    return { file: given(binding.wasiInput(runtime.open().handle, contentOf(input))) };
  }
  if (typeof input === 'function') return { source: new FunctionInput(input) };
  if (has(input, 'read', 'on')) return { source: new StreamInput(input) };
  throw new UsageError(`${what} has to be text, bytes, a descriptor, a stream or a function`);
}

export function outputOf(runtime: RuntimeCore, output: WasiOutput, what: string): Served {
  if (typeof output === 'number') return descriptorOf(runtime, output, what);
  if (output instanceof Output) return { source: new KeptOutput(output) };
  if (typeof output === 'function') return { source: new FunctionOutput(output) };
  if (has(output, 'write', 'on')) return { source: new StreamOutput(output) };
  throw new UsageError(`${what} has to be a descriptor, a stream, an Output or a function`);
}
