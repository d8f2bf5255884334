/** What the parts of an instance share: its handle, its group, its functions. Not public. */
import { binding, type InstanceHandle } from './binding.js';
import { STATUS, i32, FAILED, statusError } from './cell.js';
import { ResourceError, type WembedError, errorOf } from './errors.js';
import type { ExportedFunction } from './exported_function.js';
import type { BufferInspection } from './inspection.js';
import type { Instance } from './instance.js';
import { LinkGroup } from './link_group.js';
import type { Module } from './module.js';
import type { Seat } from './seat.js';

let lastSerial = 0;

export class InstanceCore {
  readonly module: Module;
  readonly handle: InstanceHandle;
  /** The addon's name for it. */
  readonly serial: number;
  group = new LinkGroup();
  /** Its functions that JavaScript has, by their index in the addon's table. */
  readonly functions = new Map<number, ExportedFunction>();
  /** What the host owns in its memory: see OwnedBuffer. */
  readonly buffers = new Set<BufferInspection>();
  /** Set by Instance's constructor, before anything runs. */
  instance!: Instance;
  seat!: Seat;
  #closed = false;

  constructor(module: Module) {
    lastSerial += 1;
    this.serial = lastSerial;
    this.module = module;
    this.handle = binding.instanceNew(module.handle, this.serial);
    this.group.members.set(this.serial, this);
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
