import { setImmediate as turn } from 'node:timers/promises';
import { InstancePool, Runtime, UsageError } from '../../lib';
import { assemble } from './assemble';
import { type Functions, type Lease, PoolPlace, acquire, page, strategies } from './pool_place';

describe.each(strategies)('options and data of a pool, %s memory', (strategy) => {
  const place = new PoolPlace(strategy);

  test('data of each holder', async () => {
    const seen: unknown[] = [];
    const pool = new InstancePool<Functions, { user: string }>(place.module, {
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
    const pool = new InstancePool<Functions>(place.module, {
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
    const pool = place.poolOf({
      instantiate: () => {
        const buffer = new SharedArrayBuffer(4 * page);
        buffers.push(buffer);
        return { imports: place.imports, memory: { backend: 'buffer', buffer } };
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
    const pool = place.poolOf({ max: 2 });
    const taken: Lease[] = [];
    const first = acquire(pool);
    place.started = () => {
      first.release();
      const more = taken.length < 3 ? pool.tryAcquire() : undefined;
      if (more !== undefined) taken.push(more);
    };
    first.release();
    place.started = () => undefined;
    for (const lease of taken) lease.release();
    const { live, leased, idle } = pool.stats;
    expect(leased).toBe(0);
    expect(idle).toBe(live);
    expect(live).toBeLessThanOrEqual(2);
    await turn();
  });

  test('closed by a start function while instances are kept ready', async () => {
    const pool = place.poolOf({ max: 2, minIdle: 1 });
    const lease = acquire(pool);
    place.started = () => {
      pool.close();
    };
    await turn();
    await turn();
    expect(pool.closed).toBe(true);
    expect(pool.stats).toMatchObject({ live: 1, idle: 0, leased: 1 });
    lease.release();
    await pool[Symbol.asyncDispose]();
    expect(pool.stats.live).toBe(0);
  });

  test('waiting for an instance that is being made', async () => {
    let inner: Promise<Lease> | undefined;
    let armed = false;
    const pool: InstancePool<Functions> = place.poolOf({
      max: 1,
      minIdle: 1,
      recycleAfterUses: 1,
      instantiate: () => {
        if (armed) inner ??= pool.acquire();
        return { imports: place.imports };
      },
    });
    const lease = acquire(pool);
    armed = true;
    lease.release();
    await turn();
    await turn();
    (await inner)?.release();
    expect(pool.stats).toMatchObject({ waiting: 0, leased: 0 });
  });

  test('waiting for an instance that cannot be made', async () => {
    let inner: Promise<Lease> | undefined;
    const pool: InstancePool<Functions> = place.poolOf({
      max: 1,
      instantiate: () => {
        if (inner !== undefined) return { imports: place.imports };
        inner = pool.acquire();
        throw new Error('on purpose');
      },
    });
    expect(() => pool.tryAcquire()).toThrow('on purpose');
    const lease = await inner;
    expect(lease?.exports.seven()).toBe(7);
    lease?.release();
    await pool[Symbol.asyncDispose]();
  });

  test('start functions have the bounds of the runtime in each life', async () => {
    let rounds = 0;
    using runtime = new Runtime({ limits: { fuel: 10_000 } });
    const module = runtime.load(
      await assemble(`(module (import "env" "rounds" (func $rounds (result i32)))
        (func $start (local i32) (local.set 0 (call $rounds))
          (loop $again (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
        (start $start))`),
    );
    const imports = { env: { rounds: () => (rounds += 99_999) - 99_998 } };
    using pool = new InstancePool(module, { max: 1, instantiate: { imports } });
    pool.tryAcquire()?.release();
    expect(pool.stats).toMatchObject({ live: 0, discarded: 1 });
  });

  test('use', async () => {
    const pool = place.poolOf({ max: 1 });
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
    expect(() => place.poolOf(options)).toThrow(UsageError);
  });
});
