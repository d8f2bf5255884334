/** Values of JavaScript that guests have as externref: when they are let go. */
import { type Caller, type Instance, Runtime } from '../../lib';
import { assemble } from './assemble';

const text = `(module
  (import "env" "call" (func $call (param externref) (result externref)))
  (import "env" "constant" (global $constant externref))
  (global $kept (export "kept") (mut externref) (ref.null extern))
  (table $table (export "table") 4 externref)
  (func (export "pass") (param externref))
  (func (export "both") (param externref externref) (result externref externref)
    (local.get 1) (local.get 0))
  (func (export "keep") (param externref) (global.set $kept (local.get 0)))
  (func (export "put") (param i32 externref) (table.set $table (local.get 0) (local.get 1)))
  (func (export "get") (param i32) (result externref) (table.get $table (local.get 0)))
  ;; While the host runs, the frame has both.
  (func (export "hold") (param externref externref) (result externref)
    (drop (call $call (local.get 0)))
    (local.get 1))
  (func (export "repeat") (param $n i32) (result externref)
    (local $last externref)
    (loop $again
      (local.set $last (call $call (ref.null extern)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $last))
  (func (export "first") (result externref) (global.get $constant)))`;

interface Functions {
  pass(value: unknown): void;
  both(one: unknown, other: unknown): [unknown, unknown];
  keep(value: unknown): void;
  put(index: unknown, value: unknown): void;
  get(index: number): unknown;
  hold(value: unknown, later: unknown): unknown;
  repeat(count: number): unknown;
  first(): unknown;
}

const backends = ['mapped', 'heap'] as const;

describe.each(backends)('externrefs, %s memory', (backend) => {
  let instance: Instance<Functions>;
  let call: (value: unknown) => unknown;
  let runtime: Runtime;
  const constant = { name: 'imported' };

  beforeAll(async () => {
    runtime = new Runtime({ memory: { backend } });
    const module = runtime.load(await assemble(text));
    const host = (_caller: Caller, value: unknown): unknown => call(value);
    instance = module.instantiate<Functions>({
      imports: { env: { constant: constant as never, call: host } },
    });
  });
  afterAll(() => {
    runtime.close();
  });
  beforeEach(() => {
    call = (value) => value;
    instance.collect();
  });

  const pass = (value: unknown): void => {
    instance.exports.pass(value);
  };

  test('what a guest was only shown is let go', () => {
    for (let i = 0; i < 10; i += 1) pass({ i });
    expect(instance.collect()).toBe(10);
    expect(instance.collect()).toBe(0);
  });

  test('globals and tables keep what they have', () => {
    const kept = { a: 1 };
    const element = { b: 2 };
    instance.exports.keep(kept);
    instance.exports.put(3, element);
    instance.table('table').set(1, -0);
    pass({});
    expect(instance.collect()).toBe(1);
    expect(instance.global('kept').value).toBe(kept);
    expect(instance.exports.get(3)).toBe(element);
    expect(instance.exports.get(1)).toBe(-0);
    instance.exports.keep(null);
    instance.exports.put(3, null);
    instance.exports.put(1, null);
    expect(instance.collect()).toBe(3);
    // Another number is as good.
    instance.exports.keep(kept);
    expect(instance.global('kept').value).toBe(kept);
    instance.exports.keep(null);
  });

  test('0 and -0 are two values', () => {
    instance.exports.put(0, 0);
    instance.exports.put(1, -0);
    instance.exports.put(1, null);
    instance.collect();
    expect(instance.exports.get(0)).toBe(0);
    instance.exports.put(0, null);
    instance.exports.put(1, -0);
    instance.collect();
    expect(instance.exports.get(1)).toBe(-0);
    instance.exports.put(1, null);
  });

  test('frames keep what they go on to use', () => {
    const later = { later: true };
    let gone: number | undefined;
    call = (value) => {
      pass({ shown: 'inside' });
      gone = instance.collect();
      return value;
    };
    expect(instance.exports.hold({}, later)).toBe(later);
    expect(gone).toBe(1);
    expect(instance.collect()).toBe(2);
  });

  test('what was imported stays as long as the instance', () => {
    instance.collect();
    expect(instance.exports.first()).toBe(constant);
    instance.reset();
    expect(instance.exports.first()).toBe(constant);
  });

  test('arguments on their way are not lost, whenever a collection is due', () => {
    // Each call has its threshold somewhere else.
    for (let i = 0; i < 10_000; i += 1) {
      const a = { a: i };
      const b = { b: i };
      const [first, second] = instance.exports.both(a, b);
      if (first !== b || second !== a) throw new Error(`call ${i}`);
    }
    expect(instance.collect()).toBeLessThan(10_000);
  });

  test('results of host functions are not lost, and do not add up in one call', () => {
    let made = 0;
    let last = {};
    call = () => (last = { made: (made += 1) });
    expect(instance.exports.repeat(20_000)).toBe(last);
    expect(made).toBe(20_000);
    expect(instance.collect()).toBeLessThan(10_000);
  });

  test('arguments that run code while they are converted', () => {
    // A second instance of the group has a function that takes a number as well.
    const kept = {};
    instance.exports.keep(kept);
    const index = {
      valueOf() {
        for (let i = 0; i < 5000; i += 1) pass({ i });
        instance.collect();
        return 2;
      },
    };
    const value = { in: 'table' };
    instance.exports.put(index, value);
    instance.collect();
    expect(instance.exports.get(2)).toBe(value);
    instance.exports.put(2, null);
    instance.exports.keep(null);
  });

  test('an exception that passes by', () => {
    call = () => {
      instance.collect();
      throw new Error('from the host');
    };
    expect(() => instance.exports.hold({}, {})).toThrow('from the host');
    expect(instance.collect()).toBe(2);
  });
});

test('linked instances keep for each other', async () => {
  const runtime = new Runtime();
  const owner = runtime
    .load(await assemble('(module (table (export "t") 1 externref))'))
    .instantiate();
  const user = runtime
    .load(
      await assemble(
        `(module (import "x" "t" (table 1 externref))
           (func (export "put") (param externref) (table.set (i32.const 0) (local.get 0))))`,
      ),
    )
    .instantiate<{ put(value: unknown): void }>({ imports: { x: { t: owner.table('t') } } });
  const value = {};
  user.exports.put(value);
  expect(user.collect()).toBe(0);
  expect(owner.collect()).toBe(0);
  user.close();
  expect(owner.collect()).toBe(0);
  expect(owner.table('t').get(0)).toBe(value);
  owner.table('t').set(0, null);
  expect(owner.collect()).toBe(1);
  runtime.close();
});

test('nothing is collected while an asynchronous call runs', async () => {
  const runtime = new Runtime();
  const instance = runtime
    .load(
      await assemble(
        `(module (import "env" "wait" (func $wait (param externref) (result externref)))
           (func (export "run") (param externref) (result externref externref)
             (call $wait (local.get 0)) (local.get 0)))`,
      ),
    )
    .instantiate<{ run(value: unknown): [unknown, unknown] }>({
      imports: {
        env: { wait: async (_caller: unknown, value: unknown) => Promise.resolve([value]) },
      },
    });
  const given = {};
  const done = instance.callAsync('run', [given]);
  expect(instance.collect()).toBe(0);
  expect(await done).toEqual([[given], given]);
  expect(instance.collect()).toBe(2);
  runtime.close();
});
