/** Several workers load the addon, run guests, end by themselves and are terminated mid-call. */
import assert from 'node:assert';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Runtime } from '../../../lib';
import { assemble } from '../assemble';

type Mode = 'return' | 'exit' | 'hosts' | 'deadline' | 'async' | 'asyncHosts' | 'promise' | 'throw';

const bytesOf = assemble(`(module (import "e" "f" (func $f (param i32) (result i32)))
  (memory (export "memory") 1 10)
  (func (export "add") (param i32 i32) (result i32)
    (i32.add (call $f (local.get 0)) (local.get 1)))
  (func (export "fault") (result i32) (i32.load (i32.const 70000000)))
  (func (export "grow") (result i32) (memory.grow (i32.const 1)))
  (func (export "forever") (loop $again (br $again)))
  (func (export "ask") (loop $again (drop (call $f (i32.const 1))) (br $again))))`);

function start(bytes: Uint8Array, mode: Mode): Worker {
  const program = join(__dirname, 'worker.ts');
  const source = `require('tsx/cjs'); require(${JSON.stringify(program)})`;
  return new Worker(source, { eval: true, workerData: { bytes, mode } });
}

function ended(worker: Worker): Promise<number> {
  return new Promise((resolve) => {
    worker.once('exit', resolve);
  });
}

async function main(): Promise<void> {
  const bytes = await bytesOf;
  const here = new Runtime()
    .load(bytes)
    .instantiate({ imports: { e: { f: (_caller, value: number) => value } } });

  // By themselves, several at once, while this thread works too.
  const modes: Mode[] = ['return', 'exit', 'return', 'throw'];
  const workers = modes.map((mode) => start(bytes, mode));
  workers.forEach((worker) => worker.on('error', () => undefined));
  const codes = Promise.all(workers.map(ended));
  for (let round = 0; round < 1000; round += 1) {
    assert.equal(here.exports['add']?.(round, 1), round + 1);
    assert.throws(() => here.exports['fault']?.());
  }
  assert.deepEqual(await codes, [0, 7, 0, 1]);

  // Terminated while a guest runs.
  for (const mode of ['hosts', 'deadline', 'async', 'asyncHosts', 'promise'] as const) {
    const worker = start(bytes, mode);
    const [message] = (await once(worker, 'message')) as [string];
    assert.equal(message, 'running');
    await new Promise((resolve) => setTimeout(resolve, 20));
    await worker.terminate();
  }
  assert.equal(here.exports['add']?.(2, 3), 5);
  assert.throws(() => here.exports['fault']?.(), /out of bounds/);
  console.log('ok');
}

void main();
