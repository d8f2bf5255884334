/** The collector and memories of the host, leases that are lost, and buffers of a former life. */
import assert from 'node:assert';
import { setImmediate as turn } from 'node:timers/promises';
import { InstancePool, Runtime, u8 } from '../../../lib';
import { assemble } from '../assemble';

const text = `(module
  (memory (export "memory") 1 4)
  (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0))))`;

const page = 65536;

async function collect(): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc?.();
    await turn();
  }
}

/** Instances keep the host's buffers, and only as long as they are there themselves. */
async function buffers(runtime: Runtime, bytes: Uint8Array): Promise<void> {
  const module = runtime.load(bytes);
  let gone = 0;
  const watch = new FinalizationRegistry<undefined>(() => (gone += 1));
  const load = ((): ((at: number) => unknown) => {
    const buffer = new ArrayBuffer(page);
    const instance = module.instantiate({ memory: { backend: 'buffer', buffer } });
    instance.exports['store']?.(5, 77);
    return instance.exports['load'] as (at: number) => unknown;
  })();
  for (let round = 0; round < 300; round += 1) {
    const shared = round % 2 === 0;
    const buffer = shared ? new SharedArrayBuffer(page) : new ArrayBuffer(page);
    watch.register(buffer, undefined);
    const instance = module.instantiate({ memory: { backend: 'buffer', buffer } });
    instance.exports['store']?.(0, round & 0xff);
    instance.memory.bytes[1] = 1;
    if (round % 50 === 0) await collect();
    assert.equal(instance.exports['load']?.(0), round & 0xff);
  }
  await collect();
  assert.ok(gone > 280, `only ${gone} of 300 buffers were collected`);
  assert.equal(load(5), 77);

  // A buffer that the host keeps is free again once its lost instance was collected.
  const kept = new SharedArrayBuffer(page);
  const again = (): void => {
    module.instantiate({ memory: { backend: 'buffer', buffer: kept } }).exports['store']?.(0, 1);
  };
  again();
  assert.throws(again, /another instance/);
  await collect();
  again();
}

/** A buffer of a former life is not freed when it is collected: the offset is another's. */
async function formerLives(runtime: Runtime, bytes: Uint8Array): Promise<void> {
  const instance = runtime.load(bytes).instantiate({ heapSize: 32768 });
  const offsets = new Set<number>();
  for (let round = 0; round < 20; round += 1) {
    offsets.add(instance.malloc(u8, 1000).offset);
    instance.reset();
  }
  const mine = instance.malloc(u8, 1000);
  assert.equal(offsets.size, 1);
  assert.ok(offsets.has(mine.offset));
  mine.view.fill(3);
  await collect();
  for (let round = 0; round < 20; round += 1) {
    assert.notEqual(instance.malloc(u8, 1000).offset, mine.offset);
  }
  assert.ok(mine.view.every((byte) => byte === 3));
}

/** Leases that nobody gives back do not use up a pool. */
async function leases(runtime: Runtime, bytes: Uint8Array): Promise<void> {
  const pool = new InstancePool(runtime.load(bytes), { max: 3 });
  const hold = pool.tryAcquire()?.exports['load'];
  for (let round = 0; round < 20; round += 1) {
    ((): void => {
      const lease = pool.tryAcquire();
      lease?.exports['store']?.(1, 1);
    })();
    if (round % 2 === 1) await collect();
  }
  await collect();
  const { live, leased, discarded } = pool.stats;
  assert.deepEqual([leased, discarded > 5], [1, true], JSON.stringify(pool.stats));
  assert.ok(live <= 3);
  // A function holds its lease.
  assert.equal(hold?.(1), 0);
  const waiting = [1, 2, 3, 4].map(() => pool.acquire());
  const before = process.memoryUsage.rss();
  for (const promise of waiting) (await promise).release();
  for (let round = 0; round < 20_000; round += 1) {
    const lease = pool.tryAcquire();
    lease?.exports['store']?.(round, 1);
    lease?.release();
  }
  await collect();
  const grown = process.memoryUsage.rss() - before;
  // Freed memory is kept aside for a while by a sanitizer.
  const most = process.env.WEMBED_SANITIZE === undefined ? 64 << 20 : 512 << 20;
  assert.ok(grown < most, `grew by ${grown} bytes`);
  pool.close();
}

async function main(): Promise<void> {
  assert(globalThis.gc, 'needs --expose-gc');
  const bytes = await assemble(text);
  for (const strategy of ['on-demand', 'small-pool'] as const) {
    const runtime = new Runtime({ memory: { strategy }, log: () => undefined });
    await buffers(runtime, bytes);
    await formerLives(runtime, bytes);
    await leases(runtime, bytes);
  }
  console.log('ok');
}

void main();
