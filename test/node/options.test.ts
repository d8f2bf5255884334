/** Options that there are not, arguments that are no list, null in the place of undefined. */
import { InstancePool, Runtime, UsageError, requirementsOf } from '../../lib';
import { assemble } from './assemble';

const text = `(module (import "env" "f" (func))
  (memory (export "memory") 1)
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))`;

const imports = { env: { f: () => undefined } };
const runtime = new Runtime();
let bytes: Uint8Array;

beforeAll(async () => {
  bytes = await assemble(text);
});
afterAll(() => runtime.close());

const load = () => runtime.load(bytes);
const make = () => load().instantiate({ imports });

/** Calls with options of any kind, as JavaScript can. */
const given = (options: unknown): never => options as never;
const nulls = (...names: string[]): object => Object.fromEntries(names.map((name) => [name, null]));

const misspelt: [string, () => unknown, RegExp][] = [
  ['Runtime', () => new Runtime(given({ signal: false })), /did you mean signals\?/],
  ['memory', () => new Runtime(given({ memory: { strat: 'pool' } })), /memory has no option strat/],
  [
    'memory.pool',
    () => new Runtime(given({ memory: { pool: { slot: 5 } } })),
    /did you mean slots\?/,
  ],
  ['allocator', () => new Runtime(given({ allocator: { size: 5 } })), /there is pool, noSystem/],
  [
    'limits',
    () => new Runtime(given({ limits: { heapSize: 5 } })),
    /limits has no option heapSize/,
  ],
  ['load', () => runtime.load(bytes, given({ ownership: 'copy', names: 'x' })), /mean name\?/],
  ['loadFile', () => runtime.loadFile('x', given({ title: 'x' })), /loadFile has no option title/],
  [
    'instantiate',
    () => load().instantiate(given({ imports, heapsize: 5 })),
    /instantiate has no option heapsize \(did you mean heapSize\?\)/,
  ],
  [
    'imports in their place',
    () => load().instantiate(given({ env: { f: () => undefined } })),
    /instantiate has no option env: write imports: \{ env \}/,
  ],
  [
    'memory of an instance',
    () => load().instantiate(given({ imports, memory: { backnd: 'heap' } })),
    /did you mean backend\?/,
  ],
  ['a call', () => make().call('add', [1, 2], given({ dedline: 5 })), /did you mean deadline\?/],
  ['reset', () => make().reset(given({ begin: false })), /reset has no option begin/],
  ['inspect', () => make().inspect(given({ requirement: 5 })), /did you mean requirements\?/],
  ['requirementsOf', () => requirementsOf(bytes, given({ heapsize: 5 })), /mean heapSize\?/],
  ['InstancePool', () => new InstancePool(load(), given({ max: 1, minIdl: 1 })), /mean minIdle\?/],
  [
    'tryAcquire',
    () =>
      new InstancePool(load(), { max: 1, instantiate: { imports } }).tryAcquire(given({ dat: 1 })),
    /did you mean data\?/,
  ],
  ['a word', () => new Runtime(given({ translateEarly: 'metred' })), /has to be 'metered'/],
  ['another word', () => new Runtime(given({ allocator: 'sytem' })), /has to be 'system'/],
  ['a tier', () => new Runtime(given({ tier: 'fast' })), /'off', 'first_call'/],
  ['a strategy', () => new Runtime(given({ memory: { strategy: 'pol' } })), /'ladder', 'pool'/],
];

test.each(misspelt)('%s: an unknown option is told', (_what, use, message) => {
  expect(use).toThrow(UsageError);
  expect(use).toThrow(message);
});

test('asynchronous ones reject', async () => {
  const instance = make();
  await expect(instance.callAsync('add', [1, 2], given({ fule: 5 }))).rejects.toThrow(
    /mean fuel\?/,
  );
  const pool = new InstancePool(load(), { max: 1, instantiate: { imports } });
  await expect(pool.acquire(given({ signl: 1 }))).rejects.toThrow(/mean signal\?/);
  await expect(pool.use(() => 1, given({ signl: 1 }))).rejects.toThrow(/mean signal\?/);
});

test('what is no option at all is told too', () => {
  expect(() => new Runtime(given(5))).toThrow(/options of Runtime have to be an object/);
  expect(() => load().instantiate(given('text'))).toThrow(UsageError);
  expect(() => load().instantiate(given({ imports: 5 }))).toThrow(/imports have to be an object/);
  expect(() => new Runtime(given({ log: 'file' }))).toThrow(/log has to be a function/);
  expect(() => make().call('add', [1, 2], given({ signal: {} }))).toThrow(/AbortSignal/);
  expect(() => new InstancePool(load(), given(undefined))).toThrow(/max has to be a whole number/);
});

test('an option that is undefined, or inherited, is none', () => {
  expect(() => load().instantiate(given({ imports, heapsize: undefined }))).not.toThrow();
  const inherited = Object.create({ note: 5 }) as object;
  expect(() => load().instantiate(given(Object.assign(inherited, { imports })))).not.toThrow();
});

test('arguments have to be a list', async () => {
  const instance = make();
  for (const args of [5, 'text', { 0: 1, 1: 2 }, () => [1, 2]]) {
    expect(() => instance.call('add', given(args))).toThrow(/arguments of add have to be an array/);
    await expect(instance.callAsync('add', given(args))).rejects.toThrow(UsageError);
  }
});

test('null is as undefined', async () => {
  const nothing = given(null);
  const bounded = new Runtime({ limits: given({ fuel: null, deadline: null, stackSize: null }) });
  expect(bounded.limits).toEqual({});
  const module = bounded.load(bytes, given({ name: null, ownership: null }));
  const instance = module.instantiate({
    imports,
    ...nulls('deadline', 'fuel', 'signal', 'heapSize', 'stackSize'),
    ...nulls('maxMemoryPages', 'memory', 'strict', 'asyncOnly'),
  });
  const free = given({ deadline: null, fuel: null, signal: null });
  expect(instance.call('add', [1, 2], free)).toBe(3);
  expect(instance.call('add', nothing, nothing)).toBe(0);
  await expect(instance.callAsync('add', [1, 2], free)).resolves.toBe(3);
  instance.reset(given({ deadline: null, start: null }));
  expect(() => new Runtime(nothing).load(bytes, nothing).close()).not.toThrow();
  const pool = new InstancePool(module, {
    ...{ max: 1, instantiate: { imports } },
    ...nulls('minIdle', 'maxIdle', 'idleTimeout', 'waitTimeout'),
  });
  pool.tryAcquire(nothing)?.release();
  await pool.use((lease) => lease.exports['add']?.(1, 2), nothing);
  bounded.close();
});
