/** Host functions that return promises: the guest of an asynchronous call waits for them. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AsyncCaller,
  type CallMemory,
  type Caller,
  type Instance,
  InstancePool,
  Runtime,
  Trap,
  UsageError,
  i32,
  offset,
  u8,
} from '../../lib';
import { longEnoughLater, patience } from '../yardstick';
import { assemble } from './assemble';

const text = `(module
  (import "env" "visit" (func $visit (param i32) (result i32)))
  (import "env" "pair" (func $pair (param i64 externref) (result externref i64)))
  (memory (export "memory") 1 20)
  (data (i32.const 16) "guest data\\00")
  (func (export "call") (param i32) (result i32) (call $visit (local.get 0)))
  (func (export "pair") (param i64 externref) (result externref i64)
    (call $pair (local.get 0) (local.get 1)))
  (func (export "calls") (param i32) (result i32) (local i32)
    (loop $again
      (local.set 1 (i32.add (local.get 1) (call $visit (local.get 0))))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "callAndWrite") (param i32) (result i32)
    (local.set 0 (call $visit (local.get 0)))
    (i32.store8 (i32.const 16) (i32.const 71))
    (drop (memory.grow (i32.const 1)))
    (loop $again (br $again)) (local.get 0))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))`;

interface Functions {
  readonly call: (value: number) => number;
  readonly pair: (big: bigint, value: unknown) => [unknown, bigint];
  calls(count: number): number;
  callAndWrite(value: number): number;
  add(a: number, b: number): number;
}

interface State {
  seen: unknown[];
}

type Host = (caller: Caller<State>, value: number) => unknown;

let bytes: Uint8Array;
beforeAll(async () => {
  bytes = await assemble(text);
});

function never(): Promise<never> {
  return new Promise(() => undefined);
}

async function failure(promise: Promise<unknown>): Promise<Trap> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Trap);
  return error as Trap;
}

const backends = [['mapped'], ['heap']] as const;

describe.each(backends)('asynchronous host functions, %s memory', (backend) => {
  let runtime: Runtime;
  let state: State;
  let visit: Host;
  let instance: Instance<Functions, State>;

  beforeEach(() => {
    runtime = new Runtime({ memory: { backend } });
    state = { seen: [] };
    visit = () => 0;
    instance = runtime.load(bytes).instantiate<Functions, State>({
      data: state,
      imports: {
        env: {
          visit: (caller: Caller<State>, value: number) => visit(caller, value),
          pair: async (_caller: Caller<State>, big: bigint, value: unknown) => {
            await sleep(1);
            return [value, big + 1n];
          },
        },
      },
    });
  });
  afterEach(() => {
    runtime.close();
  });

  test('the guest waits for the result', async () => {
    visit = async (caller, value) => {
      expect(caller.canWait).toBe(true);
      await sleep(value);
      return value * 2;
    };
    await expect(instance.callAsync('calls', [4])).resolves.toBe(20);
    const value = { some: 'object' };
    await expect(instance.callAsync('pair', [41n, value])).resolves.toEqual([value, 42n]);
    visit = (_caller, argument) => argument; // a value at once, in the same call
    await expect(instance.callAsync('calls', [3])).resolves.toBe(6);
    visit = () => ({ then: (done: (result: number) => void) => done(9) }); // any thenable
    await expect(instance.callAsync('call', [3])).resolves.toBe(9);
  });

  test('data and memory hold across every await', async () => {
    visit = async (caller, value) => {
      const { data, memory } = caller.dataAndMemory();
      data.seen.push(memory.readString(16));
      await sleep(1);
      memory.writeBytes(16, new TextEncoder().encode('HOST'));
      expect(caller.dataAndMemory().memory).toBe(memory);
      const view = memory.view(u8, offset(u8, 16), 4);
      await sleep(1);
      expect(view[0]).toBe(72); // nobody runs: the view is good
      const { epoch } = memory;
      expect(memory.grow(1)).toBeGreaterThan(0);
      expect(memory.epoch).not.toBe(epoch);
      expect(view).toHaveLength(0);
      await sleep(1);
      data.seen.push(caller.readString(16));
      caller.write(i32, offset(i32, 32), 5);
      return memory.read(i32, offset(i32, 32)) + value;
    };
    await expect(instance.callAsync('call', [10])).resolves.toBe(15);
    expect(state.seen).toEqual(['guest data', 'HOSTt data']);
    state.seen.length = 0;
    await expect(instance.callAsync('calls', [2])).resolves.toBe(13);
    expect(instance.memory.pages).toBe(4);
  });

  test('what was lent throws once the promise has settled', async () => {
    let kept: CallMemory | undefined;
    let view: Uint8Array | undefined;
    let buffer: ArrayBuffer | undefined;
    let late: Caller<State> | undefined;
    visit = async (caller) => {
      late = caller;
      kept = caller.dataAndMemory().memory;
      await sleep(1);
      view = kept.bytes;
      buffer = kept.buffer;
      return 0;
    };
    // The guest runs, on another thread, over its memory, when there is nothing to be seen of it.
    const call = await longEnoughLater(60, async (deadline) => {
      view = undefined;
      const state = { ended: false };
      const running = failure(instance.callAsync('callAndWrite', [0], { deadline }));
      void running.then(() => (state.ended = true));
      const isSeen = (): boolean => view?.length !== 0;
      while (isSeen() && !state.ended) await sleep(1);
      return state.ended ? undefined : { failed: running };
    });
    expect(view).toHaveLength(0);
    expect(buffer?.byteLength).toBe(0);
    for (const use of [
      () => kept?.bytes,
      () => kept?.readBytes(0, 1),
      () => kept?.writeBytes(0, new Uint8Array(1)),
      () => kept?.epoch,
      () => late?.dataAndMemory(),
      () => late?.readString(16),
      () => late?.write(i32, offset(i32, 32), 5),
    ]) {
      expect(use).toThrow(UsageError);
      expect(use).toThrow(/is over/);
    }
    expect((await call.failed).code).toBe('Deadline');
    expect(() => kept?.bytes).toThrow(/is over/);
    expect(() => late?.dataAndMemory()).toThrow(/is over/);
    expect(instance.memory.bytes[16]).toBe(71);
  });

  test('a call that is over cannot use the next one', async () => {
    const callers: Caller<State>[] = [];
    visit = async (caller, value) => {
      callers.push(caller);
      caller.dataAndMemory();
      await sleep(1);
      for (const earlier of callers.slice(0, -1)) {
        expect(() => earlier.dataAndMemory()).toThrow(/is over/);
        expect(() => earlier.readString(16)).toThrow(/is over/);
      }
      return value;
    };
    await expect(instance.callAsync('calls', [3])).resolves.toBe(6);
    expect(new Set(callers).size).toBe(3);
  });

  test('everybody else finds the instance busy meanwhile', async () => {
    let go: (value: number) => void = () => undefined;
    let lent: CallMemory | undefined;
    visit = (caller) => {
      lent = caller.dataAndMemory().memory;
      expect(instance.exports.add(1, 2)).toBe(3); // before the first await it is as ever
      return new Promise<number>((resolve) => {
        go = resolve;
      });
    };
    const { memory } = instance;
    const call = instance.callAsync('call', [0]);
    while (lent === undefined) await sleep(1);
    for (const use of [
      () => instance.exports.add(1, 2),
      () => memory.size,
      () => memory.grow(1),
      () => memory.readBytes(0, 1),
      () => instance.malloc(u8, 1),
      () => instance.call('add', [1, 2]),
      () => instance.reset(),
    ]) {
      expect(use).toThrow(/busy/);
    }
    expect(() => instance.close()).toThrow(/running/);
    expect(() => runtime.close()).toThrow(/running/);
    await expect(instance.callAsync('add', [1, 2])).rejects.toThrow(/busy/);
    expect(() =>
      instance.module.instantiate({
        imports: { env: { visit: instance.exports.call, pair: instance.exports.pair } },
      } as never),
    ).toThrow(/busy/);
    expect(lent.size).toBe(65536);
    go(5);
    await expect(call).resolves.toBe(5);
    expect(instance.exports.add(1, 2)).toBe(3);
  });

  test('rejections, exceptions and wrong results are the cause of a trap', async () => {
    const thrown = new Error('over there');
    visit = async () => {
      await sleep(1);
      throw thrown;
    };
    expect((await failure(instance.callAsync('call', [0]))).cause).toBe(thrown);
    visit = async () => Promise.reject(thrown);
    expect((await failure(instance.callAsync('call', [0]))).cause).toBe(thrown);
    visit = async () => Promise.resolve(Symbol('no number'));
    expect((await failure(instance.callAsync('call', [0]))).cause).toBeInstanceOf(TypeError);
    visit = async () => Promise.resolve(4);
    await expect(instance.callAsync('call', [0])).resolves.toBe(4);
  });

  test.each(['never', 'late', 'lateFailure'])('a deadline ends it at once: %s', async (how) => {
    let settle: () => void = () => undefined;
    let lent: CallMemory | undefined;
    visit = (caller) => {
      lent = caller.dataAndMemory().memory;
      if (how === 'never') return never();
      return new Promise((resolve, reject) => {
        settle = () => (how === 'late' ? resolve(1) : reject(new Error('too late')));
      });
    };
    const { error, over } = await longEnoughLater(30, async (deadline) => {
      const start = performance.now();
      const failed = await failure(instance.callAsync('call', [0], { deadline }));
      return lent && { error: failed, over: performance.now() - start - deadline };
    });
    expect(error.code).toBe('Deadline');
    expect(error.cause).toBeUndefined();
    expect(over).toBeLessThan(patience(500));
    expect(() => lent?.bytes).toThrow(/is over/);
    settle(); // ignored
    await sleep(1);
    visit = async () => Promise.resolve(3);
    await expect(instance.callAsync('call', [0])).resolves.toBe(3);
    visit = () => {
      throw new Error('its own');
    };
    expect(String((await failure(instance.callAsync('call', [0]))).cause)).toMatch('its own');
  });

  test('promises with a then of their own', async () => {
    const odd = [
      // Settles at once, and more than once.
      Object.assign(Promise.resolve(1), {
        then: (done: (value: number) => void) => {
          done(5);
          done(6);
        },
      }),
      { then: (done: (value: number) => void) => done(5) },
    ];
    for (const promise of odd) {
      visit = () => promise;
      await expect(instance.callAsync('call', [0], { deadline: 60_000 })).resolves.toBe(5);
    }
    const controller = new AbortController();
    visit = () => ({
      get then() {
        controller.abort();
        return () => undefined;
      },
    });
    const error = await failure(instance.callAsync('call', [0], { signal: controller.signal }));
    expect(error.code).toBe('Terminated');
    const thrower = {
      get: () => {
        throw new Error('thrown');
      },
    };
    for (const key of ['then', 'constructor']) {
      visit = () => Object.defineProperty(Promise.resolve(5), key, thrower);
      expect(String((await failure(instance.callAsync('call', [0]))).cause)).toMatch('thrown');
    }
  });

  test('a signal ends it at once, before and after the promise', async () => {
    for (const early of [true, false]) {
      const controller = new AbortController();
      const reason = new Error('enough');
      visit = () => {
        if (early) controller.abort(reason);
        else setTimeout(() => controller.abort(reason), 10);
        return never();
      };
      const error = await failure(instance.callAsync('call', [0], { signal: controller.signal }));
      expect(error.code).toBe('Terminated');
      expect(error.cause).toBe(reason);
    }
    expect(instance.exports.add(1, 2)).toBe(3);
  });

  test('many guests wait at once', async () => {
    visit = async (_caller, value) => {
      await sleep(value % 3);
      return value;
    };
    const guests = Array.from({ length: 10 }, () =>
      instance.module.instantiate<Functions, State>({
        data: { seen: [] },
        imports: {
          env: {
            visit: (caller: Caller<State>, value: number) => visit(caller, value),
            pair: () => [null, 0n],
          },
        },
      }),
    );
    const results = await Promise.all(guests.map((guest) => guest.callAsync('calls', [10])));
    expect(results).toEqual(guests.map(() => 55));
  });

  test('an instance that goes back to its pool waits for nothing', async () => {
    const imports = {
      env: {
        visit: (caller: Caller, value: number) => (caller.canWait ? never() : value),
        pair: () => [null, 0n],
      },
    };
    const pool = new InstancePool<Functions>(instance.module, { max: 1, instantiate: { imports } });
    for (let round = 0; round < 3; round += 1) {
      const lease = await pool.acquire();
      const call = lease.callAsync('call', [0]);
      await sleep(5);
      lease.close();
      expect((await failure(call)).code).toBe('Terminated');
    }
    const lease = await pool.acquire();
    expect(lease.exports.call(4)).toBe(4);
    lease.close();
    await pool[Symbol.asyncDispose]();
  });

  test('asyncOnly: nothing else calls', async () => {
    const guest = instance.module.instantiate<Functions, State>({
      asyncOnly: true,
      data: state,
      imports: {
        env: {
          visit: async (caller: AsyncCaller<State>, value: number) => {
            const waits: true = caller.canWait;
            await sleep(1);
            caller.data.seen.push(waits);
            return caller.dataAndMemory().memory.size + value;
          },
          pair: () => [null, 0n],
        },
      },
    });
    const whole = guest as unknown as Instance<Functions>;
    expect(() => whole.exports.add(1, 2)).toThrow(/use callAsync/);
    expect(() => whole.call('add', [1, 2])).toThrow(/use callAsync/);
    await expect(guest.callAsync('add', [1, 2])).resolves.toBe(3);
    await expect(guest.callAsync('call', [1])).resolves.toBe(65537);
    expect(state.seen).toEqual([true]);
    guest.close();
  });
});
