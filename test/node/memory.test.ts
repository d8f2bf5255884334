import {
  type Caller,
  type Instance,
  type InstantiateOptions,
  Runtime,
  Trap,
  UsageError,
  cstring,
  f32,
  i32,
  i64,
  offset,
  struct,
  u16,
  u8,
} from '../../lib';
import { assemble } from './assemble';
import { readInto } from './byte_stream';

const text = `(module
  (import "env" "grown" (func $grown))
  (memory (export "memory") 1 10)
  (data (i32.const 100) "hello\\00")
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "growAndCall") (param i32) (drop (memory.grow (local.get 0))) (call $grown))
  (func (export "growAndTrap") (param i32) (drop (memory.grow (local.get 0))) (unreachable))
  (func (export "size") (result i32) (memory.size)))`;

interface Functions {
  load(at: number): number;
  store(at: number, value: number): void;
  grow(pages: number): number;
  growAndCall(pages: number): void;
  growAndTrap(pages: number): void;
  size(): number;
}

const page = 65536;

const backends = [['mapped'], ['heap']] as const;

describe.each(backends)('memory, %s', (backend) => {
  let runtime: Runtime;
  let bytes: Uint8Array;
  let instance: Instance<Functions>;
  let grown: () => void;

  beforeAll(async () => {
    runtime = new Runtime({ memory: { backend } });
    bytes = await assemble(text);
  });
  beforeEach(() => {
    grown = () => undefined;
    instance = runtime
      .load(bytes)
      .instantiate<Functions>({ imports: { env: { grown: () => grown() } } });
  });
  afterAll(() => runtime.close());

  test('a view is the memory itself', () => {
    const { memory, exports } = instance;
    memory.bytes[7] = 42;
    expect(exports.load(7)).toBe(42);
    exports.store(8, 43);
    expect(memory.view(u8)[8]).toBe(43);
    expect(memory.buffer.byteLength).toBe(page);
    expect(memory.size).toBe(page);
    expect(memory.pages).toBe(1);
    expect(memory.maximum).toBe(10);
    expect(memory.is64).toBe(false);
    expect(memory.backend).toBe(backend);
    expect(memory.shareable).toBe(true);
  });

  test('there is one buffer for a generation, and one view', () => {
    const { memory } = instance;
    expect(memory.buffer).toBe(memory.buffer);
    expect(memory.view(f32)).toBe(memory.view(f32));
    expect(memory.bytes.buffer).toBe(memory.buffer);
    expect(instance.memory).toBe(memory);
    expect(instance.memoryNamed('memory').buffer).toBe(memory.buffer);
  });

  test('views of every scalar see little-endian values', () => {
    const { memory } = instance;
    memory.bytes.set([1, 2, 3, 4], 16);
    expect(memory.view(u16, 16, 2)).toEqual(Uint16Array.of(0x0201, 0x0403));
    expect(memory.view(i32, 16, 1)[0]).toBe(0x04030201);
    memory.view(i64, 24, 1)[0] = -2n;
    expect(memory.read(i64, 24)).toBe(-2n);
  });

  test('growth from the guest detaches old views before JavaScript sees them', () => {
    const { memory, exports } = instance;
    const buffer = memory.buffer;
    const view = memory.view(u8, 0, 16);
    view[3] = 9;
    expect(exports.grow(2)).toBe(1);
    expect(buffer.byteLength).toBe(0);
    expect(view).toHaveLength(0);
    expect(memory.buffer.byteLength).toBe(3 * page);
    expect(memory.bytes[3]).toBe(9);
    exports.store(3 * page - 1, 5);
    expect(memory.bytes.at(-1)).toBe(5);
  });

  test('growth is seen in a host function', () => {
    const { memory, exports } = instance;
    const before = memory.bytes;
    let length = -1;
    let lengthOfOld = -1;
    grown = () => {
      lengthOfOld = before.length;
      length = memory.bytes.length;
      memory.bytes[2 * page - 1] = 77;
    };
    exports.growAndCall(1);
    expect(lengthOfOld).toBe(0);
    expect(length).toBe(2 * page);
    expect(exports.load(2 * page - 1)).toBe(77);
  });

  test('growth before a trap detaches too', () => {
    const before = instance.memory.bytes;
    expect(() => {
      instance.exports.growAndTrap(1);
    }).toThrow(Trap);
    expect(before).toHaveLength(0);
    expect(instance.memory.bytes).toHaveLength(2 * page);
  });

  test('growth from JavaScript, in a host function as well', () => {
    const { memory, exports } = instance;
    const before = memory.bytes;
    expect(memory.grow(1)).toBe(1);
    expect(before).toHaveLength(0);
    expect(exports.size()).toBe(2);
    grown = () => {
      expect(memory.grow(1)).toBe(3);
    };
    exports.growAndCall(1);
    expect(exports.size()).toBe(4);
    exports.store(4 * page - 1, 1);
    expect(() => memory.grow(7)).toThrow(RangeError);
    expect(() => memory.grow(-1)).toThrow(UsageError);
    expect(memory.grow(0)).toBe(4);
    expect(memory.pages).toBe(4);
  });

  test('no growth leaves views alone', () => {
    const { buffer } = instance.memory;
    expect(instance.exports.grow(0)).toBe(1);
    expect(instance.exports.grow(100)).toBe(-1);
    instance.exports.growAndCall(100);
    expect(instance.memory.buffer.byteLength).toBe(page);
    expect([0, page]).toContain(buffer.byteLength);
  });

  test('closing detaches', () => {
    const { memory } = instance;
    const { buffer, bytes: view } = memory;
    instance.close();
    expect(buffer.byteLength).toBe(0);
    expect(view).toHaveLength(0);
    expect(() => memory.buffer).toThrow(UsageError);
    expect(() => memory.bytes).toThrow(UsageError);
    expect(() => memory.read(u8, 0)).toThrow(UsageError);
    expect(() => memory.size).toThrow(UsageError);
    expect(() => memory.grow(1)).toThrow(UsageError);
  });

  test('reading and writing with layouts, at any alignment', () => {
    const { memory } = instance;
    const point = struct({ x: f32, y: f32, tag: u8 });
    memory.write(point, 1001, { x: 1.5, y: -2, tag: 7 });
    expect(memory.read(point, 1001)).toEqual({ x: 1.5, y: -2, tag: 7 });
    expect(() => memory.view(f32, 1001, 1)).toThrow(UsageError);
    expect(memory.view(u8, 1001, 4)).toHaveLength(4);
    expect(memory.read(cstring, 100)).toBe('hello');
    memory.write(cstring, 100, 'grüße');
    expect(memory.readString(100)).toBe('grüße');
    expect(memory.readString(100, 2)).toBe('gr');
  });

  test('everything is checked against the size', () => {
    const { memory } = instance;
    expect(() => memory.view(u8, page - 1, 2)).toThrow(RangeError);
    expect(() => memory.view(u8, page + 1)).toThrow(RangeError);
    expect(memory.view(u8, page, 0)).toHaveLength(0);
    expect(() => memory.read(i32, page - 3)).toThrow(RangeError);
    expect(() => {
      memory.write(i32, page - 3, 1);
    }).toThrow(RangeError);
    expect(() => memory.readBytes(page - 1, 2)).toThrow(RangeError);
    expect(() => memory.readBytes(0, -1)).toThrow(RangeError);
    expect(() => {
      memory.writeBytes(page - 1, new Uint8Array(2));
    }).toThrow(RangeError);
    expect(() => memory.read(u8, -1)).toThrow(RangeError); // the last byte of 4 GiB
    expect(() => memory.read(u8, -(2 ** 31) - 1)).toThrow(UsageError);
    expect(() => memory.read(u8, -1n)).toThrow(UsageError);
    expect(() => memory.read(u8, 0.5)).toThrow(UsageError);
    memory.bytes.fill(1);
    expect(() => memory.readString(page - 4)).toThrow(RangeError);
  });

  test('copies', () => {
    const { memory } = instance;
    memory.writeBytes(50, Uint8Array.of(1, 2, 3));
    const copy = memory.readBytes(49, 5);
    expect([...copy]).toEqual([0, 1, 2, 3, 0]);
    memory.bytes[50] = 99;
    expect(copy[1]).toBe(1);
  });

  test('a buffer that a byte stream took', async () => {
    const { memory } = instance;
    const at = offset(u8, 1000);
    const view = memory.view(u8, at, 10);
    const value = await readInto(view, 7);
    // The stream has the guest's memory now, and the memory a buffer as before.
    expect(view).toHaveLength(0);
    expect(memory.bytes).toHaveLength(memory.size);
    expect([value[0], instance.exports.load(1000)]).toEqual([7, 7]);
    for (let round = 0; round < 20; round += 1) await readInto(memory.view(u8, at, 1), round);
    expect(instance.exports.load(1000)).toBe(19);
    // It stays where it is as long as somebody sees it.
    instance.close();
    value.fill(8);
    const next = instance.module.instantiate<Functions>({ imports: { env: { grown: () => 0 } } });
    expect(next.memory.readBytes(1000, 3)).toEqual(Uint8Array.of(0, 0, 0));
    expect(value).toEqual(Uint8Array.of(8));
    next.close();
  });

  test('growth and reset under a buffer that a byte stream took', async () => {
    const { memory, exports } = instance;
    const taken = new Uint8Array((await readInto(memory.view(u8, offset(u8, 1000), 1), 7)).buffer);
    const before = memory.size;
    memory.grow(1);
    expect(memory.size).toBe(before + page);
    // It shows memory that is, or was, the guest's, whole and nobody else's.
    expect(taken).toHaveLength(before);
    expect(taken[1000]).toBe(7);
    taken.fill(9, 2000);
    expect(exports.load(1000)).toBe(7);
    expect(() => {
      instance.reset();
    }).toThrow(UsageError);
    expect(() => {
      instance.reset();
    }).toThrow(/transferred/);
    expect(exports.load(1000)).toBe(7);
    expect(memory.size).toBe(before + page);
  });

  test('a buffer that a byte stream took in a start function that failed', async () => {
    const failing = instance.module.runtime.load(
      await assemble(`(module (import "env" "take" (func $take)) (memory (export "memory") 1)
        (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
        (func $start (call $take)) (start $start))`),
    );
    let reading: Promise<Uint8Array> | undefined;
    const take = (caller: Caller): void => {
      reading = readInto(caller.memory.view(u8, offset(u8, 1000), 1), 7);
      throw new Error('on purpose');
    };
    expect(() => failing.instantiate({ imports: { env: { take } } })).toThrow('on purpose');
    using next = failing.instantiate({ imports: { env: { take: () => undefined } } });
    expect(await reading).toEqual(Uint8Array.of(7));
    expect(next.exports['load']?.(1000)).toBe(0);
  });

  test('the buffer cannot be taken away from the memory', () => {
    const { memory } = instance;
    const { buffer } = memory;
    // If Node lets it be transferred, the next access makes another one.
    try {
      structuredClone(buffer, { transfer: [buffer] });
    } catch {
      // It does not: just as good.
    }
    memory.bytes[0] = 3;
    expect(instance.exports.load(0)).toBe(3);
  });
});

test('a module without memory has none', async () => {
  using runtime = new Runtime();
  const instance = runtime.load(await assemble('(module)')).instantiate();
  expect(() => instance.memory.size).toThrow(UsageError);
  expect(() => instance.memory.buffer).toThrow(UsageError);
  expect(() => instance.memoryNamed('memory')).toThrow(/no exported memory/);
});

test('a memory of no pages', async () => {
  using runtime = new Runtime();
  const bytes = await assemble('(module (memory (export "memory") 0 2))');
  const { memory } = runtime.load(bytes).instantiate();
  expect(memory.buffer.byteLength).toBe(0);
  expect(memory.bytes).toHaveLength(0);
  expect(memory.grow(1)).toBe(0);
  expect(memory.bytes).toHaveLength(page);
});

test('limits of the runtime and of the instance', async () => {
  using runtime = new Runtime({ limits: { maxMemoryPages: 3 } });
  const module = runtime.load(await assemble('(module (memory (export "memory") 1))'));
  expect(module.instantiate().memory.maximum).toBe(3);
  expect(module.instantiate({ maxMemoryPages: 2 }).memory.maximum).toBe(2);
});

test('a limit is for all pages, those of a heap included', async () => {
  using runtime = new Runtime({ limits: { maxMemoryPages: 4 } });
  const module = runtime.load(await assemble('(module (memory (export "memory") 2 8))'));
  const { memory } = module.instantiate({ heapSize: 65536 });
  expect([memory.pages, memory.maximum]).toEqual([3, 4]);
  expect(memory.grow(1)).toBe(3);
  expect(() => memory.grow(1)).toThrow();
  const over = (options: InstantiateOptions) => () => module.instantiate(options);
  const text = (what: string) =>
    expect.objectContaining({
      code: 'MemoryOverLimit',
      message: expect.stringContaining(what) as string,
    }) as Error;
  expect(over({ maxMemoryPages: 1 })).toThrow(text('begins with 2 pages, its limit is 1'));
  expect(over({ heapSize: 3 * 65536 })).toThrow(
    text('begins with 5 pages, 3 of them for the heap, its limit is 4'),
  );
  expect(module.instantiate({ maxMemoryPages: Infinity }).memory.maximum).toBe(8);
});
