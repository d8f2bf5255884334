/** Instances whose memory is the host's own. */
import { createContext, runInContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { type Module, ResourceError, Runtime, Trap, UsageError, u8 } from '../../lib';
import { assemble } from './assemble';

const text = `(module
  (memory (export "memory") 1 10)
  (data (i32.const 100) "hello\\00")
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`;

interface Functions {
  load: (at: number) => number;
  store: (at: number, value: number) => void;
  grow: (pages: number) => number;
}

const page = 65536;

// Node 18 has no such buffers.
const hasResizable = 'resize' in ArrayBuffer.prototype ? test : test.skip;

describe('memory of the host', () => {
  let runtime: Runtime;
  let module: Module;

  beforeAll(async () => {
    runtime = new Runtime();
    module = runtime.load(await assemble(text));
  });
  afterAll(() => {
    runtime.close();
  });

  function over(buffer: SharedArrayBuffer | ArrayBuffer | ArrayBufferView) {
    return module.instantiate<Functions>({ memory: { backend: 'buffer', buffer } });
  }

  test('a shared buffer is the memory', () => {
    const buffer = new SharedArrayBuffer(3 * page);
    const bytes = new Uint8Array(buffer).fill(7);
    using instance = over(buffer);
    const { exports, memory } = instance;
    expect(memory.backend).toBe('buffer');
    // What the guest may see is cleared, and no more than that.
    expect([bytes[0], bytes[page - 1], bytes[page]]).toEqual([0, 0, 7]);
    expect(memory.readString(100)).toBe('hello');
    bytes[5] = 42;
    expect(exports.load(5)).toBe(42);
    exports.store(6, 43);
    expect([bytes[6], memory.bytes[6]]).toEqual([43, 43]);
    memory.bytes[8] = 44;
    expect(bytes[8]).toBe(44);
    expect(() => exports.load(page)).toThrow(Trap);
  });

  test('it grows inside, and views are made anew', () => {
    const buffer = new SharedArrayBuffer(3 * page + 100);
    const bytes = new Uint8Array(buffer).fill(7);
    using instance = over(buffer);
    const { exports, memory } = instance;
    const before = memory.bytes;
    expect(exports.grow(2)).toBe(1);
    expect(before).toHaveLength(0);
    expect(memory.bytes).toHaveLength(3 * page);
    expect(memory.bytes[2 * page]).toBe(0);
    expect(bytes[3 * page]).toBe(7);
    exports.store(3 * page - 1, 9);
    expect(bytes[3 * page - 1]).toBe(9);
    expect(exports.grow(1)).toBe(-1);
    expect(() => memory.grow(1)).toThrow(RangeError);
    expect(() => exports.load(3 * page)).toThrow(Trap);
    const { view } = { view: memory.view(u8, 0, 8) };
    instance.close();
    expect(view).toHaveLength(0);
    // The host's buffer is as the guest left it.
    expect(bytes[3 * page - 1]).toBe(9);
  });

  test('a part of a shared buffer', () => {
    const buffer = new SharedArrayBuffer(4 * page);
    const all = new Uint8Array(buffer).fill(7);
    using one = over(new Uint8Array(buffer, page, page));
    using two = over(new Uint8Array(buffer, 2 * page, page));
    one.exports.store(0, 1);
    two.exports.store(0, 2);
    expect([all[page - 1], all[page], all[2 * page], all[3 * page]]).toEqual([7, 1, 2, 7]);
    expect(one.exports.grow(1)).toBe(-1);
    expect(() => over(new Uint8Array(buffer, 3 * page + 4, 8))).toThrow(UsageError);
  });

  test('for one instance at a time', async () => {
    const buffer = new SharedArrayBuffer(3 * page);
    const first = over(buffer);
    const again = /another instance/;
    expect(() => over(buffer)).toThrow(UsageError);
    expect(() => over(buffer)).toThrow(again);
    expect(() => over(new Uint8Array(buffer, 2 * page, page))).toThrow(again);
    expect(() => over(new Uint8Array(buffer, page))).toThrow(again);
    using elsewhere = new Runtime();
    const other = elsewhere.load(await assemble(text));
    expect(() => other.instantiate({ memory: { backend: 'buffer', buffer } })).toThrow(again);
    first.exports.store(0, 1);
    first.close();
    using second = over(buffer);
    expect(second.exports.load(0)).toBe(0);
  });

  test('in another worker neither', async () => {
    const buffer = new SharedArrayBuffer(page);
    const program = `
      const { parentPort, workerData } = require('node:worker_threads');
      require('tsx/cjs');
      const { Runtime } = require(workerData.lib);
      const module = new Runtime().load(workerData.bytes);
      const make = () => module.instantiate({ memory: { backend: 'buffer', buffer: workerData.buffer } });
      let first = 'taken';
      try { make(); } catch (error) { first = error.message; }
      // A listener that stays keeps the worker: one that ends by itself ends its instances.
      parentPort.on('message', () => {
        globalThis.kept = make();
        globalThis.kept.exports.store(3, 33);
        parentPort.postMessage('mine');
      });
      parentPort.postMessage(first);`;
    const mine = over(buffer);
    const worker = new Worker(program, {
      eval: true,
      workerData: {
        buffer,
        bytes: await assemble(text),
        lib: require.resolve('../../lib/index.ts'),
      },
    });
    const next = (): Promise<unknown> =>
      new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
    expect(await next()).toContain('another instance');
    mine.close();
    worker.postMessage('go');
    expect(await next()).toBe('mine');
    expect(new Uint8Array(buffer)[3]).toBe(33);
    expect(() => over(buffer)).toThrow(/another instance/);
    // The end of the worker ends its instances.
    await worker.terminate();
    using after = over(buffer);
    expect(after.exports.load(3)).toBe(0);
  });

  test('an ArrayBuffer is taken over', () => {
    const buffer = new ArrayBuffer(2 * page);
    using instance = over(buffer);
    expect(buffer.byteLength).toBe(0);
    expect(instance.memory.backend).toBe('buffer');
    instance.exports.store(1, 5);
    expect(instance.memory.bytes[1]).toBe(5);
    expect(instance.exports.grow(1)).toBe(1);
    expect(instance.memory.buffer.byteLength).toBe(2 * page);
    expect(instance.exports.grow(1)).toBe(-1);
    expect(() => over(buffer)).toThrow(UsageError);
  });

  hasResizable('resizable and growable buffers', () => {
    const most = { maxByteLength: 4 * page };
    const resizable: unknown = Reflect.construct(ArrayBuffer, [page, most]);
    using one = over(resizable as ArrayBuffer);
    one.exports.store(0, 1);
    expect(one.exports.grow(1)).toBe(-1);
    const growable: unknown = Reflect.construct(SharedArrayBuffer, [page, most]);
    const shared = growable as SharedArrayBuffer & { grow(bytes: number): void };
    using two = over(shared);
    shared.grow(2 * page);
    two.exports.store(page - 1, 1);
    // As long as it was then.
    expect(two.exports.grow(1)).toBe(-1);
    expect(() => two.exports.load(page)).toThrow(Trap);
  });

  test('buffers of another context', () => {
    const context = createContext({});
    for (const made of [
      'new SharedArrayBuffer(65536)',
      'new ArrayBuffer(65536)',
      'new Uint8Array(new SharedArrayBuffer(65536))',
    ]) {
      using instance = over(runInContext(made, context) as ArrayBuffer);
      instance.exports.store(1, 2);
      expect(instance.memory.bytes[1]).toBe(2);
    }
  });

  test("buffers of Node's own WebAssembly", () => {
    const plain = new WebAssembly.Memory({ initial: 1, maximum: 2 });
    expect(() => over(plain.buffer)).toThrow(/cannot be taken over/);
    expect(plain.buffer.byteLength).toBe(page);
    using guest = module.instantiate();
    expect(() => over(guest.memory.buffer)).toThrow(/cannot be taken over/);
    expect(guest.memory.size).toBe(page);
    const shared = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
    using instance = over(shared.buffer);
    shared.grow(1);
    instance.exports.store(7, 8);
    expect(new Uint8Array(shared.buffer)[7]).toBe(8);
  });

  test('too small', () => {
    expect(() => over(new SharedArrayBuffer(page - 1))).toThrow(ResourceError);
    expect(() => over(new SharedArrayBuffer(100))).toThrow(/it needs 65536 bytes/);
    expect(() => over(new SharedArrayBuffer(0))).toThrow(UsageError);
    const small = new SharedArrayBuffer(100);
    for (let round = 0; round < 2; round += 1) {
      // A failed instance has given it back.
      expect(() => over(small)).toThrow(
        expect.objectContaining({ code: 'MemoryNeverFits' }) as Error,
      );
    }
  });

  test.each([
    [{ backend: 'buffer' }],
    [{ buffer: new SharedArrayBuffer(page) }],
    [{ backend: 'heap', buffer: new SharedArrayBuffer(page) }],
    [{ backend: 'buffer', buffer: page }],
    [{ backend: 'buffer', buffer: new Uint8Array(page) }],
    [{ backend: 'buffer', buffer: 'text' }],
    [{ backend: 'functions' }],
  ])('%p is refused', (memory) => {
    expect(() => module.instantiate({ memory: memory as object })).toThrow(UsageError);
  });

  test('a buffer is not taken when other options are refused', () => {
    const buffer = new ArrayBuffer(page);
    const memory = { backend: 'buffer', buffer } as const;
    expect(() => module.instantiate({ memory, deadline: -1 })).toThrow(UsageError);
    expect(buffer.byteLength).toBe(page);
  });

  test('a failed start gives it back, unless others reach the instance', async () => {
    const buffer = new SharedArrayBuffer(page);
    const memory = { backend: 'buffer', buffer } as const;
    const fails = runtime.load(
      await assemble('(module (memory 1) (func $f unreachable) (start $f))'),
    );
    expect(() => fails.instantiate({ memory })).toThrow(Trap);
    over(buffer).close();

    const holder = runtime
      .load(await assemble('(module (table (export "table") 2 funcref))'))
      .instantiate();
    const leaves = runtime.load(
      await assemble(`(module (import "holder" "table" (table 2 funcref)) (memory 1)
        (func $get (result i32) (i32.store (i32.const 4) (i32.const 5)) (i32.load (i32.const 4)))
        (elem (i32.const 0) $get)
        (func $fail unreachable) (start $fail))`),
    );
    expect(() => leaves.instantiate({ memory, imports: { holder } })).toThrow(Trap);
    // Its function is in the table still.
    expect(() => over(buffer)).toThrow(/another instance/);
    holder.close();
    over(buffer).close();
  });

  test('linked instances keep it until the last is closed', async () => {
    const buffer = new SharedArrayBuffer(2 * page);
    const owner = over(buffer);
    const user = runtime
      .load(
        await assemble(`(module (import "owner" "memory" (memory 1))
          (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0))))`),
      )
      .instantiate({ imports: { owner: owner as never } });
    owner.exports.store(9, 9);
    owner.close();
    expect(user.exports['load']?.(9)).toBe(9);
    expect(() => over(buffer)).toThrow(/another instance/);
    user.close();
    over(buffer).close();
  });

  test('an asynchronous call works on it', async () => {
    const buffer = new SharedArrayBuffer(page);
    using instance = over(buffer);
    await instance.callAsync('store', [11, 12]);
    expect(new Uint8Array(buffer)[11]).toBe(12);
  });
});
