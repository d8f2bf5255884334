/** A description from debugging information: of what exports and imports lead to, and no more. */
import {
  type DebugFunction,
  type DebugInfo,
  type DebugType,
  Encoding,
  Kind,
  MemberKind,
} from '../debug/debug_info.js';
import type {
  Description,
  FieldDescription,
  FunctionDescription,
  TypeDescription,
} from './description.js';
import { Names } from './names.js';
import type { WasmFile } from './wasm_file.js';

/** Why there is no typed caller. */
class Refused extends Error {}

const wrappers: ReadonlySet<number> = new Set([
  Kind.CONST,
  Kind.VOLATILE,
  Kind.RESTRICT,
  Kind.ATOMIC,
]);
const compounds: ReadonlySet<number> = new Set([Kind.STRUCT, Kind.CLASS, Kind.UNION]);
const pointers: ReadonlySet<number> = new Set([
  Kind.POINTER,
  Kind.REFERENCE,
  Kind.RVALUE_REFERENCE,
]);

/** Deeper than any program has them; information may lead in circles. */
const mostSteps = 100;

class Describer {
  readonly types: Record<string, TypeDescription> = {};
  readonly #names = new Names();
  /** Of struct, union, enum and function types that have a name already. */
  readonly #known = new Map<number, string>();
  #complete: Map<string, number> | undefined;
  #pointers: Map<string, number> | undefined;
  /** Names of what is being described: not known yet, but soon. */
  readonly #open = new Set<string>();

  constructor(
    readonly info: DebugInfo,
    readonly addressBytes: number,
  ) {}

  /** Without const and the like; whether there was a const. */
  #bare(index: number | undefined): { index: number | undefined; constant: boolean } {
    let constant = false;
    for (let steps = 0; index !== undefined && steps < mostSteps; steps++) {
      const type = this.info.type(index);
      if (!wrappers.has(type.kind)) return { index, constant };
      constant ||= type.kind === Kind.CONST;
      index = type.target;
    }
    return { index: undefined, constant };
  }

  /** Through typedefs too; the outermost of them names what has no name. */
  #resolved(index: number | undefined): {
    index: number | undefined;
    constant: boolean;
    alias: string | undefined;
  } {
    let alias: string | undefined;
    let { index: at, constant } = this.#bare(index);
    for (let steps = 0; at !== undefined && steps < mostSteps; steps++) {
      const type = this.info.type(at);
      if (type.kind !== Kind.TYPEDEF) return { index: at, constant, alias };
      alias ??= qualified(type);
      const next = this.#bare(type.target);
      at = next.index;
      constant ||= next.constant;
    }
    return { index: undefined, constant, alias };
  }

  #depth = 0;

  /** The text of a type. `hint` names what has no name. */
  text(given: number | undefined, hint: string): string {
    if (this.#depth >= mostSteps) throw new Refused(`${hint} is of types in types in types`);
    this.#depth++;
    try {
      return this.#text(given, hint);
    } finally {
      this.#depth--;
    }
  }

  #text(given: number | undefined, hint: string): string {
    const { index, alias } = this.#resolved(given);
    if (index === undefined) return 'void';
    const type = this.info.type(index);
    // Zig's void is a number without bits.
    if (type.kind === Kind.BASE) return type.bytes === 0 ? 'void' : baseText(type);
    if (pointers.has(type.kind)) return this.#pointer(type, hint, alias);
    if (type.kind === Kind.ARRAY) return this.#array(type, hint);
    if (type.kind === Kind.ENUM) return this.#enum(index, type, alias ?? hint);
    if (compounds.has(type.kind)) {
      const pointer = this.#nullable(type);
      if (pointer !== undefined) return this.text(pointer, hint);
      return this.#compound(index, type, alias, hint);
    }
    if (type.kind === Kind.UNSPECIFIED) return 'void*';
    throw new Refused(`${type.name ?? hint} is of a kind that is not passed`);
  }

  /**
   * Rust's option of a pointer, which is that pointer and null for none. Its variants are said by
   * names alone; the pointer's type has the name that stands between the brackets.
   */
  #nullable(type: DebugType): number | undefined {
    if (type.variants !== true || type.bytes !== this.addressBytes) return undefined;
    const [, name] = /^Option<((?:&|\*|.*\bfn\().*)>$/.exec(type.name ?? '') ?? [];
    if (name === undefined) return undefined;
    this.#pointers ??= new Map(
      [...this.info.types()].flatMap(([index, item]) =>
        item.kind === Kind.POINTER && item.name !== undefined ? [[item.name, index]] : [],
      ),
    );
    return this.#pointers.get(name);
  }

  /** A type that is passed or lies somewhere by itself: it has a size. */
  #value(given: number | undefined, hint: string): string {
    const text = this.text(given, hint);
    const [base = ''] = text.split('[');
    if (this.types[base]?.kind === 'opaque' && !this.#open.has(base)) {
      throw new Refused(`nothing is known of what is in ${this.types[base].called ?? base}`);
    }
    return text;
  }

  #pointer(type: DebugType, hint: string, alias: string | undefined): string {
    const { index, constant: isConst, alias: named } = this.#resolved(type.target);
    // Rust says it by the name of the pointer's type.
    const constant = isConst || /^(?:&(?!mut\b)|\*const )/.test(type.name ?? '');
    const target = index === undefined ? undefined : this.info.type(index);
    if (target?.kind === Kind.FUNCTION && index !== undefined) {
      return this.#function(index, target, alias ?? named ?? hint);
    }
    const inner = this.#target(type.target, target, hint);
    if (inner === undefined) return constant ? 'const void*' : 'void*';
    return `${constant && !inner.startsWith('const ') ? 'const ' : ''}${inner}*`;
  }

  /** What a pointer leads to, where that can be said. */
  #target(
    given: number | undefined,
    target: DebugType | undefined,
    hint: string,
  ): string | undefined {
    try {
      if (target?.kind === Kind.ARRAY) return this.text(target.target, hint);
      return target === undefined ? 'void' : this.text(given, hint);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return undefined;
    }
  }

  #array(type: DebugType, hint: string): string {
    const sizes = type.members.filter(({ kind }) => kind === MemberKind.DIMENSION);
    if (type.vector === true) throw new Refused(`${hint} is a vector`);
    if (sizes.some(({ value }) => value < 0n)) throw new Refused(`${hint} has no length`);
    const element = this.text(type.target, hint);
    const [, base = element, inner = ''] = /^(.*?)((?:\[\d+\])*)$/.exec(element) ?? [];
    return `${base}${sizes.map(({ value }) => `[${value}]`).join('')}${inner}`;
  }

  #enum(index: number, type: DebugType, hint: string): string {
    const known = this.#known.get(index);
    if (known !== undefined) return known;
    const values = type.members.filter(({ kind }) => kind === MemberKind.ENUMERATOR);
    const { index: under } = this.#resolved(type.target);
    const base = under === undefined ? undefined : this.info.type(under);
    const isSigned = values.some(({ value }) => value < 0n);
    const of =
      base !== undefined && base.bytes === type.bytes && !isSigned
        ? baseText(base)
        : `${isSigned ? 'i' : 'u'}${(type.bytes ?? 4) * 8}`;
    const name = this.#name(index, qualified(type) ?? hint);
    this.types[name] = {
      kind: 'enum',
      of: of === 'char' ? 'i8' : of,
      values: Object.fromEntries(values.map((item) => [item.name ?? '', Number(item.value)])),
      ...this.#about(type, name),
    };
    return name;
  }

  #function(index: number, type: DebugType, hint: string): string {
    const known = this.#known.get(index);
    if (known !== undefined) return known;
    const name = this.#name(index, hint);
    this.types[name] = { kind: 'opaque' }; // it may lead back to itself
    this.#open.add(name);
    try {
      this.types[name] = {
        kind: 'function',
        ...this.signature(type.members, type.target, name),
      };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // What leads back to it knows it as something of which nothing is known.
      this.#known.delete(index);
      throw error;
    } finally {
      this.#open.delete(name);
    }
    return name;
  }

  /** A declaration's definition, in another unit. */
  #definition(type: DebugType): number | undefined {
    this.#complete ??= new Map(
      [...this.info.types()].flatMap(([index, item]) => {
        const name = qualified(item);
        const isWhole = compounds.has(item.kind) && item.declaration !== true;
        return isWhole && name !== undefined ? [[name, index] as const] : [];
      }),
    );
    return this.#complete.get(qualified(type) ?? '');
  }

  #compound(given: number, shown: DebugType, alias: string | undefined, hint: string): string {
    let index = given;
    let type = shown;
    if (type.declaration === true) {
      const found = this.#definition(type);
      if (found !== undefined) {
        index = found;
        type = this.info.type(found);
      }
    }
    const known = this.#known.get(index) ?? this.#same(type, alias);
    if (known !== undefined) return known;
    const called = alias ?? qualified(type);
    const name = this.#name(index, called ?? hint);
    if (type.declaration === true || type.variants === true || type.bytes === undefined) {
      this.types[name] = { kind: 'opaque', ...(called !== name && called && { called }) };
      return name;
    }
    // Known before its fields, which may lead back to it.
    this.types[name] = { kind: 'opaque' };
    const fields = this.#fields(type, name);
    this.types[name] = {
      kind: type.kind === Kind.UNION ? 'union' : 'struct',
      size: type.bytes,
      align: type.align ?? this.#align(fields),
      fields,
      ...this.#about(type, name),
    };
    return name;
  }

  /** The same type as another unit has it: of the same name and declared at the same place. */
  readonly #places = new Map<string, string>();
  #same(type: DebugType, alias: string | undefined): string | undefined {
    if (type.file === undefined) return undefined;
    return this.#places.get(this.#placeOf(type, alias));
  }
  #placeOf(type: DebugType, alias: string | undefined): string {
    return [qualified(type) ?? alias ?? '', type.file, type.line, type.bytes].join('\0');
  }

  #fields(type: DebugType, owner: string): FieldDescription[] {
    const names = new Names();
    return type.members.flatMap((member): FieldDescription[] => {
      const isBase = member.kind === MemberKind.BASE_CLASS;
      if (member.kind !== MemberKind.FIELD && !isBase) return [];
      const { offset: at, bits, bitOffset = 0 } = member;
      if (at === undefined) return [];
      const { index } = this.#resolved(member.type);
      const inner = index === undefined ? undefined : this.info.type(index);
      if (member.name === undefined && !isBase) {
        // C's structs and unions without a name: their fields are the outer one's.
        if (inner === undefined || !compounds.has(inner.kind)) return [];
        return this.#fields(inner, owner).map((field) => ({
          ...field,
          name: names.take(field.name),
          at: at + field.at,
        }));
      }
      const name = names.take(member.name ?? inner?.name ?? 'base');
      const type = this.#fieldText(member.type, `${owner}_${name}`, inner);
      if (type === undefined) return [];
      return [{ name, at, type, ...(bits !== undefined && { bits: [bitOffset, bits] as const }) }];
    });
  }

  /** Bytes stand for what is of no type here; what has no bytes is not there. */
  #fieldText(
    index: number | undefined,
    hint: string,
    inner: DebugType | undefined,
  ): string | undefined {
    try {
      const text = this.#value(index, hint);
      return text === 'void' ? undefined : text;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return inner?.bytes === undefined ? undefined : `u8[${inner.bytes}]`;
    }
  }

  #align(fields: readonly FieldDescription[]): number {
    const of = (text: string): number => {
      const [, base = '', rest = ''] = /^(?:const )?([\w$]+)(.*)$/.exec(text) ?? [];
      if (rest.startsWith('*')) return this.addressBytes;
      const type = this.types[base];
      if (type?.kind === 'struct' || type?.kind === 'union') return type.align;
      if (type?.kind === 'enum') return of(type.of);
      if (type !== undefined) return this.addressBytes;
      return base === 'bool' || base === 'char' ? 1 : Number(base.slice(1)) / 8;
    };
    return Math.max(1, ...fields.map(({ type }) => of(type)));
  }

  #name(index: number, wanted: string): string {
    const name = this.#names.take(wanted);
    this.#known.set(index, name);
    const type = this.info.type(index);
    if (type.file !== undefined) this.#places.set(this.#placeOf(type, wanted), name);
    return name;
  }

  #about(type: DebugType, name: string): { called?: string; source?: string } {
    const called = qualified(type);
    return {
      ...(called !== undefined && called !== name && { called }),
      ...sourceOf(type),
    };
  }

  signature(
    members: DebugFunction['parameters'],
    result: number | undefined,
    owner: string,
  ): FunctionDescription {
    const names = new Names();
    const params = members.flatMap((member, index) => {
      if (member.kind === MemberKind.VARIADIC) {
        throw new Refused('it takes any number of arguments');
      }
      const name = names.take(member.name ?? `argument${index}`);
      const type = this.#value(member.type, `${owner}_${name}`);
      return type === 'void' ? [] : [{ name, type }];
    });
    const text = this.#value(result, `${owner}_result`);
    return { params, ...(text !== 'void' && { result: text }) };
  }
}

function qualified({ name, scope }: { name?: string; scope?: string }): string | undefined {
  if (name === undefined) return undefined;
  return scope === undefined ? name : `${scope}::${name}`;
}

function sourceOf({ file, line }: { file?: string; line?: number }): { source?: string } {
  if (file === undefined || line === undefined) return {};
  return { source: `${file.slice(file.lastIndexOf('/') + 1)}:${line}` };
}

function baseText(type: DebugType): string {
  const { encoding, bytes = 0 } = type;
  const known = [1, 2, 4, 8].includes(bytes);
  if (encoding === Encoding.BOOLEAN && bytes === 1) return 'bool';
  if (encoding === Encoding.FLOAT && (bytes === 4 || bytes === 8)) return `f${bytes * 8}`;
  const isChar = encoding === Encoding.SIGNED_CHAR || encoding === Encoding.UNSIGNED_CHAR;
  if (isChar && bytes === 1 && type.name === 'char') return 'char';
  if (known && (encoding === Encoding.SIGNED || encoding === Encoding.SIGNED_CHAR)) {
    return `i${bytes * 8}`;
  }
  const isUnsigned =
    encoding === Encoding.UNSIGNED ||
    encoding === Encoding.UNSIGNED_CHAR ||
    encoding === Encoding.UTF ||
    encoding === Encoding.BOOLEAN;
  if (known && isUnsigned) return `u${bytes * 8}`;
  throw new Refused(`${type.name ?? 'a type'} of ${bytes} bytes is not passed`);
}

/** By names and by addresses: an export may have another name than C's. */
class FunctionFinder {
  readonly #byName = new Map<string, DebugFunction>();
  readonly #byAddress = new Map<number, DebugFunction>();
  readonly #declared = new Map<string, DebugFunction>();

  constructor(info: DebugInfo) {
    for (const item of info.functions()) {
      const names = [item.linkageName, item.name].filter((name) => name !== undefined);
      if (item.declaration === true) {
        for (const name of names) this.#declared.set(name, item);
        continue;
      }
      if (item.address !== undefined) this.#byAddress.set(item.address, item);
      for (const name of names) {
        if (item.external === true && !this.#byName.has(name)) this.#byName.set(name, item);
      }
    }
  }

  exported(name: string, address: number | undefined): DebugFunction | undefined {
    return (
      (address === undefined ? undefined : this.#byAddress.get(address)) ?? this.#byName.get(name)
    );
  }

  imported(symbol: string | undefined, name: string): DebugFunction | undefined {
    return this.#declared.get(symbol ?? name) ?? this.#declared.get(name);
  }
}

/** A variable at a fixed place in memory. */
export interface DescribedVariable {
  readonly name: string;
  readonly address: number;
  readonly type: string;
  readonly source?: string;
}

/** Variables in memory by their addresses, and types by the names somebody asks for. */
export function describeVariables(
  info: DebugInfo,
  memory64: boolean,
  names: readonly string[],
): {
  readonly description: Description;
  readonly variables: readonly DescribedVariable[];
  /** For each of the names its type; undefined: there is none. */
  readonly named: ReadonlyMap<string, string | undefined>;
} {
  const describer = new Describer(info, memory64 ? 8 : 4);
  const text = (type: number | undefined, hint: string): string | undefined => {
    try {
      return describer.text(type, hint);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return undefined;
    }
  };
  const variables = [...info.variables()].flatMap((item): DescribedVariable[] => {
    const { address, global, name = '' } = item;
    if (address === undefined || global === true || name === '') return [];
    const type = text(item.type, name);
    if (type === undefined || type === 'void') return [];
    return [{ name: qualified(item) ?? name, address, type, ...sourceOf(item) }];
  });
  const wanted = new Map<string, string | undefined>(names.map((name) => [name, undefined]));
  for (const [index, type] of info.types()) {
    if (type.declaration === true) continue;
    for (const name of [type.name, qualified(type)]) {
      if (name !== undefined && wanted.has(name) && wanted.get(name) === undefined) {
        wanted.set(name, text(index, name));
      }
    }
  }
  const description: Description = {
    version: 1,
    types: describer.types,
    functions: {},
    imports: {},
  };
  return {
    description,
    variables: variables.sort((a, b) => a.address - b.address),
    named: wanted,
  };
}

/** Everything that the module's exports and imports lead to. */
export function describeDebug(info: DebugInfo, file: WasmFile): Description {
  const describer = new Describer(info, file.memory64 ? 8 : 4);
  const finder = new FunctionFinder(info);
  const functions: Record<string, FunctionDescription> = {};
  const left: Record<string, string> = {};
  const imports: Record<string, Record<string, FunctionDescription>> = {};
  const describe = (item: DebugFunction, name: string): FunctionDescription => ({
    ...describer.signature(item.parameters, item.result, name),
    ...sourceOf(item),
  });
  for (const item of file.exports) {
    const found = finder.exported(item.name, info.about.zeroed ? undefined : item.address);
    if (found === undefined) continue;
    try {
      functions[item.name] = describe(found, item.name);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      left[item.name] = error.message;
    }
  }
  for (const item of file.imports) {
    const found = finder.imported(item.symbol, item.name);
    if (found === undefined) continue;
    try {
      (imports[item.from] ??= {})[item.name] = describe(found, item.name);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }
  return {
    version: 1,
    types: describer.types,
    functions,
    imports,
    ...(Object.keys(left).length > 0 && { left }),
  };
}
