import { type Instance, Runtime, Trap, UsageError, type Global, f32, u8 } from '../../lib';
import { assemble } from './assemble';

const text = `(module
  (import "env" "started" (func $started))
  (import "env" "host" (func $host (param externref)))
  (import "env" "tag" (global $tag externref))
  (memory (export "memory") 1 10)
  (data (i32.const 100) "hello\\00")
  (data $later "later")
  (table (export "table") 4 funcref)
  (table (export "things") 2 externref)
  (elem (i32.const 0) $seven)
  (global (export "count") (mut i32) (i32.const 5))
  (global $fails (export "fails") (mut i32) (i32.const 0))
  (func $seven (export "seven") (result i32) (i32.const 7))
  (func $start
    (i32.store8 (i32.const 0) (i32.add (i32.load8_u (i32.const 0)) (i32.const 1)))
    (call $started))
  (start $start)
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "grow") (result i32) (memory.grow (i32.const 2)))
  (func (export "init") (memory.init $later (i32.const 200) (i32.const 0) (i32.const 5)))
  (func (export "drop") (data.drop $later))
  (func (export "call") (param externref) (call $host (local.get 0)))
  (func (export "keep") (param externref) (table.set 1 (i32.const 0) (local.get 0)))
  (func (export "tagged") (result externref) (global.get $tag))
  (func (export "trap") (unreachable))
  (func (export "forever") (loop $again (br $again))))`;

interface Functions {
  seven: () => number;
  load: (at: number) => number;
  store: (at: number, value: number) => void;
  grow: () => number;
  init: () => void;
  drop: () => void;
  call: (value: unknown) => void;
  keep: (value: unknown) => void;
  tagged: () => unknown;
  trap: () => void;
  forever: () => void;
}

const page = 65536;
const places = [
  ['mapped', () => ({ backend: 'mapped' }) as const],
  ['heap', () => ({ backend: 'heap' }) as const],
  ['pool', () => ({ backend: 'pool' }) as const],
  ['buffer', () => ({ backend: 'buffer', buffer: new SharedArrayBuffer(10 * page) }) as const],
] as const;

describe.each(places)('reset, %s memory', (backend, place) => {
  let runtime: Runtime;
  let instance: Instance<Functions>;
  let started: () => void;
  let host: (value: unknown) => void;
  const tag = { name: 'tag' };

  beforeAll(() => {
    runtime = new Runtime({
      memory: { strategy: 'small-pool', pool: { slots: 4 } },
      log: () => undefined,
    });
  });
  beforeEach(async () => {
    started = () => undefined;
    host = () => undefined;
    instance = runtime.load(await assemble(text)).instantiate<Functions>({
      memory: place(),
      heapSize: 8192, // a page more
      imports: {
        env: {
          started: () => {
            started();
          },
          host: (_caller, value: unknown) => {
            host(value);
          },
          tag: tag as never,
        },
      },
    });
    expect(instance.memory.backend).toBe(backend);
  });
  afterEach(() => {
    instance.close();
  });
  afterAll(() => {
    runtime.close();
  });

  test('everything begins anew and objects go on', () => {
    const { exports, memory } = instance;
    const { seven, load, store } = exports;
    const table = instance.table('table');
    const count: Global = instance.global('count');
    store(5000, 1);
    store(100, 0);
    exports.grow();
    store(4 * page - 1, 9);
    count.value = 77;
    table.set(0, null);
    table.set(3, seven);
    exports.drop();
    const { bytes } = memory;
    instance.reset();
    expect(bytes).toHaveLength(0);
    expect(memory.size).toBe(2 * page);
    expect(load(0)).toBe(1);
    expect(load(5000)).toBe(0);
    expect(memory.readString(100)).toBe('hello');
    expect(count.value).toBe(5);
    expect(table.get(0)).toBe(seven);
    expect(table.get(3)).toBeNull();
    expect(instance.exports).toBe(exports);
    expect(instance.memory).toBe(memory);
    exports.init();
    expect(memory.readString(200, 5)).toBe('later');
    expect(seven()).toBe(7);
    // What it grows by is clean again.
    expect(exports.grow()).toBe(2);
    expect(load(4 * page - 1)).toBe(0);
    expect(memory.bytes.subarray(2 * page).every((byte) => byte === 0)).toBe(true);
  });

  test('again and again', () => {
    for (let round = 0; round < 300; round += 1) {
      instance.exports.store(round * 7, 1);
      if (round % 3 === 0) instance.exports.grow();
      instance.reset({ start: round % 2 === 0 });
      expect(instance.exports.load(0)).toBe(round % 2 === 0 ? 1 : 0);
      expect(instance.memory.bytes.subarray(1, 100).every((byte) => byte === 0)).toBe(true);
    }
  });

  test('without start functions', () => {
    let starts = 0;
    started = () => {
      starts += 1;
    };
    instance.reset({ start: false });
    expect(instance.exports.load(0)).toBe(0);
    expect(starts).toBe(0);
    instance.reset();
    expect(instance.exports.load(0)).toBe(1);
    expect(starts).toBe(1);
  });

  test('buffers of before are gone, and freeing them does nothing', () => {
    const before = instance.malloc(f32, 100);
    const at: number = before.offset;
    const { view } = before;
    instance.reset();
    expect(view).toHaveLength(0);
    for (const use of [
      () => before.offset,
      () => before.view,
      () => before.get(0),
      () => {
        before.set(0, 1);
      },
      () => before.release(),
      () => before.nativeAddress,
      () => before.toArray(),
      () => String(before),
    ]) {
      expect(use).toThrow(UsageError);
      expect(use).toThrow(/was reset/);
    }
    const after = instance.malloc(u8, 400);
    expect(after.offset).toBe(at);
    after.view.fill(5);
    before.free();
    before.free();
    // It still belongs to the new one.
    expect(instance.malloc(u8, 400).offset).not.toBe(at);
    expect(after.get(399)).toBe(5);
    after.free();
  });

  test('start functions may call out, and see the new life', () => {
    const before = instance.memory.bytes;
    const seen: unknown[] = [];
    started = () => {
      seen.push(before.length, instance.memory.bytes.length, instance.exports.load(0));
      const kept = instance.malloc(u8, 16);
      kept.view.fill(3);
      seen.push(kept);
      expect(() => {
        instance.reset();
      }).toThrow(UsageError);
      expect(() => {
        instance.close();
      }).toThrow(UsageError);
    };
    instance.exports.grow();
    instance.reset();
    expect(seen.slice(0, 3)).toEqual([0, 2 * page, 1]);
    expect((seen[3] as { get(index: number): number }).get(15)).toBe(3);
  });

  test('a start function that throws or traps', () => {
    const thrown = new Error('from start');
    started = () => {
      throw thrown;
    };
    let caught: unknown;
    try {
      instance.reset();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(Trap);
    expect((caught as Trap).cause).toBe(thrown);
    expect((caught as Trap).wasmStack.length).toBeGreaterThan(0);
    // All else was done.
    started = () => undefined;
    expect(instance.exports.seven()).toBe(7);
    instance.reset();
    expect(instance.exports.load(0)).toBe(1);
  });

  test('after a trap', () => {
    expect(() => {
      instance.exports.trap();
    }).toThrow(Trap);
    instance.reset();
    expect(instance.exports.load(0)).toBe(1);
  });

  test('bounds of start functions', () => {
    started = () => {
      instance.exports.forever();
    };
    expect(() => {
      instance.reset({ deadline: 30 });
    }).toThrow('deadline exceeded');
    expect(() => {
      instance.reset({ fuel: 10_000 });
    }).toThrow('instruction limit exceeded');
    const controller = new AbortController();
    started = () => {
      controller.abort(new Error('enough'));
    };
    // The start function is over before it can be stopped, or is stopped.
    try {
      instance.reset({ signal: controller.signal });
    } catch {
      started = () => undefined;
    }
    expect(() => {
      instance.reset({ signal: controller.signal });
    }).toThrow('enough');
    expect(() => {
      instance.reset({ deadline: -1 });
    }).toThrow(UsageError);
    started = () => undefined;
    instance.reset();
    expect(instance.exports.load(0)).toBe(1);
  });

  test('refused while it runs, with nothing changed', async () => {
    instance.exports.store(50, 6);
    const buffer = instance.malloc(u8, 8);
    const kept = { kept: true };
    instance.exports.keep(kept);
    host = () => {
      expect(() => {
        instance.reset();
      }).toThrow(/is running/);
    };
    instance.exports.call(1);
    expect(instance.exports.load(50)).toBe(6);
    expect(buffer.view).toHaveLength(8);
    expect(instance.table('things').get(0)).toBe(kept);

    const controller = new AbortController();
    const running = instance.callAsync('forever', [], { signal: controller.signal });
    expect(() => {
      instance.reset();
    }).toThrow(/busy/);
    controller.abort();
    await expect(running).rejects.toThrow(Trap);
    await expect(instance.callAsync('call', [1])).resolves.toBeUndefined();
    expect(buffer.view).toHaveLength(8);
    expect(instance.exports.load(50)).toBe(6);
    instance.reset();
    expect(instance.exports.load(50)).toBe(0);
  });

  test('references: those of imports stay, those of a former life go', () => {
    const given = { given: true };
    instance.exports.keep(given);
    expect(instance.table('things').get(0)).toBe(given);
    expect(instance.exports.tagged()).toBe(tag);
    instance.reset();
    expect(instance.table('things').get(0)).toBeNull();
    expect(instance.exports.tagged()).toBe(tag);
    instance.exports.keep(given);
    expect(instance.table('things').get(0)).toBe(given);
  });

  test('a closed instance', () => {
    instance.close();
    expect(() => {
      instance.reset();
    }).toThrow(/closed/);
  });
});

test('what is imported belongs to others', async () => {
  using runtime = new Runtime();
  const owner = runtime.load(await assemble('(module (memory (export "memory") 1))')).instantiate();
  const user = runtime
    .load(
      await assemble(`(module
        (import "owner" "memory" (memory 1))
        (global $g (export "g") (mut i32) (i32.const 1))
        (data (i32.const 8) "x")
        (func (export "store") (i32.store8 (i32.const 16) (i32.const 3)) (global.set $g (i32.const 2))))`),
    )
    .instantiate({ imports: { owner } });
  user.exports['store']?.();
  const { bytes } = owner.memory;
  bytes[8] = 1;
  user.reset();
  expect(user.global('g').value).toBe(1);
  expect(bytes).toHaveLength(65536);
  expect([bytes[8], bytes[16]]).toEqual([1, 3]);
  owner.reset();
  expect(owner.memory.bytes[16]).toBe(0);
  user.exports['store']?.();
  expect(owner.memory.bytes[16]).toBe(3);
});
