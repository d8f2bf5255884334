/**
 * wembed: run WebAssembly modules with C's control over their memory.
 *
 * @packageDocumentation
 */
import './dispose.js';
import { binding } from './binding.js';

export { OwnedBuffer, type OwnedBuffer64 } from './buffer.js';
export type { CallOptions } from './call_options.js';
export { CallMemory, type GuestMemory } from './call_memory.js';
export { type AsyncCaller, Caller, type DataAndMemory } from './caller.js';
export {
  CompileError,
  type ErrorPlace,
  LinkError,
  ResourceError,
  Trap,
  UsageError,
  type WasmFrame,
  WembedError,
} from './errors.js';
export type { ExportedFunction } from './exported_function.js';
export { Global } from './global.js';
export type { AsyncHostFunction, HostFunction } from './host_function.js';
export type { ResetOptions } from './instance_core.js';
export { type AsyncImports, type ImportValue, type Imports, fresh } from './imports.js';
export {
  type BufferInspection,
  type GlobalInspection,
  type HeapInspection,
  type InspectOptions,
  Inspection,
  type MemoryInspection,
  type ModuleInspection,
  type RegionInspection,
  type RegionKind,
  type SectionInspection,
  type TableInspection,
} from './inspection.js';
export {
  type AcquireOptions,
  InstancePool,
  type InstancePoolOptions,
  type InstancePoolStats,
  type LeaseOptions,
} from './instance_pool.js';
export { PooledInstance, type PooledOptions } from './pooled_instance.js';
export {
  type AsyncInstance,
  type AsyncInstantiateOptions,
  type ExportedFunctions,
  Instance,
  type InstantiateOptions,
} from './instance.js';
export * from './layout.js';
export { Memory } from './memory.js';
export type {
  Backend,
  HostBuffer,
  InstanceMemoryOptions,
  MemoryStrategy,
  PoolOptions,
  RuntimeMemoryOptions,
  Storage,
} from './memory_options.js';
export type {
  MemoryPoolReport,
  MemoryReport,
  MemoryStepReport,
  MemorySystemReport,
} from './memory_report.js';
export {
  type CustomSection,
  type ExportDescriptor,
  type ImportDescriptor,
  Module,
} from './module.js';
export type { ModuleBytes, Ownership } from './module_bytes.js';
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
} from './offset.js';
export { type Requirements, type RequirementsOptions, requirementsOf } from './requirements.js';
export {
  type BlockOptions,
  type BlockUse,
  type Limits,
  type LoadFileOptions,
  type LoadOptions,
  type LogLevel,
  Runtime,
  type RuntimeOptions,
} from './runtime.js';
export { Table } from './table.js';
export type {
  ExternType,
  FunctionType,
  GlobalType,
  MemoryType,
  TableType,
  TagType,
  ValueType,
} from './value_type.js';

/** The version of wembed. */
export const version: string = binding.version;

/** How the interpreter was built: `tail` or `loop`. */
export const interpreterDispatch: string = binding.dispatch;
