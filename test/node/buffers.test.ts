import {
  type Instance,
  ResourceError,
  Runtime,
  Trap,
  UsageError,
  f32,
  reinterpret,
  struct,
  u8,
} from '../../lib';
import { assemble } from './assemble';

/** Uses the heap that the host manages. */
const plain = `(module
  (memory (export "memory") 1 8)
  (func (export "sum") (param $at i32) (param $count i32) (result f32) (local $total f32)
    (block $end (loop $next
      (br_if $end (i32.eqz (local.get $count)))
      (local.set $total (f32.add (local.get $total) (f32.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $next)))
    (local.get $total))
  (func (export "grow") (result i32) (memory.grow (i32.const 1))))`;

/** Brings its own allocator: a bump allocator that counts what is freed and grows as it needs. */
const own = `(module
  (import "env" "freed" (func $freed (param i32)))
  (memory (export "memory") 1 8)
  (global $top (mut i32) (i32.const 1024))
  (func (export "malloc") (param $size i32) (result i32) (local $at i32)
    (local.set $at (global.get $top))
    (global.set $top (i32.and (i32.add (i32.add (local.get $at) (local.get $size)) (i32.const 7))
      (i32.const -8)))
    (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
      (then (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (return (i32.const 0))))))
    (local.get $at))
  (func (export "free") (param $at i32)
    (if (i32.eq (local.get $at) (i32.const 13)) (then (unreachable)))
    (call $freed (local.get $at))))`;

const backends = [['mapped'], ['heap']] as const;

describe.each(backends)('owned buffers, %s memory', (backend) => {
  let runtime: Runtime;
  let instance: Instance<{ sum(at: number, count: number): number; grow(): number }>;

  beforeEach(async () => {
    runtime = new Runtime({ memory: { backend } });
    instance = runtime.load(await assemble(plain)).instantiate({ heapSize: 16384 });
  });
  afterEach(() => {
    runtime.close();
  });

  test('five floats', () => {
    using samples = instance.malloc(f32, 5);
    samples.view.set([1, 2, 3, 4, 5]);
    expect(samples.view).toBeInstanceOf(Float32Array);
    expect(samples).toHaveLength(5);
    expect(samples.byteLength).toBe(20);
    expect(instance.exports.sum(samples.offset, 5)).toBe(15);
    expect(samples.get(4)).toBe(5);
    samples.set(4, 50);
    expect(instance.exports.sum(samples.offset, samples.length)).toBe(60);
    expect(samples.toArray()).toEqual([1, 2, 3, 4, 50]);
    expect(() => samples.get(5)).toThrow(RangeError);
    expect(() => {
      samples.set(-1, 0);
    }).toThrow(RangeError);
  });

  test('the view follows growth', () => {
    using samples = instance.malloc(f32, 2);
    const before = samples.view;
    before.set([1, 2]);
    instance.exports.grow();
    expect(before).toHaveLength(0);
    expect([...samples.view]).toEqual([1, 2]);
    expect(samples.view).toBe(samples.view);
  });

  test('freed memory is used again and freeing twice is silent', () => {
    const first = instance.malloc(u8, 1000);
    const at: number = first.offset;
    first.free();
    first.free();
    const second = instance.malloc(u8, 1000);
    expect(second.offset).toBe(at);
    first.free();
    second.view.fill(7);
    expect(second.get(999)).toBe(7);
    second.free();
  });

  test.each([
    ['free', UsageError],
    ['release', UsageError],
    ['instance', UsageError],
    ['module', UsageError],
    ['runtime', UsageError],
  ] as const)('use after the end by %s throws', (how, error) => {
    const samples = instance.malloc(f32, 5);
    const { view } = samples;
    const ends = {
      free: () => {
        samples.free();
      },
      release: () => samples.release(),
      instance: () => {
        instance.close();
      },
      module: () => {
        instance.module.close();
      },
      runtime: () => {
        runtime.close();
      },
    };
    ends[how]();
    expect(() => samples.offset).toThrow(error);
    expect(() => samples.view).toThrow(error);
    expect(() => samples.nativeAddress).toThrow(error);
    expect(() => samples.get(0)).toThrow(error);
    expect(() => {
      samples.set(0, 1);
    }).toThrow(error);
    expect(() => samples.release()).toThrow(error);
    expect(() => {
      samples.free();
    }).not.toThrow();
    const closed = how !== 'free' && how !== 'release';
    expect(view).toHaveLength(closed ? 0 : 5);
  });

  test('release gives the memory to the guest', () => {
    const at: number = instance.malloc(u8, 64).release();
    expect(instance.malloc(u8, 64).offset).not.toBe(at);
    instance.free(at);
  });

  test('dup copies bytes and text', () => {
    using bytes = instance.dup(Uint8Array.of(1, 2, 3));
    expect([...bytes.view]).toEqual([1, 2, 3]);
    using words = instance.dup('wörter');
    expect(instance.memory.readString(words.offset)).toBe('wörter');
    expect(words).toHaveLength(8);
    expect(String(words)).toBe('wörter');
    using nothing = instance.dup(new Uint8Array());
    expect(nothing).toHaveLength(0);
    using itself = instance.dup(instance.memory.view(u8, reinterpret(u8, words.offset), 3));
    expect(String.fromCharCode(itself.get(0))).toBe('w');
  });

  test('structs', () => {
    const point = struct({ x: f32, y: f32 });
    using points = instance.malloc(point, 2);
    points.set(1, { x: 1, y: 2 });
    expect(points.get(1)).toEqual({ x: 1, y: 2 });
    expect(points.view).toBeInstanceOf(Uint8Array);
    expect(points.view).toHaveLength(16);
  });

  test('no room is an error that says so', () => {
    expect(() => instance.malloc(u8, 1 << 20)).toThrow(ResourceError);
    expect(() => instance.malloc(u8, -1)).toThrow(UsageError);
    expect(() => instance.malloc(u8, 0.5)).toThrow(UsageError);
    expect(() => instance.malloc(f32, 2 ** 53)).toThrow(UsageError);
    // The heap still works.
    using small = instance.malloc(u8, 100);
    expect(small.offset).toBeGreaterThan(0);
  });

  test('addresses both ways', () => {
    using samples = instance.malloc(f32, 5);
    const address = samples.nativeAddress;
    expect(address).toBeGreaterThan(0n);
    expect(instance.addrAppToNative(samples.offset)).toBe(address);
    expect(instance.addrNativeToApp(address)).toBe(samples.offset);
    expect(instance.addrNativeToApp(address + 8n)).toBe(samples.offset + 8);
    expect(instance.addrAppToNative(instance.memory.size)).toBe(0n);
    expect(instance.addrNativeToApp(1n)).toBe(0);
    expect(instance.validateAppAddr(samples.offset, 20)).toBe(true);
    expect(instance.validateAppAddr(instance.memory.size, 0)).toBe(true);
    expect(instance.validateAppAddr(instance.memory.size, 1)).toBe(false);
    expect(instance.validateAppAddr(0, 2 ** 40)).toBe(false);
    expect(instance.validateAppAddr(-1, 1)).toBe(false);
    expect(() => instance.validateAppAddr(0.5, 1)).toThrow(UsageError);
    const [start, end] = instance.appAddrRange(samples.offset) ?? [];
    expect([start, end]).toEqual([0, instance.memory.size]);
    expect(instance.appAddrRange(instance.memory.size)).toBeUndefined();
    const native = instance.nativeAddrRange(address);
    expect(native?.[0]).toBe(instance.addrAppToNative(0));
    expect((native?.[1] ?? 0n) - (native?.[0] ?? 0n)).toBe(BigInt(instance.memory.size));
    expect(instance.nativeAddrRange(1n)).toBeUndefined();
  });

  test('strings are validated up to their end', () => {
    const { memory } = instance;
    const last = memory.size - 1;
    memory.bytes[last] = 65;
    expect(instance.validateAppString(last)).toBe(false);
    memory.bytes[last] = 0;
    expect(instance.validateAppString(last)).toBe(true);
    expect(instance.validateAppString(memory.size)).toBe(false);
    // A failing check leaves nothing behind.
    expect(instance.exports.sum(0, 0)).toBe(0);
  });
});

describe.each(backends)("a guest's own allocator, %s memory", (backend) => {
  test('is used, may call the host and may grow the memory', async () => {
    using runtime = new Runtime({ memory: { backend } });
    const freed: number[] = [];
    const instance = runtime
      .load(await assemble(own))
      .instantiate({ imports: { env: { freed: (_caller, at: number) => freed.push(at) } } });
    const before = instance.memory.bytes;
    const first = instance.malloc(u8, 10);
    expect(first.offset).toBe(1024);
    const large = instance.malloc(u8, 100_000);
    expect(before).toHaveLength(0);
    expect(instance.memory.pages).toBe(2);
    large.view.fill(1);
    large.free();
    first.free();
    expect(freed).toEqual([1032 + 8, 1024]);
  });

  test('a trap in it is thrown', async () => {
    using runtime = new Runtime({ memory: { backend } });
    const instance = runtime
      .load(await assemble(own))
      .instantiate({ imports: { env: { freed: () => undefined } } });
    expect(() => {
      instance.free(13);
    }).toThrow(Trap);
    instance.malloc(u8, 1).free();
  });

  test('an exception in a host function it calls is the cause', async () => {
    using runtime = new Runtime({ memory: { backend } });
    const thrown = new Error('from free');
    const imports = {
      env: {
        freed: () => {
          throw thrown;
        },
      },
    };
    const instance = runtime.load(await assemble(own)).instantiate({ imports });
    const buffer = instance.malloc(u8, 4);
    let caught: unknown;
    try {
      buffer.free();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(Trap);
    expect((caught as Trap).cause).toBe(thrown);
    expect(() => buffer.view).toThrow(/freed/);
  });
});
