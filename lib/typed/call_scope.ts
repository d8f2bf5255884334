/**
 * What a typed call takes for as long as it lasts: space for structs and text, on the guest's stack
 * where that is exported, else from its allocator or the host's heap; places in its table. All of
 * it is given back at the end, however the call ends.
 */
import { UsageError } from '../base/errors.js';
import type { OwnedBuffer } from '../guest/buffer.js';
import { type cstring, cstringBytes, u8 } from '../guest/layout.js';
import type { Memory } from '../guest/memory.js';
import type { HostReference } from '../core/host_reference.js';
import type { Global } from '../instance/global.js';
import type { Instance } from '../instance/instance.js';
import { ManagedHeap } from './managed_heap.js';
import type { Table } from '../instance/table.js';

/** As much is taken from the guest's stack in one call; of what it has nobody knows. */
const mostOfStack = 4096;

/** What is known of an instance whose calls are typed. */
export class Guest {
  readonly memory: Memory;
  readonly #stack: Global | undefined;
  #table: Table | null | undefined;
  #heap: ManagedHeap | undefined;
  /** Elements of the table that were ours and are free. */
  readonly #free: number[] = [];

  constructor(
    readonly instance: Instance,
    readonly is64: boolean,
  ) {
    this.memory = instance.memory;
    const stack = instance.module.exports.find(
      ({ name, type }) => name === '__stack_pointer' && type.kind === 'global' && type.mutable,
    );
    this.#stack = stack && instance.global(stack.name);
  }

  /** The guest's stack pointer. */
  get stack(): Global | undefined {
    return this.#stack;
  }

  /** Of a guest that AssemblyScript compiled. */
  get heap(): ManagedHeap {
    return (this.#heap ??= new ManagedHeap(this.instance, this.memory));
  }

  address(at: number): number | bigint {
    return this.is64 ? BigInt(at) : at;
  }

  get table(): Table {
    this.#table ??= this.#findTable();
    if (this.#table !== null) return this.#table;
    throw new UsageError(
      'functions cannot be passed: the module exports no table of functions ' +
        '(wasm-ld: --export-table --growable-table)',
    );
  }

  #findTable(): Table | null {
    const { exports } = this.instance.module;
    const tables = exports.filter(
      ({ type }) => type.kind === 'table' && type.element === 'funcref',
    );
    const named = tables.find(({ name }) => name === '__indirect_function_table') ?? tables[0];
    return named === undefined ? null : this.instance.table(named.name);
  }

  /** Puts a function into the table; where. */
  addFunction(fn: HostReference): number {
    const { table } = this;
    const index = this.#free.pop() ?? this.#grow(table);
    table.set(index, fn);
    return index;
  }

  #grow(table: Table): number {
    try {
      return table.grow(1);
    } catch (error) {
      throw new UsageError(
        'functions cannot be passed: the table cannot grow (wasm-ld: --growable-table)',
        { cause: error },
      );
    }
  }

  removeFunction(index: number): void {
    if (this.instance.closed) return;
    this.table.set(index, null);
    this.#free.push(index);
  }
}

/** Of one call. */
export class CallScope implements Disposable {
  #before: unknown;
  #taken = 0;
  readonly #buffers: OwnedBuffer<typeof u8 | cstring>[] = [];
  readonly #functions: number[] = [];
  readonly #objects: number[] = [];

  constructor(readonly guest: Guest) {}

  /** Bytes, all zero. */
  space(bytes: number, align: number): number {
    const { stack, memory, instance } = this.guest;
    if (stack === undefined || this.#taken + bytes > mostOfStack) {
      const buffer = instance.calloc(u8, Math.max(bytes, 1));
      this.#buffers.push(buffer);
      return Number(buffer.offset);
    }
    const now = stack.value as number | bigint;
    this.#before ??= now;
    const unsigned = typeof now === 'bigint' ? Number(now) : now >>> 0;
    const unit = Math.max(align, 16);
    const at = Math.floor((unsigned - bytes) / unit) * unit;
    if (at < 0) throw new RangeError("the guest's stack has no room for what the call passes");
    this.#taken += unsigned - at;
    stack.value = this.guest.is64 ? BigInt(at) : at | 0;
    memory.writeBytes(at, new Uint8Array(bytes));
    return at;
  }

  text(text: string): number {
    const bytes = cstringBytes(text);
    const at = this.space(bytes.length, 1);
    this.guest.memory.writeBytes(at, bytes);
    return at;
  }

  /** Keeps an object of AssemblyScript's until the end of the call. */
  keep(at: number): void {
    this.guest.heap.keep(at);
    this.#objects.push(at);
  }

  /** For `keepOnly`: what is kept from now on. */
  mark(): number {
    return this.#objects.length;
  }

  /** Of what is kept since `mark` only `at`, which is that or refers to it. */
  keepOnly(mark: number, at: number): number {
    this.guest.heap.keep(at);
    for (const each of this.#objects.splice(mark)) this.guest.heap.letGo(each);
    this.#objects.push(at);
    return at;
  }

  addFunction(fn: HostReference): number {
    const index = this.guest.addFunction(fn);
    this.#functions.push(index);
    return index;
  }

  [Symbol.dispose](): void {
    const { stack, instance } = this.guest;
    if (instance.closed) return;
    if (this.#before !== undefined && stack !== undefined) stack.value = this.#before;
    for (const buffer of this.#buffers) buffer.free();
    for (const at of this.#objects) this.guest.heap.letGo(at);
    for (const index of this.#functions) this.guest.removeFunction(index);
  }
}
