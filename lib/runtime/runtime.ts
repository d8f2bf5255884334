/** A runtime: what modules and instances have in common. */
import { UsageError, errorOf, isRawError } from '../base/errors.js';
import { deadlineOf } from '../core/call_options.js';
import { RuntimeCore } from '../core/runtime_core.js';
import { type OptionNames, optionsOf, wordOf } from '../base/options.js';
import { type Limits, limitsOf } from '../core/limits.js';
import type { Memory } from '../guest/memory.js';
import { type Feature, featuresOff } from '../load/features.js';
import { requireReadable } from '../load/permission.js';
import { type ModuleHandle, type RuntimeHandle, binding } from '../raw/binding.js';
import { type RuntimeMemoryOptions, rawMemoryOptions } from './memory_options.js';
import { instantiateImporter } from './instantiate.js';
import { type MemoryReport, memoryReportOf } from './memory_report.js';
import { Module } from './module.js';
import { type MemoryDescriptor, OwnMemory, importer, makerOf } from './own_memory.js';
import { type MemoryToken, checkedMemoryToken, shareMemory } from './shared_memory.js';
import { type ModuleToken, checkedToken, present, remember, remembered } from './sharing.js';
import { type Tier, type TierReport, tierNumber, tierReportOf } from './tier.js';
import {
  type ModuleBytes,
  type Ownership,
  checkedBytes,
  nameOf,
  pathOf,
  transferred,
  untransferable,
} from '../load/module_bytes.js';

// Said here, since a module does not know what loaded it.
declare module './module.js' {
  interface Module {
    /** Where it was loaded. */
    readonly runtime: Runtime;
  }
}

/** How serious a line of the log is, the worst first. */
export type LogLevel = 'fatal' | 'error' | 'warning' | 'debug' | 'verbose';

const levels = ['fatal', 'error', 'warning', 'debug', 'verbose'] as const;

/** A block of memory that holds what modules and instances need. */
export interface BlockOptions {
  /** Its size in bytes, below 4 GiB; see requirementsOf. */
  readonly pool: number;
  /**
   * True: memories and stacks are in the block too, and once the runtime is there, the core takes
   * nothing from the system any more, no address space and no thread either. What runs out is an
   * error of the call that needed it. The objects that JavaScript holds, and what the addon keeps
   * for them, are Node's own affair.
   */
  readonly noSystemMemory?: boolean | undefined;
}

/** Bytes of a runtime's block. */
export interface BlockUse {
  /** Bytes that can be had of it: its size without the bookkeeping. */
  readonly size: number;
  /** Not in use now, perhaps in several pieces. */
  readonly free: number;
  /** The most that has been in use. */
  readonly mostUsed: number;
}

/**
 * Whether faults of guests can become traps. `off`: no handler of wembed's, every access is checked.
 * `blocked`: this thread blocks SIGSEGV or SIGBUS; what it instantiates checks every access, calls of
 * other instances are refused with the Trap `SignalsBlocked`. `covered`: an add-on has put a handler
 * over wembed's that may not pass faults on; what is instantiated checks every access, and instances
 * from before rely on that handler.
 */
export type SignalState = 'off' | 'working' | 'blocked' | 'covered';

const signalStates = ['off', 'working', 'blocked', 'covered'] as const;

/** How a runtime is made. */
export interface RuntimeOptions {
  /** Where memories are kept, and whether there is a pool of them. */
  readonly memory?: RuntimeMemoryOptions | undefined;
  /** False: no fault handler is installed and every access is checked. Default: true. */
  readonly signals?: boolean | undefined;
  /** The system's allocator, or a block of memory that the runtime allocates from. */
  readonly allocator?: 'system' | BlockOptions | undefined;
  /**
   * False: there is no timer, and no thread for it; calls with a deadline are refused. Default:
   * true.
   */
  readonly deadlines?: boolean | undefined;
  /**
   * True: all functions of a module are translated when its first instance is made, before start
   * functions run, instead of each at its first call; `metered`: for calls with `fuel` too.
   */
  readonly translateEarly?: boolean | 'metered' | undefined;
  /**
   * How functions are run. Default: what the environment variable WEMBED_TIER says, else
   * `sampled`. Where there is no machine code they are interpreted, see `runtime.tierReport`.
   */
  readonly tier?: Tier | undefined;
  /**
   * Receives what the runtime has to say, line by line. Default: nobody; what goes wrong is thrown,
   * and what was chosen is in the memory report.
   */
  readonly log?: ((level: LogLevel, text: string) => void) | undefined;
  /**
   * True: imports of C functions from `env` that nobody else gives are served by wembed (printf,
   * strlen, malloc, exit, pthread_create ...: for guests without a C library of their own). What they
   * print goes to `print`. A guest's threads call no host functions of JavaScript. Default: false.
   */
  readonly libc?: boolean | undefined;
  /**
   * Receives what guests print by functions of `libc`: bytes of its own, in pieces as they come,
   * during the call, or later when the guest runs on another thread. What it throws is lost.
   * Default: they go to standard output.
   */
  readonly print?: ((bytes: Uint8Array) => void) | undefined;
  /** Bounds of every instance and call. */
  readonly limits?: Limits | undefined;
  /** Whether a buffer that only the collector frees is reported as a process warning. */
  readonly leakWarnings?: boolean | undefined;
}

/** What bounds a load. */
export interface LoadBounds {
  /**
   * Milliseconds after which the load is given up, with a ResourceError of the code `Deadline`.
   * `limits` of the runtime do not apply here.
   */
  readonly deadline?: number | undefined;
  /** Nothing is loaded when it was aborted before. Nothing can abort while a load runs. */
  readonly signal?: AbortSignal | undefined;
  /** A module that uses one of these is refused, with a CompileError that says so. Default: none. */
  readonly without?: readonly Feature[] | undefined;
}

/** What is known of a module beside it. */
export interface LoadDebug {
  /**
   * The debug twin of a module that was stripped: a WebAssembly file with debugging information of
   * the same code, whole. Of split information a list: the twin, or the module itself, then its split
   * files or their package (`.dwo`, `.dwp`). They are copied, and looked at when somebody asks where
   * a trap was. Default: what the module has itself.
   */
  readonly debug?: Uint8Array | readonly Uint8Array[] | undefined;
}

/** How a file is loaded. */
export interface LoadFileOptions extends LoadBounds, LoadDebug {
  /** A name for messages. Default: the path. */
  readonly name?: string | undefined;
}

/** How bytes are loaded. */
export interface LoadOptions extends LoadBounds, LoadDebug {
  /** A name for messages. */
  readonly name?: string | undefined;
  /** Who owns the bytes, and whether they are copied. Default: `copy`. */
  readonly ownership?: Ownership | undefined;
}

const runtimeNames: OptionNames<RuntimeOptions> = {
  memory: true,
  signals: true,
  allocator: true,
  deadlines: true,
  translateEarly: true,
  tier: true,
  log: true,
  libc: true,
  print: true,
  limits: true,
  leakWarnings: true,
};
const blockNames: OptionNames<BlockOptions> = { pool: true, noSystemMemory: true };
const loadNames: OptionNames<LoadOptions> = {
  name: true,
  ownership: true,
  deadline: true,
  signal: true,
  without: true,
  debug: true,
};
const loadFileNames: OptionNames<LoadFileOptions> = {
  name: true,
  deadline: true,
  signal: true,
  without: true,
  debug: true,
};

function checkedDebug(debug: unknown): readonly Uint8Array[] | undefined {
  if (debug === undefined) return undefined;
  const files: readonly unknown[] = Array.isArray(debug) ? debug : [debug];
  const areBytes = files.every((file): file is Uint8Array => file instanceof Uint8Array);
  if (areBytes && files.length > 0) return files;
  throw new TypeError(
    'debug has to be a Uint8Array, of the file with the debugging information, or a list of them',
  );
}

/** A runtime that there is already, in place of options for one. */
class Attached {
  constructor(
    readonly handle: RuntimeHandle,
    readonly limits: Limits,
    readonly leakWarnings: boolean,
  ) {}
}

/**
 * Where modules are loaded and memories come from; instances of different runtimes cannot be linked.
 * Closing it closes all that was made from it. One runtime is enough for most programs.
 */
export class Runtime extends RuntimeCore {
  /** @internal Held for the addon, which knows it weakly. */
  readonly log: ((level: number, text: string) => void) | undefined;
  /** @internal Likewise. */
  readonly print: ((bytes: Uint8Array) => void) | undefined;

  /**
   * Throws a UsageError when options contradict each other, and a ResourceError when what they ask
   * for cannot be had here: a strategy for memories, a block that is large enough.
   */
  constructor(options?: RuntimeOptions) {
    if (options instanceof Attached) {
      super(options.handle, options.limits, options.leakWarnings);
      this.log = undefined;
      this.print = undefined;
      return;
    }
    const given = optionsOf<RuntimeOptions>(options, runtimeNames, 'Runtime');
    const block = blockOf(given.allocator);
    const limits = limitsOf(given.limits);
    const log = logOf(given.log);
    const print = given.print ?? undefined;
    if (print !== undefined && typeof print !== 'function') {
      throw new UsageError('print has to be a function');
    }
    const handle = binding.runtimeNew({
      memory: rawMemoryOptions(given.memory),
      signals: given.signals ?? true,
      pool: block === undefined ? 0 : poolSize(block.pool),
      noSystemMemory: block?.noSystemMemory ?? false,
      deadlines: given.deadlines ?? true,
      translateEarly: translation(given.translateEarly),
      tier: tierNumber(given.tier),
      log,
      libc: given.libc ?? false,
      print,
    });
    if (isRawError(handle)) throw errorOf(handle);
    super(handle, limits, given.leakWarnings ?? false);
    this.log = log;
    this.print = print;
  }

  /**
   * The module that `module.share()` has given the token of, on whichever thread of this process.
   * Its `runtime` is this thread's handle for the runtime it was loaded in, with the same limits:
   * memories come from there, what is loaded into it can be linked with the module, and closing it
   * closes what this thread has of it. Throws a UsageError when no thread has the module open.
   */
  static open(token: ModuleToken): Module {
    const { wembedModule, name, limits, leakWarnings } = checkedToken(token);
    const number = present(binding.sharedRuntime(wembedModule));
    let runtime = remembered(number);
    if (!(runtime instanceof Runtime)) {
      const handle = present(binding.runtimeAttach(wembedModule));
      runtime = new Runtime(new Attached(handle, limitsOf(limits), leakWarnings));
      remember(number, runtime);
    }
    return new Module(runtime, present(binding.moduleOpen(runtime.handle, wembedModule)), name);
  }

  /**
   * A memory of its own, to be imported by instances; a shared one also by those of other threads,
   * see `shareMemory`. It goes when it was closed, or collected, and no instance has it any more.
   * Throws a ResourceError when there is no room for it.
   */
  newMemory(descriptor: MemoryDescriptor): OwnMemory {
    const module = this.load(makerOf(descriptor), { name: 'memory' });
    try {
      return OwnMemory.of(module.instantiate().memory);
    } catch (error) {
      module.close();
      throw error;
    }
  }

  /**
   * A token by which other threads of this process open the same shared memory, by `openMemory`: of
   * `newMemory`, or of an instance whose module exports it. The memory, or its instance, has to stay
   * open until they have. Throws a UsageError for a memory that is not shared or not exported.
   */
  static shareMemory(memory: Memory): MemoryToken {
    return shareMemory(memory);
  }

  /**
   * The shared memory that a token stands for, on whichever thread: to be imported by instances of
   * modules that this thread has opened by their tokens or loaded into the runtime of such a module.
   * Throws a UsageError when it is gone.
   */
  static openMemory(token: MemoryToken): OwnMemory {
    const { wembedMemory, module, buffer } = checkedMemoryToken(token);
    const { runtime } = Runtime.open(module);
    const core = instantiateImporter(
      runtime.load(importer, { name: 'shared memory' }),
      wembedMemory,
      buffer,
    );
    return new OwnMemory(core);
  }

  /** How much of its block is used; undefined: it has none. */
  get blockUse(): BlockUse | undefined {
    const [size, free, mostUsed] = binding.poolInfo(this.open().handle) ?? [];
    if (size === undefined || free === undefined || mostUsed === undefined) return undefined;
    return { size, free, mostUsed };
  }

  /** How it gets memories, why so, and what became of it. */
  get memoryReport(): MemoryReport {
    return memoryReportOf(binding.memoryReport(this.open().handle));
  }

  /** Whether functions are run as machine code, and if not, why. */
  get tierReport(): TierReport {
    return tierReportOf(binding.tierReport(this.open().handle));
  }

  /**
   * Looks at the signals of this thread, and says what holds for it until the next look. That
   * happens by itself when a thread first calls a guest and when an instance is made; call this
   * after an add-on has changed a signal's handler or mask.
   */
  checkSignals(): SignalState {
    return signalStates[binding.checkSignals(this.open().handle)] ?? 'off';
  }

  /**
   * Gives storage that is kept for later memories back to the system. Returns how many bytes that
   * were, as far as the system tells; memories in use are left alone.
   */
  trim(): number {
    return binding.memoryTrim(this.open().handle);
  }

  /**
   * Decodes and checks a module, whole. The bytes are copied, unless `ownership` says otherwise.
   * Throws a CompileError, or a ResourceError when it takes longer than `deadline`.
   */
  load(bytes: ModuleBytes, options?: LoadOptions): Module {
    const given = optionsOf<LoadOptions>(options, loadNames, 'load');
    const debug = checkedDebug(given.debug);
    const name = given.name ?? '';
    const ownership = given.ownership ?? 'copy';
    const { view, held } = checkedBytes(bytes, ownership);
    const deadline = deadlineOf(given);
    const off = featuresOff(given.without);
    given.signal?.throwIfAborted();
    const handle = binding.moduleLoad(this.open().handle, view, nameOf(name), held, deadline, off);
    if (isRawError(handle)) throw errorOf(handle);
    const module = this.#made(handle, name, debug);
    if (ownership === 'transfer') this.#detach(module, view);
    return module;
  }

  /**
   * Loads a file without copying it: it is mapped read-only, its pages come when they are read.
   * Do not write to a file in use, replace it by renaming: one that is cut short makes what still
   * needs it fail with the code `BytesLost`. Throws a CompileError, or a ResourceError with the
   * code `File`.
   */
  loadFile(path: string | Uint8Array | URL, options?: LoadFileOptions): Module {
    const given = optionsOf<LoadFileOptions>(options, loadFileNames, 'loadFile');
    const debug = checkedDebug(given.debug);
    const { bytes, text } = pathOf(path);
    const name = nameOf(given.name ?? text);
    requireReadable(bytes);
    const deadline = deadlineOf(given);
    const off = featuresOff(given.without);
    given.signal?.throwIfAborted();
    const handle = binding.moduleLoadFile(this.open().handle, bytes, name, deadline, off);
    if (isRawError(handle)) throw errorOf(handle);
    return this.#made(handle, name, debug);
  }

  #made(handle: ModuleHandle, name: string, debug: readonly Uint8Array[] | undefined): Module {
    const module = new Module(this, handle, name);
    const [twin, ...split] = debug ?? [];
    const error = twin && binding.moduleSetDebug(handle, twin, split);
    if (error === undefined) return module;
    module.close();
    throw errorOf(error);
  }

  /** Only now, so that the bytes of what is no module stay the caller's. */
  #detach(module: Module, view: Uint8Array): void {
    try {
      // Node copies what it has marked as untransferable: that is other memory.
      if (!binding.moduleKeep(module.handle, transferred(view))) throw untransferable();
    } catch (error) {
      module.close();
      throw error;
    }
  }
}

/** In the order of the C API: plain code, metered code. */
function translation(early: boolean | 'metered' | null | undefined): number {
  if (typeof early === 'string') wordOf(early, ['metered'], 'translateEarly');
  if (early === 'metered') return 3;
  return early === true ? 1 : 0;
}

function logOf(given: RuntimeOptions['log'] | null) {
  if (given === undefined || given === null) return undefined;
  if (typeof given !== 'function') throw new UsageError('log has to be a function');
  return (level: number, text: string): void => {
    given(levels[level] ?? 'verbose', text);
  };
}

/** undefined: the system's. */
function blockOf(allocator: RuntimeOptions['allocator'] | null): Partial<BlockOptions> | undefined {
  if (typeof allocator !== 'string') {
    return allocator ? optionsOf<BlockOptions>(allocator, blockNames, 'allocator') : undefined;
  }
  wordOf(allocator, ['system'], 'allocator');
  return undefined;
}

function poolSize(pool: number | undefined): number {
  if (pool === undefined || !Number.isSafeInteger(pool) || pool <= 0 || pool > 0xffffffff) {
    throw new UsageError('the pool has to be a number of bytes below 4 GiB');
  }
  return pool;
}
