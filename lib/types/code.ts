/**
 * Types of a description as they stand in generated files: how values lie in memory, how they pass,
 * what they are in TypeScript.
 */
import {
  type Description,
  DescriptionError,
  type FunctionDescription,
  type ManagedDescription,
  type ParsedType,
  type TypeDescription,
  isScalar,
  parseType,
  scalarSize,
} from './description.js';
import { managedGiven, managedTaken, views } from './managed_code.js';
import { identifier } from './names.js';

/** As text: what lib/typed/specs.ts describes as objects. */
export class TypeCode {
  /** Names that generated files import from wembed: as values, and as types. */
  readonly values = new Set<string>();
  readonly typeNames = new Set<string>();
  readonly address: 'u32' | 'u64';

  constructor(
    readonly description: Description,
    readonly memory64: boolean,
  ) {
    this.address = memory64 ? 'u64' : 'u32';
  }

  named(name: string): TypeDescription | undefined {
    return Object.hasOwn(this.description.types, name) ? this.description.types[name] : undefined;
  }

  managed(type: ParsedType): ManagedDescription | undefined {
    if (type.pointers > 0 || type.dimensions.length > 0) return undefined;
    const known = this.named(type.base);
    return known?.kind === 'managed' ? known : undefined;
  }

  #value(name: string): string {
    this.values.add(name);
    return name;
  }

  /** The name of a type of wembed's, which is imported then. */
  type(name: string): string {
    this.typeNames.add(name);
    return name;
  }

  /** The scalar that a value of a type passes as; undefined: it is none. */
  scalar(type: ParsedType): string | undefined {
    if (type.pointers > 0 || type.dimensions.length > 0) return undefined;
    if (isScalar(type.base)) return type.base === 'char' ? 'i8' : type.base;
    const known = this.named(type.base);
    return known?.kind === 'enum' ? known.of : undefined;
  }

  /** The code of a layout. */
  layout(text: string): string {
    const type = parseType(text);
    if (type.pointers > 0) return this.#value(this.address);
    const { dimensions } = type;
    if (type.base === 'char' && dimensions.length > 0) {
      const inner = `${this.#value('chars')}(${dimensions.at(-1)})`;
      return this.#arrays(inner, dimensions.slice(0, -1));
    }
    return this.#arrays(this.#base(type.base), dimensions);
  }

  #arrays(inner: string, dimensions: readonly number[]): string {
    return dimensions.reduceRight(
      (code, count) => `${this.#value('array')}(${code}, ${count})`,
      inner,
    );
  }

  #base(name: string): string {
    if (name === 'char') return this.#value('i8');
    if (isScalar(name)) return this.#value(name);
    const known = this.named(name);
    switch (known?.kind) {
      case 'enum':
        return this.#value(known.of);
      case 'function':
      case 'managed':
        return this.#value(this.address);
      case 'struct':
      case 'union':
        return identifier(name);
      default:
        throw new DescriptionError(`${name} has no size`);
    }
  }

  /** Bytes of a value. */
  size(text: string): number {
    const type = parseType(text);
    const count = type.dimensions.reduce((product, each) => product * each, 1);
    if (type.pointers > 0) return this.memory64 ? 8 : 4;
    if (isScalar(type.base)) return scalarSize(type.base) * count;
    const known = this.named(type.base);
    if (known?.kind === 'struct' || known?.kind === 'union') return known.size * count;
    if (known?.kind === 'enum') return this.size(known.of) * count;
    if (known?.kind === 'function' || known?.kind === 'managed') {
      return (this.memory64 ? 8 : 4) * count;
    }
    throw new DescriptionError(`${type.base} has no size`);
  }

  /** A field's type in TypeScript. */
  field(text: string): string {
    const type = parseType(text);
    const { dimensions } = type;
    if (type.pointers > 0) return this.#offset(type);
    const managed = this.managed(type);
    if (managed !== undefined) return managedGiven(this, type, managed);
    if (type.base === 'char' && dimensions.length > 0) {
      return `string${'[]'.repeat(dimensions.length - 1)}`;
    }
    const inner = this.#plain(type.base);
    return `${inner}${'[]'.repeat(dimensions.length)}`;
  }

  /** A value that is no pointer. */
  #plain(name: string): string {
    const scalar = this.scalar(parseType(name));
    if (this.named(name)?.kind === 'enum') return identifier(name);
    if (scalar === 'bool') return 'boolean';
    if (scalar === 'i64' || scalar === 'u64') return 'bigint';
    if (scalar !== undefined) return 'number';
    if (this.named(name)?.kind !== 'function') return identifier(name);
    return this.memory64 ? 'bigint' : 'number';
  }

  /** The name of the layout type that a pointer leads to; undefined: not known. */
  #target(type: ParsedType): string | undefined {
    if (type.pointers !== 1 || type.base === 'void') return undefined;
    if (type.base === 'char') return this.type('cstring');
    if (isScalar(type.base)) return this.type(type.base);
    const known = this.named(type.base);
    if (known?.kind === 'enum') return this.type(known.of);
    if (known?.kind === 'function') return undefined;
    return known === undefined ? undefined : `typeof ${identifier(type.base)}`;
  }

  #offset(type: ParsedType): string {
    const target = this.#target(type);
    if (target === undefined) return this.memory64 ? 'bigint' : 'number';
    return `${this.type(this.memory64 ? 'Offset64' : 'Offset')}<${target}>`;
  }

  /** What a function of the guest's takes. */
  taken(text: string): string {
    const type = parseType(text);
    const known = this.named(type.base);
    const managed = this.managed(type);
    if (managed !== undefined) return managedTaken(this, type, managed);
    if (type.pointers === 0) {
      if (known?.kind !== 'function') return this.field(text);
      const result = known.result === undefined ? 'void' : this.taken(known.result);
      return `((${this.callParameters(known)}) => ${result}) | number | null`;
    }
    const target = this.#target(type);
    const plain = this.memory64 ? 'bigint' : 'number';
    if (target === undefined) return `${plain} | null`;
    const pointer = `${this.type(this.memory64 ? 'Pointer64' : 'Pointer')}<${target}>`;
    if (type.base === 'char') return type.const ? `string | ${pointer}` : pointer;
    if (known?.kind === 'opaque') return pointer;
    if (known?.kind === 'struct' || known?.kind === 'union') {
      const name = identifier(type.base);
      if (!type.const) return `${pointer} | ${this.type('Live')}<${name}>`;
      return `${this.type(this.memory64 ? 'In64' : 'In')}<${target}, ${name}>`;
    }
    if (!type.const) return pointer;
    const view = views[type.base];
    const list = `${pointer} | readonly ${this.#plain(type.base)}[]`;
    return view === undefined ? list : `${list} | ${view}`;
  }

  /** What a function of the guest's gives, or passes to one of the host's. */
  given(text: string, readsText = false): string {
    const type = parseType(text);
    if (text === 'void') return 'void';
    if (type.pointers > 0) return readsText ? 'string | null' : this.#offset(type);
    const known = this.named(type.base);
    if (known?.kind !== 'function') return this.field(text);
    return `${this.functionType(known)} | null`;
  }

  /** The type of a function of the guest's. */
  functionType(item: FunctionDescription): string {
    return `((${this.parameters(item)}) => ${this.given(item.result ?? 'void', item.text)})`;
  }

  parameters(item: FunctionDescription): string {
    return item.params
      .filter(({ lengthOf }) => lengthOf === undefined)
      .map(({ name, type }) => `${identifier(name)}: ${this.taken(type)}`)
      .join(', ');
  }

  /** The parameters of a function of the host's. */
  callParameters(item: FunctionDescription): string {
    return item.params
      .map(({ name, type }) => `${identifier(name)}: ${this.given(type)}`)
      .join(', ');
  }

  /** How a value passes, as code. */
  spec(text: string, more = ''): string {
    const type = parseType(text);
    if (type.pointers > 0) {
      const constant = type.const ? ', const: true' : '';
      return `{ to: ${this.#pointed(type)}${constant}${more} }`;
    }
    const known = this.named(type.base);
    if (known?.kind === 'managed') {
      return type.nullable ? `{ nullable: ${identifier(type.base)} }` : identifier(type.base);
    }
    if (known?.kind === 'function') return `{ call: ${identifier(type.base)}.call }`;
    const scalar = this.scalar(type);
    if (scalar !== undefined) return `'${scalar}'`;
    if (type.dimensions.length > 0) throw new DescriptionError('an array is not passed by value');
    const only = this.only(text);
    if (only === undefined) return identifier(type.base);
    return `{ only: '${only.scalar}', path: [${only.path.map((key) => `'${key}'`).join(', ')}] }`;
  }

  /** The one scalar in a struct, which it is passed as; undefined: it has other things in it. */
  only(text: string): { scalar: string; path: string[] } | undefined {
    const path: string[] = [];
    let type = parseType(text);
    for (let steps = 0; steps < 100; steps++) {
      const known = this.named(type.base);
      const isStruct = known?.kind === 'struct' || known?.kind === 'union';
      if (!isStruct || type.pointers > 0 || type.dimensions.length > 0) break;
      const [field, ...rest] = known.fields;
      if (field === undefined || rest.length > 0 || field.bits !== undefined) return undefined;
      path.push(field.name);
      type = parseType(field.type);
    }
    const scalar = type.pointers > 0 ? 'address' : this.scalar(type);
    return scalar === undefined || path.length === 0 ? undefined : { scalar, path };
  }

  #pointed(type: ParsedType): string {
    if (type.pointers !== 1 || type.base === 'void') return 'null';
    if (type.base === 'char') return this.#value('cstring');
    const known = this.named(type.base);
    if (known?.kind === 'opaque' || known?.kind === 'function') return 'null';
    return this.#base(type.base);
  }

  functionSpec(item: FunctionDescription): string {
    const index = (name: string): number => item.params.findIndex((param) => param.name === name);
    const params = item.params.map(({ type, lengthOf }) =>
      lengthOf === undefined
        ? this.spec(type)
        : `{ lengthOf: ${index(lengthOf)}, as: ${this.spec(type)} }`,
    );
    const names = item.params.map(({ name }) => `'${name.replace(/['\\]/g, '\\$&')}'`);
    const more = `${item.text === true ? ', text: true' : ''}${item.frees === true ? ', owned: true' : ''}`;
    const result = item.result === undefined ? '' : `, result: ${this.spec(item.result, more)}`;
    return `{ names: [${names.join(', ')}], params: [${params.join(', ')}]${result} }`;
  }

  /** What wasm has for a function: types, as a file's. */
  signature(item: FunctionDescription): { params: string[]; results: string[] } {
    const params = item.params.map(({ type }) => this.#wasm(type));
    if (item.result === undefined) return { params, results: [] };
    const result = parseType(item.result);
    const known = result.pointers === 0 ? this.named(result.base) : undefined;
    const isStruct = known?.kind === 'struct' || known?.kind === 'union';
    if (isStruct && this.only(item.result) === undefined) {
      return { params: [this.#wasm('void*'), ...params], results: [] };
    }
    return { params, results: [this.#wasm(item.result)] };
  }

  #wasm(text: string): string {
    const type = parseType(text);
    const scalar = this.scalar(type) ?? this.only(text)?.scalar;
    switch (scalar) {
      case 'i64':
      case 'u64':
        return 'i64';
      case 'f32':
      case 'f64':
        return scalar;
      case undefined:
      case 'address':
        return this.memory64 ? 'i64' : 'i32';
      default:
        return 'i32';
    }
  }
}
