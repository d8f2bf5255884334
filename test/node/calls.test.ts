import { type ExportedFunction, type Instance, Runtime, UsageError } from '../../lib';
import { assemble } from './assemble';

/** One exported function for each of several signatures, all of which echo their arguments. */
const echo = `(module
  (func (export "nothing"))
  (func (export "i32") (param i32) (result i32) (local.get 0))
  (func (export "i64") (param i64) (result i64) (local.get 0))
  (func (export "f32") (param f32) (result f32) (local.get 0))
  (func (export "f64") (param f64) (result f64) (local.get 0))
  (func (export "extern") (param externref) (result externref) (local.get 0))
  (func (export "func") (param funcref) (result funcref) (local.get 0))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "three") (param i32 i32 i32) (result i32)
    (i32.sub (i32.mul (local.get 0) (local.get 1)) (local.get 2)))
  (func (export "four") (param i32 i32 i32 i32) (result i64)
    (i64.extend_i32_s (i32.sub (i32.sub (i32.sub (local.get 0) (local.get 1)) (local.get 2))
      (local.get 3))))
  (func (export "five") (param i32 i32 i32 i32 i32) (result i32) (local.get 4))
  (func (export "hypot") (param f64 f64) (result f64)
    (f64.sqrt (f64.add (f64.mul (local.get 0) (local.get 0)) (f64.mul (local.get 1) (local.get 1)))))
  (func (export "mixed") (param i32 i64 f32 f64) (result f64 f32 i64 i32)
    (local.get 3) (local.get 2) (local.get 1) (local.get 0))
  (func (export "swap") (param i32 i32) (result i32 i32) (local.get 1) (local.get 0))
  (func (export "null") (result funcref externref) (ref.null func) (ref.null extern))
  (func (export "one") (result i32) (i32.const 1))
  (func $hidden (result i32) (i32.const 77))
  (elem declare func $hidden)
  (func (export "hidden") (result funcref) (ref.func $hidden))
)`;

const backends = [['mapped'], ['heap']] as const;

describe.each(backends)('calls, %s memory', (backend) => {
  let runtime: Runtime;
  let instance: Instance<Record<string, ExportedFunction>>;
  const call = (name: string, ...args: unknown[]): unknown => instance.exports[name]?.(...args);

  beforeAll(async () => {
    runtime = new Runtime({ memory: { backend } });
    instance = runtime.load(await assemble(echo)).instantiate();
  });
  afterAll(() => runtime.close());

  test.each([
    ['i32', 5, 5],
    ['i32', -1, -1],
    ['i32', 4294967295, -1],
    ['i32', 1.9, 1],
    ['i32', undefined, 0],
    ['i32', '12', 12],
    ['i32', { valueOf: () => 9 }, 9],
    ['i64', 5n, 5n],
    ['i64', -(2n ** 63n), -(2n ** 63n)],
    ['i64', 2n ** 64n + 3n, 3n],
    ['i64', true, 1n],
    ['f32', 0.1, Math.fround(0.1)],
    ['f32', -0, -0],
    ['f32', Infinity, Infinity],
    ['f64', 0.1, 0.1],
    ['f64', NaN, NaN],
    ['f64', -0, -0],
    ['f64', '1.5', 1.5],
  ])('%s takes %p and gives %p', (name, value, expected) => {
    expect(call(name, value)).toBe(expected);
  });

  test.each([
    ['i32', 1n],
    ['i32', Symbol('no')],
    ['i64', 1],
    ['i64', undefined],
    ['f32', 1n],
    ['f64', 1n],
    ['func', {}],
    ['func', () => 1],
  ])('%s refuses %p', (name, value) => {
    expect(() => call(name, value)).toThrow(TypeError);
  });

  test('no result is undefined', () => {
    expect(call('nothing')).toBeUndefined();
    expect(call('nothing', 1, 2, 3)).toBeUndefined();
  });

  test('several parameters', () => {
    expect(call('add', 2, 3)).toBe(5);
    expect(call('add', 2)).toBe(2);
    expect(call('add', 2147483647, 1)).toBe(-2147483648);
    expect(call('three', 5, 6, 7)).toBe(23);
    expect(call('four', 10, 1, 2, 3)).toBe(4n);
    expect(call('five', 1, 2, 3, 4, 5)).toBe(5);
    expect(call('hypot', 3, 4)).toBe(5);
  });

  test('several results are an array', () => {
    expect(call('mixed', 1, 2n, 0.5, 4.25)).toEqual([4.25, 0.5, 2n, 1]);
    expect(call('swap', 1, 2)).toEqual([2, 1]);
    expect(call('null')).toEqual([null, null]);
  });

  test('a conversion that calls the guest does not disturb the arguments', () => {
    const meddler = { valueOf: () => call('add', 1000, 2000) as number };
    expect(call('add', 1, meddler)).toBe(3001);
    expect(call('three', 2, meddler, meddler)).toBe(3000);
    expect(call('hypot', { valueOf: () => 3 }, { valueOf: () => (call('hypot', 9, 9), 4) })).toBe(
      5,
    );
    expect(call('mixed', meddler, 2n, meddler, 1)).toEqual([1, 3000, 2n, 3000]);
  });

  test('externref holds any value and gives back the same', () => {
    const symbol = Symbol('s');
    for (const value of [undefined, 0, '', {}, [], symbol, 1n, () => 1, NaN, null]) {
      expect(call('extern', value)).toBe(value);
    }
    expect(Object.is(call('extern', -0), -0)).toBe(true);
    expect(Object.is(call('extern', 0), 0)).toBe(true);
  });

  test('funcref is the same function everywhere', () => {
    const { add } = instance.exports;
    expect(call('func', add)).toBe(add);
    expect(call('func', null)).toBeNull();
    const hidden = call('hidden') as ExportedFunction;
    expect(call('hidden')).toBe(hidden);
    expect(hidden()).toBe(77);
    expect(call('func', hidden)).toBe(hidden);
  });

  test('functions have names and exports cannot be changed', () => {
    const table = instance.exports as Record<string, unknown>;
    expect(instance.exports['add']?.name).toMatch(/^\d+$/);
    expect(Object.isFrozen(table)).toBe(true);
    expect(instance.exports).toBe(instance.exports);
    expect(Object.keys(table)).toContain('mixed');
  });

  test('call() takes a name and a list', () => {
    expect(instance.call('add', [4, 5])).toBe(9);
    expect(instance.call('one')).toBe(1);
    expect(instance.call('swap', [4, 5], { deadline: 1000 })).toEqual([5, 4]);
    expect(() => instance.call('missing')).toThrow(UsageError);
  });
});

test('a function of a closed instance throws, also when its place is taken by another', async () => {
  using runtime = new Runtime();
  const module = runtime.load(await assemble(echo));
  const old = module.instantiate();
  const add = old.exports['add'];
  old.close();
  expect(() => add?.(1, 2)).toThrow(/closed/);
  const next = module.instantiate();
  expect(next.exports['add']?.(1, 2)).toBe(3);
  expect(() => add?.(1, 2)).toThrow(UsageError);
  expect(() => old.call('add', [1, 2])).toThrow(UsageError);
});

test('hundreds of parameters and results', async () => {
  const count = 300;
  const types = Array<string>(count).fill('i32').join(' ');
  const body = Array.from({ length: count }, (_, i) => `(local.get ${count - 1 - i})`).join(' ');
  using runtime = new Runtime();
  const text = `(module (func (export "reverse") (param ${types}) (result ${types}) ${body}))`;
  const { reverse } = runtime.load(await assemble(text)).instantiate().exports;
  const values = Array.from({ length: count }, (_, i) => i * 3);
  expect(reverse?.(...values)).toEqual([...values].reverse());
});
