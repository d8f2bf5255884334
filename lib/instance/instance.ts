/** An instance of a module: its functions, memories, and memory that the host owns in it. */
import { refusal } from '../base/uncloneable.js';
import { UsageError } from '../base/errors.js';
import { Handle } from '../base/handle.js';
import { type OptionNames, optionsOf } from '../base/options.js';
import { counted, quoted, shown, shownAs } from '../base/shown.js';
import { checkStatus, checked } from '../base/status.js';
import { callAsync } from '../call/async_call.js';
import { callWith } from '../call/bounded_call.js';
import { functionFrom, keepShapes } from '../call/exported_function.js';
import { recordOf } from '../call/function_record.js';
import { type CallOptions, boundsOf, callOptionsOf } from '../core/call_options.js';
import type {
  ExportedFunction,
  FunctionRecord,
  InstanceCore,
  ResetOptions,
} from '../core/instance_core.js';
import type { ModuleCore } from '../core/module_core.js';
import { Tag, tagFor } from '../core/tag.js';
import { OwnedBuffer, type OwnedBuffer64 } from '../guest/buffer.js';
import { type Layout, type ValueOf, cstring, cstringBytes, u8 } from '../guest/layout.js';
import { bytesOf, toNumber } from '../guest/address.js';
import { Memory, memoryParts } from '../guest/memory.js';
import type { Address, Offset, Offset64 } from '../guest/offset.js';
import { Inspection } from '../inspect/inspection.js';
import type { InspectOptions } from '../inspect/parts.js';
import { binding } from '../raw/binding.js';
import { FUNCTION, GLOBAL, MEMORY, TABLE, TAG } from '../raw/value_type.js';
import { Directory } from '../wasi/directory.js';
import { given } from '../wasi/preopen.js';
import { type Wanted, allocate, duplicate, wanted } from './allocation.js';
import { type Exited, exitedBy } from './exited.js';
import { Global, globalParts } from './global.js';
import { Table, tableParts } from './table.js';

const cloned = refusal('Instance');

/** What `call` takes behind the name: arguments, which may be left out when there need be none. */
export type CallArguments<F> =
  [] extends ArgumentsOf<F>
    ? [args?: ArgumentsOf<F>, options?: CallOptions]
    : [args: ArgumentsOf<F>, options?: CallOptions];

type ArgumentsOf<F> = F extends (...args: infer A) => unknown ? Readonly<A> : readonly unknown[];

type ResultOf<F> = F extends (...args: never[]) => infer R ? R : unknown;

const inspectNames: OptionNames<InspectOptions> = { requirements: true };

/** Exported functions by name, when nothing more is known about them. */
export type ExportedFunctions = Readonly<Record<string, ExportedFunction>>;

/** Has a module, of which module.ts says what it is to users. */
abstract class OfModule extends Handle {
  /** @internal See uncloneable.ts. */
  readonly cloned: symbol = cloned;
  /** What it was made from. */
  readonly module: ModuleCore;

  protected constructor(module: ModuleCore) {
    super();
    this.module = module;
  }
}

/**
 * `E` may say what the exported functions are:
 * `module.instantiate<{ sum(at: Offset<f32>, count: number): number }>()`.
 */
export class Instance<E extends object = ExportedFunctions, D = unknown> extends OfModule {
  /** @internal */
  readonly what = 'instance';
  readonly #core: InstanceCore;
  readonly #memories = new Map<number, Memory>();
  readonly #tables = new Map<number, Table>();
  readonly #globals = new Map<number, Global>();
  #exports: E | undefined;

  /** @internal Use `Module.instantiate`. */
  constructor(core: InstanceCore) {
    super(core.module);
    this.#core = core;
  }

  /** @internal */
  protected get core(): InstanceCore {
    return this.#core;
  }

  /** @internal */
  [shown](): string {
    const { module } = this;
    if (this.closed)
      return shownAs(
        this.constructor.name,
        () => quoted(module.name),
        () => 'closed',
      );
    return shownAs(
      this.constructor.name,
      () => quoted(module.name),
      () => counted(module.rawExports.length, 'export'),
      () => `memory of ${counted(this.memory.pages, 'page')}`,
    );
  }

  get closed(): boolean {
    return this.#core.closed;
  }

  /** @internal */
  override closedText(): string {
    return this.#core.closedText();
  }

  /**
   * Puts it back to what it was when it was made, faster than making another: memories, tables,
   * globals and data begin anew and its start functions run. Exported functions and its Memory,
   * Table and Global objects go on; views are empty, and buffers that it allocated are gone. What
   * it imports belongs to others and is left alone.
   *
   * Throws a UsageError while something of it is running, and what `instantiate` would throw when
   * a start function fails: it was reset then, without having been started. `deadline`, `fuel` and
   * `signal` are for start functions.
   */
  reset(options?: ResetOptions): void {
    this.open().#core.reset(options, this.module.runtime.limits);
  }

  /**
   * Lets go of values of JavaScript that were given to guests as externref and that nothing of this
   * instance, or of those that are linked with it, refers to any more; how many. It happens by
   * itself too, whenever there are twice as many values as were still referred to the last time.
   * What guests leave in dead slots of running calls does not keep anything.
   *
   * 0 while an asynchronous call is running in one of these instances.
   */
  collect(): number {
    const { group, handle } = this.open().#core;
    return group.collect(handle) ?? 0;
  }

  /** What it was made with for its host functions. */
  get data(): D {
    return this.#core.data as D;
  }

  /** @internal */
  protected end(): boolean {
    return this.#core.close();
  }

  /** The exported functions. */
  get exports(): E {
    return (this.#exports ??= this.#makeExports());
  }

  #makeExports(): E {
    // Not made by Object.create(null): V8 keeps that as a dictionary, in which each look takes 4 ns.
    const exports = Object.setPrototypeOf({}, null) as Record<string, unknown>;
    const core = this.#core;
    const { shapes } = core.kept;
    if (shapes === undefined) this.#findExports(exports);
    else for (const shape of shapes) exports[shape.exported] = functionFrom(core, shape);
    return Object.freeze(exports) as E;
  }

  #findExports(exports: Record<string, unknown>): void {
    this.open();
    const { functionExports } = this.module;
    const ids = binding.instanceFunctions(
      this.#core.handle,
      functionExports.map((entry) => entry.index),
    );
    checked(ids, this.#core);
    functionExports.forEach((entry, index) => {
      exports[entry.name] = this.#function(ids?.[index * 2] ?? -1, ids?.[index * 2 + 1] ?? -1);
    });
  }

  /** @internal Keeps what is known of the exports for the next holder of the instance. */
  protected keepExports(): void {
    if (this.#exports !== undefined) keepShapes(this.#core, this.#exports as ExportedFunctions);
  }

  #function(index: number, generation: number): ExportedFunction | null {
    // Numbers of the cell are signed, and so has to be what is compared with them.
    return this.#core.functionAt(index | 0, generation | 0);
  }

  /** Whatever is exported under that name: a function, Memory, Table, Global or Tag. */
  export(name: string): unknown {
    const index = this.module.exportIndex(name) ?? -1;
    const entry = this.module.rawExports[index];
    switch (entry?.kind) {
      case FUNCTION:
        return (this.exports as Record<string, unknown>)[name];
      case MEMORY:
        return this.#memory(index);
      case TABLE:
        return this.#table(index, entry.element ?? 0);
      case GLOBAL:
        return this.#global(index, entry.value ?? 0, entry.mutable ?? false);
      case TAG:
        return this.#tag(index, entry.params ?? []);
      default:
        return undefined;
    }
  }

  #tag(index: number, kinds: readonly number[]): Tag {
    this.open();
    const found = checked(binding.tagExported(this.#core.handle, index), this.#core);
    if (found === undefined) throw new UsageError('the tag is not there');
    return tagFor(this.module.runtime, found[0], found[1], kinds);
  }

  #memory(index: number): Memory {
    return cached(this.#memories, index, () => {
      const make = (): Memory => new Memory(this.#core, index);
      // Of a shared one each instance has its own, which it can use while others are called.
      const isShared = this.module.rawExports[index]?.shared ?? true;
      return isShared ? make() : this.#same(index, servesAsMemory, make);
    });
  }

  #table(index: number, kind: number): Table {
    return cached(this.#tables, index, () =>
      this.#same(index, servesAsTable, () => new Table(this.#core, index, kind)),
    );
  }

  #global(index: number, kind: number, mutable: boolean): Global {
    return cached(this.#globals, index, () =>
      this.#same(index, servesAsGlobal, () => new Global(this.#core, index, kind, mutable)),
    );
  }

  /** What is exported by several instances, or by one under several names, is one object. */
  #same<T extends object>(index: number, serves: (known: object) => known is T, make: () => T): T {
    const identity = binding.instanceIdentity(this.#core.handle, index) ?? 0;
    return this.module.runtime.identities.of(identity, serves, make);
  }

  /** The first memory, exported or not. Using it throws when the instance has none. */
  get memory(): Memory {
    return this.#memory(this.module.firstMemoryExport);
  }

  /** The exported memory of that name. */
  memoryNamed(name: string): Memory {
    return this.#exported(name, Memory, 'memory');
  }

  /** The exported table of that name. */
  table(name: string): Table {
    return this.#exported(name, Table, 'table');
  }

  /** The exported global of that name. */
  global(name: string): Global {
    return this.#exported(name, Global, 'global');
  }

  /** The exported tag of that name. */
  tag(name: string): Tag {
    return this.#exported(name, Tag, 'tag');
  }

  #exported<T>(name: string, kind: new (...args: never[]) => T, what: string): T {
    this.open();
    const found = this.export(name);
    if (!(found instanceof kind)) throw new UsageError(`there is no exported ${what} "${name}"`);
    return found;
  }

  #record(name: string): FunctionRecord {
    const record = recordOf((this.exports as Record<string, unknown>)[name]);
    if (record === undefined) throw new UsageError(`there is no exported function "${name}"`);
    return record;
  }

  /**
   * What it looks like inside: a map of each memory, and how large everything is. As data, as text
   * (`toString()`) and as a page (`toHtml()`). Not while anything of it runs.
   */
  inspect(options?: InspectOptions): Inspection {
    const given = optionsOf<InspectOptions>(options, inspectNames, 'inspect');
    return new Inspection(this.open().#core, given);
  }

  /** Calls an exported function, with bounds. Without options it is `exports[name](...args)`. */
  call<K extends keyof E & string>(name: K, ...given: CallArguments<E[K]>): ResultOf<E[K]> {
    const { record, args, bounds } = this.#asked(name, given);
    return callWith(record, args, bounds) as ResultOf<E[K]>;
  }

  #asked(name: string, given: readonly unknown[]) {
    const record = this.#record(name);
    const args = given[0] ?? [];
    if (!Array.isArray(args)) {
      throw new UsageError(`the arguments of ${name} have to be an array`);
    }
    const options = callOptionsOf(given[1] as CallOptions | undefined, 'a call');
    const bounds = boundsOf(options, this.module.runtime.limits);
    return { record, args: args as readonly unknown[], bounds };
  }

  /**
   * Calls an exported function on a thread of its own. Until the promise settles the instance is
   * busy: using it in any other way throws, and views of its memory are empty. Host functions run
   * on this thread while the guest waits, and may use the instance. They may return a promise: the
   * guest then waits for that too, and only what `caller.dataAndMemory()` gives can be used.
   * Deadline and signal end such a call at once; what becomes of the promise is ignored.
   */
  async callAsync<K extends keyof E & string>(
    name: K,
    ...given: CallArguments<E[K]>
  ): Promise<ResultOf<E[K]>> {
    const { record, args, bounds } = this.#asked(name, given);
    return callAsync(record, args, bounds) as Promise<ResultOf<E[K]>>;
  }

  /**
   * Runs a command: its `_start`, once. A program that returns, or ends itself by `proc_exit`, has
   * an exit code, which is no error. Throws what a call throws. Threads that the program has started
   * end with it. An instance runs its command once; a reset begins anew.
   */
  start(options?: CallOptions): Exited {
    return exitedBy(() => {
      const core = this.#begin();
      try {
        this.call('_start' as keyof E & string, ...([[], options] as never));
      } finally {
        binding.wasiEndThreads(core.handle);
      }
    });
  }

  /** The same by `callAsync`: on a thread of its own, so that streams of Node's can be read. */
  async startAsync(options?: CallOptions): Promise<Exited> {
    const core = this.#begin();
    const call = this.callAsync('_start' as keyof E & string, ...([[], options] as never));
    const ended = call.finally(() => {
      binding.wasiEndThreads(core.handle);
    });
    return ended.then(
      () => exitedBy(() => undefined),
      (error: unknown) =>
        exitedBy(() => {
          throw error;
        }),
    );
  }

  #begin(): InstanceCore {
    const core = this.open().#core;
    const { module } = this;
    if (module.exportIndex('_start') === undefined) {
      throw new UsageError(
        'the module is no command, it exports no _start: call what it exports by name',
      );
    }
    if (core.ranIn === core.life) {
      throw new UsageError('the command has run: reset the instance, or make another one');
    }
    core.ranIn = core.life;
    return core;
  }

  /**
   * The directory that it was given by that name (see `wasi`), as it has it now: of files in memory
   * its own copy. It stays as it was when the instance is reset or closed.
   */
  directory(name: string): Directory {
    const found = binding.wasiPreopened(this.open().#core.handle, name);
    if (found !== undefined) return new Directory(given(found));
    throw new UsageError(`the instance was given no directory '${name}'`);
  }

  /**
   * Allocates `count` elements in linear memory, each with the value if one is given, else with
   * what the allocator leaves there; or as many as there are in a list, with these values. Throws a
   * ResourceError when there is no room.
   */
  malloc<T extends Layout>(layout: T, count?: number, value?: ValueOf<T>): OwnedBuffer<T>;
  malloc<T extends Layout>(layout: T, values: readonly ValueOf<T>[]): OwnedBuffer<T>;
  malloc<T extends Layout>(
    layout: T,
    count: number | readonly ValueOf<T>[] = 1,
    value?: ValueOf<T>,
  ): OwnedBuffer<T> {
    const what = wanted(layout, count, value);
    return this.#own(layout, this.#allocate(what) as Offset<T>, what.count);
  }

  /** As `malloc`, `count` elements or those of a list, in a 64-bit memory. */
  malloc64<T extends Layout>(layout: T, count?: number, value?: ValueOf<T>): OwnedBuffer64<T>;
  malloc64<T extends Layout>(layout: T, values: readonly ValueOf<T>[]): OwnedBuffer64<T>;
  malloc64<T extends Layout>(
    layout: T,
    count: number | readonly ValueOf<T>[] = 1,
    value?: ValueOf<T>,
  ): OwnedBuffer64<T> {
    const what = wanted(layout, count, value);
    return this.#own(layout, BigInt(this.#allocate(what)) as Offset64<T>, what.count);
  }

  /** Allocates `count` elements, all their bytes 0. */
  calloc<T extends Layout>(layout: T, count = 1): OwnedBuffer<T> {
    const { bytes } = wanted(layout, count, undefined);
    const what = { count, bytes, initial: new Uint8Array(bytes) };
    return this.#own(layout, this.#allocate(what) as Offset<T>, count);
  }

  #allocate({ bytes, initial }: Wanted): number {
    if (initial !== undefined) return duplicate(this.#core, initial);
    return allocate(this.#core, bytes);
  }

  #own<T extends Layout, A extends Address<T>>(
    layout: T,
    offset: A,
    count: number,
  ): OwnedBuffer<T, A> {
    return new OwnedBuffer<T, A>(this.#core, this.memory, layout, offset, count);
  }

  /** Copies bytes, or text as UTF-8 with a NUL behind it, into newly allocated guest memory. */
  dup(data: string): OwnedBuffer<cstring>;
  dup(data: Uint8Array): OwnedBuffer<u8>;
  dup(data: Uint8Array | string): OwnedBuffer<cstring> | OwnedBuffer<u8> {
    const bytes = typeof data === 'string' ? cstringBytes(data) : bytesOf(data);
    const at = duplicate(this.#core, bytes);
    return typeof data === 'string'
      ? this.#own(cstring, at as Offset<cstring>, bytes.length)
      : this.#own(u8, at as Offset<u8>, bytes.length);
  }

  /**
   * Frees guest memory by its offset: what `release` gave up, or the guest allocated. A buffer is
   * freed as its own `free` does it.
   */
  free(at: Address | number | bigint | OwnedBuffer<Layout, Address>): void {
    if (at instanceof OwnedBuffer) {
      at.free();
      return;
    }
    binding.free(this.#core.handle, toNumber(at));
    checkStatus(this.#core);
    const error = this.#core.pendingError();
    if (error !== undefined) throw error;
  }

  /** The address in this process of offset `at`; 0 when it is outside of the memory. */
  addrAppToNative(at: Address | number | bigint): bigint {
    return checked(binding.appToNative(this.#core.handle, toNumber(at)), this.#core) ?? 0n;
  }

  /** The offset of an address in this process; 0 when it is outside of the memory. */
  addrNativeToApp(address: bigint): number {
    return checked(binding.nativeToApp(this.#core.handle, address), this.#core) ?? 0;
  }

  /** Whether `size` bytes from offset `at` are inside the memory. */
  validateAppAddr(at: Address | number | bigint, size: number): boolean {
    return (
      checked(binding.validateApp(this.#core.handle, toNumber(at), toNumber(size)), this.#core) ??
      false
    );
  }

  /** Whether a NUL-terminated string lies at the offset. */
  validateAppString(at: Address | number | bigint): boolean {
    return checked(binding.validateString(this.#core.handle, toNumber(at)), this.#core) ?? false;
  }

  /** Bounds [start, end) of the memory that the offset is in; undefined when it is in none. */
  appAddrRange(at: Address | number | bigint): [start: number, end: number] | undefined {
    return checked(binding.appRange(this.#core.handle, toNumber(at)), this.#core);
  }

  /** The same for an address in this process. */
  nativeAddrRange(address: bigint): [start: bigint, end: bigint] | undefined {
    return checked(binding.nativeRange(this.#core.handle, address), this.#core);
  }
}

/** An instance made with `asyncOnly`: there is no way to call it synchronously. */
export type AsyncInstance<E extends object = ExportedFunctions, D = unknown> = Omit<
  Instance<E, D>,
  'exports' | 'call'
>;

function servesAsMemory(known: object): known is Memory {
  return known instanceof Memory && !memoryParts(known).guest.closed;
}

function servesAsTable(known: object): known is Table {
  return known instanceof Table && !tableParts(known).core.closed;
}

function servesAsGlobal(known: object): known is Global {
  return known instanceof Global && !globalParts(known).core.closed;
}

function cached<T>(map: Map<number, T>, index: number, make: () => T): T {
  const known = map.get(index);
  if (known !== undefined) return known;
  const made = make();
  map.set(index, made);
  return made;
}
