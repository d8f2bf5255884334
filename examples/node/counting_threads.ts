/**
 * One program, one memory, several threads: this thread makes a shared memory, two workers import
 * it into instances of their own and count in it, by atomic instructions.
 */
import { once } from 'node:events';
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { type MemoryToken, type ModuleToken, Runtime, u32 } from 'wembed';
import { assemble } from '../assemble';

interface Counter {
  /** Adds one to the word at 0, so many times; then wakes who waits for the word at 4. */
  count(times: number): void;
  /** Sleeps until so many have finished. */
  wait(threads: number): void;
}

interface Task {
  readonly module: ModuleToken;
  readonly memory: MemoryToken;
}

function work(task: Task): void {
  using module = Runtime.open(task.module);
  const memory = Runtime.openMemory(task.memory);
  using instance = module.instantiate<Counter>({ imports: { env: { memory } } });
  instance.exports.count(100_000);
}

async function main(): Promise<void> {
  using runtime = new Runtime();
  using module = runtime.load(await assemble('examples/node/counting_threads.wat'));
  const memory = runtime.newMemory({ initial: 1, maximum: 4, shared: true });
  const task: Task = { module: module.share(), memory: Runtime.shareMemory(memory) };
  // As it was started: in TypeScript, or compiled.
  const typescript = __filename.endsWith('.ts') ? "require('tsx/cjs'); " : '';
  const source = `${typescript}require(${JSON.stringify(__filename)})`;
  const workers = [1, 2].map(() => new Worker(source, { eval: true, workerData: task }));
  using instance = module.instantiate<Counter>({ imports: { env: { memory } } });
  // In the background: this thread's event loop goes on meanwhile. It would not wait for ever.
  await instance.callAsync('wait', [workers.length], { deadline: 60_000 });
  console.log(`counted together: ${memory.view(u32)[0]}`);
  await Promise.all(workers.map(async (worker) => once(worker, 'exit')));
}

if (isMainThread) void main();
else work(workerData as Task);
