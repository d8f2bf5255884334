/** Memories that several threads use. */
import { execFile } from 'node:child_process';
import { types } from 'node:util';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type Caller,
  InstancePool,
  type MemoryToken,
  Runtime,
  UsageError,
  u8,
  u32,
} from '../../lib';
import { assemble } from './assemble';

const run = promisify(execFile);

describe('a shared memory', () => {
  let runtime: Runtime;
  beforeAll(() => {
    runtime = new Runtime();
  });
  afterAll(() => runtime.close());

  test('is made by itself, in a buffer of JavaScript', () => {
    const memory = runtime.newMemory({ initial: 1, maximum: 3, shared: true });
    expect([memory.shared, memory.pages, memory.maximum]).toEqual([true, 1, 3]);
    expect(memory.backend).toBe('buffer');
    expect(types.isSharedArrayBuffer(memory.sharedBuffer)).toBe(true);
    expect(memory.buffer).toBe(memory.sharedBuffer);
    memory.view(u32)[3] = 5;
    expect(memory.read(u32, 12)).toBe(5);
    expect(memory.grow(2)).toBe(1);
    expect(memory.bytes.length).toBe(3 * 65_536);
    memory.write(u8, 3 * 65_536 - 1, 9);
    expect(memory.bytes.at(-1)).toBe(9);
    expect(() => memory.grow(1)).toThrow(RangeError);
  });

  test('has guests woken by the host', async () => {
    using module = runtime.load(
      await assemble(`(module (import "env" "memory" (memory 1 4 shared))
        (func (export "wait") (result i32)
          (memory.atomic.wait32 (i32.const 64) (i32.const 0) (i64.const -1))))`),
    );
    const memory = runtime.newMemory({ initial: 1, maximum: 4, shared: true });
    using one = module.instantiate({ imports: { env: { memory } } });
    using other = module.instantiate({ imports: { env: { memory } } });
    expect(memory.notify(64)).toBe(0);
    const waiting = [one, other].map((instance) => instance.callAsync('wait', []));
    for (let woken = 0; woken < 2;) {
      expect(memory.notify(60) + memory.notify(64, 0)).toBe(0);
      const now = memory.notify(64, 1);
      expect(now).toBeLessThan(2);
      woken += now;
      await new Promise(setImmediate);
    }
    expect(await Promise.all(waiting)).toEqual([0, 0]);
    expect(() => memory.notify(65_536)).toThrow(RangeError);
    expect(() => memory.notify(62)).toThrow(UsageError);
    expect(() => memory.notify(64, -1)).toThrow(UsageError);
    expect(() => memory.notify(64, Number.NaN)).toThrow(UsageError);
    memory.close();
    expect(() => memory.notify(64)).toThrow(UsageError);
    using plain = runtime.newMemory({ initial: 1 });
    expect(plain.notify(0)).toBe(0);
  });

  test('of an instance that waits is reached by another name', async () => {
    using module = runtime.load(
      await assemble(`(module (import "env" "wake" (func $wake (result i32)))
        (memory (export "memory") 1 1 shared)
        (func (export "wait") (result i32)
          (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
        (func (export "wake") (result i32) (call $wake)))`),
    );
    const wake = (caller: Caller): number => caller.dataAndMemory().memory.notify(0);
    using instance = module.instantiate({ imports: { env: { wake } } });
    expect(instance.call('wake', [])).toBe(0);
    using memory = Runtime.openMemory(Runtime.shareMemory(instance.memory));
    const waiting = instance.callAsync('wait', []);
    expect(() => instance.memory.notify(0)).toThrow(UsageError);
    while (memory.notify(0) === 0) await new Promise(setImmediate);
    expect(await waiting).toBe(0);
  });

  test('is closed by hand, and instances that import it keep it', async () => {
    using module = runtime.load(
      await assemble(`(module (import "env" "memory" (memory 1 4 shared))
        (func (export "load") (result i32) (i32.load (i32.const 4))))`),
    );
    const memory = runtime.newMemory({ initial: 1, maximum: 4, shared: true });
    using instance = module.instantiate({ imports: { env: { memory } } });
    memory.write(u32, 4, 77);
    memory.close();
    memory.close();
    expect(memory.closed).toBe(true);
    expect(() => memory.pages).toThrow(UsageError);
    expect(instance.exports['load']?.()).toBe(77);
  });

  test('is made by a module that exports it', async () => {
    using module = runtime.load(
      await assemble(`(module (memory (export "memory") 1 2 shared)
        (data (i32.const 8) "hello")
        (func (export "load") (param i32) (result i32) (i32.atomic.load (local.get 0))))`),
    );
    using instance = module.instantiate({ heapSize: 65_536 });
    const { memory } = instance;
    expect([memory.shared, memory.pages, memory.maximum]).toEqual([true, 2, 3]);
    expect(memory.readString(8, 5)).toBe('hello');
    const view = new Uint32Array(memory.buffer);
    view[1] = 42;
    expect(instance.exports['load']?.(4)).toBe(42);
    const block = instance.malloc(u32, 4);
    block.view[0] = 7;
    expect(instance.exports['load']?.(block.offset)).toBe(7);
    instance.reset();
    expect([memory.pages, view[1]]).toEqual([2, 0]);
    expect(memory.readString(8, 5)).toBe('hello');
  });

  test('is opened by its token, and lives as long as somebody uses it', async () => {
    using module = runtime.load(
      await assemble(`(module (import "env" "memory" (memory 1 4 shared))
        (func (export "add") (result i32) (i32.atomic.rmw.add (i32.const 0) (i32.const 1))))`),
    );
    using maker = runtime.load(await assemble('(module (memory (export "memory") 1 4 shared))'));
    const first = maker.instantiate();
    const token = Runtime.shareMemory(first.memory);
    const opened = Runtime.openMemory(token);
    expect(opened.sharedBuffer).toBe(first.memory.sharedBuffer);
    using user = module.instantiate({ imports: { env: { memory: opened } } });
    expect(user.exports['add']?.()).toBe(0);
    first.close();
    expect(user.exports['add']?.()).toBe(1);
    expect(opened.read(u32, 0)).toBe(2);
    expect(() => Runtime.openMemory(token)).toThrow(/the shared memory is gone/);
  });

  test('is not taken for one of one thread, nor the reverse', async () => {
    using module = runtime.load(await assemble('(module (memory (export "memory") 1 2))'));
    using user = runtime.load(
      await assemble('(module (import "env" "memory" (memory 1 2 shared)))'),
    );
    using instance = module.instantiate();
    expect(instance.memory.shared).toBe(false);
    expect(instance.memory.sharedBuffer).toBeUndefined();
    expect(() => Runtime.shareMemory(instance.memory)).toThrow(UsageError);
    const imports = { env: { memory: instance.memory } };
    expect(() => user.instantiate({ imports })).toThrow(/shared/);
  });

  test('can be kept where JavaScript has no buffer', async () => {
    using module = runtime.load(
      await assemble(`(module (memory (export "memory") 1 4 shared)
        (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))`),
    );
    using instance = module.instantiate({ memory: { backend: 'mapped' } });
    expect(instance.memory.backend).toBe('mapped');
    expect(instance.memory.sharedBuffer).toBeUndefined();
    instance.memory.write(u32, 4, 6);
    expect(instance.exports['load']?.(4)).toBe(6);
    const opened = Runtime.openMemory(Runtime.shareMemory(instance.memory));
    expect(opened.read(u32, 4)).toBe(6);
  });

  test('is not given to the next holder of a pool', async () => {
    using module = runtime.load(
      await assemble(`(module (memory (export "memory") 1 2 shared)
        (func (export "load") (result i32) (i32.load (i32.const 0))))`),
    );
    using pool = new InstancePool(module, { max: 1 });
    const seen = new Set<ArrayBuffer>();
    for (let i = 0; i < 3; i += 1) {
      using instance = await pool.acquire();
      expect(instance.exports['load']?.()).toBe(0);
      seen.add(instance.memory.buffer);
      instance.memory.write(u32, 0, 1);
    }
    expect(seen.size).toBe(3);
  });

  test.each([
    [{ initial: 2, maximum: 1, shared: true }, 'initial is more than maximum'],
    [{ initial: -1, maximum: 1, shared: true }, 'initial has to be a number of pages'],
    [{ initial: 1, maximum: 65_537, shared: true }, 'maximum has to be a number of pages'],
    [{ initial: 1, shared: true }, 'a shared memory needs a maximum'],
    [{ initial: 65_537 }, 'initial has to be a number of pages'],
    [{ inital: 1, maximum: 1, shared: true }, 'initial'],
  ])('is not made of %p', (descriptor, text) => {
    expect(() => runtime.newMemory(descriptor as never)).toThrow(text);
  });

  test.each([[undefined], [{}], [{ wembedMemory: 1 }]])('has no token %p', (token) => {
    expect(() => Runtime.openMemory(token as unknown as MemoryToken)).toThrow(
      'openMemory takes a token, which Runtime.shareMemory gives',
    );
  });

  test('has a token that only goes with its buffer', () => {
    const memory = runtime.newMemory({ initial: 1, maximum: 1, shared: true });
    const other = new SharedArrayBuffer(65_536);
    const token = { ...Runtime.shareMemory(memory), buffer: other };
    expect(() => Runtime.openMemory(token)).not.toThrow();
    expect(Runtime.openMemory({ ...token, buffer: undefined }).sharedBuffer).toBe(
      memory.sharedBuffer,
    );
  });

  test('can be switched off', async () => {
    const bytes = await assemble('(module (memory 1 2 shared))');
    expect(() => runtime.load(bytes, { without: ['threads'] })).toThrow(/threads .*switched off/);
  });
});

test.each(['count', 'wake', 'grow', 'deadline', 'fuel', 'terminate', 'exit', 'churn', 'async'])(
  'threads on one memory: %s',
  async (mode) => {
    const script = join(__dirname, 'programs', 'shared_memory.ts');
    const { stdout } = await run(process.execPath, ['--require', 'tsx/cjs', script, mode], {
      env: { ...process.env, NODE_OPTIONS: '' },
      timeout: 60_000,
    });
    expect(stdout).toContain('ok\n');
  },
);
