/**
 * Views, offsets and buffers that are older than what they show: growth, new lives, other holders.
 * None of them may ever show the wrong memory; an old view is empty, an old handle throws.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CallMemory,
  type Caller,
  type Instance,
  type InstanceMemoryOptions,
  Runtime,
  type RuntimeMemoryOptions,
  UsageError,
  offset,
  u8,
} from '../../lib';
import { assemble } from './assemble';

const text = `(module
  (import "env" "visit" (func $visit (param i32) (result i32)))
  (memory (export "memory") 1 20)
  (data (i32.const 16) "guest data\\00")
  (func (export "call") (param i32) (result i32) (call $visit (local.get 0)))
  (func (export "growCallGrow") (result i32)
    (drop (memory.grow (i32.const 1)))
    (drop (call $visit (i32.const 0)))
    (drop (memory.grow (i32.const 1)))
    (i32.store8 (i32.const 131072) (i32.const 9))
    (i32.add (call $visit (i32.const 1)) (i32.load8_u (i32.const 16))))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "store8") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "forever") (loop $again (br $again))))`;

interface Functions {
  call(value: number): number;
  growCallGrow(): number;
  grow(pages: number): number;
  store8(at: number, value: number): void;
  load8(at: number): number;
  forever(): void;
}

interface Row {
  readonly runtime: RuntimeMemoryOptions;
  readonly memory?: () => InstanceMemoryOptions;
}

const rows: Record<string, Row> = {
  mapped: { runtime: { backend: 'mapped' } },
  heap: { runtime: { backend: 'heap' } },
  pool: { runtime: { strategy: 'pool', pool: { slots: 1, strict: true } } },
  smallPool: { runtime: { strategy: 'small-pool', pool: { slots: 1, strict: true } } },
  buffer: {
    runtime: {},
    memory: () => ({ backend: 'buffer', buffer: new ArrayBuffer(20 * 65536) }),
  },
};

let bytes: Uint8Array;
beforeAll(async () => {
  bytes = await assemble(text);
});

describe.each(Object.entries(rows))('views and handles, %s memory', (_name, row) => {
  let runtime: Runtime;
  let visit: (caller: Caller, value: number) => unknown;

  function make(): Instance<Functions> {
    return runtime.load(bytes).instantiate<Functions>({
      heapSize: 4096,
      imports: { env: { visit: (caller: Caller, value: number) => visit(caller, value) } },
      ...(row.memory === undefined ? {} : { memory: row.memory() }),
    });
  }

  beforeEach(() => {
    visit = () => 0;
    runtime = new Runtime({ memory: row.runtime, log: () => undefined });
  });
  afterEach(() => {
    runtime.close();
  });

  test('the guest grows under a view, before, in and after a host call', () => {
    const instance = make();
    const { memory } = instance;
    const views: Uint8Array[] = [memory.bytes];
    const epochs = [memory.epoch];
    visit = (caller) => {
      for (const view of views) expect(view).toHaveLength(0);
      const lent = caller.dataAndMemory().memory;
      views.push(memory.bytes, lent.bytes, lent.view(u8, offset(u8, 16), 4));
      epochs.push(memory.epoch);
      memory.bytes[16] = 65;
      return lent.bytes.length / 65536;
    };
    const heapPages = memory.pages - 1;
    expect(instance.exports.growCallGrow()).toBe(3 + heapPages + 65);
    expect(views.at(-1)?.[0]).toBe(65); // nothing has grown since the last host call
    expect(new Set(epochs).size).toBe(3);
    expect(memory.grow(1)).toBe(3 + heapPages);
    for (const view of views) expect(view).toHaveLength(0);
    expect(epochs).not.toContain(memory.epoch);
  });

  test('buffers that the host owns go on where their memory moves', () => {
    const instance = make();
    using owned = instance.dup('host data');
    using numbers = instance.malloc(u8, 4);
    const old = numbers.view;
    old.set([1, 2, 3, 4]);
    visit = (caller) => {
      const before = numbers.view;
      expect(instance.exports.grow(2)).toBeGreaterThan(0);
      expect(before).toHaveLength(0);
      expect([...numbers.view]).toEqual([1, 2, 3, 4]);
      expect(owned.toString()).toBe('host data');
      expect(caller.dataAndMemory().memory.readString(owned.offset)).toBe('host data');
      numbers.view[0] = 9;
      return numbers.get(0);
    };
    expect(instance.exports.call(0)).toBe(9);
    expect(old).toHaveLength(0);
    expect(instance.exports.load8(numbers.offset)).toBe(9);
  });

  test('a reset ends views and buffers, also those of a later size', () => {
    const instance = make();
    const { memory } = instance;
    const first = memory.bytes;
    const owned = instance.malloc(u8, 4);
    instance.exports.grow(4);
    const second = memory.bytes;
    const third = memory.view(u8, offset(u8, 2 * 65536), 4);
    const { epoch } = memory;
    second[2 * 65536] = 7;
    instance.reset();
    for (const view of [first, second, third]) expect(view).toHaveLength(0);
    expect(memory.epoch).not.toBe(epoch);
    expect(memory.readString(16)).toBe('guest data');
    expect(() => memory.readBytes(2 * 65536, 1)).toThrow(RangeError);
    instance.exports.grow(4);
    expect(memory.bytes[2 * 65536]).toBe(0);
    expect(() => owned.view).toThrow(UsageError);
    owned.free();
  });

  test('an old view does not see who has the place next', () => {
    const views: Uint8Array[] = [];
    const old: Instance<Functions>[] = [];
    const epochs: [Instance<Functions>, number][] = [];
    const lent: CallMemory[] = [];
    for (let round = 0; round < 30; round += 1) {
      const instance = make();
      visit = (caller) => {
        for (const memory of lent) expect(() => memory.bytes).toThrow(/is over/);
        lent.push(caller.dataAndMemory().memory);
        views.push(caller.dataAndMemory().memory.bytes);
        return 0;
      };
      instance.exports.call(0);
      instance.exports.store8(16, 100 + round);
      views.push(instance.memory.bytes, instance.memory.view(u8, offset(u8, 16), 1));
      expect(views.at(-1)?.[0]).toBe(100 + round);
      expect(views.slice(0, -3).every((view) => view.length === 0)).toBe(true);
      for (const [before, epoch] of epochs) expect(before.memory.epoch).not.toBe(epoch);
      epochs.push([instance, instance.memory.epoch]);
      old.push(instance);
      instance.close();
      for (const before of old) {
        expect(() => before.memory.bytes).toThrow(/closed/);
        expect(() => before.exports.load8(16)).toThrow(/closed/);
      }
    }
  });

  test('closing while a call runs elsewhere is refused, and views stay away', async () => {
    const instance = make();
    const view = instance.memory.bytes;
    const { epoch } = instance.memory;
    const controller = new AbortController();
    const running = instance.callAsync('forever', [], { signal: controller.signal });
    await sleep(10);
    for (const handle of [instance, instance.module, runtime]) {
      expect(() => {
        handle.close();
      }).toThrow(/running/);
    }
    expect(view).toHaveLength(0);
    expect(instance.memory.epoch).not.toBe(epoch); // read while another thread has the memory
    expect(() => instance.memory.bytes).toThrow(/busy/);
    controller.abort();
    await expect(running).rejects.toThrow('terminated');
    expect(instance.memory.readString(16)).toBe('guest data');
    instance.close();
    expect(() => instance.memory.bytes).toThrow(/closed/);
  });

  test('closing in a host function is refused, in both kinds of call', async () => {
    const instance = make();
    visit = () => {
      expect(() => {
        instance.close();
      }).toThrow(/running/);
      return instance.memory.bytes.length;
    };
    const { size } = instance.memory;
    expect(instance.exports.call(0)).toBe(size);
    await expect(instance.callAsync('call', [0])).resolves.toBe(size);
  });
});

test('epochs of many memories do not mix', () => {
  const runtime = new Runtime({ memory: { backend: 'heap' } });
  const module = runtime.load(bytes);
  const imports = { env: { visit: () => 0 } };
  const some = Array.from({ length: 1500 }, () => module.instantiate<Functions>({ imports }));
  const before = some.map((instance) => instance.memory.epoch);
  some.forEach((instance, index) => {
    if (index % 3 === 0) instance.exports.grow(1);
    if (index % 3 === 1) instance.close();
  });
  some.forEach((instance, index) => {
    expect(instance.memory.epoch === before[index]).toBe(index % 3 === 2);
  });
  // Words are used again, and no old reader takes the new value for its own.
  const more = Array.from({ length: 600 }, () => module.instantiate<Functions>({ imports }));
  more.forEach((instance) => instance.memory.epoch);
  some.forEach((instance, index) => {
    expect(instance.memory.epoch === before[index]).toBe(index % 3 === 2);
  });
  runtime.close();
});
