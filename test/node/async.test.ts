import { type Instance, Runtime, Trap, UsageError, u8 } from '../../lib';
import { assemble } from './assemble';

const text = `(module
  (import "env" "host" (func $host (param i32) (result i32)))
  (memory (export "memory") 1 10)
  (func (export "forever") (loop $again (br $again)))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "mixed") (param i64 f64 externref) (result externref f64 i64)
    (local.get 2) (local.get 1) (local.get 0))
  (func (export "fail") (unreachable))
  (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "host") (param i32) (result i32) (call $host (local.get 0)))
  (func (export "hosts") (param i32) (result i32) (local i32)
    (loop $again
      (local.set 1 (i32.add (local.get 1) (call $host (local.get 0))))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "growAndCall") (drop (memory.grow (i32.const 1)))
    (drop (call $host (i32.const 0))) (drop (memory.grow (i32.const 1))))
  (func (export "spin") (param i32) (result i32)
    (loop $again (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (i32.const 7)))`;

interface Functions {
  forever(): void;
  add(a: number, b: number): number;
  mixed(a: bigint, b: number, c: unknown): [unknown, number, bigint];
  fail(): void;
  store(at: number, value: number): void;
  host(value: number): number;
  hosts(count: number): number;
  growAndCall(): void;
  spin(count: number): number;
}

const backends = [['mapped'], ['heap']] as const;

describe.each(backends)('asynchronous calls, %s memory', (backend) => {
  let runtime: Runtime;
  let instance: Instance<Functions>;
  let host: (value: number) => number;

  beforeEach(async () => {
    host = (value) => value;
    runtime = new Runtime({ memory: { backend } });
    const imports = { env: { host: (_caller: unknown, value: number) => host(value) } };
    instance = runtime.load(await assemble(text)).instantiate<Functions>({ imports });
  });
  afterEach(() => {
    runtime.close();
  });

  test('give what synchronous ones give', async () => {
    await expect(instance.callAsync('add', [2, 3])).resolves.toBe(5);
    const value = {};
    await expect(instance.callAsync('mixed', [7n, 0.5, value])).resolves.toEqual([value, 0.5, 7n]);
    expect(instance.exports.add(1, 1)).toBe(2);
  });

  test('a trap rejects', async () => {
    const error: unknown = await instance.callAsync('fail').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Trap);
    expect((error as Trap).wasmStack[0]?.function).toBe('fail');
    await expect(instance.callAsync('add', [2, 3])).resolves.toBe(5);
    // @ts-expect-error -- the first one has to be a bigint
    await expect(instance.callAsync('mixed', [7, 0.5, null])).rejects.toThrow(TypeError);
    // @ts-expect-error -- there is no such function
    await expect(instance.callAsync('missing')).rejects.toThrow(UsageError);
  });

  test('the event loop runs meanwhile', async () => {
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 1);
    const controller = new AbortController();
    const running = instance.callAsync('forever', [], { signal: controller.signal });
    while (ticks < 4) await new Promise(setImmediate);
    clearInterval(timer);
    controller.abort();
    await expect(running).rejects.toThrow('terminated');
  });

  test('a signal stops it', async () => {
    const controller = new AbortController();
    const call = instance.callAsync('forever', [], { signal: controller.signal });
    setTimeout(() => {
      controller.abort('stop it');
    }, 20);
    const error = await call.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Trap);
    expect((error as Trap).cause).toBe('stop it');
    await expect(instance.callAsync('add', [1, 2], { signal: controller.signal })).rejects.toBe(
      'stop it',
    );
    expect(instance.exports.add(1, 2)).toBe(3);
  });

  test('AbortSignal.timeout and fuel', async () => {
    const signal = AbortSignal.timeout(20);
    await expect(instance.callAsync('forever', [], { signal })).rejects.toThrow(Trap);
    await expect(instance.callAsync('forever', [], { fuel: 10_000 })).rejects.toThrow(
      'instruction limit exceeded',
    );
  });

  test('the instance is busy until it ends', async () => {
    const buffer = instance.memory.bytes;
    const { memory, exports } = instance;
    const call = instance.callAsync('forever', [], { deadline: 50 });
    expect(buffer).toHaveLength(0);
    for (const use of [
      () => exports.add(1, 2),
      () => memory.buffer,
      () => memory.size,
      () => memory.read(u8, 0),
      () => instance.malloc(u8, 1),
      () => instance.dup('text'),
      () => instance.call('add', [1, 2], { deadline: 5 }),
      () => instance.addrAppToNative(0),
    ]) {
      expect(use).toThrow(/busy/);
    }
    for (const handle of [instance, instance.module, runtime]) {
      expect(() => {
        handle.close();
      }).toThrow(/running/);
    }
    await expect(instance.callAsync('add', [1, 2])).rejects.toThrow(/busy/);
    await expect(call).rejects.toThrow('deadline exceeded');
    expect(exports.add(1, 2)).toBe(3);
    expect(memory.bytes).toHaveLength(65536);
  });

  test('host functions run on this thread and may use the instance', async () => {
    const seen: number[] = [];
    host = (value) => {
      seen.push(value);
      instance.memory.bytes[value] = value;
      return instance.exports.add(value, 100);
    };
    await expect(instance.callAsync('hosts', [3])).resolves.toBe(306);
    expect(seen).toEqual([3, 2, 1]);
    expect([...instance.memory.bytes.subarray(0, 4)]).toEqual([0, 1, 2, 3]);
  });

  test('what host functions saw is detached when the guest goes on', async () => {
    let seen: Uint8Array | undefined;
    host = () => {
      seen = instance.memory.bytes;
      expect(seen).toHaveLength(2 * 65536);
      return 0;
    };
    await instance.callAsync('growAndCall');
    expect(seen).toHaveLength(0);
    expect(instance.memory.bytes).toHaveLength(3 * 65536);
  });

  test('an exception in a host function is the cause', async () => {
    const thrown = new Error('over there');
    host = () => {
      throw thrown;
    };
    const error: unknown = await instance.callAsync('host', [1]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Trap);
    expect((error as Trap).cause).toBe(thrown);
  });

  test('in a host function no second asynchronous call begins', async () => {
    let second: Promise<unknown> | undefined;
    host = (value) => {
      second = instance.callAsync('add', [1, 2]);
      second.catch(() => undefined);
      return value;
    };
    await expect(instance.callAsync('host', [4])).resolves.toBe(4);
    await expect(second).rejects.toThrow(UsageError);
  });

  test('many instances at once', async () => {
    const imports = { env: { host: (_caller: unknown, value: number) => value + 1 } };
    const guests = Array.from({ length: 12 }, () =>
      instance.module.instantiate<Functions>({ imports, memory: { backend } }),
    );
    const results = await Promise.all(
      guests.map((guest, index) =>
        index % 2 === 0 ? guest.callAsync('hosts', [20]) : guest.callAsync('spin', [100_000]),
      ),
    );
    results.forEach((result, index) => {
      expect(result).toBe(index % 2 === 0 ? 230 : 7);
    });
  });

  test('buffers that are freed while the instance is busy throw and stay', async () => {
    const guest = instance.module.instantiate<Functions>({
      heapSize: 4096,
      imports: { env: { host: () => 0 } },
    });
    const buffer = guest.malloc(u8, 8);
    const call = guest.callAsync('forever', [], { deadline: 30 });
    expect(() => {
      buffer.free();
    }).toThrow(/busy/);
    await expect(call).rejects.toThrow(Trap);
    buffer.view.fill(1);
    buffer.free();
  });
});
