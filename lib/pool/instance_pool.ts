/** Instances of a module that are used again: one holder after the other, each sees a new one. */
import { refusal } from '../base/uncloneable.js';
import '../base/dispose.js';
import { binding } from '../raw/binding.js';
import { Status, Word, i32 } from '../raw/cell.js';
import { ResourceError, UsageError } from '../base/errors.js';
import type { ExportedFunctions, Instance } from '../instance/instance.js';
import { type OptionNames, optionsOf } from '../base/options.js';
import { quoted, shown, shownAs } from '../base/shown.js';
import { makeFunction } from '../call/exported_function.js';
import { handOver } from '../host/seat.js';
import { type InstantiateOptions, instantiate } from '../runtime/instantiate.js';
import { InstanceCore } from '../core/instance_core.js';
import type { Module } from '../runtime/module.js';
import { type Lender, PooledInstance, type PooledOptions, type Slot } from './pooled_instance.js';

const cloned = refusal('InstancePool');

/** What a pool of instances makes, how many it keeps, and when it replaces one. */
export interface InstancePoolOptions<D = undefined> {
  /**
   * How instances are made, or a function that says so for each: for example to give each its own
   * memory. Start functions run when an instance is made and when it is reset for the next holder.
   */
  readonly instantiate?: PooledOptions<D> | (() => PooledOptions<D>) | undefined;
  /** Instances at a time, lent or idle. */
  readonly max: number;
  /** Instances that are kept, made at once. Default: 0. */
  readonly minIdle?: number | undefined;
  /** Idle instances beyond this number are closed. Default: all are kept. */
  readonly maxIdle?: number | undefined;
  /** Milliseconds after which an idle instance is closed, down to `minIdle`. Default: never. */
  readonly idleTimeout?: number | undefined;
  /** How often an instance is lent before it is replaced. Default: no limit. */
  readonly recycleAfterUses?: number | undefined;
  /** An instance whose memory has grown beyond this many bytes is replaced. Default: no limit. */
  readonly recycleAfterBytes?: number | undefined;
  /** Milliseconds that `acquire` waits when all are lent. Default: no limit. */
  readonly waitTimeout?: number | undefined;
}

/** What the next holder of an instance brings. */
export interface LeaseOptions<D = undefined> {
  /** `data` of the instance for this holder, instead of what `instantiate` says. */
  readonly data?: D | undefined;
}

/** The same, and how long to wait when all instances are lent. */
export interface AcquireOptions<D = undefined> extends LeaseOptions<D> {
  /** Ends the wait; the promise is rejected with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds to wait instead of the pool's. */
  readonly waitTimeout?: number | undefined;
}

/** Numbers of a pool; what is counted begins with it. */
export interface InstancePoolStats {
  /** Instances that there are: lent, idle, and ending. */
  readonly live: number;
  /** Of these: somebody has them. */
  readonly leased: number;
  /** Of these: nobody has them. */
  readonly idle: number;
  /** Calls of `acquire` that wait. */
  readonly waiting: number;
  /** How often an instance was made. */
  readonly created: number;
  /** How often an instance was lent that others had before. */
  readonly reused: number;
  /** Instances closed because of their uses, their size, or links to others. */
  readonly recycled: number;
  /** Instances closed because they could not be reset, were running, or were lost. */
  readonly discarded: number;
}

interface Waiter<E extends object, D> {
  readonly data: D | undefined;
  /** False: it does not wait any more. */
  resolve(lease: PooledInstance<E, D>): boolean;
  reject(error: unknown): void;
}

/** Leases that nobody holds any more; what they had ends by itself. */
const lost = new FinalizationRegistry<() => void>((forget) => {
  forget();
});

/** Milliseconds between attempts to end an instance that still runs. */
const retry = 5;

/**
 * Lends instances of one module, to one holder after the other: each sees a new one. An instance is
 * reset when it is given back. Closing the pool, or its module, ends what is idle; what is lent
 * ends when it is given back.
 */
export class InstancePool<E extends object = ExportedFunctions, D = undefined>
  implements Disposable, AsyncDisposable
{
  /** @internal See uncloneable.ts. */
  readonly cloned: symbol = cloned;
  /** Whose instances it lends. */
  readonly module: Module;
  readonly #options: InstancePoolOptions<D>;
  /** The one idle for longest comes first, the one lent next last. */
  readonly #idle: PooledInstance<E, D>[] = [];
  readonly #waiters = new Set<Waiter<E, D>>();
  #live = 0;
  #leased = 0;
  #created = 0;
  #reused = 0;
  #recycled = 0;
  #discarded = 0;
  #closed = false;
  #sweeper: NodeJS.Timeout | undefined;
  #refill: NodeJS.Immediate | undefined;
  #whenEmpty: (() => void)[] = [];

  /** Makes `minIdle` instances at once. Throws a UsageError, or what `instantiate` throws. */
  constructor(module: Module, options: InstancePoolOptions<D>) {
    this.#options = checkOptions(options);
    this.module = module.open();
    try {
      this.#fill();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** @internal */
  [shown](): string {
    return shownAs(
      'InstancePool',
      () => quoted(this.module.name),
      () => (this.closed ? 'closed' : ''),
      () => `${this.#leased} lent`,
      () => `${this.#idle.length} idle`,
    );
  }

  /** Whether it, or its module, was closed. */
  get closed(): boolean {
    return this.#closed || this.module.closed;
  }

  /** What there is now, and what there was so far. */
  get stats(): InstancePoolStats {
    return {
      live: this.#live,
      leased: this.#leased,
      idle: this.#idle.length,
      waiting: this.#waiters.size,
      created: this.#created,
      reused: this.#reused,
      recycled: this.#recycled,
      discarded: this.#discarded,
    };
  }

  /** An instance if one is idle or may be made, and nobody waits for it; else undefined. */
  tryAcquire(options?: LeaseOptions<D>): PooledInstance<E, D> | undefined {
    const { data } = optionsOf<LeaseOptions<D>>(options, leaseNames, 'tryAcquire');
    return this.#tryAcquire(data);
  }

  #tryAcquire(data: D | undefined): PooledInstance<E, D> | undefined {
    this.#open();
    return this.#waiters.size === 0 ? this.#take(data) : undefined;
  }

  /**
   * An instance, as soon as there is one: first come, first served. Rejects with what `instantiate`
   * throws, with a ResourceError when the time to wait is over, with the signal's reason, and with
   * a UsageError when the pool is closed.
   */
  async acquire(given?: AcquireOptions<D>): Promise<PooledInstance<E, D>> {
    const options = optionsOf<AcquireOptions<D>>(given, acquireNames, 'acquire');
    options.signal?.throwIfAborted();
    return this.#tryAcquire(options.data) ?? this.#wait(options);
  }

  /** Lends an instance to `work` until what that returns has settled. */
  async use<T>(
    work: (instance: PooledInstance<E, D>) => T | PromiseLike<T>,
    options?: AcquireOptions<D>,
  ): Promise<T> {
    const lease = await this.acquire(options);
    try {
      return await work(lease);
    } finally {
      await lease[Symbol.asyncDispose]();
    }
  }

  /** Closes idle instances and ends every wait. Instances that are lent end when given back. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#sweeper);
    clearImmediate(this.#refill);
    const error = new UsageError('the pool of instances is closed');
    for (const waiter of this.#waiters) waiter.reject(error);
    for (const lease of this.#idle.splice(0)) this.#end(lease.leasedCore);
  }

  /** Closes it at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Closes it and waits until every instance was given back and has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    while (this.#live > 0) {
      await new Promise<void>((resolve) => {
        this.#whenEmpty.push(resolve);
      });
    }
  }

  #open(): void {
    if (this.#closed) throw new UsageError('the pool of instances is closed');
    this.module.open();
  }

  #take(data: D | undefined): PooledInstance<E, D> | undefined {
    const idle = this.#idle.pop();
    this.#fillLater();
    if (idle !== undefined) return this.#lend(idle, data);
    return this.#live < this.#options.max ? this.#lend(this.#make(), data) : undefined;
  }

  #make(): PooledInstance<E, D> {
    this.module.open();
    const given = this.#options.instantiate ?? {};
    // It counts at once: what is made may come back here through its start functions.
    this.#live += 1;
    try {
      const options = typeof given === 'function' ? given() : given;
      const { deadline, fuel } = options;
      const limits = { deadline, fuel };
      const slot: Slot = {
        uses: 0,
        since: performance.now(),
        limits,
        data: undefined,
      };
      const made = instantiate(
        this.module,
        options as InstantiateOptions<D>,
        (core) => new PooledInstance<E, D>(this.#lender, core, slot),
      );
      slot.data = made.leasedCore.data;
      this.#created += 1;
      return made;
    } catch (error) {
      this.#live -= 1;
      this.#tellEmpty();
      // What came back here in between may wait for the place that it had.
      queueMicrotask(() => {
        this.#serve();
      });
      throw error;
    }
  }

  #lend(lease: PooledInstance<E, D>, data: D | undefined): PooledInstance<E, D> {
    const { slot } = lease;
    if (data !== undefined) lease.leasedCore.data = data;
    this.#leased += 1;
    if (slot.uses > 0) this.#reused += 1;
    slot.uses += 1;
    lost.register(
      lease,
      () => {
        this.#discarded += 1;
        this.#returned(slot);
        this.#gone();
      },
      slot,
    );
    return lease;
  }

  #wait({ data, signal, waitTimeout }: AcquireOptions<D>) {
    const limit = milliseconds(waitTimeout ?? this.#options.waitTimeout, 'waitTimeout');
    return new Promise<PooledInstance<E, D>>((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      let waits = true;
      const end = (): void => {
        waits = false;
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter<E, D> = {
        data,
        resolve: (lease) => {
          if (!waits) return false;
          end();
          resolve(lease);
          return true;
        },
        reject: (error) => {
          if (!waits) return;
          end();
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a reason
          reject(error);
        },
      };
      const abort = (): void => {
        waiter.reject(signal?.reason);
      };
      if (limit !== undefined) {
        timer = setTimeout(() => {
          const text = `no instance became free in ${limit} ms`;
          waiter.reject(new ResourceError(text, { code: 'WaitTimeout' }));
        }, limit);
      }
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiters.add(waiter);
    });
  }

  readonly #lender: Lender = {
    takeBack: (slot, core) => {
      this.#takeBack(slot, core);
    },
  };

  /** Throws, and nothing has changed, when the holder cannot give it back now. */
  #takeBack(slot: Slot, core: InstanceCore): void {
    if (core.closed) {
      // With its module: there is nothing left to be closed.
      this.#returned(slot);
      this.#gone();
    } else if (core.running !== undefined) {
      core.running.stop();
      this.#returned(slot);
      this.#discarded += 1;
      this.#end(core);
    } else {
      const fate = this.#fateOf(slot, core);
      const next = fate === 'reuse' ? this.#handOver(core) : undefined;
      if (next === undefined && !core.linked && !core.close()) throw new UsageError(stillRuns);
      this.#returned(slot);
      if (fate === 'recycle') this.#recycled += 1;
      else if (fate === 'reuse' && next === undefined) this.#discarded += 1;
      if (next === undefined) this.#end(core);
      else this.#renew(slot, next);
    }
  }

  #fateOf(slot: Slot, core: InstanceCore): 'reuse' | 'recycle' | 'close' {
    const { maxIdle = Infinity, recycleAfterUses = Infinity, recycleAfterBytes } = this.#options;
    if (this.#closed) return 'close';
    // Others may have kept what reaches a linked one.
    if (slot.uses >= recycleAfterUses || core.linked) return 'recycle';
    if (recycleAfterBytes !== undefined && sizeOf(core) > recycleAfterBytes) return 'recycle';
    return this.#waiters.size > 0 || this.#idle.length < maxIdle ? 'reuse' : 'close';
  }

  /**
   * From here on nothing that the last holder has reaches the instance. undefined: that cannot be
   * brought about.
   */
  #handOver(core: InstanceCore): InstanceCore | undefined {
    try {
      return new InstanceCore(this.module, makeFunction, core);
    } catch (error) {
      if (i32[Word.STATUS] === Status.OK) return undefined;
      throw i32[Word.STATUS] === Status.ACTIVE ? new UsageError(stillRuns) : error;
    }
  }

  /** Makes it ready for the next holder at once: nothing of the last one waits in an idle one. */
  #renew(slot: Slot, core: InstanceCore): void {
    const lease = new PooledInstance<E, D>(this.#lender, core, slot);
    handOver(core, lease as unknown as Instance);
    core.data = slot.data;
    try {
      core.reset(slot.limits, this.module.runtime.limits);
    } catch {
      this.#discarded += 1;
      this.#end(core);
      return;
    }
    // Start functions may have closed the pool.
    if (this.#closed) {
      this.#end(core);
      return;
    }
    slot.since = performance.now();
    this.#idle.push(lease);
    this.#serve();
    this.#sweepLater();
  }

  #returned(slot: Slot): void {
    this.#leased -= 1;
    lost.unregister(slot);
  }

  /** Closes it, as soon as nothing of it runs any more. */
  #end(core: InstanceCore): void {
    core.revoke();
    if (binding.instanceClose(core.handle)) this.#gone();
    else
      setTimeout(() => {
        this.#end(core);
      }, retry);
  }

  #gone(): void {
    this.#live -= 1;
    this.#serve();
    this.#fillLater();
    this.#tellEmpty();
  }

  #tellEmpty(): void {
    if (this.#live > 0) return;
    for (const tell of this.#whenEmpty.splice(0)) tell();
  }

  /** Gives what there is, and what may be made, to those that wait. */
  #serve(): void {
    const { max } = this.#options;
    while (!this.#closed && (this.#idle.length > 0 || this.#live < max)) {
      const [waiter] = this.#waiters;
      if (waiter === undefined) return;
      // At once: making an instance may run code that comes back here.
      this.#waiters.delete(waiter);
      try {
        const lease = this.#take(waiter.data);
        if (lease !== undefined && !waiter.resolve(lease)) lease.release();
      } catch (error) {
        waiter.reject(error);
      }
    }
  }

  #fill(): void {
    const { max, minIdle = 0 } = this.#options;
    while (this.#idle.length < minIdle && this.#live < max) {
      const lease = this.#make();
      // Its start functions may have closed the pool, or wait for an instance.
      if (this.#closed) {
        this.#end(lease.leasedCore);
        return;
      }
      this.#idle.unshift(lease);
    }
    this.#serve();
  }

  #fillLater(): void {
    if (this.#idle.length >= (this.#options.minIdle ?? 0) || this.closed) return;
    this.#refill ??= setImmediate(() => {
      this.#refill = undefined;
      if (this.closed) return;
      try {
        this.#fill();
      } catch {
        // Whoever needs one is told when it cannot be made for him.
      }
    }).unref();
  }

  /** Looks at the idle ones when the oldest of them may be due. */
  #sweepLater(): void {
    const { idleTimeout, minIdle = 0 } = this.#options;
    if (idleTimeout === undefined || idleTimeout === Infinity || this.#sweeper !== undefined)
      return;
    const [oldest] = this.#idle;
    if (oldest === undefined || this.#idle.length <= minIdle) return;
    const due = Math.max(oldest.slot.since + idleTimeout - performance.now(), 0);
    this.#sweeper = setTimeout(() => {
      this.#sweeper = undefined;
      this.#sweep(performance.now() - idleTimeout);
      this.#sweepLater();
    }, Math.ceil(due)).unref();
  }

  #sweep(before: number): void {
    const { minIdle = 0 } = this.#options;
    const over = this.#idle.length - minIdle;
    const due = this.#idle.findIndex(({ slot }, index) => index >= over || slot.since > before);
    for (const lease of this.#idle.splice(0, due < 0 ? this.#idle.length : due)) {
      this.#end(lease.leasedCore);
    }
  }
}

const stillRuns = 'the instance cannot be given back: a function of it is running';

function sizeOf(core: InstanceCore): number {
  return binding.memoryInfo(core.handle, -1)?.[0] ?? 0;
}

function count(value: number | undefined, what: string, least: number): void {
  if (value === undefined || value === Infinity) return;
  if (!Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`${what} has to be a whole number, ${least} or more`);
  }
}

/** A time for a timer; undefined for no end. */
function milliseconds(value: number | undefined, what: string): number | undefined {
  if (value === undefined || value === Infinity) return undefined;
  if (!(value >= 0 && value <= 0x7fffffff)) {
    throw new UsageError(`${what} has to be a number of milliseconds, 0 or more`);
  }
  return value;
}

const optionNames: OptionNames<InstancePoolOptions> = {
  instantiate: true,
  max: true,
  minIdle: true,
  maxIdle: true,
  idleTimeout: true,
  recycleAfterUses: true,
  recycleAfterBytes: true,
  waitTimeout: true,
};
const leaseNames: OptionNames<LeaseOptions> = { data: true };
const acquireNames: OptionNames<AcquireOptions> = { data: true, signal: true, waitTimeout: true };

/** The options without those that are null. */
function checkOptions<D>(given: InstancePoolOptions<D>): InstancePoolOptions<D> {
  const named = optionsOf<InstancePoolOptions<D>>(given, optionNames, 'InstancePool');
  const there = Object.entries<unknown>(named).filter(([, value]) => value !== null);
  const options = Object.fromEntries(there) as unknown as InstancePoolOptions<D>;
  if (!Number.isSafeInteger(options.max)) throw new UsageError('max has to be a whole number');
  count(options.max, 'max', 1);
  count(options.minIdle, 'minIdle', 0);
  count(options.maxIdle, 'maxIdle', 0);
  count(options.recycleAfterUses, 'recycleAfterUses', 1);
  count(options.recycleAfterBytes, 'recycleAfterBytes', 0);
  milliseconds(options.idleTimeout, 'idleTimeout');
  milliseconds(options.waitTimeout, 'waitTimeout');
  if ((options.minIdle ?? 0) > Math.min(options.max, options.maxIdle ?? Infinity)) {
    throw new UsageError('minIdle is more than max or maxIdle');
  }
  return options;
}
