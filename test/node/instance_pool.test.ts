import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { InstancePool, ResourceError, Trap, UsageError, offset, u8 } from '../../lib';
import { assemble } from './assemble';
import { readInto } from './byte_stream';
import { type Functions, PoolPlace, acquire, page, strategies, text } from './pool_place';

describe.each(strategies)('a pool of instances, %s memory', (strategy) => {
  const place = new PoolPlace(strategy);

  test('the same wasm instance, and each holder sees a new one', () => {
    const pool = place.poolOf();
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
    const pool = place.poolOf({ max: 1 });
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
    place.host = (_value, lease) => {
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
    const pool = place.poolOf({ max: 1 });
    const old = acquire(pool);
    old.release();
    const next = acquire(pool);
    await expect(old.callAsync('seven')).rejects.toThrow(UsageError);
    await expect(next.callAsync('seven')).resolves.toBe(7);
    next.release();
  });

  test('imports work for whoever has it', () => {
    const pool = place.poolOf({ max: 1 });
    const seen: unknown[] = [];
    place.host = (value, lease) => {
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
    place.started = (lease) => {
      starts += 1;
      lease.memory.bytes[10] = starts;
    };
    const pool = place.poolOf();
    for (let round = 1; round < 5; round += 1) {
      using lease = acquire(pool);
      expect(starts).toBe(round);
      expect(lease.exports.load(10)).toBe(round);
    }
  });

  test('an instance that cannot be reset is not used again', () => {
    const pool = place.poolOf({ max: 1 });
    const lease = acquire(pool);
    place.started = () => {
      throw new Error('on purpose');
    };
    lease.release();
    expect(pool.stats).toMatchObject({ live: 0, idle: 0, discarded: 1 });
    expect(() => pool.tryAcquire()).toThrow(Trap);
    expect(pool.stats.live).toBe(0);
    place.started = () => undefined;
    acquire(pool).release();
    expect(pool.stats).toMatchObject({ live: 1, idle: 1, created: 2 });
  });

  test('giving back inside of its own call is refused', () => {
    const pool = place.poolOf({ max: 1 });
    const lease = acquire(pool);
    place.host = () => {
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
    const pool = place.poolOf({ max: 1 });
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

  test('an instance whose memory a byte stream has is not used again', async () => {
    const pool = place.poolOf({ max: 1 });
    const lease = acquire(pool);
    const value = await readInto(lease.memory.view(u8, offset(u8, 0), 1), 7);
    expect(lease.exports.load(0)).toBe(7);
    lease.release();
    expect(pool.stats).toMatchObject({ live: 0, leased: 0, idle: 0, discarded: 1 });
    using next = acquire(pool);
    value.fill(8);
    expect(next.exports.load(0)).toBe(0);
  });

  test('given back by the host function of an asynchronous call', async () => {
    const pool = place.poolOf({ max: 1 });
    const lease = acquire(pool);
    place.host = () => {
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
    const pool = place.poolOf({ max: 1 });
    let result: Promise<unknown>;
    {
      await using lease = acquire(pool);
      result = lease.callAsync('seven');
    }
    await expect(result).resolves.toBe(7);
    expect(pool.stats).toMatchObject({ live: 1, idle: 1, discarded: 0 });
  });

  test('first come, first served', async () => {
    const pool = place.poolOf({ max: 2 });
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
    const pool = place.poolOf({ max: 1, waitTimeout: 20 });
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
    const pool = place.poolOf({ max: 1 });
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
    const uses = place.poolOf({ max: 1, recycleAfterUses: 3 });
    for (let round = 0; round < 7; round += 1) acquire(uses).release();
    expect(uses.stats).toMatchObject({ created: 3, recycled: 2, reused: 4, live: 1 });
    const size = place.poolOf({ max: 1, recycleAfterBytes: 3 * page });
    for (const pages of [0, 1, 2, 0]) {
      using lease = acquire(size);
      lease.exports.grow(pages);
    }
    expect(size.stats).toMatchObject({ created: 2, recycled: 1 });
  });

  test('as many are kept as was said', async () => {
    const pool = place.poolOf({ max: 5, minIdle: 1, maxIdle: 2, idleTimeout: 20 });
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
    const pool = place.poolOf({ max: 2 });
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
    const own = place.runtime.load(await assemble(text));
    const pool = new InstancePool<Functions>(own, {
      max: 1,
      instantiate: { imports: place.imports },
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
    const other = place.runtime.load(await assemble('(module (table (export "table") 4 funcref))'));
    const holder = other.instantiate();
    const pool = place.poolOf({ max: 1 });
    const lease = acquire(pool);
    holder.table('table').set(0, lease.exports.seven);
    lease.release();
    expect(pool.stats).toMatchObject({ live: 0, idle: 0, recycled: 1 });
    const next = acquire(pool);
    expect(pool.stats.created).toBe(2);
    next.release();
    expect(pool.stats.idle).toBe(1);
  });
});
