/**
 * Values of AssemblyScript: text, arrays and typed arrays are copied both ways, an object of a
 * class is held where it is.
 */
import { Handle } from '../base/handle.js';
import { type Layout, f32, f64, i8, i16, i32, i64, u8, u16, u32, u64 } from '../guest/layout.js';
import { bool } from '../guest/record.js';
import type { CallScope, Guest } from './call_scope.js';
import { liftScalar, lowerScalar } from './scalars.js';
import { bufferClass } from './managed_heap.js';
import type {
  ClassSpec,
  ListSpec,
  ManagedViewSpec,
  ElementSpec,
  ManagedSpec,
  NullableSpec,
  ScalarName,
} from './specs.js';

const layouts: Partial<Record<ScalarName, Layout>> = {
  ...{ bool, i8, u8, i16, u16, i32, u32, i64, u64, f32, f64 },
};

type ArrayOf = new (
  length: number,
) => ArrayBufferView & { [index: number]: unknown; length: number };

/** What a typed array is in JavaScript, by its elements. */
const views: Partial<Record<ScalarName, ArrayOf>> = {
  ...{ i8: Int8Array, u8: Uint8Array, i16: Int16Array, u16: Uint16Array, i32: Int32Array },
  ...{ u32: Uint32Array, f32: Float32Array, f64: Float64Array },
  ...{ i64: BigInt64Array, u64: BigUint64Array },
};

/** An array: its buffer, where its elements begin, how many bytes they have, how many there are. */
const arrayHeader = 16;
/** A typed array: the same without how many. */
const viewHeader = 12;

/** One call copies so much out of a guest and four times its memory: texts may be shared there. */
const mostCopied = 1 << 26;

/** Objects that are held and may be forgotten: the guest's collector is told then. */
const abandoned = new FinalizationRegistry<() => void>((release) => release());

const isScalar = (spec: ElementSpec): spec is ScalarName => typeof spec === 'string';
const isNullable = (spec: ElementSpec): spec is NullableSpec =>
  typeof spec === 'object' && 'nullable' in spec;

function layoutOf(type: ScalarName): Layout {
  const layout = layouts[type];
  if (layout === undefined) throw new TypeError(`${type} is no type of an element`);
  return layout;
}

const sizeOf = (spec: ElementSpec): number => (isScalar(spec) ? layoutOf(spec).size : 4);

/**
 * An object of a class in the guest's heap. It is there until this is closed, and the guest's to
 * collect after that; closing the instance closes it.
 */
export class Managed<T> extends Handle {
  /** @internal */
  readonly what = 'object';
  /** Its address in memory. */
  readonly offset: number;
  /** @internal */
  readonly guest: Guest;
  readonly #spec: ManagedSpec;
  #released = false;

  /** @internal */
  constructor(guest: Guest, spec: ManagedSpec, offset: number) {
    super();
    this.guest = guest;
    this.offset = offset;
    this.#spec = spec;
    guest.heap.keep(offset);
    abandoned.register(this, () => guest.heap.letGo(offset), this);
  }

  /**
   * Its fields, live: reading looks into memory, setting writes there. Fields that refer to other
   * objects are the guest's to set.
   */
  get value(): T {
    this.open();
    const { managed } = this.#spec;
    if (managed !== 'class') throw new TypeError(`nothing is known of what is in ${managed}`);
    return fieldsOf(this.guest, this.#spec, this.offset) as T;
  }

  get closed(): boolean {
    return this.#released || this.guest.instance.closed;
  }

  /** @internal */
  protected end(): boolean {
    this.#released = true;
    abandoned.unregister(this);
    this.guest.heap.letGo(this.offset);
    return true;
  }
}

function fieldsOf(guest: Guest, spec: ClassSpec, offset: number): object {
  const fields = {};
  for (const [name, [at, type]] of Object.entries(spec.fields)) {
    Object.defineProperty(fields, name, {
      enumerable: true,
      get: () => new Lifter(guest).element(type, offset + at),
      set: (value: unknown) => {
        if (!isScalar(type)) throw new TypeError(`${name} refers to an object: the guest sets it`);
        store(guest, type, offset + at, value, name);
      },
    });
  }
  return fields;
}

function store(guest: Guest, type: ScalarName, at: number, value: unknown, what: string): void {
  lowerScalar(type, value, what); // checks it
  guest.memory.write(layoutOf(type), at, value);
}

/** Reads values for one call. */
class Lifter {
  #left: number;
  /** Texts that several things refer to are read once. */
  readonly #texts = new Map<number, string>();

  constructor(readonly guest: Guest) {
    this.#left = mostCopied + 4 * guest.memory.size;
  }

  #take(bytes: number): number {
    this.#left -= bytes;
    if (this.#left < 0) throw new RangeError('the guest gives more than fits into its memory');
    return bytes;
  }

  element(spec: ElementSpec, at: number): unknown {
    if (!isScalar(spec)) return this.reference(spec, this.guest.heap.word(at));
    const value = this.guest.memory.read(layoutOf(spec), at) as number | bigint | boolean;
    return typeof value === 'boolean' ? value : liftScalar(spec, value);
  }

  reference(given: ManagedSpec | NullableSpec, at: number): unknown {
    if (at === 0) return null;
    const spec = isNullable(given) ? given.nullable : given;
    const { heap, memory } = this.guest;
    switch (spec.managed) {
      case 'string':
        return this.#text(at);
      case 'buffer':
        return memory.readBytes(at, this.#take(heap.bytesOf(at))).buffer;
      case 'fixed':
        return this.#list(spec.element, at, heap.bytesOf(at) / sizeOf(spec.element));
      case 'array':
        return this.#list(spec.element, heap.word(at + 4), heap.word(at + 12));
      case 'view':
        return this.#view(spec.element, heap.word(at + 4), heap.word(at + 8));
      default:
        return new Managed(this.guest, spec, at);
    }
  }

  #text(at: number): string {
    let text = this.#texts.get(at);
    if (text === undefined) {
      const bytes = this.#take(this.guest.heap.bytesOf(at));
      text = Buffer.from(this.guest.memory.readBytes(at, bytes).buffer).toString('utf16le');
      this.#texts.set(at, text);
    }
    return text;
  }

  #list(element: ElementSpec, at: number, length: number): unknown[] {
    const size = sizeOf(element);
    const count = Math.floor(length);
    this.#take(count * 8);
    if (count > 0) this.guest.memory.readBytes(at + count * size - 1, 1); // it is there
    return Array.from({ length: count }, (_, i) => this.element(element, at + i * size));
  }

  #view(element: ScalarName, at: number, bytes: number): ArrayBufferView {
    const View = views[element];
    if (View === undefined) throw new TypeError(`there are no typed arrays of ${element}`);
    const made = new View(Math.floor(this.#take(bytes) / sizeOf(element)));
    const target = new Uint8Array(made.buffer, 0, made.byteLength);
    target.set(this.guest.memory.readBytes(at, made.byteLength));
    return made;
  }
}

export function liftManaged(guest: Guest, spec: ManagedSpec | NullableSpec, at: number): unknown {
  return new Lifter(guest).reference(spec, at);
}

const names: Record<ManagedSpec['managed'], string> = {
  string: 'text',
  buffer: 'an ArrayBuffer or bytes',
  fixed: 'a list',
  array: 'a list',
  view: 'a typed array or a list',
  class: 'an object',
  opaque: 'an object that the guest gave',
};

/** Makes what a call passes, and keeps it as long as that. */
export class Lowerer {
  constructor(
    readonly guest: Guest,
    readonly scope: CallScope,
  ) {}

  reference(given: ManagedSpec | NullableSpec, value: unknown, what: string): number {
    const spec = isNullable(given) ? given.nullable : given;
    if (value === null && isNullable(given)) return 0;
    if (value instanceof Managed) return this.#held(spec, value as Managed<unknown>, what);
    const made = this.#make(spec, value, what);
    if (made !== undefined) return made;
    const orNull = isNullable(given) ? ', or null' : '';
    throw new TypeError(`${what} has to be ${names[spec.managed]}${orNull}`);
  }

  #held(spec: ManagedSpec, value: Managed<unknown>, what: string): number {
    if (value.open().guest !== this.guest) {
      throw new TypeError(`${what} is an object of another instance`);
    }
    if (spec.managed === 'class' || spec.managed === 'opaque') return value.offset;
    throw new TypeError(`${what} has to be ${names[spec.managed]}`);
  }

  #kept(at: number): number {
    this.scope.keep(at);
    return at;
  }

  #make(spec: ManagedSpec, value: unknown, what: string): number | undefined {
    const { heap, memory } = this.guest;
    switch (spec.managed) {
      case 'string': {
        if (typeof value !== 'string') return undefined;
        const at = this.#kept(heap.make(value.length * 2, spec.id));
        memory.writeBytes(at, Buffer.from(value, 'utf16le'));
        return at;
      }
      case 'buffer': {
        const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : value;
        return bytes instanceof Uint8Array ? this.#kept(heap.makeBuffer(bytes)) : undefined;
      }
      case 'fixed':
      case 'array':
      case 'view':
        return isList(value) ? this.#list(spec, value, what) : undefined;
      case 'class':
        return typeof value === 'object' && value !== null
          ? this.#object(spec, value as Readonly<Record<string, unknown>>, what)
          : undefined;
      default:
        return undefined;
    }
  }

  /** What may be stored as it is: for references the objects, which are made and kept now. */
  #ready(type: ElementSpec, value: unknown, what: string): unknown {
    return isScalar(type) ? value : this.reference(type, value, what);
  }

  #store(type: ElementSpec, at: number, ready: unknown, what: string): void {
    if (isScalar(type)) store(this.guest, type, at, ready, what);
    else this.guest.heap.setWord(at, ready as number);
  }

  /**
   * What an object refers to is made first, and kept until the object refers to it: the collector,
   * which may run whenever something is made, is not told of what is stored in an object later.
   */
  #list(spec: ListSpec | ManagedViewSpec, list: ArrayLike<unknown>, what: string): number {
    const { heap } = this.guest;
    const { element } = spec;
    const mark = this.scope.mark();
    const ready = isScalar(element)
      ? list
      : Array.from(list, (value, i) => this.#ready(element, value, `${what}[${i}]`));
    const size = sizeOf(element);
    const bytes = list.length * size;
    const isFixed = spec.managed === 'fixed';
    const data = this.#kept(isFixed ? heap.make(bytes, spec.id) : heap.make(bytes, bufferClass));
    for (let i = 0; i < ready.length; i++) {
      this.#store(element, data + i * size, ready[i], `${what}[${i}]`);
    }
    const at = isFixed ? data : this.#header(spec, data, bytes, list.length);
    return this.scope.keepOnly(mark, at);
  }

  #header(spec: ManagedSpec, data: number, bytes: number, length: number): number {
    const { heap } = this.guest;
    const isArray = spec.managed === 'array';
    const at = this.#kept(heap.make(isArray ? arrayHeader : viewHeader, spec.id));
    heap.setWord(at, data);
    heap.setWord(at + 4, data);
    heap.setWord(at + 8, bytes);
    if (isArray) heap.setWord(at + 12, length);
    return at;
  }

  #object(spec: ClassSpec, value: Readonly<Record<string, unknown>>, what: string): number {
    const { heap, memory } = this.guest;
    const mark = this.scope.mark();
    const ready = Object.entries(spec.fields).map(
      ([name, [offset, type]]) =>
        [
          `${what}.${name}`,
          offset,
          type,
          this.#ready(type, value[name], `${what}.${name}`),
        ] as const,
    );
    const at = this.#kept(heap.make(spec.size, spec.id));
    memory.writeBytes(at, new Uint8Array(spec.size));
    for (const [name, offset, type, each] of ready) this.#store(type, at + offset, each, name);
    return this.scope.keepOnly(mark, at);
  }
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}
