/** What instances need of their module. */
import { refusal } from '../base/uncloneable.js';
import { errorOf, isRawError } from '../base/errors.js';
import { Handle } from '../base/handle.js';
import { counted, quoted, shown, shownAs } from '../base/shown.js';
import { type ModuleHandle, type RawError, type RawExtern, binding } from '../raw/binding.js';
import { FUNCTION, MEMORY } from '../raw/value_type.js';
import {
  type CustomSection,
  type ExportDescriptor,
  type ImportDescriptor,
  describe,
} from './extern.js';
import { type ModuleName, type NameKind, namesOf } from './names.js';
import type { RuntimeCore } from './runtime_core.js';

const cloned = refusal('Module');

function readable<T extends object>(list: T | RawError): T {
  if (isRawError(list)) throw errorOf(list);
  return list;
}

/** The part of a Module that does not know what is made from it. */
export abstract class ModuleCore extends Handle {
  /** @internal See uncloneable.ts. */
  readonly cloned: symbol = cloned;
  /** @internal */
  readonly what = 'module';
  /** Where it was loaded. */
  readonly runtime: RuntimeCore;
  /** Its name in messages, as given to `load`. */
  readonly name: string;
  /** @internal */
  readonly handle: ModuleHandle;
  #closed = false;
  #rawImports: RawExtern[] | undefined;
  #rawExports: RawExtern[] | undefined;
  #functionExports: { name: string; index: number }[] | undefined;
  #exportIndices: ReadonlyMap<string, number> | undefined;
  #firstMemory: number | undefined;

  /** @internal Use `Runtime.load`. */
  constructor(runtime: RuntimeCore, handle: ModuleHandle, name: string) {
    super();
    this.runtime = runtime;
    this.handle = handle;
    this.name = name;
  }

  get closed(): boolean {
    return this.#closed || this.runtime.closed;
  }

  /** @internal */
  [shown](): string {
    if (this.closed)
      return shownAs(
        'Module',
        () => quoted(this.name),
        () => 'closed',
      );
    return shownAs(
      'Module',
      () => quoted(this.name),
      () => counted(this.rawImports.length, 'import'),
      () => counted(this.rawExports.length, 'export'),
    );
  }

  /** @internal What of it was closed. */
  get closedPart(): 'module' | 'runtime' {
    return this.#closed ? 'module' : 'runtime';
  }

  /** @internal */
  override closedText(): string {
    return `the module is closed${this.#closed ? '' : ': its runtime was closed'}`;
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

  /** @internal undefined: nothing is exported under that name. */
  exportIndex(name: string): number | undefined {
    const { rawExports } = this;
    this.#exportIndices ??= new Map(rawExports.map((entry, index) => [entry.name, index]));
    return this.#exportIndices.get(name);
  }

  /** @internal -1: the first memory is not known to be exported. */
  get firstMemoryExport(): number {
    return (this.#firstMemory ??= this.#findFirstMemory());
  }

  #findFirstMemory(): number {
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

  /**
   * The names of one kind in its name section, by their numbers: `names('local')`. They are read when
   * they are asked for, each time; a section with mistakes gives fewer names and no error. Throws a
   * UsageError when there is no such kind.
   */
  names(kind: NameKind): readonly ModuleName[] {
    return namesOf(this.open().handle, kind);
  }

  /** Its custom sections, in the order of the file. */
  get customSections(): readonly CustomSection[] {
    return readable(binding.moduleCustomSections(this.open().handle));
  }
}
