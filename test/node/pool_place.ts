/** A module that shows much of its state, and pools of its instances, for one `describe`. */
import {
  InstancePool,
  type InstancePoolOptions,
  type Module,
  type PooledInstance,
  Runtime,
} from '../../lib';
import { assemble } from './assemble';

export const text = `(module
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

export interface Functions {
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

export type Lease = PooledInstance<Functions>;

export const page = 65536;
export const strategies = [['on-demand'], ['small-pool']] as const;

/** What the tests of one kind of memory share. */
export class PoolPlace {
  runtime!: Runtime;
  module!: Module;
  host: (value: unknown, lease: Lease) => unknown = () => null;
  started: (lease: Lease) => void = () => undefined;
  readonly #pools: InstancePool<Functions>[] = [];

  readonly imports = {
    env: {
      host: (caller: { instance: unknown }, value: unknown): unknown =>
        this.host(value, caller.instance as Lease),
      start: (caller: { instance: unknown }): void => {
        this.started(caller.instance as Lease);
      },
    },
  };

  /** Registers what is done before and after the tests. */
  constructor(strategy: (typeof strategies)[number][0]) {
    beforeAll(async () => {
      this.runtime = new Runtime({
        memory: { strategy, pool: { slots: 16 } },
        log: () => undefined,
      });
      this.module = this.runtime.load(await assemble(text));
    });
    beforeEach(() => {
      this.host = () => null;
      this.started = () => undefined;
    });
    afterEach(() => {
      for (const pool of this.#pools.splice(0)) pool.close();
    });
    afterAll(() => {
      this.runtime.close();
    });
  }

  poolOf(options: Partial<InstancePoolOptions> = {}): InstancePool<Functions> {
    const pool = new InstancePool<Functions>(this.module, {
      max: 2,
      instantiate: { imports: this.imports, heapSize: 4096 },
      ...options,
    });
    this.#pools.push(pool);
    return pool;
  }
}

export function acquire(pool: InstancePool<Functions>): Lease {
  const lease = pool.tryAcquire();
  if (lease === undefined) throw new Error('there was none');
  return lease;
}
