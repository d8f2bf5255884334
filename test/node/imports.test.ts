/** What import objects may be, and functions written for WebAssembly as imports. */
import { type Caller, LinkError, Runtime, UsageError, fresh, withoutCaller } from '../../lib';
import { assemble } from './assemble';

const text = `(module
  (import "env" "add" (func $add (param i32 i32) (result i32)))
  (import "env" "memory" (memory 1))
  (func (export "run") (param i32 i32) (result i32) (call $add (local.get 0) (local.get 1))))`;

const runtime = new Runtime();
let bytes: Uint8Array;

beforeAll(async () => {
  bytes = await assemble(text);
});
afterAll(() => runtime.close());

function run(imports: object): unknown {
  const instance = runtime.load(bytes).instantiate({ imports: imports as never });
  return instance.exports['run']?.(2, 3);
}

const add = (_caller: Caller, a: number, b: number): number => a + b;
const env = { add, memory: fresh };

class Environment {
  readonly memory = fresh;
  add(_caller: Caller, a: number, b: number): number {
    return a + b;
  }
}

const shapes: [string, () => object][] = [
  ['plain objects', () => ({ env })],
  ['a module that is inherited', () => Object.create({ env }) as object],
  ['names that are inherited', () => ({ env: new Environment() })],
  ['getters of a prototype', () => Object.create({ get: undefined, env }, {}) as object],
  [
    'a Proxy for all modules',
    () => new Proxy({}, { get: (_, name) => (name === 'env' ? env : undefined) }),
  ],
  [
    'a Proxy for a module',
    () => ({ env: new Proxy({}, { get: (_, name) => Reflect.get(env, name) as unknown }) }),
  ],
  ['a function with properties', () => Object.assign(() => undefined, { env })],
];

test.each(shapes)('%s', (_what, make) => {
  expect(run(make())).toBe(5);
});

test('what is nowhere is missing', () => {
  expect(() => run({})).toThrow(LinkError);
  expect(() => run(new Proxy({}, {}))).toThrow(LinkError);
  expect(() => run({ env: null })).toThrow(LinkError);
});

test('what a getter throws is thrown', () => {
  const imports = {
    get env(): object {
      throw new Error('not now');
    },
  };
  expect(() => run(imports)).toThrow('not now');
});

describe('host functions written for WebAssembly', () => {
  const plain = {
    memory: fresh,
    base: 10,
    add(a: number, b: number): number {
      return this.base + a + b;
    },
  };

  test('say what is wrong when they use the caller as a number', () => {
    for (const use of [
      (a: number, b: number) => a + b,
      (a: number) => a | 0,
      (a: number) => a,
      (a: number) => Number(`${a}`),
    ]) {
      const message = /first argument .* is its caller.*withoutCaller/;
      expect(() => run({ env: { ...env, add: use } })).toThrow(message);
    }
  });

  test('work with withoutCaller, each or all', () => {
    expect(run({ env: { ...env, add: withoutCaller((a: number, b: number) => a * b) } })).toBe(6);
    expect(run({ env: withoutCaller(plain) })).toBe(15);
    expect(run({ env: withoutCaller(Object.freeze(plain)) })).toBe(15);
  });

  test('functions of the guest and instances stay what they are', async () => {
    const library = await assemble(`(module (memory (export "memory") 1)
      (func (export "add") (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1))))`);
    const other = runtime.load(library).instantiate();
    const exported = other.exports['add'];
    expect(withoutCaller(other)).toBe(other);
    expect(run({ env: withoutCaller({ add: exported as never, memory: fresh }) })).toBe(-1);
    expect(run({ env: withoutCaller(other) })).toBe(-1);
  });

  test('anything else is refused', () => {
    for (const value of [5, null, undefined, 'text']) {
      expect(() => withoutCaller(value as never)).toThrow(UsageError);
    }
  });
});

test('names of very many exports are looked up, not searched', async () => {
  const count = 16_000;
  const functions = Array.from({ length: count }, (_, i) => `(export "f${i}" (func 0))`).join('');
  const many = await assemble(`(module (memory (export "memory") 1) (func) ${functions})`);
  const instance = runtime.load(many).instantiate();
  const { memory } = instance;
  const read = (names: number): number => {
    const before = process.cpuUsage().user;
    for (let i = 0; i < names; i += 1) instance.export(`f${count - 1 - (i % 100)}`);
    for (let i = 0; i < names; i += 1) if (instance.memory !== memory) throw new Error();
    return process.cpuUsage().user - before;
  };
  read(1);
  // 500 us each when the list is searched.
  expect(read(2000)).toBeLessThan(200_000);
});
