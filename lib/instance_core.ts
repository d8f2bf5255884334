/** What the parts of an instance share: its handle, its group, its functions. Not public. */
import { binding, type InstanceHandle } from './binding.js';
import {
  type CallOptions,
  type RunningCall,
  Stop,
  boundsOf,
  deadlineOf,
  fuelOf,
} from './call_options.js';
import { FAILED, OK, STATUS, checkStatus, i32, statusError } from './cell.js';
import { ResourceError, USAGE, type WembedError, errorOf } from './errors.js';
import type { ExportedFunction } from './exported_function.js';
import type { BufferInspection } from './inspection.js';
import type { Instance } from './instance.js';
import { LinkGroup } from './link_group.js';
import type { Module } from './module.js';
import type { Seat } from './seat.js';

let lastSerial = 0;

/** How an instance is reset; the bounds are those of its start functions. */
export interface ResetOptions extends CallOptions {
  /** False: its start functions are not run again. Default: true. */
  readonly start?: boolean | undefined;
}

export class InstanceCore {
  readonly module: Module;
  readonly handle: InstanceHandle;
  /** The addon's name for it. */
  readonly serial: number;
  group = new LinkGroup();
  /** Its functions that JavaScript has, by their index in the addon's table. */
  readonly functions = new Map<number, ExportedFunction>();
  /** Buffers over its memories, held so that the addon can tell a moved one from a collected one. */
  readonly shown = new Map<number, ArrayBuffer>();
  /** What the host owns in its memory: see OwnedBuffer. */
  buffers = new Set<BufferInspection>();
  /** Counts resets: what was allocated in an earlier life is gone. */
  life = 0;
  /** References up to this number are its imports', and stay for ever. */
  linkedReference = 0;
  /** Set by Instance's constructor, before anything runs. */
  instance!: Instance;
  seat: Seat | undefined;
  /** The asynchronous call that it runs. */
  running: RunningCall | undefined;
  /** What the host has given it for its host functions. */
  data: unknown;
  /** Whether its functions are refused to synchronous calls. */
  asyncOnly = false;
  #closed = false;

  /** `from`: takes over its native instance and ends it. Throws when something of it is running. */
  constructor(module: Module, from?: InstanceCore) {
    lastSerial += 1;
    this.serial = lastSerial;
    this.module = module;
    if (from === undefined) {
      this.handle = binding.instanceNew(module.handle, this.serial);
    } else {
      const handle = binding.instanceHandOver(from.handle, this.serial);
      checkStatus();
      if (handle === undefined) throw new ResourceError('out of memory', { code: 'OutOfMemory' });
      this.handle = handle;
      this.#inherit(from);
    }
    this.group.members.set(this.serial, this);
  }

  #inherit(from: InstanceCore): void {
    from.#closed = true;
    this.group = from.group;
    this.group.members.delete(from.serial);
    this.seat = from.seat;
    this.linkedReference = from.linkedReference;
    this.data = from.data;
    this.asyncOnly = from.asyncOnly;
  }

  /** Whether others can reach it, or it can reach others. */
  get linked(): boolean {
    return this.group.members.size > 1;
  }

  /** Nobody can use it any more, although something of it may still run. */
  revoke(): void {
    this.#closed = true;
  }

  get closed(): boolean {
    return this.#closed || this.module.closed;
  }

  /** False when it is running. */
  close(): boolean {
    if (!binding.instanceClose(this.handle)) return false;
    this.#closed = true;
    return true;
  }

  /** Begins a new life. Throws when that is refused, or when its start functions fail. */
  reset(options: ResetOptions, limits: CallOptions): void {
    const { runtime } = this.module;
    const { start = true } = options;
    const bounds = boundsOf(options, limits);
    const deadline = deadlineOf(bounds);
    const fuel = fuelOf(bounds);
    const stop = bounds.signal && new Stop(runtime, bounds.signal, () => this.group);
    const undo = this.#begin();
    try {
      const error = binding.instanceReset(this.handle, start, deadline, fuel, stop?.handle);
      const status = i32[STATUS];
      if (status !== OK || error?.kind === USAGE) undo();
      if (status !== OK) throw statusError(status);
      if (error === undefined) return;
      throw this.pendingError() ?? errorOf(error, this.group.takeCause());
    } finally {
      stop?.end();
    }
  }

  /** What JavaScript knows of the life so far goes before start functions can run. */
  #begin(): () => void {
    const { buffers, group } = this;
    // Others that are linked to it may have its references.
    const restore = !this.linked ? group.forget(this.linkedReference) : undefined;
    this.life += 1;
    this.buffers = new Set();
    return () => {
      this.life -= 1;
      this.buffers = buffers;
      restore?.();
    };
  }

  /** Why a call did not succeed, by the status it left. */
  failure(): WembedError {
    const status = i32[STATUS];
    return status === FAILED ? this.takeError('out of memory') : statusError(status);
  }

  /** The error that is pending in the instance, or one with that text when there is none. */
  takeError(otherwise: string): WembedError {
    const cause = this.group.takeCause();
    const raw = binding.takeError(this.handle);
    if (raw === undefined) return new ResourceError(otherwise, { code: 'OutOfMemory' });
    return errorOf(raw, cause);
  }

  /** The error that is pending, if one is. */
  pendingError(): WembedError | undefined {
    const raw = binding.takeError(this.handle);
    return raw && errorOf(raw, this.group.takeCause());
  }
}
