/** `WebAssembly.Memory`, `.Table` and `.Global` over those of wembed. */
import * as wembed from 'wembed';
import { type Size, globalModule, tableModule } from './parts.js';
import { theRuntime } from './runtime.js';
import { fromGuest, guestOf, toGuest } from './values.js';

type Raw = wembed.Memory | wembed.Table | wembed.Global;

/** Programs' objects by wembed's. */
const known = new WeakMap<Raw, object>();

function wrapped<T extends object>(kind: { readonly prototype: T }, raw: Raw): T {
  const before = known.get(raw);
  if (before !== undefined) return before as T;
  const made = Object.create(kind.prototype) as T;
  remember(made, raw);
  return made;
}

const raws = new WeakMap<object, Raw>();

function remember(made: object, raw: Raw): void {
  raws.set(made, raw);
  known.set(raw, made);
}

/** What a program's object stands for. */
export function rawOf(value: unknown): Raw | undefined {
  return typeof value === 'object' && value !== null ? raws.get(value) : undefined;
}

function partOf<T extends Raw>(value: object, kind: abstract new (...args: never[]) => T): T {
  const raw = rawOf(value);
  if (raw instanceof kind) return raw;
  throw new TypeError('Receiver is not an object of WebAssembly');
}

const tiny = (bytes: Uint8Array, imports?: wembed.Imports): wembed.Instance =>
  theRuntime()
    .load(bytes)
    .instantiate(imports && { imports });

interface Descriptor {
  readonly initial?: number | bigint;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly address?: string;
  readonly index?: string;
}

function sizeOf(given: Descriptor): Size {
  const { maximum } = given;
  return {
    initial: BigInt(given.initial ?? given.minimum ?? 0),
    maximum: maximum === undefined ? undefined : BigInt(maximum),
    is64: (given.address ?? given.index) === 'i64',
  };
}

export class Memory {
  constructor(descriptor: Descriptor & { readonly shared?: boolean }) {
    const { initial, maximum, is64 } = sizeOf(descriptor);
    const most = maximum === undefined ? undefined : Number(maximum);
    const shared = descriptor.shared ?? false;
    if (shared && most === undefined) throw new TypeError('a shared memory needs a maximum');
    const made = { initial: Number(initial), maximum: most, shared, is64 };
    remember(this, theRuntime().newMemory(made));
  }

  get buffer(): ArrayBuffer | SharedArrayBuffer {
    const raw = partOf(this, wembed.Memory);
    return raw.sharedBuffer ?? raw.buffer;
  }

  grow(pages: number | bigint): number | bigint {
    const raw = partOf(this, wembed.Memory);
    const before = raw.grow(Number(pages));
    return raw.is64 ? BigInt(before) : before;
  }
}

export class Table {
  constructor(descriptor: Descriptor & { readonly element: string }, value?: unknown) {
    const element = descriptor.element === 'anyfunc' ? 'funcref' : descriptor.element;
    const raw = tiny(tableModule(element, sizeOf(descriptor))).table('x');
    remember(this, raw);
    if (value === undefined || value === null) return;
    for (let i = 0; i < raw.length; i++) this.set(i, value);
  }

  get length(): number {
    return partOf(this, wembed.Table).length;
  }

  get(index: number | bigint): unknown {
    return fromGuest(partOf(this, wembed.Table).get(Number(index)));
  }

  set(index: number | bigint, value?: unknown): void {
    const raw = partOf(this, wembed.Table);
    raw.set(Number(index), elementOf(raw, value));
  }

  grow(count: number, value?: unknown): number {
    const raw = partOf(this, wembed.Table);
    const { length } = raw;
    raw.grow(count, elementOf(raw, value));
    return length;
  }
}

function elementOf(raw: wembed.Table, value: unknown): unknown {
  if (raw.element !== 'funcref') return toGuest(value);
  const guest = value === undefined || value === null ? null : guestOf(value);
  if (guest === undefined) throw new TypeError('the element is no exported function');
  return guest;
}

interface GlobalDescriptor {
  readonly value: string;
  readonly mutable?: boolean;
}

export class Global {
  constructor({ value, mutable = false }: GlobalDescriptor, initial?: unknown) {
    const type = value === 'anyfunc' ? 'funcref' : value;
    const given = initial ?? { i64: 0n, funcref: null }[type] ?? 0;
    const bytes = globalModule(type, mutable);
    if (mutable) {
      remember(this, tiny(bytes).global('x'));
      if (initial !== undefined) this.value = initial;
    } else {
      const constant = (type === 'funcref' ? toGuest(given) : given) as number;
      remember(this, tiny(bytes, { '': { '': constant } }).global('x'));
    }
  }

  get value(): unknown {
    return fromGuest(partOf(this, wembed.Global).value);
  }

  set value(value: unknown) {
    partOf(this, wembed.Global).value = toGuest(value);
  }

  valueOf(): unknown {
    return this.value;
  }
}

/** What a program gets for an export that is no function. */
export function objectOf(raw: unknown): unknown {
  if (raw instanceof wembed.Memory) return wrapped(Memory, raw);
  if (raw instanceof wembed.Table) return wrapped(Table, raw);
  if (raw instanceof wembed.Global) return wrapped(Global, raw);
  return raw;
}
