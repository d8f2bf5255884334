import type { Instance } from '../../lib';
import { type Caller, Memory, Runtime, Trap, UsageError, u8 } from '../../lib';
import { assemble } from './assemble';
import { trapOf } from './trap_of';

const text = `(module
  (import "env" "none" (func $none))
  (import "env" "add" (func $add (param i32 i32) (result i32)))
  (import "env" "all" (func $all (param i32 i64 f32 f64 externref) (result f64)))
  (import "env" "pair" (func $pair (result i32 i64)))
  (memory (export "memory") 1)
  (func (export "none") (call $none))
  (func (export "add") (param i32 i32) (result i32) (call $add (local.get 0) (local.get 1)))
  (func (export "all") (param externref) (result f64)
    (call $all (i32.const -1) (i64.const -2) (f32.const 0.5) (f64.const 0.25) (local.get 0)))
  (func (export "pair") (result i32 i64) (call $pair))
  (func (export "twice") (param i32) (result i32)
    (i32.add (call $add (local.get 0) (i32.const 1)) (call $add (local.get 0) (i32.const 2))))
  (func $deep (export "deep") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
      (else (call $add (i32.const 0) (i32.const 0)))))
)`;

interface Functions {
  none(): void;
  add(a: number, b: number): number;
  all(value: unknown): number;
  pair(): [number, bigint];
  twice(a: number): number;
  deep(a: number): number;
}

type Host = (caller: Caller, ...args: never[]) => unknown;

const backends = [['mapped'], ['heap']] as const;

describe.each(backends)('host functions, %s memory', (backend) => {
  let runtime: Runtime;
  let bytes: Uint8Array;

  function make(functions: Record<string, Host>): Instance<Functions> {
    const missing = (): never => {
      throw new Error('not expected');
    };
    const env = { none: missing, add: missing, all: missing, pair: missing, ...functions };
    return runtime.load(bytes).instantiate<Functions>({ imports: { env } });
  }

  beforeAll(async () => {
    runtime = new Runtime({ memory: { backend } });
    bytes = await assemble(text);
  });
  afterAll(() => runtime.close());

  test('arguments and results of every type', () => {
    const seen: unknown[] = [];
    const instance = make({
      all: (_caller, ...args: unknown[]) => {
        seen.push(...args);
        return 1.5;
      },
      pair: () => [7, 8n],
    });
    const value = { an: 'object' };
    expect(instance.exports.all(value)).toBe(1.5);
    expect(seen).toEqual([-1, -2n, 0.5, 0.25, value]);
    expect(seen[4]).toBe(value);
    expect(instance.exports.pair()).toEqual([7, 8n]);
  });

  test('results are converted as arguments are', () => {
    let result: unknown;
    const instance = make({ add: () => result });
    for (const [given, expected] of [
      [4294967295, -1],
      ['7', 7],
      [undefined, 0],
      [{ valueOf: () => 3 }, 3],
    ]) {
      result = given;
      expect(instance.exports.add(0, 0)).toBe(expected);
    }
    result = 1n;
    expect(() => instance.exports.add(0, 0)).toThrow(Trap);
  });

  test('the caller is the instance', () => {
    let caller: Caller | undefined;
    const instance = make({
      none: (given) => {
        caller = given;
        given.view(u8, 16, 3).set([1, 2, 3]);
        given.write(u8, 19, 4);
      },
    });
    instance.exports.none();
    expect(caller?.instance).toBe(instance);
    expect(caller?.memory).toBeInstanceOf(Memory);
    expect([...instance.memory.bytes.subarray(16, 20)]).toEqual([1, 2, 3, 4]);
    expect(caller?.read(u8, 17)).toBe(2);
  });

  test('an exception goes through the guest and is the cause of the trap', () => {
    const thrown = new RangeError('on purpose');
    const instance = make({
      add: () => {
        throw thrown;
      },
    });
    const error = trapOf(() => instance.exports.deep(5));
    expect(error.cause).toBe(thrown);
    expect(error.message).toContain('RangeError: on purpose');
    expect(error.wasmStack.filter((frame) => frame.function === 'deep')).toHaveLength(6);
    // The instance is as good as before.
    expect(() => instance.exports.add(1, 2)).toThrow(Trap);
  });

  test.each([[undefined], [null], [0], ['text'], [Symbol('s')]])('%p can be thrown', (value) => {
    const instance = make({
      none: () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- that is the case
        throw value;
      },
    });
    const error = trapOf(() => {
      instance.exports.none();
    });
    expect(error.cause).toBe(value);
    expect('cause' in error).toBe(true);
  });

  test('the cause of one trap is not that of the next', () => {
    let fail = true;
    const instance = make({
      add: (_caller, a: number, b: number) => {
        if (fail) throw new Error('once');
        return a + b;
      },
    });
    expect(trapOf(() => instance.exports.twice(1)).cause).toBeInstanceOf(Error);
    fail = false;
    expect(instance.exports.twice(1)).toBe(5);
  });

  test('host functions call the guest, which calls host functions', () => {
    const instance: Instance<Functions> = make({
      add: (_caller, a: number, b: number) => (a <= 0 ? b : instance.exports.add(a - 1, b + 1) + 1),
    });
    expect(instance.exports.add(100, 5)).toBe(205);
    expect(instance.exports.twice(3)).toBe(7 + 8);
  });

  test('an exception passes through several layers as one trap', () => {
    const thrown = new Error('inner');
    const instance: Instance<Functions> = make({
      add: (_caller, a: number) => {
        if (a === 0) throw thrown;
        return instance.exports.add(a - 1, 0);
      },
    });
    const error = trapOf(() => instance.exports.add(2, 0));
    expect(error.cause).toBe(thrown);
    expect(error.wasmStackDepth).toBe(3 * 2);
  });

  test('a host function that catches the trap of a nested call goes on', () => {
    const instance: Instance<Functions> = make({
      none: () => {
        throw new Error('inner');
      },
      add: (_caller, a: number, b: number) => {
        expect(() => {
          instance.exports.none();
        }).toThrow(Trap);
        return a + b;
      },
    });
    expect(instance.exports.add(20, 22)).toBe(42);
  });

  test('endless recursion through JavaScript ends in an error', () => {
    const instance: Instance<Functions> = make({
      add: (_caller, a: number) => instance.exports.add(a + 1, 0),
    });
    expect(() => instance.exports.add(0, 0)).toThrow();
    expect(() => instance.exports.none()).toThrow(Trap);
  });

  test('a promise is refused: the guest cannot wait', () => {
    const instance = make({ none: async () => Promise.resolve(), add: () => Promise.resolve(1) });
    expect(trapOf(() => instance.exports.none()).cause).toBeInstanceOf(UsageError);
    expect(trapOf(() => instance.exports.add(1, 2)).cause).toBeInstanceOf(UsageError);
  });

  test('nothing that runs can be closed', () => {
    const refused: unknown[] = [];
    const instance: Instance<Functions> = make({
      none: () => {
        for (const handle of [instance, instance.module, runtime]) {
          try {
            handle.close();
          } catch (error) {
            refused.push(error);
          }
        }
      },
    });
    instance.exports.none();
    expect(refused).toHaveLength(3);
    for (const error of refused) expect(error).toBeInstanceOf(UsageError);
    expect(instance.closed).toBe(false);
    instance.exports.none();
  });
});
