/** Threads that run one program on one memory, and how a thread ends while its guest waits. */
import assert from 'node:assert';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import {
  type CallOptions,
  type Memory,
  type MemoryToken,
  type ModuleToken,
  Runtime,
  type Trap,
  u32,
} from '../../../lib';
import { assemble } from '../assemble';

const text = `(module (import "env" "memory" (memory 1 8 shared))
  (func (export "count") (param $times i32) (result i32)
    (loop $again
      (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (i32.atomic.load (i32.const 0)))
  (func (export "wait") (result i32)
    (drop (i32.atomic.rmw.add (i32.const 4) (i32.const 1)))
    (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const -1)))
  (func (export "notify") (result i32) (memory.atomic.notify (i32.const 8) (i32.const 100)))
  (func (export "grow") (result i32)
    (local $old i32)
    (local.set $old (memory.grow (i32.const 1)))
    (i32.store (i32.shl (local.get $old) (i32.const 16)) (i32.const 77))
    (local.get $old)))`;

interface Task {
  readonly module: ModuleToken;
  readonly memory: MemoryToken;
  readonly name: string;
  readonly args: readonly number[];
  readonly bounds: CallOptions;
}

interface Answer {
  readonly result?: unknown;
  readonly code?: string;
}

function work({ module: token, memory: shared, name, args, bounds }: Task): void {
  using module = Runtime.open(token);
  const memory = Runtime.openMemory(shared);
  using instance = module.instantiate({ imports: { env: { memory } } });
  parentPort?.postMessage('ready');
  try {
    parentPort?.postMessage({ result: instance.call(name, [...args], bounds) });
  } catch (error) {
    parentPort?.postMessage({ code: (error as Trap).code });
  }
}

/** This thread's part: what the workers use, and an instance of its own. */
class Threads {
  readonly #module;
  readonly #shared;
  readonly memory: Memory;
  readonly instance;

  constructor(bytes: Uint8Array) {
    const runtime = new Runtime();
    this.#module = runtime.load(bytes);
    this.memory = runtime.newMemory({ initial: 1, maximum: 8, shared: true });
    this.#shared = Runtime.shareMemory(this.memory);
    this.instance = this.#module.instantiate({ imports: { env: { memory: this.memory } } });
  }

  /** A worker whose guest is about to run that function. */
  async start(name: string, args: number[] = [], bounds: CallOptions = {}): Promise<Worker> {
    const task: Task = { module: this.#module.share(), memory: this.#shared, name, args, bounds };
    const source = `require('tsx/cjs'); require(${JSON.stringify(__filename)})`;
    const worker = new Worker(source, { eval: true, workerData: task });
    const [ready] = (await once(worker, 'message')) as [unknown];
    assert.equal(ready, 'ready');
    return worker;
  }

  async waiting(name = 'wait', bounds: CallOptions = {}): Promise<Worker> {
    const before = this.memory.view(u32)[1] ?? 0;
    const worker = await this.start(name, [], bounds);
    while (this.memory.view(u32)[1] === before) await sleep(1);
    await sleep(20);
    return worker;
  }
}

async function answer(worker: Worker): Promise<Answer> {
  const [message] = (await once(worker, 'message')) as [Answer];
  return message;
}

const modes: Record<string, (threads: Threads) => Promise<void>> = {
  async count(threads) {
    // Whoever is ready has not ended yet.
    const count = async (): Promise<unknown> =>
      once(await threads.start('count', [100_000]), 'exit');
    await Promise.all([count(), count()]);
    assert.equal(threads.memory.view(u32)[0], 200_000);
    assert.equal(threads.instance.call('count', [1]), 200_001);
  },

  async wake(threads) {
    const worker = await threads.waiting();
    const answered = answer(worker);
    assert.equal(threads.instance.call('notify'), 1);
    assert.deepEqual(await answered, { result: 0 });
  },

  async grow(threads) {
    const { memory } = threads;
    const { buffer } = memory;
    assert.equal(buffer.byteLength, 65_536);
    const worker = await threads.start('grow');
    assert.deepEqual(await answer(worker), { result: 1 });
    assert.equal(memory.pages, 2);
    // The same buffer, which has grown as well.
    assert.equal(memory.buffer, buffer);
    assert.equal(buffer.byteLength, 131_072);
    assert.equal(memory.view(u32)[16_384], 77);
    assert.equal(memory.bytes.length, 131_072);
    assert.equal(memory.grow(1), 2);
    assert.equal(memory.bytes.length, 196_608);
  },

  async deadline(threads) {
    const worker = await threads.start('wait', [], { deadline: 30 });
    assert.deepEqual(await answer(worker), { code: 'Deadline' });
  },

  async fuel(threads) {
    const worker = await threads.start('wait', [], { fuel: 10_000 });
    assert.deepEqual(await answer(worker), { code: 'InstructionLimit' });
  },

  async terminate(threads) {
    const worker = await threads.waiting();
    const start = performance.now();
    await worker.terminate();
    console.log(`terminated in ${(performance.now() - start).toFixed(0)} ms`);
    assert.equal(threads.instance.call('notify'), 0);
  },

  async exit(threads) {
    await threads.waiting();
    console.log('ok');
    process.exit(0);
  },

  /** Who made a memory, and who opened it, end in any order. */
  async churn() {
    const bytes = await assemble(text);
    for (let round = 0; round < 3; round += 1) {
      const threads = new Threads(bytes);
      const ended = async (name: string, args: number[]): Promise<unknown> =>
        once(await threads.start(name, args), 'exit');
      const counting = ended('count', [10_000 * round + 1]);
      const waiting = await threads.waiting();
      await Promise.all([counting, ended('grow', [])]);
      threads.instance.close();
      if (round === 1) threads.instance.module.runtime.close();
      globalThis.gc?.();
      await sleep(10);
      await waiting.terminate();
    }
  },

  /** The main thread waits itself: in the background, while its own other instance goes on. */
  async async(threads) {
    const call = threads.instance.callAsync('wait');
    const ended = once(await threads.waiting(), 'exit');
    await sleep(20);
    const notifier = await threads.start('notify');
    assert.deepEqual(await answer(notifier), { result: 2 });
    assert.equal(await call, 0);
    await ended;
  },
};

async function main(mode: string): Promise<void> {
  await modes[mode]?.(new Threads(await assemble(text)));
  console.log('ok');
}

if (isMainThread) void main(process.argv[2] ?? '');
else work(workerData as Task);
