/** A runtime: what modules and instances have in common. */
import { type RuntimeHandle, binding } from './binding.js';
import type { CallOptions } from './call_options.js';
import { UsageError, errorOf, isRawError } from './errors.js';
import { Handle } from './handle.js';
import { type Backend, backendNumber } from './memory.js';
import { Module } from './module.js';

export type LogLevel = 'fatal' | 'error' | 'warning' | 'debug' | 'verbose';

const levels = ['fatal', 'error', 'warning', 'debug', 'verbose'] as const;

/** Bounds of everything in a runtime; options of a single call or instance come first. */
export interface Limits extends Pick<CallOptions, 'deadline' | 'fuel'> {
  /** Bytes of stack for wasm frames, for each instance. */
  readonly stackSize?: number | undefined;
  /** Pages that the first memory of an instance may have. */
  readonly maxMemoryPages?: number | undefined;
}

export interface RuntimeOptions {
  /** Where memories are kept. Default: mapped where the system allows it. */
  readonly backend?: Backend | undefined;
  /** False: no fault handler is installed and every access is checked. Default: true. */
  readonly signals?: boolean | undefined;
  /** The system's allocator, or a block of that many bytes that holds everything. */
  readonly allocator?: 'system' | { readonly pool: number } | undefined;
  /** Receives what the runtime has to say, line by line. Default: standard output. */
  readonly log?: ((level: LogLevel, text: string) => void) | undefined;
  /** Bounds of every instance and call. */
  readonly limits?: Limits | undefined;
  /** Whether a buffer that only the collector frees is reported as a process warning. */
  readonly leakWarnings?: boolean | undefined;
}

export interface LoadOptions {
  /** A name for messages. */
  readonly name?: string | undefined;
}

export class Runtime extends Handle {
  /** @internal */
  readonly what = 'runtime';
  /** @internal */
  readonly handle: RuntimeHandle;
  readonly limits: Limits;
  readonly leakWarnings: boolean;
  /** @internal Held for the addon, which knows it weakly. */
  readonly log: ((level: number, text: string) => void) | undefined;
  #closed = false;

  constructor(options: RuntimeOptions = {}) {
    super();
    const { log, allocator } = options;
    this.limits = Object.freeze({ ...options.limits });
    this.leakWarnings = options.leakWarnings ?? false;
    this.log = log && ((level, text) => log(levels[level] ?? 'verbose', text));
    const handle = binding.runtimeNew({
      backend: backendNumber(options.backend),
      signals: options.signals ?? true,
      pool: typeof allocator === 'object' ? poolSize(allocator.pool) : 0,
      log: this.log,
    });
    if (isRawError(handle)) throw errorOf(handle);
    this.handle = handle;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @internal */
  protected release(): boolean {
    this.#closed = binding.runtimeClose(this.handle);
    return this.#closed;
  }

  /** Decodes and checks a module, whole. The bytes are copied. Throws a CompileError. */
  load(bytes: ArrayBuffer | ArrayBufferView, options: LoadOptions = {}): Module {
    this.open();
    const name = options.name ?? '';
    const handle = binding.moduleLoad(this.handle, bytesOf(bytes), name);
    if (isRawError(handle)) throw errorOf(handle);
    return new Module(this, handle, name);
  }
}

function bytesOf(bytes: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (ArrayBuffer.isView(bytes)) {
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  return new Uint8Array(bytes);
}

function poolSize(pool: number): number {
  if (!Number.isSafeInteger(pool) || pool <= 0 || pool > 0xffffffff) {
    throw new UsageError('the pool has to be a number of bytes below 4 GiB');
  }
  return pool;
}
