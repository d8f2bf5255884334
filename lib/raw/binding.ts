/**
 * The addon as it really is: the shape of what it exports. Nothing outside of this folder knows it
 * is native. Handles are opaque; using one of another kind throws.
 */
import { loadAddon } from '../addon/load.js';
import type { RawDebugBinding, RawPlace } from './debug.js';

declare const kind: unique symbol;

export interface RuntimeHandle {
  readonly [kind]: 'runtime';
}
export interface ModuleHandle {
  readonly [kind]: 'module';
}
export interface InstanceHandle {
  readonly [kind]: 'instance';
}
export interface StopHandle {
  readonly [kind]: 'stop';
}
export interface TagHandle {
  readonly [kind]: 'tag';
}
export interface WasiFileHandle {
  readonly [kind]: 'wasiFile';
}
export interface WasiHandle {
  readonly [kind]: 'wasi';
}
export interface ExceptionHandle {
  readonly [kind]: 'exception';
}
/** An exception that ended a call: text, handle, key, tag, the tag's key, kinds of its values. */
export type RawException = readonly [
  string,
  ExceptionHandle,
  number,
  TagHandle,
  number,
  ...(readonly number[]),
];
/** Has where many guests trapped. */
export interface TrapBatch {
  readonly [kind]: 'traps';
}
/** Where a guest trapped. */
export interface TrapPlaces {
  readonly batch: TrapBatch;
  readonly index: number;
}

/** Of a trap in guest code: code, message, module, function; numbers are in the cell, see taken.ts. */
export type RawTrap = readonly [string, string, string, string, TrapBatch];

/** A host function that a call waits for: run it, and go on with the call. */
export type WaitedFor = () => void;

/** An error of the C API; a handle has no `code`. */
export interface RawError {
  kind: number;
  code: string;
  message: string;
  module: string;
  function: string;
  section: string;
  functionIndex?: number;
  offset?: number;
  /** Of a start function that has ended itself by proc_exit. */
  exitCode?: number;
  /** Of a trap in guest code, in place of what its innermost frame tells. */
  places?: TrapPlaces;
  frameTotal?: number;
}

export interface RawFrame {
  module: string;
  function: string;
  functionIndex: number;
  offset?: number;
  places?: RawPlace[];
}

/** An import or export of a module; which of the optional fields are there depends on `kind`. */
export interface RawExtern {
  kind: number;
  name: string;
  module?: string;
  text: string;
  params?: number[];
  results?: number[];
  element?: number;
  minimum?: number;
  maximum?: number;
  shared?: boolean;
  is64?: boolean;
  pageSize?: number;
  value?: number;
  mutable?: boolean;
}

/** What satisfies an import, see wembed_import_source_t. */
export type RawImport =
  | { source: 0 | 4 }
  | { source: 1; call: () => void }
  | { source: 2; from: InstanceHandle; index: number }
  | { source: 3; low: number; high: number }
  | { source: 5; index: number; generation: number }
  | { source: 7; tag: TagHandle };

/** See wembed_config_t; 0 is the default of a number. */
export interface RawMemoryOptions {
  backend: number;
  strategy: number;
  slots: number;
  slotBytes: number;
  keepResident: number;
  strict: boolean;
}

export interface RawRuntimeOptions {
  memory: RawMemoryOptions;
  signals: boolean;
  pool: number;
  noSystemMemory: boolean;
  deadlines: boolean;
  translateEarly: number;
  tier: number;
  log: ((level: number, text: string) => void) | undefined;
  libc: boolean;
  print: ((bytes: Uint8Array) => void) | undefined;
}

export interface RawRequirementsOptions {
  name: string;
  copied: boolean;
  instances: number;
  stackSize: number;
  heapSize: number;
  maxMemoryPages: number;
  gcHeapBytes: number;
  metered: boolean;
  late: boolean;
}

/** See wembed_requirements_t: bytes. */
export interface RawRequirements {
  blockBytes: number;
  allocatorBytes: number;
  runtimeBytes: number;
  moduleBytes: number;
  codeBytes: number;
  instanceBytes: number;
  memoryBytes: number;
  transientBytes: number;
  trapBytes: number;
  growthPageBytes: number;
  objectBytes: number;
}

export interface RawInstantiateOptions {
  stackSize: number;
  heapSize: number;
  maxMemoryPages: number;
  gcHeapBytes: number;
  backend: number;
  /** Memory of the host's: held until the instance's memory is really gone. */
  buffer: Uint8Array | undefined;
  /** Bytes of address space from the buffer's start, of which the buffer shows the first; or 0. */
  reserved?: number | undefined;
  /** Bytes that an imported memory lies in. */
  held?: Uint8Array | undefined;
  /** Stands for what is imported, in place of another instance. */
  token?: string | undefined;
  strict: boolean;
  deadline: number;
  fuel: number;
  stop: StopHandle | undefined;
  wasi?: WasiHandle | undefined;
}

/** Answers questions of guests, see WasiQuestion in native/addon/wasi_source.h. */
export type RawWasiSource = (question: number, bytes: Uint8Array, sync: boolean) => number;

/** Of wembed_wasi_options_t; 0 is the default of a number. */
export interface RawWasiOptions {
  args: readonly string[];
  env: readonly string[];
  /** Of preopened directories; what belongs to them is at the same places. */
  names: readonly string[];
  directories: readonly WasiFileHandle[];
  readOnly: readonly boolean[];
  stdio: readonly (WasiFileHandle | undefined)[];
  /** Known weakly. */
  sources: RawWasiSource | undefined;
  hasClock: boolean;
  hasRandom: boolean;
  addresses: readonly string[];
  hostNames: readonly string[];
  maxThreads: number;
  maxDescriptors: number;
  maxWritten: number;
}

/** Of wembed_inspection_t; what is not known is absent, and what is of a memory when there is none. */
export interface RawNumbers {
  memories: number;
  slots: number;
  slotBytes: number;
  functions: number;
  functionsImported: number;
  translated: number;
  dataSegments: number;
  wasmStacks: number;
  wasmStackBytes: number;
  wasmStackUsed: number;
  moduleBytes: number;
  moduleBookkeeping: number;
  instanceBookkeeping: number;
  imported?: boolean;
  is64?: boolean;
  guarded?: boolean;
  backend?: number;
  slot?: number;
  pageBytes?: number;
  pages?: number;
  pagesDeclared?: number;
  pagesMaximum?: number;
  resident?: number;
  stackPointer?: number;
  heapCapacity?: number;
  heapUsed?: number;
  heapPeak?: number;
  heapLargest?: number;
  heapBlocks?: number;
  heapBookkeeping?: number;
}

export interface RawRegion {
  kind: number;
  offset: number;
  bytes: number;
  resident?: number;
  index?: number;
  name: string;
  how: string;
}

export interface RawGlobalInfo {
  name: string;
  kind: number;
  mutable: boolean;
  imported: boolean;
  low: bigint;
  high: bigint;
}

export interface RawTableInfo {
  name: string;
  kind: number;
  imported: boolean;
  elements: number;
  minimum: number;
  maximum: number;
}

export interface RawSection {
  id: number;
  name: string;
  offset: number;
  bytes: number;
}

export interface RawObjectCount {
  /** Of the instance's module; absent: types that it does not have. */
  type?: number;
  array: boolean;
  objects: number;
  bytes: number;
}

export interface RawObjects {
  collections: number;
  limit: number;
  taken: number;
  objects: number;
  bytes: number;
  types: RawObjectCount[];
}

export interface RawName {
  index: number;
  /** 0 where there is none. */
  inner: number;
  name: string;
}

export interface RawMemoryStep {
  outcome: number;
  errno: number;
  wanted: number;
  available: number;
  reason: string;
}

export interface RawPool {
  guarded: boolean;
  strict: boolean;
  slots: number;
  slotBytes: number;
  reservedBytes: number;
  keepResident: number;
  live: number;
  peak: number;
  hits: number;
  imageHits: number;
  misses: number;
  foundFull: number;
  neverFitted: number;
  outgrown: number;
}

export interface RawSystem {
  processors: number;
  virtual: boolean;
  overcommit: number;
  largePages: number;
  freeMemory: number;
  groupLimit: number;
  groupUsed: number;
  addressLimit: number;
  addressUsed: number;
  mappingLimit: number;
}

/** See wembed_tier_report_t. */
export interface RawTierReport {
  wish: number;
  taken: number;
  errorNumber: number;
  codeBytes: number;
  functions: number;
  loops: number;
  refused: number;
  refusals: Record<string, number>;
  reason: string;
}

/** See wembed_memory_report_t; no limit is Infinity. */
export interface RawMemoryReport {
  wish: number;
  wishSource: number;
  taken: number;
  steps: RawMemoryStep[];
  pool: RawPool;
  system: RawSystem;
  text: string;
}

/** Functions on an instance leave a status in the cell; see `checked` in base/status.ts. */
export interface RawBinding extends RawDebugBinding<RuntimeHandle, RawError> {
  readonly cell: ArrayBuffer;
  readonly version: string;
  readonly dispatch: string;

  runtimeNew(options: RawRuntimeOptions): RuntimeHandle | RawError;
  /** Its own in this process. */
  runtimeNumber(runtime: RuntimeHandle): number;
  /** The number of a shared module's runtime; undefined: nobody has the module. */
  sharedRuntime(token: string): number | undefined;
  runtimeAttach(token: string): RuntimeHandle | undefined;
  runtimeClose(runtime: RuntimeHandle): boolean;
  poolInfo(runtime: RuntimeHandle): [size: number, free: number, mostUsed: number] | undefined;
  /** `wembed_signals_t`. */
  checkSignals(runtime: RuntimeHandle): number;
  requirements(bytes: Uint8Array, options: RawRequirementsOptions): RawRequirements | RawError;
  memoryReport(runtime: RuntimeHandle): RawMemoryReport;
  tierReport(runtime: RuntimeHandle): RawTierReport;
  memoryTrim(runtime: RuntimeHandle): number;

  moduleLoad(
    runtime: RuntimeHandle,
    bytes: Uint8Array,
    name: string,
    hold: boolean,
    deadline: number,
    featuresOff: number,
  ): ModuleHandle | RawError;
  moduleLoadFile(
    runtime: RuntimeHandle,
    path: Uint8Array,
    name: string,
    deadline: number,
    featuresOff: number,
  ): ModuleHandle | RawError;
  moduleKeep(module: ModuleHandle, bytes: Uint8Array): boolean;
  /** Its token, `wish` if it had none; undefined: its bytes are this environment's. */
  moduleShare(module: ModuleHandle, wish: string): string | undefined;
  /** undefined: nobody has it, or it is of another runtime. */
  moduleOpen(runtime: RuntimeHandle, token: string): ModuleHandle | undefined;
  moduleClose(module: ModuleHandle): boolean;
  moduleImports(module: ModuleHandle): RawExtern[] | RawError;
  moduleExports(module: ModuleHandle): RawExtern[] | RawError;
  moduleCustomSections(module: ModuleHandle): { name: string; bytes: Uint8Array }[] | RawError;

  instanceNew(module: ModuleHandle, serial: number): InstanceHandle;
  instantiate(
    instance: InstanceHandle,
    options: RawInstantiateOptions,
    imports: RawImport[],
  ): RawError | undefined;
  instanceClose(instance: InstanceHandle): boolean;
  /** Serials of closed members of its group that nobody reaches any more, each once. */
  instancesGone(instance: InstanceHandle): readonly number[] | undefined;
  instanceReset(
    instance: InstanceHandle,
    start: boolean,
    deadline: number,
    fuel: number,
    stop: StopHandle | undefined,
  ): RawError | undefined;
  instanceHandOver(instance: InstanceHandle, serial: number): InstanceHandle | undefined;
  /** Below 2^53; 0: no such export, or a function. undefined: the instance is closed. */
  instanceIdentity(instance: InstanceHandle, exportIndex: number): number | undefined;
  instanceFunctions(instance: InstanceHandle, exports: number[]): number[] | undefined;
  link(instance: InstanceHandle, other: InstanceHandle): void;
  takeError(instance: InstanceHandle): RawError | RawTrap | undefined;
  takeErrorOfCall(): RawError | RawTrap | undefined;
  trapFrames(batch: TrapBatch, index: number): RawFrame[];

  /** A result is a host function that the call waits for. */
  readonly invoke: () => WaitedFor | undefined;
  invokeWith(stop: StopHandle | undefined): WaitedFor | undefined;
  /** Goes on with the call that waits. The result is as of `invoke`. */
  readonly resume: () => WaitedFor | undefined;
  functionInfo(index: number, generation: number): number[] | undefined;
  callAsync(instance: InstanceHandle, stop: StopHandle, settle: () => void): void;
  /** The promise of a host call has settled; the outcome is in the cell. */
  hostSettle(call: number): void;

  stopNew(runtime: RuntimeHandle): StopHandle | undefined;
  stopRequest(stop: StopHandle): void;
  tagNew(
    runtime: RuntimeHandle,
    kinds: readonly number[],
  ): readonly [TagHandle, number] | undefined;
  tagExported(instance: InstanceHandle, index: number): readonly [TagHandle, number] | undefined;
  /** Its values are in the cell. */
  exceptionNew(
    instance: InstanceHandle,
    tag: TagHandle,
  ): readonly [ExceptionHandle, number] | undefined;
  hostThrow(exception: ExceptionHandle): void;
  /** Of the error that was taken last. Its values are put into the cell. */
  takenException(): RawException | undefined;
  moduleCatches(module: ModuleHandle): boolean;

  memoryInfo(
    instance: InstanceHandle,
    index: number,
  ):
    | [
        size: number,
        pages: number,
        maximum: number,
        is64: boolean,
        backend: number,
        pageSize: number,
        shared: boolean,
      ]
    | undefined;
  /** A SharedArrayBuffer for a shared memory. */
  memoryBuffer(instance: InstanceHandle, index: number): ArrayBuffer | undefined;
  /** Whether that export is a shared memory; then it is found by the token, too. */
  memoryShare(instance: InstanceHandle, index: number, token: string): boolean | undefined;
  /** Which word tells the memory's epoch. */
  memoryEpoch(instance: InstanceHandle, index: number): number | undefined;
  /** The array of the words from index * 1024 on. */
  epochBlock(index: number): ArrayBuffer;
  memoryGrow(instance: InstanceHandle, index: number, pages: number): boolean | undefined;
  memoryNotify(
    instance: InstanceHandle,
    index: number,
    offset: number,
    count: number,
  ): number | undefined;
  memoryRead(
    instance: InstanceHandle,
    index: number,
    offset: number,
    bytes: Uint8Array,
  ): boolean | undefined;
  memoryWrite(
    instance: InstanceHandle,
    index: number,
    offset: number,
    bytes: Uint8Array,
  ): boolean | undefined;

  malloc(instance: InstanceHandle, size: number): number | undefined;
  free(instance: InstanceHandle, offset: number): void;
  dup(instance: InstanceHandle, bytes: Uint8Array): number | undefined;
  validateApp(instance: InstanceHandle, offset: number, size: number): boolean | undefined;
  validateString(instance: InstanceHandle, offset: number): boolean | undefined;
  appToNative(instance: InstanceHandle, offset: number): bigint | undefined;
  nativeToApp(instance: InstanceHandle, address: bigint): number | undefined;
  appRange(instance: InstanceHandle, offset: number): [number, number] | undefined;
  nativeRange(instance: InstanceHandle, address: bigint): [bigint, bigint] | undefined;

  tableSize(instance: InstanceHandle, index: number): number | undefined;
  tableGet(instance: InstanceHandle, index: number, element: number, functions: boolean): boolean;
  /** 0: refused; 2: done, and the element had a host reference before. */
  tableSet(instance: InstanceHandle, index: number, element: number, functions: boolean): number;
  /** The length before; undefined: refused. */
  tableGrow(
    instance: InstanceHandle,
    index: number,
    elements: number,
    functions: boolean,
  ): number | false | undefined;
  /** The addon knows `call` weakly. */
  referenceNew(
    instance: InstanceHandle,
    call: () => void,
    params: readonly number[],
    results: readonly number[],
  ): [index: number, generation: number] | undefined;
  /** How many places it looked at, and the indices that are free now; undefined: something runs. */
  referenceSweep(instance: InstanceHandle, kept: readonly number[]): number[] | undefined;
  /** Numbers of the externrefs that guests of the group refer to; undefined: not now. */
  collect(instance: InstanceHandle): Float64Array | undefined;
  /** False: no memory; undefined: not now. */
  objectShare(instance: InstanceHandle, other: InstanceHandle): boolean | undefined;
  /** Halves of a slot. False: no memory; undefined: not now. */
  objectHold(instance: InstanceHandle, low: number, high: number): boolean | undefined;
  /** False: it is not held; undefined: not now. */
  objectRelease(instance: InstanceHandle, low: number, high: number): boolean | undefined;
  globalGet(instance: InstanceHandle, index: number): boolean;
  globalSet(instance: InstanceHandle, index: number): boolean;

  instanceNumbers(instance: InstanceHandle, memory: number): RawNumbers | RawError | undefined;
  instanceRegions(instance: InstanceHandle, memory: number): RawRegion[] | RawError | undefined;
  instanceGlobals(instance: InstanceHandle): RawGlobalInfo[] | RawError | undefined;
  instanceTables(instance: InstanceHandle): RawTableInfo[] | RawError | undefined;
  instanceObjects(instance: InstanceHandle): RawObjects | RawError | undefined;
  /** Kinds as the C API has them. */
  moduleNames(module: ModuleHandle, kind: number): RawName[] | undefined;
  moduleSections(module: ModuleHandle): RawSection[] | RawError | undefined;

  /** These and wasiNew: undefined when the runtime is closed. */
  wasiHostDirectory(runtime: RuntimeHandle, path: string): WasiFileHandle | RawError | undefined;
  wasiMemoryDirectory(
    runtime: RuntimeHandle,
    shared: boolean,
    mostBytes: number,
  ): WasiFileHandle | RawError | undefined;
  wasiDescriptor(runtime: RuntimeHandle, number: number): WasiFileHandle | RawError | undefined;
  wasiInput(runtime: RuntimeHandle, bytes: Uint8Array): WasiFileHandle | RawError | undefined;
  /** The addon knows `source` weakly. */
  wasiStream(
    runtime: RuntimeHandle,
    source: RawWasiSource,
    terminal: boolean,
    reads: boolean,
    writes: boolean,
  ): WasiFileHandle | RawError | undefined;
  /** `has`: whether there are list, read, write, resize, make, remove, rename, readLink, setModified. */
  wasiDirectory(
    runtime: RuntimeHandle,
    source: RawWasiSource,
    has: readonly boolean[],
  ): WasiFileHandle | RawError | undefined;
  wasiWake(stream: WasiFileHandle): void;
  wasiNew(runtime: RuntimeHandle, options: RawWasiOptions): WasiHandle | RawError | undefined;
  /** Those that the guest has started: ends them and waits for that. */
  wasiEndThreads(instance: InstanceHandle): void;
  /** The code; undefined: it has not ended itself. */
  wasiExited(instance: InstanceHandle): number | undefined;
  wasiPreopened(instance: InstanceHandle, name: string): WasiFileHandle | RawError | undefined;
  wasiErrorName(error: number): string;
  /** A number is WASI's of an error; so are those of the next ones, or 0. */
  wasiGet(directory: WasiFileHandle, path: string): Uint8Array | number;
  wasiPut(directory: WasiFileHandle, path: string, bytes: Uint8Array): number;
  wasiMakeDirectory(directory: WasiFileHandle, path: string): number;
  wasiMakeLink(directory: WasiFileHandle, path: string, text: string): number;
  wasiRemove(directory: WasiFileHandle, path: string): number;
  /** Kind, bytes, milliseconds since 1970. */
  wasiStatus(directory: WasiFileHandle, path: string, follow: boolean): number[] | number;
  /** Names and kinds in turn. */
  wasiList(directory: WasiFileHandle, path: string): (string | number)[] | number;
}

export const binding = loadAddon().addon as RawBinding;
