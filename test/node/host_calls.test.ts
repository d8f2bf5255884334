/** Guests that wait for host functions: what may happen meanwhile, and what errors do. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Caller, Instance } from '../../lib';
import { Runtime, Trap, UsageError, u8 } from '../../lib';
import { assemble } from './assemble';
import { trapOf } from './trap_of';

const text = `(module
  (import "env" "host" (func $host (param i32) (result i32)))
  (memory (export "memory") 1 10)
  (table (export "table") 2 funcref)
  (func $once (export "once") (param i32) (result i32) (call $host (local.get 0)))
  (func (export "asked") (param i32) (result i32)
    (i32.add (call $once (local.get 0)) (i32.const 1)))
  (func (export "load") (param i32) (result i32) (i32.load8_u (call $host (local.get 0))))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "often") (param i32) (result i32) (local i32)
    (loop $again
      (local.set 1 (i32.add (local.get 1) (call $host (local.get 0))))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "trap") (param i32) (result i32) unreachable))`;

interface Functions {
  once(a: number): number;
  asked(a: number): number;
  load(a: number): number;
  grow(a: number): number;
  often(a: number): number;
  trap(a: number): number;
}

interface Turns {
  add(a: number, b: number): number;
  add64(a: bigint, b: bigint): bigint;
  turns(n: number): number;
}

type Host = (caller: Caller, a: number) => unknown;

describe.each([['mapped'], ['heap']] as const)('waiting for a host function, %s', (backend) => {
  let runtime: Runtime;
  let bytes: Uint8Array;
  let host: Host;
  let instance: Instance<Functions>;

  beforeAll(async () => {
    bytes = await assemble(text);
  });
  beforeEach(() => {
    runtime = new Runtime({ memory: { backend } });
    instance = make();
  });
  afterEach(() => {
    runtime.close();
  });

  const make = (): Instance<Functions> =>
    runtime.load(bytes, { name: 'guest' }).instantiate<Functions>({
      imports: { env: { host: (caller: Caller, a: number) => host(caller, a) } },
    });

  test('many times in one call', () => {
    host = (_caller, a) => a;
    expect(instance.exports.often(1000)).toBe(500500);
  });

  test('growth under a live view', () => {
    const view = instance.memory.view(u8, 0, 4);
    view[0] = 7;
    host = (caller, a) => {
      expect(instance.exports.grow(2)).toBe(1);
      expect(view).toHaveLength(0);
      const { memory } = caller.dataAndMemory();
      const now = memory.view(u8, 2 * 65536, 4);
      now[1] = 42;
      expect(memory.view(u8, 0, 1)[0]).toBe(7);
      memory.grow(1);
      expect(now).toHaveLength(0);
      return 2 * 65536 + a;
    };
    expect(instance.exports.load(1)).toBe(42);
  });

  test('the group’s instances are called, reset and closed meanwhile, but not this one', () => {
    const other = make();
    host = (_caller, a) => {
      if (a === 0) return 5;
      expect(other.exports.once(0)).toBe(5);
      expect(instance.exports.asked(0)).toBe(6);
      other.reset();
      for (const refused of [
        () => {
          instance.reset();
        },
        () => {
          instance.close();
        },
        () => {
          runtime.close();
        },
      ]) {
        expect(refused).toThrow(UsageError);
      }
      other.close();
      return 1;
    };
    expect(instance.exports.once(1)).toBe(1);
    instance.reset();
    host = () => 2;
    expect(instance.exports.once(1)).toBe(2);
  });

  test('an asynchronous call is refused meanwhile', async () => {
    let refused: unknown;
    host = (_caller, a) => {
      if (a === 1) {
        instance.callAsync('once', [0]).catch((error: unknown) => {
          refused = error;
        });
      }
      return a;
    };
    expect(instance.exports.once(1)).toBe(1);
    await new Promise(setImmediate);
    expect(refused).toBeInstanceOf(UsageError);
    await expect(instance.callAsync('once', [3])).resolves.toBe(3);
  });

  test('a host function of an asynchronous call calls others that wait', async () => {
    const other = make();
    host = (_caller, a) => (a > 0 ? other.exports.asked(a - 10) : a);
    await expect(instance.callAsync('once', [3])).resolves.toBe(-6);
  });

  test.each([0, 1, 2, 30])('a Trap goes on as it is through %i more guests', (depth) => {
    const thrown = new Error('on purpose');
    host = (_caller, a) => {
      if (a === 0) throw thrown;
      return instance.exports.asked(a - 1);
    };
    const error = trapOf(() => instance.exports.asked(depth));
    expect(error.cause).toBe(thrown);
    expect(error.message).toContain('on purpose');
    const own = ['host', 'once', 'asked'];
    const names = Array.from({ length: depth + 1 }, () => own).flat();
    expect(error.wasmStack.map((frame) => frame.function)).toEqual(names.slice(0, 64));
    expect(error.wasmStackDepth).toBe(names.length);
    expect(error.stack?.match(/wasm-function/g)).toHaveLength(
      Math.min(names.length, 64) + (error.message.match(/wasm-function/g)?.length ?? 0),
    );
    // Nothing is left of it.
    host = () => 9;
    expect(instance.exports.asked(0)).toBe(10);
  });

  test('so does one that a guest has made', () => {
    host = (_caller, a) => instance.exports.trap(a);
    const error = trapOf(() => instance.exports.asked(0));
    expect(error.code).toBe('Unreachable');
    expect('cause' in error).toBe(false);
    expect(error.wasmStack.map((frame) => frame.functionIndex)).toEqual([6, 0, 1, 2]);
  });

  test('what is thrown after a caught Trap is a cause of its own', () => {
    const second = new Error('second');
    host = (_caller, a) => {
      if (a === 0) throw new Error('first');
      expect(() => instance.exports.once(0)).toThrow(Trap);
      throw second;
    };
    expect(trapOf(() => instance.exports.once(1)).cause).toBe(second);
    host = (_caller, a) => {
      if (a === 0) throw new Error('first');
      expect(() => instance.exports.once(0)).toThrow(Trap);
      return 3;
    };
    expect(instance.exports.once(1)).toBe(3);
  });

  test('places are known after the module has ended', () => {
    host = () => {
      throw new Error('on purpose');
    };
    const error = trapOf(() => instance.exports.asked(1));
    const fault = trapOf(() => instance.exports.trap(1));
    runtime.close();
    expect(error.wasmStack.map(({ module, function: name }) => [module, name])).toEqual([
      ['guest', 'host'],
      ['guest', 'once'],
      ['guest', 'asked'],
    ]);
    expect(error.wasmStack[1]?.offset).toBeGreaterThan(8);
    expect(fault.offset).toBeGreaterThan(8);
    expect(fault.stack).toContain(`at trap (wasm-function[6]:0x${fault.offset?.toString(16)})`);
  });

  test('an endless recursion through JavaScript leaves nothing behind', () => {
    host = (_caller, a) => instance.exports.asked(a + 1);
    for (let round = 0; round < 3; round += 1) expect(() => instance.exports.asked(0)).toThrow();
    // Also where the host catches it on the way.
    let caught = 0;
    host = (_caller, a) => {
      try {
        return instance.exports.asked(a + 1);
      } catch {
        caught += 1;
        return a;
      }
    };
    const value = instance.exports.asked(0);
    expect(caught).toBeGreaterThan(0);
    expect(value).toBeGreaterThan(0);
    host = (_caller, a) => a;
    expect(instance.exports.asked(1)).toBe(2);
    instance.reset();
    instance.close();
  });

  test('limits of the outer call hold for what is nested, and for its rest', () => {
    const other = make();
    host = (_caller, a) => (a === 0 ? other.exports.often(1e9) : a);
    let error = trapOf(() => instance.call('once', [0], { fuel: 10_000 }));
    expect(error.code).toBe('InstructionLimit');
    const end = performance.now() + 60;
    host = (_caller, a) => {
      while (performance.now() < end);
      return a;
    };
    error = trapOf(() => instance.call('often', [1e9], { deadline: 50 }));
    expect(error.code).toBe('Deadline');
    host = (_caller, a) => a;
    expect(instance.exports.once(4)).toBe(4);
  });

  test('what JavaScript writes into the cell does no harm', () => {
    // Depths that no wrapper has: what waits is given up, or is as it was.
    const cell = new Int32Array(binding().cell);
    for (const depth of [0, 1, 2, 1000, -1]) {
      host = (_caller, a) => {
        if (a === 2) cell[10] = depth;
        return a > 0 ? instance.exports.once(a - 1) : 7;
      };
      let outcome: unknown;
      try {
        outcome = instance.exports.once(3);
      } catch (error) {
        outcome = error;
      }
      expect(outcome instanceof Error || outcome === 7).toBe(true);
      cell[10] = 0;
      host = () => 8;
      expect(instance.exports.once(0)).toBe(8);
    }
    instance.close();
  });
});

/** The addon that the library has loaded. */
function binding(): { cell: ArrayBuffer } {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- what nobody else may use
  return (require('../../lib/raw/binding') as { binding: { cell: ArrayBuffer } }).binding;
}

/** In a process with V8's usual stack, and JavaScript as Node compiles it. */
test('guest, host and guest nest at least 1,200 deep', () => {
  const program = join(__dirname, 'programs', 'nesting.ts');
  const depth = execFileSync(process.execPath, ['--require', 'tsx/cjs', program], {
    env: { ...process.env, NODE_OPTIONS: '' },
    encoding: 'utf8',
  });
  expect(Number(depth)).toBeGreaterThan(1200);
});

// The addon names a host function only when it is another one than before.
test('host functions take turns, call the guest meanwhile, and have values of every width', async () => {
  const bytes = await assemble(`(module
    (import "env" "narrow" (func $narrow (param i32) (result i32)))
    (import "env" "wide" (func $wide (param i64) (result i64)))
    (import "env" "real" (func $real (param f64) (result f64)))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "add64") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1)))
    (func (export "turns") (param i32) (result f64) (local i64 f64)
      (loop $again
        (local.set 1 (i64.add (local.get 1) (i64.extend_i32_s (call $narrow (local.get 0)))))
        (local.set 1 (i64.add (local.get 1) (i64.extend_i32_s (call $narrow (local.get 0)))))
        (local.set 1 (call $wide (local.get 1)))
        (local.set 1 (call $wide (local.get 1)))
        (local.set 2 (f64.add (local.get 2) (call $real (f64.convert_i64_s (local.get 1)))))
        (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 2)))`);
  const runtime = new Runtime();
  const order: string[] = [];
  const guest: Instance<Turns> = runtime.load(bytes).instantiate<Turns>({
    imports: {
      env: {
        narrow(_caller: Caller, a: number) {
          order.push('n');
          // Leaves all of the slots written.
          expect(guest.exports.add64(-1n, -(2n ** 62n))).toBe(-1n - 2n ** 62n);
          return guest.exports.add(a, -10);
        },
        wide(_caller: Caller, a: bigint) {
          order.push('w');
          return guest.exports.add64(a, 2n ** 40n);
        },
        real(_caller: Caller, a: number) {
          order.push('r');
          return a / 2;
        },
      },
    },
  });
  let sum = 0n;
  let expected = 0;
  for (let n = 3; n > 0; n--) {
    sum += 2n * (BigInt(n) - 10n) + 2n ** 41n;
    expected += Number(sum) / 2;
  }
  expect(guest.exports.turns(3)).toBe(expected);
  expect(order.join('')).toBe('nnwwr'.repeat(3));
  runtime.close();
});
