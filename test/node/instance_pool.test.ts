import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import {
  InstancePool,
  type InstancePoolOptions,
  type Module,
  type PooledInstance,
  ResourceError,
  Runtime,
  Trap,
  UsageError,
  u8,
} from '../../lib';
import { assemble } from './assemble';

const text = `(module
  (import "env" "host" (func $host (param externref) (result externref)))
  (import "env" "start" (func $started))
  (memory (export "memory") 1 10)
  (table (export "table") 4 funcref)
  (table (export "things") 2 externref)
  (global (export "count") (mut i32) (i32.const 5))
  (func $start (call $started))
  (start $start)
  (func (export "seven") (result i32) (i32.const 7))
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "fill") (memory.fill (i32.const 0) (i32.const 0xaa)
    (i32.mul (memory.size) (i32.const 65536))))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "call") (param externref) (result externref) (call $host (local.get 0)))
  (func (export "keep") (param externref) (table.set 1 (i32.const 0) (local.get 0)))
  (func (export "kept") (result externref) (table.get 1 (i32.const 0)))
  (func (export "forever") (loop $again (br $again))))`;

interface Functions {
  seven: () => number;
  load: (at: number) => number;
  store: (at: number, value: number) => void;
  fill: () => void;
  grow: (pages: number) => number;
  call: (value: unknown) => unknown;
  keep: (value: unknown) => void;
  kept: () => unknown;
  forever: () => void;
}

type Lease = PooledInstance<Functions>;

const page = 65536;
const strategies = [['on-demand'], ['small-pool']] as const;

describe.each(strategies)('a pool of instances, %s memory', (strategy) => {
  let runtime: Runtime;
  let module: Module;
  let host: (value: unknown, lease: Lease) => unknown;
  let started: (lease: Lease) => void;
  const pools: InstancePool<Functions>[] = [];

  const imports = {
    env: {
      host: (caller: { instance: unknown }, value: unknown): unknown =>
        host(value, caller.instance as Lease),
      start: (caller: { instance: unknown }) => {
        started(caller.instance as Lease);
      },
    },
  };

  function poolOf(options: Partial<InstancePoolOptions> = {}): InstancePool<Functions> {
    const pool = new InstancePool<Functions>(module, {
      max: 2,
      instantiate: { imports: imports, heapSize: 4096 },
      ...options,
    });
    pools.push(pool);
    return pool;
  }

  beforeAll(async () => {
    runtime = new Runtime({ memory: { strategy, pool: { slots: 16 } }, log: () => undefined });
    module = runtime.load(await assemble(text));
  });
  beforeEach(() => {
    host = () => null;
    started = () => undefined;
  });
  afterEach(() => {
    for (const pool of pools.splice(0)) pool.close();
  });
  afterAll(() => {
    runtime.close();
  });

  function acquire(pool: InstancePool<Functions>): Lease {
    const lease = pool.tryAcquire();
    if (lease === undefined) throw new Error('there was none');
    return lease;
  }

  test('the same wasm instance, and each holder sees a new one', () => {
    const pool = poolOf();
    for (let round = 0; round < 50; round += 1) {
      using lease = acquire(pool);
      const { exports, memory } = lease;
      expect(memory.pages).toBe(2);
      expect(memory.bytes.every((byte) => byte === 0)).toBe(true);
      expect(lease.global('count').value).toBe(5);
      expect(lease.table('table').get(1)).toBeNull();
      expect(exports.kept()).toBeNull();
      exports.grow(round % 3);
      exports.fill();
      lease.global('count').value = 6;
      lease.table('table').set(1, exports.seven);
      exports.keep({ secret: round });
      lease.malloc(u8, 100).view.fill(1);
    }
    expect(pool.stats).toEqual({
      live: 1,
      leased: 0,
      idle: 1,
      waiting: 0,
      created: 1,
      reused: 49,
      recycled: 0,
      discarded: 0,
    });
  });

  test('nothing that the last holder has shows the next one, or reaches it', () => {
    const pool = poolOf({ max: 1 });
    const old = acquire(pool);
    const { exports, memory } = old;
    const { seven, load, store, fill } = exports;
    const { bytes, buffer } = memory;
    const table = old.table('table');
    const things = old.table('things');
    const count = old.global('count');
    const owned = old.malloc(u8, 64);
    const { view } = owned;
    const at: number = owned.offset;
    let caller: { memory: unknown; instance: { exports: Functions } } | undefined;
    host = (_value, lease) => {
      caller = {
        get memory() {
          return lease.memory.bytes;
        },
        instance: lease,
      };
      return null;
    };
    exports.call(null);
    old.release();
    expect(old.closed).toBe(true);

    const next = acquire(pool);
    expect(pool.stats.created).toBe(1);
    next.exports.fill();
    next.exports.keep({ secret: true });
    const mine = next.malloc(u8, 64);
    expect(mine.offset).toBe(at);
    mine.view.fill(9);
    expect(bytes).toHaveLength(0);
    expect(view).toHaveLength(0);
    expect(buffer.byteLength).toBe(0);
    const uses: (() => unknown)[] = [
      () => seven(),
      () => load(0),
      () => {
        store(0, 1);
      },
      () => {
        fill();
      },
      () => old.exports.seven(),
      () => old.call('seven'),
      () => old.memory.bytes,
      () => old.memory.size,
      () => memory.bytes,
      () => memory.buffer,
      () => memory.view(u8, 0, 1),
      () => memory.read(u8, 0),
      () => {
        memory.write(u8, 0, 1);
      },
      () => memory.readBytes(0, 10),
      () => {
        memory.writeBytes(0, Uint8Array.of(1));
      },
      () => memory.readString(0, 10),
      () => memory.grow(1),
      () => memory.size,
      () => memory.shareable,
      () => table.length,
      () => table.get(0),
      () => {
        table.set(0, null);
      },
      () => things.get(0),
      () => count.value,
      () => {
        count.value = 1;
      },
      () => owned.offset,
      () => owned.view,
      () => owned.get(0),
      () => {
        owned.set(0, 1);
      },
      () => owned.toArray(),
      () => owned.nativeAddress,
      () => owned.release(),
      () => old.malloc(u8, 1),
      () => old.dup('text'),
      () => {
        old.free(at);
      },
      () => {
        old.reset();
      },
      () => old.table('table'),
      () => old.memoryNamed('memory'),
      () => old.addrAppToNative(0),
      () => old.validateAppAddr(0, 1),
      () => caller?.memory,
      () => caller?.instance.exports.seven(),
    ];
    for (const use of uses) expect(use).toThrow(UsageError);
    owned.free();
    old.release();
    old.close();
    expect(next.exports.load(0)).toBe(0xaa);
    expect([...mine.view]).toEqual(new Array(64).fill(9));
    expect(mine.get(5)).toBe(9);
    // A function of the last holder is nobody's function any more.
    expect(() => {
      next.table('table').set(0, seven);
    }).toThrow(UsageError);
    expect(next.exports.seven).not.toBe(seven);
    next.release();
    expect(pool.stats).toMatchObject({ live: 1, leased: 0, idle: 1, reused: 1 });
  });

  test('an asynchronous call with functions of a former holder', async () => {
    const pool = poolOf({ max: 1 });
    const old = acquire(pool);
    old.release();
    const next = acquire(pool);
    await expect(old.callAsync('seven')).rejects.toThrow(UsageError);
    await expect(next.callAsync('seven')).resolves.toBe(7);
    next.release();
  });

  test('imports work for whoever has it', () => {
    const pool = poolOf({ max: 1 });
    const seen: unknown[] = [];
    host = (value, lease) => {
      seen.push(value, lease);
      lease.exports.store(3, 4);
      return value;
    };
    const first = acquire(pool);
    const thing = { thing: 1 };
    expect(first.exports.call(thing)).toBe(thing);
    expect(first.exports.load(3)).toBe(4);
    first.release();
    const second = acquire(pool);
    expect(second.exports.call(thing)).toBe(thing);
    expect(second.exports.load(3)).toBe(4);
    expect(seen).toEqual([thing, first, thing, second]);
    second.release();
  });

  test('what start functions do is done before the next holder comes', () => {
    let starts = 0;
    started = (lease) => {
      starts += 1;
      lease.memory.bytes[10] = starts;
    };
    const pool = poolOf();
    for (let round = 1; round < 5; round += 1) {
      using lease = acquire(pool);
      expect(starts).toBe(round);
      expect(lease.exports.load(10)).toBe(round);
    }
  });

  test('an instance that cannot be reset is not used again', () => {
    const pool = poolOf({ max: 1 });
    const lease = acquire(pool);
    started = () => {
      throw new Error('on purpose');
    };
    lease.release();
    expect(pool.stats).toMatchObject({ live: 0, idle: 0, discarded: 1 });
    expect(() => pool.tryAcquire()).toThrow(Trap);
    expect(pool.stats.live).toBe(0);
    started = () => undefined;
    acquire(pool).release();
    expect(pool.stats).toMatchObject({ live: 1, idle: 1, created: 2 });
  });

  test('giving back inside of its own call is refused', () => {
    const pool = poolOf({ max: 1 });
    const lease = acquire(pool);
    host = () => {
      expect(() => {
        lease.release();
      }).toThrow(/is running/);
      expect(() => {
        lease.close();
      }).toThrow(UsageError);
      return null;
    };
    lease.exports.call(null);
    expect(lease.exports.seven()).toBe(7);
    expect(pool.stats).toMatchObject({ leased: 1, idle: 0 });
    // The same where the instance would not be used again.
    pool.close();
    lease.exports.call(null);
    lease.release();
    expect(pool.stats.live).toBe(0);
  });

  test('a call that has not ended is stopped, and its instance is not used again', async () => {
    const pool = poolOf({ max: 1 });
    const lease = acquire(pool);
    const running = lease.callAsync('forever');
    lease.release();
    expect(lease.closed).toBe(true);
    expect(pool.stats).toMatchObject({ live: 1, leased: 0, idle: 0 });
    expect(pool.tryAcquire()).toBeUndefined();
    const next = pool.acquire();
    await expect(running).rejects.toThrow(Trap);
    using other = await next;
    expect(other.exports.seven()).toBe(7);
    expect(pool.stats).toMatchObject({ live: 1, created: 2, discarded: 1 });
  });

  test('given back by the host function of an asynchronous call', async () => {
    const pool = poolOf({ max: 1 });
    const lease = acquire(pool);
    host = () => {
      lease.release();
      lease.release();
      return null;
    };
    // It is stopped, unless it was at its end.
    await lease.callAsync('call', [null]).catch(() => undefined);
    using other = await pool.acquire();
    expect(other.exports.seven()).toBe(7);
    expect(pool.stats).toMatchObject({ live: 1, leased: 1, discarded: 1 });
  });

  test('await using lets a call end first', async () => {
    const pool = poolOf({ max: 1 });
    let result: Promise<unknown>;
    {
      await using lease = acquire(pool);
      result = lease.callAsync('seven');
    }
    await expect(result).resolves.toBe(7);
    expect(pool.stats).toMatchObject({ live: 1, idle: 1, discarded: 0 });
  });

  test('first come, first served', async () => {
    const pool = poolOf({ max: 2 });
    const first = acquire(pool);
    const second = acquire(pool);
    const order: number[] = [];
    const waits = [0, 1, 2, 3].map(async (number) => {
      const lease = await pool.acquire();
      order.push(number);
      await turn();
      lease.release();
    });
    await turn();
    expect(pool.stats).toMatchObject({ waiting: 4, leased: 2, live: 2 });
    second.release();
    // Nobody comes before those that wait.
    expect(pool.tryAcquire()).toBeUndefined();
    await turn();
    first.release();
    await Promise.all(waits);
    expect(order).toEqual([0, 1, 2, 3]);
    expect(pool.stats).toMatchObject({ waiting: 0, leased: 0, live: 2, created: 2 });
  });

  test('waiting ends by time and by signal', async () => {
    const pool = poolOf({ max: 1, waitTimeout: 20 });
    const lease = acquire(pool);
    await expect(pool.acquire()).rejects.toThrow(ResourceError);
    await expect(pool.acquire({ waitTimeout: 5 })).rejects.toMatchObject({ code: 'WaitTimeout' });
    const controller = new AbortController();
    const reason = new Error('enough');
    const waiting = pool.acquire({ signal: controller.signal, waitTimeout: Infinity });
    const after = pool.acquire({ waitTimeout: Infinity });
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(pool.acquire({ signal: controller.signal })).rejects.toBe(reason);
    lease.release();
    (await after).release();
    expect(pool.stats).toMatchObject({ waiting: 0, leased: 0, idle: 1 });
    await expect(pool.acquire({ waitTimeout: -1 })).resolves.toBeDefined();
    await expect(pool.acquire({ waitTimeout: -1 })).rejects.toThrow(UsageError);
  });

  test('aborted after it was served', async () => {
    const pool = poolOf({ max: 1 });
    const lease = acquire(pool);
    const controller = new AbortController();
    const waiting = pool.acquire({ signal: controller.signal });
    lease.release();
    controller.abort();
    const served = await waiting;
    expect(served.exports.seven()).toBe(7);
    served.release();
    expect(pool.stats).toMatchObject({ leased: 0, idle: 1 });
  });

  test('recycled after uses, and by size', () => {
    const uses = poolOf({ max: 1, recycleAfterUses: 3 });
    for (let round = 0; round < 7; round += 1) acquire(uses).release();
    expect(uses.stats).toMatchObject({ created: 3, recycled: 2, reused: 4, live: 1 });
    const size = poolOf({ max: 1, recycleAfterBytes: 3 * page });
    for (const pages of [0, 1, 2, 0]) {
      using lease = acquire(size);
      lease.exports.grow(pages);
    }
    expect(size.stats).toMatchObject({ created: 2, recycled: 1 });
  });

  test('as many are kept as was said', async () => {
    const pool = poolOf({ max: 5, minIdle: 1, maxIdle: 2, idleTimeout: 20 });
    expect(pool.stats).toMatchObject({ created: 1, idle: 1 });
    const leases = [1, 2, 3, 4].map(() => acquire(pool));
    await turn();
    await turn();
    // The next one is ready.
    expect(pool.stats).toMatchObject({ live: 5, idle: 1, leased: 4 });
    for (const lease of leases) lease.release();
    expect(pool.stats).toMatchObject({ live: 2, idle: 2, leased: 0 });
    await wait(100);
    expect(pool.stats).toMatchObject({ live: 1, idle: 1, recycled: 0, discarded: 0 });
  });

  test('closing', async () => {
    const pool = poolOf({ max: 2 });
    const lease = acquire(pool);
    acquire(pool).release();
    const other = acquire(pool);
    const waiting = pool.acquire();
    pool.close();
    pool.close();
    await expect(waiting).rejects.toThrow(UsageError);
    expect(() => pool.tryAcquire()).toThrow(UsageError);
    await expect(pool.acquire()).rejects.toThrow(UsageError);
    expect(pool.closed).toBe(true);
    // Those that are lent are lent.
    expect(lease.exports.seven()).toBe(7);
    let ended = false;
    const end = pool[Symbol.asyncDispose]().then(() => {
      ended = true;
    });
    lease.release();
    await turn();
    expect(ended).toBe(false);
    other.release();
    await end;
    expect(pool.stats.live).toBe(0);
  });

  test('the module ends', async () => {
    const own = runtime.load(await assemble(text));
    const pool = new InstancePool<Functions>(own, {
      max: 1,
      instantiate: { imports: imports },
    });
    const lease = acquire(pool);
    const waiting = pool.acquire();
    own.close();
    expect(pool.closed).toBe(true);
    expect(() => lease.exports.seven()).toThrow(UsageError);
    lease.release();
    await expect(waiting).rejects.toThrow(UsageError);
    expect(pool.stats.live).toBe(0);
    expect(() => new InstancePool(own, { max: 1 })).toThrow(UsageError);
  });

  test('a linked instance is not used again', async () => {
    const other = runtime.load(await assemble('(module (table (export "table") 4 funcref))'));
    const holder = other.instantiate();
    const pool = poolOf({ max: 1 });
    const lease = acquire(pool);
    holder.table('table').set(0, lease.exports.seven);
    lease.release();
    expect(pool.stats).toMatchObject({ live: 0, idle: 0, recycled: 1 });
    const next = acquire(pool);
    expect(pool.stats.created).toBe(2);
    next.release();
    expect(pool.stats.idle).toBe(1);
  });

  test('data of each holder', async () => {
    const seen: unknown[] = [];
    const pool = new InstancePool<Functions, { user: string }>(module, {
      max: 1,
      instantiate: {
        data: { user: 'nobody' },
        imports: {
          env: {
            host: (caller) => {
              seen.push(caller.data.user, caller.dataAndMemory().memory.size > 0);
              return null;
            },
            start: (caller) => {
              seen.push(caller.data.user);
            },
          },
        },
      },
    });
    const ada = pool.tryAcquire({ data: { user: 'ada' } });
    ada?.exports.call(null);
    expect(ada?.data.user).toBe('ada');
    const ben = pool.acquire({ data: { user: 'ben' } });
    ada?.release();
    (await ben).exports.call(null);
    (await ben).release();
    const none = pool.tryAcquire();
    none?.exports.call(null);
    none?.release();
    expect(seen).toEqual([
      'nobody',
      'ada',
      true,
      'nobody',
      'ben',
      true,
      'nobody',
      'nobody',
      true,
      'nobody',
    ]);
    pool.close();
  });

  test('host functions that return promises', async () => {
    const pool = new InstancePool<Functions>(module, {
      max: 1,
      instantiate: {
        asyncOnly: true,
        imports: {
          env: {
            host: async (caller) => {
              const { memory } = caller.dataAndMemory();
              await turn();
              memory.writeBytes(0, Uint8Array.of(8));
              return null;
            },
            start: () => undefined,
          },
        },
      },
    });
    for (let round = 0; round < 3; round += 1) {
      await pool.use((lease) => lease.callAsync('call', [null]));
    }
    expect(pool.stats).toMatchObject({ created: 1, reused: 2, discarded: 0 });
    // Given back while its host function waits.
    const lease = await pool.acquire();
    const running = lease.callAsync('call', [null]);
    await turn();
    lease.release();
    await Promise.allSettled([running]);
    using next = await pool.acquire();
    await next.callAsync('seven');
    expect(pool.stats).toMatchObject({ live: 1, created: 2, discarded: 1 });
    pool.close();
  });

  test('options for each', () => {
    const buffers: SharedArrayBuffer[] = [];
    const pool = poolOf({
      instantiate: () => {
        const buffer = new SharedArrayBuffer(4 * page);
        buffers.push(buffer);
        return { imports: imports, memory: { backend: 'buffer', buffer } };
      },
    });
    for (let round = 0; round < 3; round += 1) {
      const one = acquire(pool);
      const two = acquire(pool);
      one.exports.store(0, 1);
      two.exports.store(0, 2);
      expect(buffers.map((buffer) => new Uint8Array(buffer)[0]).sort()).toEqual([1, 2]);
      one.release();
      two.release();
      expect(buffers.map((buffer) => new Uint8Array(buffer)[0])).toEqual([0, 0]);
    }
    expect(buffers).toHaveLength(2);
  });

  test('code that comes back while instances are made and reset', async () => {
    const pool = poolOf({ max: 2 });
    const taken: Lease[] = [];
    const first = acquire(pool);
    started = () => {
      first.release();
      const more = taken.length < 3 ? pool.tryAcquire() : undefined;
      if (more !== undefined) taken.push(more);
    };
    first.release();
    started = () => undefined;
    for (const lease of taken) lease.release();
    const { live, leased, idle } = pool.stats;
    expect(leased).toBe(0);
    expect(idle).toBe(live);
    expect(live).toBeLessThanOrEqual(2);
    await turn();
  });

  test('use', async () => {
    const pool = poolOf({ max: 1 });
    const results = await Promise.all(
      [1, 2, 3, 4, 5].map((value) =>
        pool.use(async (instance) => {
          instance.exports.store(0, value);
          await turn();
          return instance.exports.load(0);
        }),
      ),
    );
    expect(results).toEqual([1, 2, 3, 4, 5]);
    await expect(
      pool.use(() => {
        throw new Error('work');
      }),
    ).rejects.toThrow('work');
    expect(pool.stats).toMatchObject({ created: 1, leased: 0, idle: 1 });
  });

  test.each([
    [{ max: 0 }],
    [{ max: 1.5 }],
    [{ max: Infinity }],
    [{ minIdle: 3 }],
    [{ minIdle: 2, maxIdle: 1 }],
    [{ maxIdle: -1 }],
    [{ recycleAfterUses: 0 }],
    [{ recycleAfterBytes: -1 }],
    [{ idleTimeout: -5 }],
    [{ waitTimeout: NaN }],
  ])('%p is refused', (options) => {
    expect(() => poolOf(options)).toThrow(UsageError);
  });
});
