import {
  type Caller,
  type Instance,
  LinkError,
  type Runtime as RuntimeType,
  Runtime,
  Trap,
  UsageError,
  fresh,
} from '../../lib';
import { assemble } from './assemble';

const provider = `(module
  (import "env" "tell" (func $tell (param i32)))
  (memory (export "memory") 1 4)
  (table (export "table") 4 funcref)
  (table (export "objects") 2 externref)
  (global (export "counter") (mut i32) (i32.const 5))
  (global (export "constant") i64 (i64.const 9))
  (func $seven (export "seven") (result i32) (i32.const 7))
  (func (export "tell") (param i32) (call $tell (local.get 0)))
  (func (export "grow") (drop (memory.grow (i32.const 1))))
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "at") (param i32) (result i32) (call_indirect (result i32) (local.get 0)))
  (elem (i32.const 0) $seven))`;

const user = `(module
  (import "lib" "memory" (memory 1))
  (import "lib" "table" (table 4 funcref))
  (import "lib" "counter" (global $counter (mut i32)))
  (import "lib" "constant" (global $constant i64))
  (import "lib" "seven" (func $seven (result i32)))
  (import "lib" "tell" (func $tell (param i32)))
  (import "lib" "grow" (func $grow))
  (export "memory" (memory 0))
  (export "sevenAgain" (func $seven))
  (func $eight (export "eight") (result i32) (i32.add (call $seven) (i32.const 1)))
  (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "count") (result i64)
    (global.set $counter (i32.add (global.get $counter) (i32.const 1)))
    (i64.add (global.get $constant) (i64.extend_i32_s (global.get $counter))))
  (func (export "tell") (param i32) (call $tell (local.get 0)))
  (func (export "grow") (call $grow))
  (elem (i32.const 1) $eight))`;

const wants = `(module
  (import "a" "missing" (func (param i32) (result f64)))
  (import "a" "wrong" (func (param i32)))
  (import "b" "memory" (memory 1))
  (import "b" "table" (table 1 funcref))
  (import "b" "global" (global i32)))`;

const constants = `(module
  (import "c" "i32" (global $a i32))
  (import "c" "i64" (global $b i64))
  (import "c" "f32" (global $c f32))
  (import "c" "f64" (global $d f64))
  (import "c" "ref" (global $e externref))
  (export "i32" (global $a)) (export "i64" (global $b)) (export "f32" (global $c))
  (export "f64" (global $d)) (export "ref" (global $e)))`;

const backends = [['mapped'], ['heap']] as const;

describe.each(backends)('linking, %s memory', (backend) => {
  let runtime: RuntimeType;
  let library: Instance;
  let guest: Instance;
  let told: number[];

  const call = (instance: Instance, name: string, ...args: unknown[]): unknown =>
    instance.exports[name]?.(...args);

  beforeEach(async () => {
    runtime = new Runtime({ memory: { backend } });
    told = [];
    const tell = (_caller: Caller, value: number): unknown => told.push(value);
    library = runtime.load(await assemble(provider)).instantiate({ imports: { env: { tell } } });
    guest = runtime.load(await assemble(user)).instantiate({ imports: { lib: library } });
  });
  afterEach(() => {
    runtime.close();
  });

  test('instances share what they import', () => {
    expect(call(guest, 'eight')).toBe(8);
    expect(call(guest, 'count')).toBe(15n);
    expect(library.global('counter').value).toBe(6);
    library.global('counter').value = 100;
    expect(call(guest, 'count')).toBe(110n);
    expect(library.global('constant').value).toBe(9n);
    expect(() => {
      library.global('constant').value = 1n;
    }).toThrow(TypeError);
    call(guest, 'tell', 3);
    expect(told).toEqual([3]);
    expect(guest.exports['sevenAgain']).toBe(library.exports['seven']);
  });

  test('a shared memory has one buffer, whoever grows it', () => {
    call(guest, 'store', 10, 77);
    expect(library.memory.bytes[10]).toBe(77);
    expect(guest.memory.buffer).toBe(library.memory.buffer);
    const before = library.memory.bytes;
    call(guest, 'grow');
    expect(before).toHaveLength(0);
    expect(guest.memory.bytes).toHaveLength(131072);
    const again = guest.memory.bytes;
    call(library, 'grow');
    expect(again).toHaveLength(0);
    expect(library.memory.bytes).toHaveLength(3 * 65536);
  });

  test('tables', () => {
    const table = library.table('table');
    expect(table).toHaveLength(4);
    expect(table.element).toBe('funcref');
    expect(table.get(0)).toBe(library.exports['seven']);
    expect(table.get(1)).toBe(guest.exports['eight']);
    expect(table.get(2)).toBeNull();
    table.set(2, guest.exports['eight']);
    expect(call(library, 'at', 2)).toBe(8);
    table.set(2, null);
    expect(() => call(library, 'at', 2)).toThrow(Trap);
    expect(() => table.get(4)).toThrow(RangeError);
    expect(() => {
      table.set(-1, null);
    }).toThrow(RangeError);
    expect(() => {
      table.set(0, () => 1);
    }).toThrow(TypeError);
    const objects = library.table('objects');
    const value = { an: 'object' };
    objects.set(1, value);
    expect(objects.get(1)).toBe(value);
    expect(objects.get(0)).toBeNull();
  });

  test('what others still reach outlives its close', () => {
    library.close();
    expect(library.closed).toBe(true);
    expect(() => call(library, 'seven')).toThrow(UsageError);
    expect(call(guest, 'eight')).toBe(8);
    call(guest, 'tell', 4);
    expect(told).toEqual([4]);
    call(guest, 'store', 0, 5);
    expect(guest.memory.bytes[0]).toBe(5);
    expect(() => call(guest, 'sevenAgain')).toThrow(UsageError);
  });

  test('closing the user first leaves its functions in the table callable', () => {
    guest.close();
    expect(call(library, 'at', 1)).toBe(8);
    const stale = library.table('table').get(1) as () => unknown;
    expect(stale).toThrow(UsageError);
    library.close();
  });

  test('a function put into a table of an unlinked instance keeps its own alive', async () => {
    const other = runtime.load(await assemble(provider)).instantiate({
      imports: { env: { tell: () => undefined } },
    });
    const alone = runtime
      .load(await assemble('(module (func (export "f") (result i32) (i32.const 123)))'))
      .instantiate();
    other.table('table').set(3, alone.exports['f']);
    expect(call(other, 'at', 3)).toBe(123);
    alone.close();
    expect(call(other, 'at', 3)).toBe(123);
    other.close();
  });

  test('functions that come to host functions of a closed instance', async () => {
    let seen: unknown;
    const closed = runtime
      .load(
        await assemble(`(module (import "env" "take" (func $take (param funcref)))
          (func (export "give") (param funcref) (call $take (local.get 0)))
          (func (export "other")))`),
      )
      .instantiate({
        imports: { env: { take: (_caller: Caller, given: unknown) => (seen = given) } },
      });
    expect(Object.keys(closed.exports)).toEqual(['give', 'other']);
    const user = runtime
      .load(
        await assemble(`(module (import "closed" "give" (func $give (param funcref)))
          (func $mine (export "mine") (result i32) (i32.const 42))
          (elem declare func $mine)
          (func (export "run") (call $give (ref.func $mine))))`),
      )
      .instantiate({ imports: { closed } });
    closed.close();
    user.exports['run']?.();
    expect(seen).toBe(user.exports['mine']);
    user.close();
  });

  test('every problem is named at once', async () => {
    const module = runtime.load(await assemble(wants));
    let caught: unknown;
    try {
      module.instantiate({
        imports: {
          a: { wrong: guest.exports['eight'] as () => unknown },
          b: { memory: 5, global: 'text' as unknown as number },
        },
      });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(LinkError);
    const { message } = caught as LinkError;
    for (const name of ['missing', 'wrong', 'memory', 'table', 'global']) {
      expect(message).toContain(`"${name}"`);
    }
    expect(message).toContain('(i32) -> (f64)');
    expect(message).toContain('() -> (i32)');
    expect((caught as LinkError).code).toBe('Unlinkable');
  });

  test('without strict a missing function traps when it is called', async () => {
    const text = '(module (import "a" "f" (func $f)) (func (export "f") (call $f)))';
    const module = runtime.load(await assemble(text));
    expect(() => module.instantiate()).toThrow(LinkError);
    using quiet = new Runtime({ log: () => undefined });
    const loose = quiet.load(await assemble(text)).instantiate({ strict: false });
    expect(() => loose.exports['f']?.()).toThrow(Trap);
  });

  test('constants', async () => {
    const value = { some: 'value' };
    const module = runtime.load(await assemble(constants));
    const make = (c: Record<string, never>): Instance => module.instantiate({ imports: { c } });
    const given = { i32: -1, i64: -(2n ** 60n), f32: 0.5, f64: 0.1, ref: value };
    const instance = make(given as unknown as Record<string, never>);
    for (const [name, expected] of Object.entries(given)) {
      expect(instance.global(name).value).toBe(expected);
      expect(instance.global(name).mutable).toBe(false);
    }
    expect(instance.global('i64').type).toBe('i64');
    const none = make({ ...given, ref: null } as unknown as Record<string, never>);
    expect(none.global('ref').value).toBeNull();
    expect(() => make({ ...given, i64: 1 } as unknown as Record<string, never>)).toThrow(LinkError);
    expect(() => make({ ...given, i32: 1n } as unknown as Record<string, never>)).toThrow(
      LinkError,
    );
  });

  test('fresh memories, tables and globals', async () => {
    const text = `(module (import "e" "m" (memory 2 3)) (import "e" "t" (table 3 funcref))
      (import "e" "g" (global (mut i32))) (export "m" (memory 0)) (export "t" (table 0))
      (export "g" (global 0)))`;
    const module = runtime.load(await assemble(text));
    const imports = { e: { m: fresh, t: fresh, g: fresh } } as const;
    const [one, other] = [module.instantiate({ imports }), module.instantiate({ imports })];
    one.memory.bytes[0] = 1;
    expect(other.memory.bytes[0]).toBe(0);
    expect(one.memoryNamed('m').pages).toBe(2);
    expect(one.table('t')).toHaveLength(3);
    one.global('g').value = 3;
    expect(other.global('g').value).toBe(0);
  });

  test('instances of different runtimes are not linked, functions are wrapped', async () => {
    using elsewhere = new Runtime({ memory: { backend } });
    const text = '(module (import "a" "f" (func $f (result i32))) (export "f" (func $f)))';
    const module = elsewhere.load(await assemble(text));
    const { seven } = library.exports;
    const instance = module.instantiate({ imports: { a: { f: seven as () => unknown } } });
    expect(instance.exports['f']?.()).toBe(7);
    const memory = elsewhere.load(await assemble('(module (import "a" "m" (memory 1)))'));
    expect(() =>
      memory.instantiate({ imports: { a: { m: library.memoryNamed('memory') } } }),
    ).toThrow(LinkError);
  });

  test('there is nothing under other names', () => {
    expect(library.export('nothing')).toBeUndefined();
    expect(() => library.table('memory')).toThrow(UsageError);
    expect(() => library.global('nothing')).toThrow(UsageError);
    expect(library.export('memory')).toBe(library.memory);
  });
});

test('instances that nobody reaches any more go', async () => {
  const plugin = await assemble(`(module
    (import "lib" "seven" (func $seven (result i32)))
    (import "env" "add" (func $add (param i32) (result i32)))
    (memory (export "memory") 1 1)
    (func (export "run") (result i32) (call $add (call $seven))))`);
  // Its pool has room for the library and a few of them.
  using small = new Runtime({ memory: { strategy: 'small-pool', pool: { slots: 8 } } });
  const env = { tell: () => undefined, add: (_caller: Caller, value: number) => value + 1 };
  const long = small.load(await assemble(provider)).instantiate({ imports: { env } });
  const module = small.load(plugin);
  const table = long.table('table');
  const fresh = (): Instance => module.instantiate({ imports: { lib: long, env } });
  const alone = fresh();
  let sum = 0;
  for (let i = 0; i < 16_384; i += 1) {
    using one = fresh();
    sum += one.exports['run']?.() as number;
  }
  expect(sum).toBe(8 * 16_384);
  expect(small.memoryReport.pool?.live).toBe(2);
  for (let i = 0; i < 4_096; i += 1) {
    using one = fresh();
    table.set(3, one.exports['run']);
  }
  expect(long.exports['at']?.(3)).toBe(8);
  expect(small.memoryReport.pool?.live).toBeLessThan(8);
  expect(small.memoryReport.pool?.misses).toBe(0);
  alone.close();
  table.set(3, null);
  fresh().close();
  expect(small.memoryReport.pool?.live).toBe(1);
});

describe('instances that fail', () => {
  test('leave nothing that could be used, and no view', async () => {
    using runtime = new Runtime();
    const text = `(module (import "e" "f" (func $f)) (memory (export "memory") 1)
      (func (export "g")) (func $main (call $f) (unreachable)) (start $main))`;
    let seen: Uint8Array | undefined;
    let instance: Instance | undefined;
    let callError: unknown;
    const f = (caller: Caller): void => {
      ({ instance } = caller);
      seen = caller.memory.bytes;
      seen[0] = 1;
      try {
        instance.exports['g']?.();
      } catch (error) {
        callError = error;
      }
    };
    const module = runtime.load(await assemble(text));
    expect(() => module.instantiate({ imports: { e: { f } } })).toThrow(Trap);
    expect(callError).toBeUndefined();
    expect(seen).toHaveLength(0);
    expect(instance?.closed).toBe(true);
    expect(() => instance?.memory.bytes).toThrow(UsageError);
    expect(() => instance?.exports['g']?.()).toThrow(UsageError);
  });

  test('an exception in the start function is the cause', async () => {
    using runtime = new Runtime();
    const thrown = new Error('at start');
    const f = (): never => {
      throw thrown;
    };
    const bytes = await assemble('(module (import "e" "f" (func $f)) (start $f))');
    let caught: unknown;
    try {
      runtime.load(bytes).instantiate({ imports: { e: { f } } });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(Trap);
    expect((caught as Trap).cause).toBe(thrown);
  });
});
