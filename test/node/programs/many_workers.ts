/** Many threads that load the addon, a few at a time, and end in all ways: nothing is left of them. */
import assert from 'node:assert';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { affordable } from '../../yardstick';
import { assemble } from '../assemble';

const bytesOf = assemble(`(module (import "e" "f" (func $f (param i32) (result i32)))
  (memory (export "memory") 1 10)
  (func (export "add") (param i32 i32) (result i32)
    (i32.add (call $f (local.get 0)) (local.get 1)))
  (func (export "fault") (result i32) (i32.load (i32.const 70000000)))
  (func (export "grow") (result i32) (memory.grow (i32.const 1)))
  (func (export "forever") (loop $again (br $again)))
  (func (export "ask") (loop $again (drop (call $f (i32.const 1))) (br $again))))`);

/** How they end, by their exit code: by themselves, or terminated while they are inside. */
const modes = { return: 0, exit: 7, throw: 1, hosts: 1, async: 1, asyncHosts: 1, promise: 1 };

async function one(bytes: Uint8Array, mode: keyof typeof modes): Promise<void> {
  const program = join(__dirname, 'worker.ts');
  const source = `require('tsx/cjs'); require(${JSON.stringify(program)})`;
  const worker = new Worker(source, { eval: true, workerData: { bytes, mode } });
  worker.on('error', () => undefined);
  // Not once(), which rejects for a worker that throws.
  const exit = new Promise((resolve) => worker.once('exit', resolve));
  if (!['return', 'exit', 'throw'].includes(mode)) {
    await once(worker, 'message');
    await worker.terminate();
  }
  assert.equal(await exit, modes[mode]);
}

async function main(): Promise<void> {
  const bytes = await bytesOf;
  const names = Object.keys(modes) as (keyof typeof modes)[];
  const batch = async (): Promise<number> => {
    await Promise.all(names.map((mode) => one(bytes, mode)));
    globalThis.gc?.();
    return process.memoryUsage.rss();
  };
  const batches = affordable(12, 4);
  await batch();
  const first = await batch();
  let last = first;
  for (let round = 2; round < batches; round += 1) last = await batch();
  const each = (last - first) / ((batches - 2) * names.length);
  console.log(`${batches * names.length} workers, each leaves ${(each / 1024).toFixed(0)} KiB`);
  // An environment that stayed would have megabytes.
  assert.ok(each < 2 << 20 || process.env.WEMBED_SANITIZE !== undefined);
  console.log('ok');
}

void main();
