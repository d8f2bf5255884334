/** Structures, arrays and i31 of guests in JavaScript. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  GuestObject,
  type Instance,
  type Module,
  ResourceError,
  Runtime,
  Trap,
  UsageError,
} from '../../lib/index';
import { assembleLater } from '../assemble_later';

const text = readFileSync(join(__dirname, '../modules/held_objects.wat'), 'utf8');

interface Guest {
  make(first: number): GuestObject;
  make_derived(first: number): GuestObject;
  numbers(length: number): GuestObject;
  first(object: unknown): number;
  first_of(object: unknown): number;
  echo(value: unknown): unknown;
  echo_eq(value: unknown): unknown;
  echo_i31(value: unknown): unknown;
  out(value: unknown): unknown;
  in(value: unknown): unknown;
  i31(value: unknown): number;
  i31_of(value: unknown): number;
  echo_extern(value: unknown): unknown;
  waste(count: number): void;
}

let runtime: Runtime;
let loaded: Module;
let instance: Instance;
let guest: Guest;

let bytes: Uint8Array;

beforeAll(() => {
  bytes = assembleLater(text);
  runtime = new Runtime();
  loaded = runtime.load(bytes);
});

beforeEach(() => {
  instance = loaded.instantiate();
  guest = instance.exports as unknown as Guest;
});

afterEach(() => {
  instance.close();
});

afterAll(() => {
  runtime.close();
});

test('the same object of the guest is the same here', () => {
  const one = guest.make(1);
  const other = guest.make(1);
  expect(one).toBeInstanceOf(GuestObject);
  expect(one === other).toBe(false);
  expect(guest.echo(one) === one).toBe(true);
  expect(guest.out(one) === one).toBe(true);
  expect(guest.in(one) === one).toBe(true);
  expect(guest.first(other)).toBe(1);
  expect(Object.isFrozen(one)).toBe(true);
  expect(inspect(one)).toContain('GuestObject');
  expect(() => structuredClone(one)).toThrow('GuestObject');
});

test('what JavaScript has, the guest keeps', () => {
  const objects = Array.from({ length: 500 }, (_, index) => guest.make(index));
  for (let i = 0; i < 20; i++) guest.waste(20_000);
  objects.forEach((object, index) => {
    expect(guest.first(object)).toBe(index);
  });
});

test('i31 are numbers', () => {
  for (const value of [0, 1, -1, 2 ** 30 - 1, -(2 ** 30)]) {
    expect(guest.echo_i31(value)).toBe(value);
    expect(guest.i31(value)).toBe(value);
    expect(guest.echo(value)).toBe(value);
  }
  for (const value of [2 ** 30, -(2 ** 30) - 1, 0.5, NaN, -0]) {
    expect(() => guest.echo_i31(value)).toThrow(TypeError);
    expect(guest.echo(value)).toBe(value);
  }
});

test('values of JavaScript go through as they are', () => {
  for (const value of [{}, 'text', 1n, undefined, Symbol('x'), () => 1]) {
    expect(guest.echo(value)).toBe(value);
    expect(guest.in(value)).toBe(value);
    expect(guest.out(value)).toBe(value);
    expect(() => guest.echo_eq(value)).toThrow(TypeError);
  }
  expect(guest.echo(null)).toBeNull();
});

test('types are checked', () => {
  const derived = guest.make_derived(7);
  const array = guest.numbers(3);
  expect(guest.first(derived)).toBe(7);
  expect(guest.echo_eq(array) === array).toBe(true);
  for (const wrong of [array, 1, {}, 'text', undefined]) {
    expect(() => guest.first(wrong)).toThrow(TypeError);
  }
  expect(() => guest.first_of(null)).toThrow(TypeError);
  expect(() => guest.first(null)).toThrow(Trap);
  expect(guest.first(derived)).toBe(7);
});

test('let go of at once', () => {
  const object = guest.make(5);
  object.release();
  object.release();
  expect(() => guest.first(object)).toThrow(UsageError);
  const again = guest.make(6);
  again[Symbol.dispose]();
  expect(() => guest.first(again)).toThrow('the object was released');
  // One that the guest still has comes back as another.
  instance.global('kept').value = guest.make(8);
  const first = instance.global('kept').value as GuestObject;
  first.release();
  const second = instance.global('kept').value;
  expect(first === second).toBe(false);
  expect(guest.first(second)).toBe(8);
});

test('globals and tables', () => {
  const kept = instance.global('kept');
  expect(kept.type).toBe('anyref');
  expect(kept.value).toBeNull();
  const object = guest.make(3);
  for (const value of [object, 12, 'text', null]) {
    kept.value = value;
    expect(kept.value).toBe(value);
  }
  const node = instance.global('node');
  expect(guest.first(node.value)).toBe(11);
  node.value = object;
  expect(node.value === object).toBe(true);
  expect(() => {
    node.value = guest.numbers(1);
  }).toThrow(TypeError);
  const table = instance.table('table');
  table.set(1, object);
  expect(table.get(1) === object).toBe(true);
  expect(table.get(0)).toBeNull();
  const type = loaded.exports.find(({ name }) => name === 'kept')?.type;
  expect(type).toMatchObject({ kind: 'global', value: 'anyref' });
});

test('objects go to every instance of the runtime', () => {
  const other = loaded.instantiate();
  const taker = other.exports as unknown as Guest;
  const object = guest.make(9);
  const theirs = taker.make(10);
  expect(taker.first(object)).toBe(9);
  expect(taker.echo(object) === object).toBe(true);
  other.global('kept').value = object;
  expect(guest.first(theirs)).toBe(10);
  for (let i = 0; i < 5; i++) guest.waste(20_000);
  expect(taker.first(theirs)).toBe(10);
  instance.close();
  expect(taker.first(other.global('kept').value)).toBe(9);
  expect(taker.first(object)).toBe(9);
  other.close();
  expect(() => (loaded.instantiate().exports as unknown as Guest).first(object)).toThrow(
    UsageError,
  );
});

test('not to those of another runtime', () => {
  const foreign = new Runtime();
  const other = foreign.load(bytes).instantiate().exports as unknown as Guest;
  expect(() => other.first(guest.make(1))).toThrow('another runtime');
  foreign.close();
});

test('a small number is an i31 on either side', () => {
  for (const value of [0, 7, -1, 2 ** 30 - 1, -(2 ** 30)]) {
    expect(guest.i31_of(value)).toBe(value);
    expect(guest.in(value)).toBe(value);
    expect(guest.out(value)).toBe(value);
    expect(guest.echo_extern(value)).toBe(value);
  }
  for (const value of [2 ** 30, 0.5, NaN, 'text', {}]) {
    expect(() => guest.i31_of(value)).toThrow(Trap);
    expect(guest.echo_extern(value)).toBe(value);
  }
  expect(Object.is(guest.echo_extern(-0), -0)).toBe(true);
});

test('a heap has a limit', () => {
  for (const limited of [
    loaded.instantiate({ gcHeapBytes: 1 << 20 }),
    new Runtime({ limits: { gcHeapBytes: 1 << 20 } }).load(bytes).instantiate(),
  ]) {
    const small = limited.exports as unknown as Guest;
    expect(() => small.numbers(1_000_000)).toThrow(ResourceError);
    small.waste(200_000);
    small.numbers(100_000).release();
  }
  guest.numbers(1_000_000).release();
  expect(() => loaded.instantiate({ gcHeapBytes: 0 })).toThrow(UsageError);
});

test('without them', () => {
  expect(() => runtime.load(bytes, { without: ['gc'] })).toThrow(/garbage collection/);
});

// The host asks every few milliseconds whether it may go on, and the engine what runs.
test('a heap may take longer to be looked through than there is between two interruptions', () => {
  const list = `;; binaryen
    (module
      (type $node (struct (field $next (ref null $node))))
      (global $first (mut (ref null $node)) (ref.null $node))
      (func (export "grow") (param $left i32)
        (loop $more
          (global.set $first (struct.new $node (global.get $first)))
          (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))
      (func (export "length") (result i32) (local $at (ref null $node)) (local $length i32)
        (local.set $at (global.get $first))
        (block $end
          (loop $more
            (br_if $end (ref.is_null (local.get $at)))
            (local.set $at (struct.get $node $next (local.get $at)))
            (local.set $length (i32.add (local.get $length) (i32.const 1)))
            (br $more)))
        (local.get $length)))`;
  const module = runtime.load(assembleLater(list));
  const other = module.instantiate<{ grow(count: number): void; length(): number }>({
    gcHeapBytes: 256 * 2 ** 20,
  });
  other.exports.grow(3_000_000);
  expect(other.exports.length()).toBe(3_000_000);
  other.close();
  module.close();
});
