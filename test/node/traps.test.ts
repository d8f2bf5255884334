import { type Instance, Runtime, Trap, WembedError } from '../../lib';
import { assemble } from './assemble';
import { trapOf } from './trap_of';

const text = `(module
  (memory (export "memory") 1)
  (table 2 funcref)
  (func $zero (result i32) (i32.const 0))
  (elem (i32.const 1) $zero)
  (type $none (func))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "store") (param i32) (i32.store (local.get 0) (i32.const 1)))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "truncate") (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
  (func (export "unreachable") (unreachable))
  (func (export "indirect") (param i32) (call_indirect (type $none) (local.get 0)))
  (func $deep (export "deep") (param i32) (if (local.get 0)
    (then (call $deep (i32.sub (local.get 0) (i32.const 1)))) (else (unreachable))))
  (func $recurse (export "recurse") (call $recurse)))`;

type Guest = Record<string, (...args: unknown[]) => unknown>;

const ways = [
  ['mapped', 'off'],
  ['heap', 'off'],
  ['mapped', 'first_call'],
  ['heap', 'first_call'],
] as const;

describe.each(ways)('traps, %s memory, tier %s', (backend, tier) => {
  let runtime: Runtime;
  let bytes: Uint8Array;
  let instance: Instance;
  let guest: Guest;

  beforeAll(async () => {
    runtime = new Runtime({ memory: { backend }, tier });
    bytes = await assemble(text);
    instance = runtime.load(bytes, { name: 'guest' }).instantiate();
    guest = instance.exports;
  });
  afterAll(() => runtime.close());

  test.each([
    ['load', [65536], 'out of bounds memory access'],
    ['load', [-1], 'out of bounds memory access'],
    ['store', [65533], 'out of bounds memory access'],
    ['divide', [1, 0], 'integer divide by zero'],
    ['divide', [-2147483648, -1], 'integer overflow'],
    ['truncate', [NaN], 'invalid conversion to integer'],
    ['truncate', [1e10], 'integer overflow'],
    ['unreachable', [], 'unreachable'],
    ['indirect', [0], 'uninitialized element'],
    ['indirect', [1], 'indirect call type mismatch'],
    ['indirect', [9], 'undefined element'],
    ['recurse', [], 'wasm operand stack overflow'],
  ])('%s%j', (name, args, message) => {
    const error = trapOf(() => guest[name]?.(...args));
    expect(error.message).toBe(`${message}, in ${name} (wasm-function[${error.functionIndex}])`);
    expect(error).toBeInstanceOf(WembedError);
    expect(error.name).toBe('Trap');
    expect(error.code).toMatch(/^[A-Z]\w+$/);
    expect(error.function).toBe(name);
    expect(error.functionIndex).toBe(instance.module.exports.findIndex((e) => e.name === name));
    expect(error.module).toBe('guest');
    expect(error.offset).toBeGreaterThan(8);
    expect(error.stack).toContain(`at ${name} (wasm-function[`);
    expect(error.cause).toBeUndefined();
    expect('cause' in error).toBe(false);
    // It can be used again.
    expect(guest['divide']?.(6, 3)).toBe(2);
  });

  test('the stack is the guest’s, innermost first', () => {
    const error = trapOf(() => guest['deep']?.(3));
    expect(error.wasmStack.map((frame) => frame.function)).toEqual(Array(4).fill('deep'));
    expect(error.wasmStackDepth).toBe(4);
    const deep = trapOf(() => guest['deep']?.(500));
    expect(deep.wasmStack).toHaveLength(64);
    expect(deep.wasmStackDepth).toBe(501);
    expect(trapOf(() => guest['recurse']?.()).wasmStackDepth).toBeGreaterThan(500);
  });

  test('the stack’s size can be chosen', () => {
    const depth = (stackSize: number): number => {
      const small = instance.module.instantiate({ stackSize });
      return trapOf(() => (small.exports as Guest)['recurse']?.()).wasmStackDepth;
    };
    expect(depth(1 << 20)).toBeGreaterThan(8 * depth(1 << 16));
  });

  test('faults of V8’s wasm and ours do not disturb each other', () => {
    const make = (): Guest =>
      new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Guest;
    const v8 = make();
    const ours = (instance.module.instantiate().exports as Guest)['load'];
    for (let round = 0; round < 50; round += 1) {
      expect(() => v8['load']?.(65536 + round)).toThrow(WebAssembly.RuntimeError);
      expect(() => ours?.(65536 + round)).toThrow(Trap);
      expect(() => v8['store']?.(-4)).toThrow(WebAssembly.RuntimeError);
      expect(() => guest['store']?.(-4)).toThrow(Trap);
      expect(v8['load']?.(0)).toBe(0);
      expect(ours?.(0)).toBe(0);
    }
  });

  test('faults inside each other: V8 calls us, we call V8', async () => {
    const nested = await assemble(`(module (import "env" "call" (func $call (param i32)))
      (memory 1) (func (export "run") (param i32)
        (call $call (local.get 0)) (drop (i32.load (i32.const 65536)))))`);
    const v8 = new WebAssembly.Module(nested);
    const module = runtime.load(nested);
    const events: string[] = [];
    function run(level: number): void {
      const call = (given: unknown, value?: number): void => {
        const next = typeof given === 'number' ? given : (value ?? 0);
        if (next > 0) run(next);
      };
      try {
        if (level % 2 === 0) {
          const { exports } = new WebAssembly.Instance(v8, { env: { call } });
          (exports as Guest)['run']?.(level - 1);
        } else {
          module.instantiate({ imports: { env: { call } } }).exports['run']?.(level - 1);
        }
      } catch (error) {
        events.push((error as Error).constructor.name);
      }
    }
    run(6);
    expect(events).toEqual([
      'Trap',
      'RuntimeError',
      'Trap',
      'RuntimeError',
      'Trap',
      'RuntimeError',
    ]);
  });
});

describe('what a trap tells', () => {
  const runtime = new Runtime();
  afterAll(() => runtime.close());

  const hosted = `(module (import "env" "ask" (func $ask))
    (func (unreachable))
    (func (export "inside") (call 1))
    (func (export "outside") (call $ask)))`;

  function load(bytes: Uint8Array, ask: () => unknown): Guest {
    return runtime.load(bytes).instantiate({ imports: { env: { ask } } }).exports;
  }

  test('a function without a name is named by its index', async () => {
    const { inside } = load(await assemble(hosted, { names: false }), () => undefined);
    const error = trapOf(() => inside?.());
    expect(error.function).toBe('wasm-function[1]');
    expect(error.message).toBe('unreachable, in wasm-function[1]');
    expect(error.wasmStack.map((frame) => frame.function)).toEqual(['', 'inside']);
  });

  test('a host function has its import’s name in JavaScript’s stack', async () => {
    const { outside } = load(await assemble(hosted, { names: false }), () => {
      throw new Error('no');
    });
    const error = trapOf(() => outside?.());
    expect(error.message).toBe('host function failed, in ask (wasm-function[0]): Error: no');
    expect((error.cause as Error).stack).toContain('at env.ask (');
  });

  describe('JavaScript’s part of the stack', () => {
    function stackOf(thrown: () => unknown): string {
      const { outside } = load(bytes, function thrower() {
        throw thrown();
      });
      return (
        trapOf(function callerOfGuest() {
          outside?.();
        }).stack ?? ''
      );
    }
    let bytes: Uint8Array;
    beforeAll(async () => {
      bytes = await assemble(hosted, { names: false });
    });

    test('begins at the guest’s caller when a host function threw an Error', () => {
      const stack = stackOf(() => new Error('no'));
      expect(stack).toMatch(/\n {4}at outside .*\n[^]*\n {4}at .*callerOfGuest \(/);
      expect(stack).not.toMatch(/thrower|env\.ask/);
    });

    test.each([
      ['no Error', () => 'no'],
      ['a Proxy', () => new Proxy(new Error('no'), {})],
    ])('is the Trap’s own when a host function threw %s', (_, thrown) => {
      expect(stackOf(thrown)).toContain('callerOfGuest');
    });

    test('is cut where that of the Error was', () => {
      const { stackTraceLimit } = Error;
      const stack = stackOf(() => {
        Error.stackTraceLimit = 1;
        const made = new Error('no');
        Error.stackTraceLimit = stackTraceLimit;
        return made;
      });
      expect(stack).toContain('at outside (wasm-function[');
      expect(stack).not.toContain('callerOfGuest');
    });

    test.each([
      ['is no text', { value: [1] }],
      [
        'cannot be read',
        {
          get() {
            throw new Error('not this one');
          },
        },
      ],
    ])('is nothing when that of the Error %s', (_, stack) => {
      const shown = stackOf(() => Object.defineProperty(new Error('no'), 'stack', stack));
      expect(shown).toMatch(/at outside \(wasm-function\[.*\)$/);
    });
  });

  const hostile: [string, () => unknown][] = [
    [
      'an Error whose message cannot be read',
      () =>
        Object.defineProperty(new Error('no'), 'message', {
          get() {
            throw new Error('not this one');
          },
        }),
    ],
    [
      'an Error whose name cannot be read',
      () =>
        Object.defineProperty(new Error('no'), 'name', {
          get() {
            throw new Error('not this one');
          },
        }),
    ],
    ['an Error whose name is no text', () => Object.assign(new Error('no'), { name: Symbol('s') })],
    [
      'a Proxy that refuses everything',
      () =>
        new Proxy(new Error('no'), {
          get() {
            throw new Error('not this one');
          },
          getPrototypeOf() {
            throw new Error('nor this one');
          },
        }),
    ],
    ['an object without text', () => Object.create(null) as object],
  ];

  test.each(hostile)('%s is the cause of a Trap all the same', async (_what, make) => {
    const thrown = make();
    const { outside } = load(await assemble(hosted), () => {
      throw thrown;
    });
    const error = trapOf(() => outside?.());
    expect(Object.is(error.cause, thrown)).toBe(true);
    expect(error.message).toContain('host function failed, in ask');
  });
});

// Their places are kept together, many at a time.
test.each([false, true])(
  'frames of many traps are their own, module closed before: %s',
  async (closed) => {
    const runtime = new Runtime();
    const module = runtime.load(await assemble(text), { name: 'guest' });
    const guest = module.instantiate().exports as Guest;
    const depths = Array.from({ length: 300 }, (_, i) => i % 7);
    const traps = depths.map((depth) => trapOf(() => guest['deep']?.(depth)));
    if (closed) runtime.close();
    const offset = traps[0]?.offset;
    expect(offset).toBeGreaterThan(0);
    traps.forEach((trap, i) => {
      expect(trap.wasmStackDepth).toBe((depths[i] ?? 0) + 1);
      expect(trap.wasmStack).toHaveLength((depths[i] ?? 0) + 1);
      expect(trap).toMatchObject({
        offset,
        function: 'deep',
        module: 'guest',
        code: 'Unreachable',
      });
    });
    if (!closed) runtime.close();
  },
);
