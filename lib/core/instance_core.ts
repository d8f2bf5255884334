/** What the parts of an instance share: its handle, its group, its functions. Not public. */
import {
  EXIT,
  ExitError,
  ResourceError,
  USAGE,
  UsageError,
  type WembedError,
  errorOf,
} from '../base/errors.js';
import { type OptionNames, optionsOf } from '../base/options.js';
import { checkStatus, statusError } from '../base/status.js';
import type { BufferInspection, Guest } from '../guest/guest.js';
import { type InstanceHandle, type RawError, binding } from '../raw/binding.js';
import { Status, Word, i32 } from '../raw/cell.js';
import { takenError, takenErrorOfCall } from '../raw/taken.js';
import { type CallOptions, boundsOf, callOptionNames, deadlineOf, fuelOf } from './call_options.js';
import { uncaught } from './exception.js';
import type { HostReferences } from './host_reference.js';
import { LinkGroup } from './link_group.js';
import type { ModuleCore } from './module_core.js';
import { Stop } from './stop.js';

let lastSerial = 0;

/** How an instance is reset; the bounds are those of its start functions. */
export interface ResetOptions extends CallOptions {
  /** False: its start functions are not run again. Default: true. */
  readonly start?: boolean | undefined;
}

const resetNames: OptionNames<ResetOptions> = { ...callOptionNames, start: true };

/**
 * A wasm function. Arguments are converted as WebAssembly's JavaScript API does it: i32, f32 and
 * f64 from numbers, i64 from bigints. Several results come as an array.
 */
export type ExportedFunction = (...args: readonly unknown[]) => unknown;

/** What is known of an exported function. */
export interface FunctionRecord {
  readonly core: InstanceCore;
  /** Which function it is to the addon. */
  readonly index: number;
  readonly generation: number;
  readonly params: readonly number[];
  readonly results: readonly number[];
}

/** An exported function of whoever has the instance. */
export interface FunctionShape extends Omit<FunctionRecord, 'core'> {
  readonly exported: string;
  readonly name: string;
  /** The turn in which it had that generation. */
  readonly turn: number;
}

/** Makes a JavaScript function of one of the addon's, and enters it in `functions`. */
export type FunctionMaker = (record: FunctionRecord, name: string) => ExportedFunction;

/** Stands for a function whose instance was closed. */
const closedFunction: ExportedFunction = () => {
  throw new UsageError('the instance is closed');
};

/** An asynchronous call that has not ended. */
export interface RunningCall {
  /** Asks it to end, also while it waits for a host function's promise. */
  readonly stop: () => void;
  /** Settles with the call; never rejects. */
  readonly ended: Promise<void>;
}

export class InstanceCore implements Guest {
  readonly module: ModuleCore;
  readonly handle: InstanceHandle;
  /** The addon's name for it. */
  readonly serial: number;
  group: LinkGroup<InstanceCore> = new LinkGroup<InstanceCore>();
  /** The functions that the addon calls for its imports, which it only knows weakly. */
  hosts: (() => void)[] = [];
  /** The same of what it was given by WASI. */
  wasi: readonly object[] = [];
  /** The life in which its command has run. */
  ranIn = -1;
  /** Its functions that JavaScript has, by their index in the addon's table. */
  readonly functions = new Map<number, ExportedFunction>();
  /** Host functions that were put into its tables; undefined: nobody can be told of calls. */
  references: HostReferences | undefined;
  /** Buffers over its memories, held so that the addon can tell a moved one from a collected one. */
  readonly shown = new Map<number, ArrayBuffer>();
  /** What the host owns in its memory: see OwnedBuffer. */
  buffers = new Set<BufferInspection>();
  /** Counts resets: what was allocated in an earlier life is gone. */
  life = 0;
  /** References up to this number are its imports', and stay for ever. */
  linkedReference = 0;
  /**
   * What one holder leaves to the next: how often it was handed over, by which the generation of
   * each function went up, and its exported functions once they are known.
   */
  kept: { turn: number; shapes?: readonly FunctionShape[] | undefined } = { turn: 0 };
  /** Whom its host functions work for: who has a function of the instance has its holder. */
  seat: object | undefined;
  /** The asynchronous call that it runs. */
  running: RunningCall | undefined;
  /** What the host has given it for its host functions. */
  data: unknown;
  /** Whether its functions are refused to synchronous calls. */
  asyncOnly = false;
  sharesMemory = false;
  #closed = false;
  /** Why, when it was not closed by hand. */
  #reason = '';
  readonly #make: FunctionMaker;

  /** `from`: takes over its native instance and ends it. Throws when something of it is running. */
  constructor(module: ModuleCore, make: FunctionMaker, from?: InstanceCore) {
    this.#make = make;
    lastSerial += 1;
    this.serial = lastSerial;
    this.module = module;
    if (from === undefined) {
      this.handle = binding.instanceNew(module.handle, this.serial);
    } else {
      const handle = binding.instanceHandOver(from.handle, this.serial);
      checkStatus(from);
      if (handle === undefined) throw new ResourceError('out of memory', { code: 'OutOfMemory' });
      this.handle = handle;
      this.#inherit(from);
    }
    this.group.members.set(this.serial, this);
  }

  #inherit(from: InstanceCore): void {
    from.revoke();
    this.group = from.group;
    this.group.members.delete(from.serial);
    this.hosts = from.hosts;
    this.wasi = from.wasi;
    this.seat = from.seat;
    this.references = from.references;
    this.references?.disown();
    this.kept = from.kept;
    this.kept.turn += 1;
    this.linkedReference = from.linkedReference;
    this.data = from.data;
    this.asyncOnly = from.asyncOnly;
  }

  get leakWarnings(): boolean {
    return this.module.runtime.leakWarnings;
  }

  /** The function that the addon names so, whichever instance of the group has it. */
  functionAt(index: number, generation: number): ExportedFunction | null {
    if (index === -1 && generation === -1) return null;
    // The entries of a closed instance are others' by now.
    const own = this.closed ? undefined : this.#known(index);
    if (own !== undefined) return own;
    const info = binding.functionInfo(index, generation);
    const owner = info && this.group.members.get(info[0] ?? -1);
    if (info === undefined || owner === undefined) return closedFunction;
    const known = owner.#known(index);
    if (known !== undefined) return known;
    const end = info.indexOf(-1, 2);
    const params = info.slice(2, end);
    const results = info.slice(end + 1);
    const name = owner.references?.nameAt(index) ?? String(info[1]);
    return this.#make({ core: owner, index, generation, params, results }, name);
  }

  #known(index: number): ExportedFunction | undefined {
    return this.functions.get(index) ?? this.references?.wrapper(index);
  }

  /** From now on it is the JavaScript function of that index. */
  enter(index: number, made: ExportedFunction): void {
    if (this.references?.wrap(index, made) !== true) this.functions.set(index, made);
  }

  /** Whether others can reach it, or it can reach others. */
  get linked(): boolean {
    return this.group.members.size > 1 || this.sharesMemory;
  }

  /** Its holder in a pool cannot use it any more, although something of it may still run. */
  revoke(): void {
    this.#closed = true;
    this.#reason = ': it was given back to its pool';
  }

  get closed(): boolean {
    return this.#closed || this.module.closed;
  }

  /** What was closed, the instance or something that it was made from. */
  closedText(): string {
    const reason = this.#closed ? this.#reason : `: its ${this.module.closedPart} was closed`;
    return `the instance is closed${reason}`;
  }

  /** False when it is running. */
  close(): boolean {
    if (!binding.instanceClose(this.handle)) return false;
    this.#closed = true;
    this.group.forgetGone(this.handle);
    // Others may still call what its tables have.
    if (!this.group.members.has(this.serial)) this.references?.clear();
    return true;
  }

  /** Begins a new life. Throws when that is refused, or when its start functions fail. */
  reset(given: ResetOptions | null | undefined, limits: CallOptions): void {
    const { runtime } = this.module;
    const options = optionsOf<ResetOptions>(given, resetNames, 'reset');
    const start = options.start ?? true;
    const bounds = boundsOf(options, limits);
    const deadline = deadlineOf(bounds);
    const fuel = fuelOf(bounds);
    const stop = bounds.signal && new Stop(runtime, bounds.signal, () => this.group);
    const undo = this.#begin();
    try {
      const error = binding.instanceReset(this.handle, start, deadline, fuel, stop?.handle);
      const status = i32[Word.STATUS];
      if (status !== Status.OK || error?.kind === USAGE) undo();
      if (status !== Status.OK) throw statusError(status, this);
      // What its tables had is gone.
      this.references?.sweep(this.handle);
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

  /** Why a call of the function did not succeed, by the status it left. */
  failure(called: FunctionRecord): WembedError {
    const status = i32[Word.STATUS];
    if (status !== Status.FAILED) return statusError(status, this);
    i32[Word.TARGET] = called.index;
    i32[Word.GENERATION] = called.generation;
    const raw = takenErrorOfCall();
    return raw === undefined ? this.takeError('out of memory') : this.#errorOf(raw);
  }

  /** What is left of a host function's error is that of an exception that was caught. */
  #errorOf(raw: RawError): WembedError {
    const cause = this.group.takeCause();
    if (raw.code === EXIT) return new ExitError(this.#exitCode());
    return raw.code === 'Exception' ? uncaught(this, raw) : errorOf(raw, cause);
  }

  /** Of this instance, or of one that it called. */
  #exitCode(): number {
    const own = binding.wasiExited(this.handle);
    if (own !== undefined) return own;
    for (const member of this.group.members.values()) {
      const code = binding.wasiExited(member.handle);
      if (code !== undefined) return code;
    }
    return 0;
  }

  /** The error that is pending in the instance, or one with that text when there is none. */
  takeError(otherwise: string): WembedError {
    const raw = takenError(this.handle);
    if (raw !== undefined) return this.#errorOf(raw);
    this.group.takeCause();
    return new ResourceError(otherwise, { code: 'OutOfMemory' });
  }

  /** The error that is pending, if one is. */
  pendingError(): WembedError | undefined {
    const raw = takenError(this.handle);
    return raw && this.#errorOf(raw);
  }
}
