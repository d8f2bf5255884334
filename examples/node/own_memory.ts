/**
 * A memory of your own: the guest's linear memory is a SharedArrayBuffer of this program's, which a
 * worker fills with samples. Nothing is copied between the worker, this thread and the guest.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Offset, Runtime, f32, offset } from 'wembed';
import { assemble } from '../assemble';

interface Sum {
  sum(samples: Offset<f32>, count: number): number;
}

const page = 65536;

/** Where worker and guest have agreed that the samples are. */
const samplesAt = 32768;

/** Of the worker: it knows nothing of WebAssembly. */
const sensor = `
  const { parentPort, workerData } = require('node:worker_threads');
  const samples = new Float32Array(workerData.memory, workerData.at, 5);
  samples.set([1.5, 2.5, 3.5, 4.5, 5.5]);
  parentPort.postMessage(samples.length);`;

async function main(): Promise<void> {
  using runtime = new Runtime();
  const module = runtime.load(await assemble('examples/c/five_floats.wat'));
  const memory = new SharedArrayBuffer(4 * page);
  using instance = module.instantiate<Sum>({
    memory: { backend: 'buffer', buffer: memory },
    imports: { env: { log: () => undefined } },
  });
  console.log(`${instance.memory.size} of ${memory.byteLength} bytes are the guest's`);

  const worker = new Worker(sensor, { eval: true, workerData: { memory, at: samplesAt } });
  const [count] = (await once(worker, 'message')) as [number];
  const total = instance.exports.sum(offset(f32, samplesAt), count);
  console.log(`the guest adds up what the worker wrote: ${total}`);
  if (total !== 17.5) process.exitCode = 1;

  // It grows inside of the buffer, and no further.
  instance.memory.grow(4 - instance.memory.pages);
  try {
    instance.memory.grow(1);
    process.exitCode = 1;
  } catch (error) {
    console.log(`at ${instance.memory.size} bytes: ${String(error)}`);
  }
}

void main();
