/**
 * wembed: run WebAssembly modules with C's control over their memory.
 *
 * @packageDocumentation
 */
import './base/dispose.js';
import { binding } from './raw/binding.js';

export { OwnedBuffer, type OwnedBuffer64 } from './guest/buffer.js';
export type { CallOptions } from './core/call_options.js';
export { CallMemory, type GuestMemory } from './guest/call_memory.js';
export { type AsyncCaller, Caller, type DataAndMemory } from './host/caller.js';
export {
  CompileError,
  type ErrorPlace,
  ExitError,
  LinkError,
  ResourceError,
  type SourcePlace,
  Trap,
  UsageError,
  type WasmFrame,
  WembedError,
} from './base/errors.js';
export { Exception, type ExceptionOptions } from './core/exception.js';
export { JSTag, Tag, type TagDescriptor } from './core/tag.js';
export type { ExportedFunction } from './core/instance_core.js';
export { Global } from './instance/global.js';
export type { AsyncHostFunction, HostFunction } from './host/host_function.js';
export {
  type HostFunctionType,
  type HostResult,
  type HostResults,
  type HostValue,
  type HostValues,
  type HostValueType,
  hostFunction,
} from './host/host_reference.js';
export type { ModuleName, NameKind } from './core/names.js';
export { GuestObject } from './core/guest_object.js';
export { HostReference } from './core/host_reference.js';
export {
  type AssemblyScriptImports,
  type AssemblyScriptOptions,
  assemblyScript,
} from './host/assembly_script.js';
export { withoutCaller } from './host/without_caller.js';
export type { ResetOptions } from './core/instance_core.js';
export { type AsyncImports, type ImportValue, type Imports, fresh } from './host/imports.js';
export { type BufferInspection } from './guest/guest.js';
export { Inspection } from './inspect/inspection.js';
export {
  type GlobalInspection,
  type HeapInspection,
  type InspectOptions,
  type MemoryInspection,
  type ModuleInspection,
  type ObjectCount,
  type ObjectsInspection,
  type RegionInspection,
  type RegionKind,
  type SectionInspection,
  type TableInspection,
} from './inspect/parts.js';
export {
  type AcquireOptions,
  InstancePool,
  type InstancePoolOptions,
  type InstancePoolStats,
  type LeaseOptions,
} from './pool/instance_pool.js';
export { PooledInstance, type PooledOptions } from './pool/pooled_instance.js';
export type { Exited } from './instance/exited.js';
export { type AsyncInstance, type ExportedFunctions, Instance } from './instance/instance.js';
export { type AsyncInstantiateOptions, type InstantiateOptions } from './runtime/instantiate.js';
export * from './guest/layout.js';
export * from './guest/pointer.js';
export {
  type Live,
  type RecordField,
  type RecordLayout,
  type RecordMemory,
  bool,
  offsetOf,
  record,
} from './guest/record.js';
export { Memory } from './guest/memory.js';
export type { Backend, Storage } from './guest/storage.js';
export type {
  HostBuffer,
  InstanceMemoryOptions,
  MemoryStrategy,
  PoolOptions,
  RuntimeMemoryOptions,
} from './runtime/memory_options.js';
export type {
  MemoryPoolReport,
  MemoryReport,
  MemoryStepReport,
  MemorySystemReport,
} from './runtime/memory_report.js';
export { type CustomSection, type ExportDescriptor, type ImportDescriptor } from './core/extern.js';
export { Module } from './runtime/module.js';
export type { ModuleToken } from './runtime/sharing.js';
export type { MemoryToken } from './runtime/shared_memory.js';
export { type MemoryDescriptor, OwnMemory } from './runtime/own_memory.js';
export type { ModuleBytes, Ownership } from './load/module_bytes.js';
export {
  type Address,
  type At,
  type Offset,
  type Offset64,
  addBytes,
  advance,
  distance,
  fieldAt,
  offset,
  offset64,
  reinterpret,
} from './guest/offset.js';
export { type Feature } from './load/features.js';
export {
  type Requirements,
  type RequirementsOptions,
  requirementsOf,
} from './load/requirements.js';
export { type Limits } from './core/limits.js';
export {
  type BlockOptions,
  type BlockUse,
  type LoadFileOptions,
  type LoadBounds,
  type LoadDebug,
  type LoadOptions,
  type LogLevel,
  Runtime,
  type RuntimeOptions,
  type SignalState,
} from './runtime/runtime.js';
export { Table } from './instance/table.js';
export {
  type DirectoryEntry,
  Directory,
  type FileKind,
  type FileStatus,
} from './wasi/directory.js';
export { FileError } from './wasi/file_error.js';
export {
  FileLink,
  type FileTree,
  type HostDirectoryOptions,
  type MemoryDirectoryOptions,
  type PreopenDirectory,
  hostDirectory,
  memoryDirectory,
} from './wasi/preopen.js';
export { type InputChunk, Output, type WasiInput, type WasiOutput } from './wasi/streams.js';
export {
  type CallbackFiles,
  type CallbackStatus,
  callbackDirectory,
} from './wasi/callback_directory.js';
export type { WasiNetwork } from './wasi/network.js';
export type { WasiClock, WasiOptions } from './wasi/wasi.js';
export { Managed } from './typed/managed.js';
export type {
  CallbackSpec,
  ClassSpec,
  ElementSpec,
  FunctionSpec,
  LengthSpec,
  ListSpec,
  ManagedSpec,
  ManagedViewSpec,
  NullableSpec,
  OnlySpec,
  PlainManagedSpec,
  PointerSpec,
  ScalarName,
  TypedSpec,
  ValueSpec,
} from './typed/specs.js';
export {
  type FunctionPointerType,
  HostFunctionPointer,
  type TypedImport,
  TypedInstance,
  type TypedInstantiateOptions,
  type TypedLoadOptions,
  type TypedModule,
  type TypedSource,
  typed,
} from './typed/typed.js';
export type { In, In64, Pointer, Pointer64 } from './typed/types.js';
export type {
  ExternType,
  FunctionType,
  GlobalType,
  MemoryType,
  TableType,
  TagType,
  ValueType,
} from './raw/value_type.js';

/** The version of wembed. */
export const version: string = binding.version;

/** How the interpreter was built: `tail` or `loop`. */
export const interpreterDispatch: string = binding.dispatch;
