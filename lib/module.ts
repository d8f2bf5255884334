/** A loaded module: checked, immutable, to be instantiated any number of times. */
import { type ModuleHandle, type RawError, type RawExtern, binding } from './binding.js';
import { errorOf, isRawError } from './errors.js';
import { Handle } from './handle.js';
import {
  type AsyncInstance,
  type AsyncInstantiateOptions,
  type ExportedFunctions,
  Instance,
  type InstantiateOptions,
} from './instance.js';
import type { Runtime } from './runtime.js';
import { type ExternType, FUNCTION, GLOBAL, MEMORY, TABLE, valueType } from './value_type.js';

/** What a module exports. */
export interface ExportDescriptor {
  readonly name: string;
  readonly type: ExternType;
  /** The type as text, for example `(i32, f64) -> (i32)`. */
  readonly signature: string;
}

/** What a module imports. */
export interface ImportDescriptor extends ExportDescriptor {
  readonly module: string;
}

/** A custom section of a module. */
export interface CustomSection {
  readonly name: string;
  /** A copy. */
  readonly bytes: Uint8Array;
}

function externType(raw: RawExtern): ExternType {
  switch (raw.kind) {
    case FUNCTION:
      return {
        kind: 'function',
        params: (raw.params ?? []).map(valueType),
        results: (raw.results ?? []).map(valueType),
      };
    case TABLE:
      return {
        kind: 'table',
        element: valueType(raw.element),
        minimum: raw.minimum ?? 0,
        maximum: raw.maximum ?? 0,
      };
    case MEMORY:
      return {
        kind: 'memory',
        minimum: raw.minimum ?? 0,
        maximum: raw.maximum ?? 0,
        shared: raw.shared ?? false,
      };
    case GLOBAL:
      return { kind: 'global', value: valueType(raw.value), mutable: raw.mutable ?? false };
    default:
      return { kind: 'tag' };
  }
}

function readable<T extends object>(list: T | RawError): T {
  if (isRawError(list)) throw errorOf(list);
  return list;
}

function describe(raw: RawExtern): ExportDescriptor {
  return { name: raw.name, type: externType(raw), signature: raw.text };
}

/**
 * A module that was loaded and checked. It does not change, any number of instances may be made of
 * it. Closing it closes them, and lets go of its bytes.
 */
export class Module extends Handle {
  /** @internal */
  readonly what = 'module';
  /** Where it was loaded. */
  readonly runtime: Runtime;
  /** Its name in messages, as given to `load`. */
  readonly name: string;
  /** @internal */
  readonly handle: ModuleHandle;
  #closed = false;
  #rawImports: RawExtern[] | undefined;
  #rawExports: RawExtern[] | undefined;
  #functionExports: { name: string; index: number }[] | undefined;

  /** @internal Use `Runtime.load`. */
  constructor(runtime: Runtime, handle: ModuleHandle, name: string) {
    super();
    this.runtime = runtime;
    this.handle = handle;
    this.name = name;
  }

  get closed(): boolean {
    return this.#closed || this.runtime.closed;
  }

  /** @internal */
  protected end(): boolean {
    this.#closed = binding.moduleClose(this.handle);
    return this.#closed;
  }

  /** @internal */
  get rawImports(): readonly RawExtern[] {
    return (this.open().#rawImports ??= readable(binding.moduleImports(this.handle)));
  }

  /** @internal */
  get rawExports(): readonly RawExtern[] {
    return (this.open().#rawExports ??= readable(binding.moduleExports(this.handle)));
  }

  /** @internal */
  get functionExports(): readonly { name: string; index: number }[] {
    return (this.#functionExports ??= this.rawExports
      .map(({ name, kind }, index) => ({ name, kind, index }))
      .filter((entry) => entry.kind === FUNCTION));
  }

  /** @internal -1: the first memory is not known to be exported. */
  get firstMemoryExport(): number {
    // With one memory, an exported one is it; with more, the first is reached by its place.
    const exported = this.rawExports.filter((entry) => entry.kind === MEMORY);
    const imported = this.rawImports.some((entry) => entry.kind === MEMORY);
    if (exported.length !== 1 || imported) return -1;
    return this.rawExports.findIndex((entry) => entry.kind === MEMORY);
  }

  /** What it imports, in the order of the file. */
  get imports(): readonly ImportDescriptor[] {
    return this.rawImports.map((raw) => ({ ...describe(raw), module: raw.module ?? '' }));
  }

  /** What it exports, in the order of the file. */
  get exports(): readonly ExportDescriptor[] {
    return this.rawExports.map(describe);
  }

  /** Its custom sections, in the order of the file. */
  get customSections(): readonly CustomSection[] {
    return readable(binding.moduleCustomSections(this.open().handle));
  }

  /**
   * Makes an instance and runs its start function. Every import that is missing or of another
   * type is named in one LinkError, unless `strict` is false.
   */
  instantiate<E extends object = ExportedFunctions>(options?: InstantiateOptions): Instance<E>;
  /** With `data` for its host functions; all of `E` and `D` are to be named, or none. */
  instantiate<E extends object = ExportedFunctions, D = unknown>(
    options: InstantiateOptions<D> & { readonly data: D },
  ): Instance<E, D>;
  /** For calls by `callAsync` alone. */
  instantiate<E extends object = ExportedFunctions>(
    options: AsyncInstantiateOptions,
  ): AsyncInstance<E>;
  instantiate<E extends object = ExportedFunctions, D = unknown>(
    options: AsyncInstantiateOptions<D> & { readonly data: D },
  ): AsyncInstance<E, D>;
  instantiate<E extends object, D>(
    options: InstantiateOptions<D> | AsyncInstantiateOptions<D> = {},
  ): Instance<E, D> {
    this.open();
    return new Instance<E, D>(this, options);
  }
}
