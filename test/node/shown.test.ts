/** What console.log shows of objects, and what errors say of closed ones. */
import { inspect } from 'node:util';
import { InstancePool, Runtime, UsageError, f32, u8 } from '../../lib';
import { assemble } from './assemble';

const text = `(module (memory (export "memory") 1 2)
  (table (export "table") 3 funcref)
  (global (export "count") (mut i32) (i32.const 5))
  (global (export "wide") i64 (i64.const 7))
  (func (export "run")))`;

let bytes: Uint8Array;
beforeAll(async () => {
  bytes = await assemble(text);
});

function make() {
  const runtime = new Runtime();
  const module = runtime.load(bytes, { name: 'guest' });
  const instance = module.instantiate({ heapSize: 4096, memory: { backend: 'heap' } });
  return { runtime, module, instance };
}

test('objects are shown as what they are', () => {
  const { runtime, module, instance } = make();
  const buffer = instance.malloc(f32, 5);
  const pool = new InstancePool(module, { max: 2, minIdle: 1 });
  const shown: [unknown, string | RegExp][] = [
    [runtime, 'Runtime'],
    [module, 'Module ("guest", 0 imports, 5 exports)'],
    [instance, 'Instance ("guest", 5 exports, memory of 2 pages)'],
    [instance.memory, 'Memory (2 pages, heap)'],
    [instance.table('table'), 'Table (funcref, 3 elements)'],
    [instance.global('count'), 'Global (mutable i32, 5)'],
    [instance.global('wide'), 'Global (i64, 7n)'],
    [buffer, `OwnedBuffer<f32> (5 elements, at ${buffer.offset})`],
    [pool, 'InstancePool ("guest", 1 lent, 0 idle)'],
    [pool.tryAcquire(), /^PooledInstance \("guest", 5 exports, memory of \d pages?\)$/],
  ];
  for (const [object, text] of shown) {
    expect(inspect(object)).toMatch(text);
    // In something else too.
    expect(inspect({ object })).toContain('object:');
  }
  buffer.free();
  expect(inspect(buffer)).toBe('OwnedBuffer<f32> (5 elements, freed)');
  runtime.close();
  expect(inspect(runtime)).toBe('Runtime (closed)');
  expect(inspect(module)).toBe('Module ("guest", closed)');
  expect(inspect(instance)).toBe('Instance ("guest", closed)');
  expect(inspect(instance.memory)).toBe('Memory (closed)');
});

test('also while an asynchronous call has the instance', async () => {
  const { runtime, instance } = make();
  const call = instance.callAsync('run');
  expect(inspect(instance)).toBe('Instance ("guest", 5 exports)');
  expect(inspect(instance.memory)).toBe('Memory');
  await call;
  runtime.close();
});

const uses: [string, (instance: ReturnType<typeof make>['instance']) => () => unknown][] = [
  [
    'a function',
    ({ exports: { run } }) =>
      () =>
        run?.(),
  ],
  ['call', (instance) => () => instance.call('run')],
  ['malloc', (instance) => () => instance.malloc(u8)],
  [
    'memory',
    ({ memory }) =>
      () =>
        memory.size,
  ],
  [
    'a view',
    ({ memory }) =>
      () =>
        memory.view(u8),
  ],
  [
    'a table',
    (instance) =>
      (
        (table) => () =>
          table.get(0)
      )(instance.table('table')),
  ],
  [
    'a global',
    (instance) =>
      (
        (global) => () =>
          global.value
      )(instance.global('count')),
  ],
  [
    'a buffer',
    (instance) =>
      (
        (buffer) => () =>
          buffer.view
      )(instance.malloc(f32)),
  ],
  ['inspect', (instance) => () => instance.inspect()],
  ['reset', (instance) => () => instance.reset()],
];

describe.each(uses)('%s', (_what, prepare) => {
  test.each([
    ['instance', /^the instance is closed$/],
    ['module', /^the instance is closed: its module was closed$/],
    ['runtime', /^the instance is closed: its runtime was closed$/],
  ] as const)('says that the %s was closed', (what, message) => {
    const made = make();
    const use = prepare(made.instance);
    made[what].close();
    expect(use).toThrow(UsageError);
    expect(use).toThrow(message);
    made.runtime.close();
  });

  test('says that it was given back', () => {
    const { runtime, module } = make();
    const pool = new InstancePool(module, { max: 1, instantiate: { heapSize: 4096 } });
    const lease = pool.tryAcquire();
    if (lease === undefined) throw new Error('there is none');
    const use = prepare(lease as never);
    lease.release();
    expect(use).toThrow(/^the instance is closed: it was given back to its pool$/);
    runtime.close();
  });
});

test('a module says what was closed', () => {
  const { runtime, module } = make();
  const other = runtime.load(bytes);
  other.close();
  expect(() => other.instantiate()).toThrow(/^the module is closed$/);
  runtime.close();
  expect(() => module.instantiate()).toThrow(/^the module is closed: its runtime was closed$/);
  expect(() => runtime.load(bytes)).toThrow(/^the runtime is closed$/);
});

test('the buffer of an empty memory is the same until it grows', async () => {
  const runtime = new Runtime();
  const empty = await assemble('(module (memory (export "memory") 0 1))');
  const { memory } = runtime.load(empty).instantiate();
  const { buffer } = memory;
  expect(memory.buffer).toBe(buffer);
  expect(memory.bytes).toBe(memory.bytes);
  expect(memory.view(f32)).toBe(memory.view(f32));
  expect(memory.bytes.buffer).toBe(buffer);
  memory.grow(1);
  expect(memory.buffer).not.toBe(buffer);
  expect(memory.bytes).toHaveLength(65536);
  runtime.close();
});

test('what cannot be cloned is not cloned to something dead', () => {
  const { runtime, module, instance } = make();
  const pool = new InstancePool(module, { max: 1 });
  const objects = {
    ...{ Runtime: runtime, Module: module, Instance: instance, InstancePool: pool },
    Memory: instance.memory,
    Table: instance.table('table'),
    Global: instance.global('count'),
    OwnedBuffer: instance.malloc(u8),
  };
  const { port1, port2 } = new MessageChannel();
  for (const [name, object] of Object.entries(objects)) {
    const refused = new RegExp(`a ${name} belongs to one thread and\\) could not be cloned`);
    expect(() => structuredClone(object)).toThrow(refused);
    expect(() => {
      port1.postMessage({ object });
    }).toThrow(refused);
  }
  port1.close();
  port2.close();
  runtime.close();
});
