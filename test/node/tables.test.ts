/** Tables from TypeScript: growing them, and host functions in them. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type Caller,
  HostReference,
  type HostValueType,
  InstancePool,
  type Instance,
  type Module,
  Runtime,
  Trap,
  UsageError,
  hostFunction,
} from '../../lib';
import { assemble } from './assemble';

const run = promisify(execFile);

const text = `(module
  (type $unary (func (param i32) (result i32)))
  (type $mixed (func (param i64 f32 f64 externref) (result f64 i64)))
  (memory (export "memory") 1)
  (table $t (export "table") 2 10 funcref)
  (table $other 4 funcref)
  (global $kept (mut funcref) (ref.null func))
  (func $plus (export "plus") (type $unary) (i32.add (local.get 0) (i32.const 1)))
  (elem (i32.const 0) $plus)
  (func (export "call") (param i32 i32) (result i32)
    (call_indirect (type $unary) (local.get 1) (local.get 0)))
  (func (export "twice") (param i32 i32) (result i32)
    (call_indirect (type $unary)
      (call_indirect (type $unary) (local.get 1) (local.get 0)) (local.get 0)))
  (func (export "mixed") (param i32 i64 f32 f64 externref) (result f64 i64)
    (call_indirect (type $mixed)
      (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 0)))
  (func (export "copy") (param i32)
    (table.copy $other $t (i32.const 1) (local.get 0) (i32.const 1)))
  (func (export "clear") (table.set $other (i32.const 1) (ref.null func)))
  (func (export "keep") (param i32) (global.set $kept (table.get $t (local.get 0))))
  (func (export "called") (param i32) (result i32)
    (table.set $other (i32.const 0) (global.get $kept))
    (call_indirect $other (type $unary) (local.get 0) (i32.const 0)))
  (func (export "copied") (param i32) (result i32)
    (call_indirect $other (type $unary) (local.get 0) (i32.const 1))))`;

interface Exports {
  plus: (value: number) => number;
  call: (index: number, value: number) => number;
  twice: (index: number, value: number) => number;
  mixed: (index: number, a: bigint, b: number, c: number, d: unknown) => [number, bigint];
  copy: (index: number) => void;
  clear: () => void;
  keep: (index: number) => void;
  called: (value: number) => number;
  copied: (value: number) => number;
}

const unary = { params: ['i32'], results: ['i32'] } as const;

describe('a table', () => {
  let runtime: Runtime;
  let module: Module;
  let instance: Instance<Exports>;
  beforeAll(async () => {
    runtime = new Runtime();
    module = runtime.load(await assemble(text));
  });
  beforeEach(() => {
    instance = module.instantiate<Exports, string>({ data: 'its data' }) as never;
  });
  afterEach(() => {
    instance.close();
  });
  afterAll(() => runtime.close());

  test('grows up to its maximum, with a value', () => {
    const table = instance.table('table');
    expect(table.grow(0)).toBe(2);
    expect(table.grow(2, instance.exports.plus)).toBe(2);
    expect(table.length).toBe(4);
    expect(table.get(3)).toBe(instance.exports.plus);
    expect(instance.exports.call(3, 4)).toBe(5);
    expect(table.grow(6)).toBe(4);
    expect(table.get(9)).toBeNull();
    expect(() => table.grow(1)).toThrow(RangeError);
    expect(() => table.grow(1)).toThrow('a table of 10 elements cannot grow by 1: its maximum');
    expect(table.length).toBe(10);
  });

  test.each([[-1], [1.5], [NaN], [2 ** 60], ['1']])('does not grow by %p', (elements) => {
    expect(() => instance.table('table').grow(elements as number)).toThrow(RangeError);
  });

  test('does not grow with what is no function', () => {
    expect(() => instance.table('table').grow(1, 5)).toThrow(TypeError);
    expect(instance.table('table').length).toBe(2);
  });

  test('takes host functions, which the guest calls', () => {
    const table = instance.table('table');
    const seen: unknown[] = [];
    table.set(
      1,
      hostFunction(unary, (caller: Caller<string>, value) => {
        seen.push(caller.data, caller.instance, caller.memory.size);
        return value * 10;
      }),
    );
    expect(instance.exports.call(1, 4)).toBe(40);
    expect(instance.exports.twice(1, 4)).toBe(400);
    expect(seen.slice(0, 3)).toEqual(['its data', instance, 65536]);
    expect(
      table.grow(
        1,
        hostFunction(unary, () => -1),
      ),
    ).toBe(2);
    expect(instance.exports.call(2, 0)).toBe(-1);
  });

  test('passes all types on', () => {
    const reference = hostFunction(
      { params: ['i64', 'f32', 'f64', 'externref'], results: ['f64', 'i64'] },
      (_caller, a, b, c, d) => [b + c, d === instance ? a * 2n : 0n],
    );
    expect(reference.type).toEqual({
      kind: 'function',
      params: ['i64', 'f32', 'f64', 'externref'],
      results: ['f64', 'i64'],
    });
    instance.table('table').set(1, reference);
    expect(instance.exports.mixed(1, 21n, 0.5, 1.25, instance)).toEqual([1.75, 42n]);
  });

  test('gives the same function for the same host function', () => {
    const table = instance.table('table');
    const reference = hostFunction(unary, function plusTwo(_caller, value) {
      return value + 2;
    });
    table.set(0, reference);
    table.set(1, reference);
    const made = table.get(0) as (value: number) => number;
    expect(made).toBe(table.get(1));
    expect(made(5)).toBe(7);
    expect(made.name).toBe('plusTwo');
    table.set(0, null);
    table.set(1, null);
    table.set(0, made);
    expect(instance.exports.call(0, 1)).toBe(3);
    // Another instance has its own.
    using other = module.instantiate<Exports>();
    other.table('table').set(0, reference);
    expect(other.table('table').get(0)).not.toBe(made);
    expect(other.exports.call(0, 1)).toBe(3);
  });

  test('a host function of another type traps, as any function does', () => {
    const table = instance.table('table');
    table.set(
      1,
      hostFunction({ params: ['i32'] }, () => undefined),
    );
    expect(() => instance.exports.call(1, 4)).toThrow('indirect call type mismatch');
    table.set(1, null);
    expect(() => instance.exports.call(1, 4)).toThrow(Trap);
  });

  test('what a host function throws is the cause of the Trap', () => {
    const why = new Error('on purpose');
    instance.table('table').set(
      1,
      hostFunction(unary, () => {
        throw why;
      }),
    );
    let caught: unknown;
    try {
      instance.exports.call(1, 4);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(Trap);
    expect((caught as Trap).cause).toBe(why);
    expect((caught as Trap).wasmStack.map((frame) => frame.function)).toEqual(['call']);
    expect(instance.exports.plus(1)).toBe(2);
  });

  test('host functions call the guest and change the table they are in', () => {
    const table = instance.table('table');
    const depths: number[] = [];
    const down = hostFunction(unary, (_caller, depth) => {
      if (depth === 0) {
        table.set(1, null);
        table.grow(1);
        return 1;
      }
      return instance.exports.call(1, depth - 1) + depths.push(depth);
    });
    table.set(1, down);
    expect(instance.exports.call(1, 3)).toBe(1 + 1 + 2 + 3);
    expect(depths).toEqual([1, 2, 3]);
    expect(() => instance.exports.call(1, 3)).toThrow(Trap);
    instance.table('table').set(
      1,
      hostFunction(unary, () => {
        instance.close();
        return 0;
      }),
    );
    expect(() => instance.exports.call(1, 3)).toThrow(
      'cannot be closed: a function of it is running',
    );
  });

  test('bounds of a call hold in host functions, and asynchronous calls wait for them', async () => {
    const table = instance.table('table');
    table.set(
      1,
      hostFunction(unary, async (_caller, value) => Promise.resolve(value + 0.5).then(Math.ceil)),
    );
    await expect(instance.callAsync('call', [1, 4])).resolves.toBe(5);
    expect(() => instance.exports.call(1, 4)).toThrow('the guest can wait for it only');
    const fuel = (): number => instance.call('twice', [0, 1], { fuel: 100 });
    expect(fuel()).toBe(3);
    table.set(
      0,
      hostFunction(unary, () => 7),
    );
    expect(fuel()).toBe(7);
    expect(() => instance.call('twice', [0, 1], { fuel: 3 })).toThrow('instruction limit exceeded');
  });

  test('what the guest has copied stays', () => {
    const table = instance.table('table');
    for (let round = 0; round < 50; round += 1) {
      table.set(
        1,
        hostFunction(unary, (_caller, value) => value + round),
      );
      instance.exports[round === 10 ? 'copy' : 'plus'](1);
      if (round === 20) instance.exports.keep(1);
    }
    expect(instance.exports.copied(100)).toBe(110);
    expect(instance.exports.called(100)).toBe(120);
    expect(instance.exports.call(1, 100)).toBe(149);
  });

  test('a reset takes them out', () => {
    const table = instance.table('table');
    table.grow(
      3,
      hostFunction(unary, () => 1),
    );
    table.set(
      0,
      hostFunction(unary, () => 2),
    );
    const made = table.get(0) as (value: number) => number;
    instance.reset();
    expect(table.length).toBe(2);
    expect(instance.exports.call(0, 1)).toBe(2);
    expect(table.get(0)).toBe(instance.exports.plus);
    expect(made(1)).toBe(2);
  });

  test('a pooled instance has none of its last holder', () => {
    using pool = new InstancePool<Exports>(module, { max: 1 });
    let old: unknown;
    {
      using lease = pool.tryAcquire();
      lease?.table('table').set(
        1,
        hostFunction(unary, () => 5),
      );
      expect(lease?.exports.call(1, 0)).toBe(5);
      old = lease?.table('table').get(1);
    }
    using next = pool.tryAcquire();
    expect(next?.table('table').get(1)).toBeNull();
    expect(() => (old as () => number)()).toThrow(UsageError);
    next?.table('table').set(
      1,
      hostFunction(unary, () => 6),
    );
    expect(next?.exports.call(1, 0)).toBe(6);
  });

  test('instances that are linked with it may call them, as they may what it imports', async () => {
    const user = runtime.load(
      await assemble(`(module (import "m" "table" (table 2 funcref))
        (func (export "call") (param i32) (result i32)
          (call_indirect (param i32) (result i32) (local.get 0) (i32.const 1))))`),
    );
    using linked = user.instantiate<{ call(value: number): number }>({ imports: { m: instance } });
    instance.table('table').set(
      1,
      hostFunction(unary, (_caller, value) => value * 3),
    );
    expect(linked.exports.call(5)).toBe(15);
    instance.close();
    // As those that it imported.
    expect(linked.exports.call(6)).toBe(18);
  });

  test('closed or busy instances refuse', async () => {
    const table = instance.table('table');
    const reference = hostFunction(unary, () => 1);
    const call = instance.callAsync('plus', [1]);
    expect(() => {
      table.set(1, reference);
    }).toThrow('the instance is busy');
    await call;
    table.set(1, reference);
    const made = table.get(1) as () => number;
    instance.close();
    expect(() => {
      table.set(1, reference);
    }).toThrow('the instance is closed');
    expect(() => table.grow(1)).toThrow('the instance is closed');
    expect(() => made()).toThrow('the instance is closed');
  });

  test('host functions are refused where none can be', async () => {
    const other = runtime.load(
      await assemble(`(module (table (export "t") 1 externref)
        (global (export "g") (mut funcref) (ref.null func)))`),
    );
    using guest = other.instantiate();
    const reference = hostFunction(unary, () => 1);
    expect(() => {
      guest.table('t').set(0, reference);
    }).toThrow('a host function goes into a table of functions');
    expect(() => {
      guest.global('g').value = reference;
    }).toThrow('put it into a table');
  });

  test.each([
    ['an unknown type', { params: ['i31'] }, "'i31'"],
    ['no list', { params: 'i32' }, 'the params have to be a list of types'],
    ['vectors', { results: ['v128'] }, "'v128'"],
    ['too many', { params: Array.from({ length: 1001 }, () => 'i32') }, '1001 params'],
  ])('there is no host function of %s', (_what, type, message) => {
    expect(() => hostFunction(type as { params: HostValueType[] }, () => undefined)).toThrow(
      message,
    );
  });

  test('a host function is a function, and no exported one', () => {
    expect(() => hostFunction(unary, 5 as never)).toThrow(UsageError);
    expect(() => hostFunction(unary, instance.exports.plus as never)).toThrow(
      'is a reference already',
    );
    expect(hostFunction({}, () => undefined)).toBeInstanceOf(HostReference);
    expect(() => structuredClone(hostFunction({}, () => undefined))).toThrow('HostReference');
  });
});

test('what nothing refers to is let go', async () => {
  const script = join(__dirname, 'programs', 'gc_tables.ts');
  const flags = ['--expose-gc', '--require', 'tsx/cjs', script];
  const { stdout } = await run(process.execPath, flags, {
    env: { ...process.env, NODE_OPTIONS: '' },
    timeout: 200_000,
  });
  expect(stdout).toContain('ok\n');
});
