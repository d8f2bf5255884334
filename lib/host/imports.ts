/** From the imports a caller gives to what the addon takes. */
import type { RawExtern, RawImport } from '../raw/binding.js';
import type { AsyncCaller, Caller } from './caller.js';
import { recordOf } from '../call/function_record.js';
import { convert, reference } from '../call/values.js';
import { Global, globalParts } from '../instance/global.js';
import { type HostFunction, makeHost } from './host_function.js';
import { Instance } from '../instance/instance.js';
import { type ExportedFunction, InstanceCore } from '../core/instance_core.js';
import { join } from '../core/link_group.js';
import { Memory, memoryParts } from '../guest/memory.js';
import { Tag, nativeTag } from '../core/tag.js';
import type { Seat } from './seat.js';
import { Table, tableParts } from '../instance/table.js';
import {
  ANYREF,
  EXTERNREF,
  F32,
  F64,
  FUNCTION,
  GLOBAL,
  I32,
  I64,
  MEMORY,
  TABLE,
  TAG,
  valueType,
} from '../raw/value_type.js';

/** Asks for a new memory, table or global of the type that the module imports. */
export const fresh: unique symbol = Symbol('wembed.fresh');

/**
 * What an import may be satisfied with. Values are for immutable globals. `D` is the type of the
 * instance's data, `C` what its host functions get as the caller.
 */
export type ImportValue<D = unknown, C = Caller<D>> =
  | ((caller: C, ...args: never[]) => unknown)
  | Memory
  | Table
  | Global
  | Tag
  | typeof fresh
  | number
  | bigint
  | null;

/** An instance, whatever its functions are. */
type AnyInstance = Pick<Instance, 'export' | 'module'>;

/** By module name and name. An instance in place of a module offers all its exports. */
export type Imports<D = unknown, C = Caller<D>> = Readonly<
  Record<string, Readonly<Record<string, ImportValue<D, C>>> | AnyInstance>
>;

/** Imports of an instance that only `callAsync` calls: its host functions can always wait. */
export type AsyncImports<D = unknown> = Imports<D, AsyncCaller<D>>;

const DEFAULT: RawImport = { source: 0 };
const FRESH: RawImport = { source: 4 };

const bits = new DataView(new ArrayBuffer(8));

/** Everything the module wants; what does not fit is added to `problems`. */
export class ImportResolver {
  readonly problems: string[] = [];

  constructor(
    private readonly core: InstanceCore,
    private readonly seat: Seat,
    private readonly imports: Imports,
  ) {}

  resolve(wanted: readonly RawExtern[]): RawImport[] {
    return wanted.map((type) => {
      const value = this.#find(type.module ?? '', type.name);
      if (value === undefined) return DEFAULT;
      return this.#import(type, value) ?? this.#refuse(type, value);
    });
  }

  #find(module: string, name: string): unknown {
    const space: unknown = this.imports[module];
    if (space instanceof Instance) return space.export(name);
    // Read as a property: inherited ones and those of proxies are taken too.
    return (space as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  }

  #refuse(type: RawExtern, value: unknown): RawImport {
    const given = value === null ? 'null' : typeof value;
    this.problems.push(`import "${type.module}" "${type.name}": wanted ${type.text}, got ${given}`);
    return DEFAULT;
  }

  #import(type: RawExtern, value: unknown): RawImport | undefined {
    switch (type.kind) {
      case FUNCTION:
        return typeof value === 'function' ? this.#function(type, value) : undefined;
      case MEMORY:
        if (value === fresh) return FRESH;
        return value instanceof Memory ? this.#memory(value) : undefined;
      case TABLE:
        if (value === fresh) return FRESH;
        return value instanceof Table ? this.#exported(tableParts(value)) : undefined;
      case GLOBAL:
        if (value === fresh) return FRESH;
        return value instanceof Global
          ? this.#exported(globalParts(value))
          : this.#constant(type.value, value);
      case TAG:
        if (value === fresh) return FRESH;
        return value instanceof Tag ? this.#tag(value) : undefined;
      default:
        return undefined;
    }
  }

  #tag(tag: Tag): RawImport {
    return { source: 7, tag: nativeTag(tag, this.core.module.runtime).handle };
  }

  #memory(memory: Memory): RawImport | undefined {
    const { guest, index } = memoryParts(memory);
    if (!(guest instanceof InstanceCore)) return undefined;
    if (guest.closed || !memory.shared) return this.#exported({ core: guest, index });
    // It stays where it is and goes when nobody uses it: each may be called while others run.
    if (index < 0 || !this.#related(guest)) return undefined;
    this.core.sharesMemory = guest.sharesMemory = true;
    return { source: 2, from: guest.handle, index };
  }

  /** Another instance's export: both belong together from now on. */
  #exported(parts: { core: InstanceCore; index: number }): RawImport | undefined {
    const { core, index } = parts;
    if (index < 0 || !this.#related(core)) return undefined;
    join(this.core, core);
    return { source: 2, from: core.handle, index };
  }

  #related(core: InstanceCore): boolean {
    return !core.closed && core.module.runtime === this.core.module.runtime;
  }

  #function(type: RawExtern, value: object): RawImport {
    const record = recordOf(value);
    if (record !== undefined && this.#related(record.core)) {
      join(this.core, record.core);
      return { source: 5, index: record.index, generation: record.generation };
    }
    // A function of another runtime is called through JavaScript, like any other.
    const fn = value as HostFunction;
    const target = record === undefined ? fn : ignoringCaller(value as ExportedFunction);
    const call = makeHost(this.seat, target, type.params ?? [], type.results ?? []);
    Object.defineProperty(call, 'name', { value: `${type.module ?? ''}.${type.name}` });
    this.core.hosts.push(call);
    return { source: 1, call };
  }

  #constant(kind: number | undefined, value: unknown): RawImport | undefined {
    bits.setBigUint64(0, 0n);
    if (kind === I64 && typeof value === 'bigint') {
      bits.setBigInt64(0, BigInt.asIntN(64, value), true);
    } else if (kind === I32 && typeof value === 'number') {
      bits.setInt32(0, value | 0, true);
    } else if (kind === F32 && typeof value === 'number') {
      bits.setFloat32(0, value, true);
    } else if (kind === F64 && typeof value === 'number') {
      bits.setFloat64(0, value, true);
    } else if ((kind === EXTERNREF || kind === ANYREF) && value !== null) {
      const words = reference(this.core, kind, convert(this.core, kind, value), true);
      bits.setUint32(0, words?.low ?? 0, true);
      bits.setUint32(4, words?.high ?? 0, true);
    } else if (value !== null || !valueType(kind).endsWith('ref')) {
      return undefined;
    }
    return { source: 3, low: bits.getUint32(0, true), high: bits.getUint32(4, true) };
  }
}

/** An exported function as a host function. */
function ignoringCaller(fn: ExportedFunction): HostFunction {
  return (_caller: Caller, ...args: unknown[]) => fn(...args);
}
