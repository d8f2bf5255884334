/**
 * One module, several threads: this thread loads it, two workers open it by a token. Its bytes are
 * not copied, it is not checked again, and code that one thread has translated serves all of them.
 */
import { once } from 'node:events';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { type ModuleToken, type Offset, Runtime, f32 } from 'wembed';
import { assemble } from '../assemble';

interface Sum {
  sum(samples: Offset<f32>, count: number): number;
}

interface Task {
  readonly token: ModuleToken;
  readonly samples: readonly number[];
}

function work({ token, samples }: Task): void {
  using module = Runtime.open(token);
  using instance = module.instantiate<Sum>({
    heapSize: 4096,
    imports: { env: { log: () => undefined } },
  });
  const copy = instance.malloc(f32, samples.length);
  copy.view.set(samples);
  parentPort?.postMessage(instance.exports.sum(copy.offset, samples.length));
}

async function sumOf(token: ModuleToken, samples: readonly number[]): Promise<number> {
  // As it was started: in TypeScript, or compiled.
  const typescript = __filename.endsWith('.ts') ? "require('tsx/cjs'); " : '';
  const source = `${typescript}require(${JSON.stringify(__filename)})`;
  const worker = new Worker(source, { eval: true, workerData: { token, samples } });
  const [sum] = (await once(worker, 'message')) as [number];
  return sum;
}

async function main(): Promise<void> {
  using runtime = new Runtime();
  // Open until the workers are done: the token alone keeps nothing.
  using module = runtime.load(await assemble('examples/c/five_floats.wat'));
  const token = module.share();
  const sums = await Promise.all([sumOf(token, [1.5, 2.5, 3.5]), sumOf(token, [4.5, 5.5])]);
  console.log(`the workers' sums: ${sums.join(' and ')}`);
}

if (isMainThread) void main();
else work(workerData as Task);
