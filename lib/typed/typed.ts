/**
 * Modules with types of their own: what `wembed types` generates calls `typed` with what it knows of
 * a module, and exports what comes of it.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Handle } from '../base/handle.js';
import { LinkError, UsageError } from '../base/errors.js';
import type { Memory } from '../guest/memory.js';
import type { Caller } from '../host/caller.js';
import type { ImportValue } from '../host/imports.js';
import type { Instance } from '../instance/instance.js';
import type { InstantiateOptions } from '../runtime/instantiate.js';
import type { Module } from '../runtime/module.js';
import { type LoadDebug, Runtime } from '../runtime/runtime.js';
import { Guest } from './call_scope.js';
import { callbackOf, typedFunction, typedHost } from './calls.js';
import type { CallbackSpec, TypedSpec } from './specs.js';

/** Where the module is: its bytes, or the path or file URL of its file. */
export type TypedSource = Uint8Array | string | URL;

/** How a typed module is loaded. */
export interface TypedLoadOptions extends LoadDebug {
  /**
   * Whether another build is taken whose functions have the same types in wasm. Structs may have
   * changed all the same: then calls go wrong without a word. Default: false.
   */
  readonly anyBuild?: boolean | undefined;
}

/** The options of an instance; the imports are as the module's types say. */
export interface TypedInstantiateOptions<I extends object, D = unknown> extends Omit<
  InstantiateOptions<D>,
  'imports' | 'asyncOnly'
> {
  /** What the module imports, in the types of its file. */
  readonly imports?: Partial<I> | undefined;
}

/** A module that was loaded and is the one its types were made for. */
export interface TypedModule<E extends object, I extends object> {
  /** The module itself. */
  readonly module: Module;
  /** Makes an instance whose functions take and give what the source says. */
  instantiate<D = unknown>(
    ...options: keyof I extends never
      ? [options?: TypedInstantiateOptions<I, D>]
      : [options: TypedInstantiateOptions<I, D> & { readonly imports: I }]
  ): TypedInstance<E>;
}

/** What `import app from './app.wasm'` is, by a plugin of a bundler or `wembed/register-types`. */
export interface TypedImport<E extends object, I extends object> {
  /**
   * Loads the module, and checks that it is the one that its types were made for: else it throws a
   * LinkError.
   */
  load(runtime: Runtime, options?: TypedLoadOptions): TypedModule<E, I>;
}

const guests = new WeakMap<Instance, Guest>();

function guestOf(instance: Instance, spec: TypedSpec): Guest {
  let guest = guests.get(instance);
  if (guest === undefined) {
    guest = new Guest(instance, spec.memory64 === true);
    guests.set(instance, guest);
  }
  return guest;
}

/** A function of the host's in a guest's table, until it is freed. */
export class HostFunctionPointer<F> extends Handle {
  /** @internal */
  readonly what = 'function pointer';
  /** Its place in the table: what the guest knows it by. */
  readonly index: number;
  readonly #guest: Guest;
  #freed = false;

  /** @internal */
  constructor(guest: Guest, index: number) {
    super();
    this.#guest = guest;
    this.index = index;
  }

  /** Of what it is a pointer to; there for the compiler alone. */
  declare readonly to: F;

  get closed(): boolean {
    return this.#freed || this.#guest.instance.closed;
  }

  /** @internal */
  override closedText(): string {
    return 'the function pointer was freed';
  }

  /** @internal */
  protected end(): boolean {
    this.#freed = true;
    this.#guest.removeFunction(this.index);
    return true;
  }
}

/** A function type of the module's, for `TypedInstance.pointer`. */
export interface FunctionPointerType<F> extends CallbackSpec {
  /** Absent: there for the compiler alone. */
  readonly type?: F;
}

/** An instance of a typed module. Closing it closes the instance. */
export class TypedInstance<E extends object> extends Handle {
  /** @internal */
  readonly what = 'instance';
  /** The instance itself, for everything that has no types. */
  readonly instance: Instance;
  /** Its functions. */
  readonly exports: E;
  readonly #guest: Guest;

  /** @internal */
  constructor(instance: Instance, spec: TypedSpec) {
    super();
    this.instance = instance;
    const guest = guestOf(instance, spec);
    this.#guest = guest;
    const raw = instance.exports as Readonly<Record<string, (...args: unknown[]) => unknown>>;
    const exports = Object.setPrototypeOf({}, null) as Record<string, unknown>;
    for (const [name, fn] of Object.entries(raw)) {
      const known = Object.hasOwn(spec.functions, name) ? spec.functions[name] : undefined;
      exports[name] = known === undefined ? fn : typedFunction(guest, name, known, fn);
    }
    this.exports = Object.freeze(exports) as E;
  }

  /** Its first memory: what `T.at(app.memory, offset)` wants. */
  get memory(): Memory {
    return this.instance.memory;
  }

  /**
   * Puts a function into the instance's table, for guests that keep it longer than the call it is
   * passed in. It stays until it is closed.
   */
  pointer<F>(type: FunctionPointerType<F>, fn: F): HostFunctionPointer<F> {
    const made = callbackOf(this.#guest, type.call, fn as never);
    return new HostFunctionPointer<F>(this.#guest, this.#guest.addFunction(made));
  }

  get closed(): boolean {
    return this.instance.closed;
  }

  /** @internal */
  override closedText(): string {
    return 'the instance is closed';
  }

  /** @internal */
  protected end(): boolean {
    this.instance.close();
    return true;
  }
}

function bytesOf(source: TypedSource): Uint8Array {
  if (source instanceof Uint8Array) return source;
  return readFileSync(source instanceof URL ? fileURLToPath(source) : source);
}

/** What does not fit, as lines; none: everything does. */
function misfits(spec: TypedSpec, module: Module): string[] {
  const found = new Map(
    module.exports.flatMap(({ name, type, signature }) =>
      type.kind === 'function' ? [[name, signature] as const] : [],
    ),
  );
  return Object.entries(spec.signatures).flatMap(([name, wanted]) => {
    const signature = found.get(name);
    if (signature === wanted) return [];
    return [
      `${name} ${wanted}: ${signature === undefined ? 'is not exported' : `is ${signature}`}`,
    ];
  });
}

function check(spec: TypedSpec, module: Module, bytes: Uint8Array, anyBuild: boolean): void {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 === spec.sha256) return;
  const lines = misfits(spec, module);
  if (anyBuild && lines.length === 0) return;
  const what = lines.length === 0 ? 'its functions have the same types' : lines.join('\n  ');
  throw new LinkError(
    `the module is not the one its types were made for (run wembed types again): SHA-256 ` +
      `${sha256}, not ${spec.sha256} of ${spec.name}\n  ${what}`,
    { code: 'TypesDoNotFit', module: module.name },
  );
}

function typedImports(spec: TypedSpec, given: object): Record<string, Record<string, ImportValue>> {
  const spaces = Object.create(null) as Record<string, Record<string, ImportValue>>;
  for (const [from, items] of Object.entries(given)) {
    const space = (spaces[from] = Object.create(null) as Record<string, ImportValue>);
    for (const [name, value] of Object.entries(items as Record<string, ImportValue>)) {
      const known = spec.imports?.[from]?.[name];
      space[name] =
        known === undefined || typeof value !== 'function'
          ? value
          : typedHost(
              (caller: Caller) => guestOf(caller.instance, spec),
              `${from}.${name}`,
              known,
              value as (...args: unknown[]) => unknown,
            );
    }
  }
  return spaces;
}

/**
 * What a generated file exports: `load(runtime, source)` checks that the module is the one that the
 * types were made for, which is a LinkError otherwise, and gives what makes instances of it.
 */
export function typed<E extends object, I extends object = object>(
  spec: TypedSpec,
): (runtime: Runtime, source: TypedSource, options?: TypedLoadOptions) => TypedModule<E, I> {
  return (runtime, source, options) => {
    if (!(runtime instanceof Runtime)) throw new UsageError('load takes a Runtime and a module');
    const bytes = bytesOf(source);
    const module = runtime.load(bytes, { name: spec.name, debug: options?.debug });
    try {
      check(spec, module, bytes, options?.anyBuild === true);
    } catch (error) {
      module.close();
      throw error;
    }
    return {
      module,
      instantiate: (...[given]) => {
        const { imports = {}, ...rest } = given ?? {};
        const made = module.instantiate({
          ...rest,
          imports: typedImports(spec, imports),
        } as InstantiateOptions);
        return new TypedInstance<E>(made, spec);
      },
    };
  };
}
