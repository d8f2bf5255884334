/**
 * Functions are being compiled when a worker is terminated, when one exits, and when the process
 * exits.
 */
import assert from 'node:assert';
import { once } from 'node:events';
import { Worker, parentPort, workerData } from 'node:worker_threads';
import { Runtime } from '../../../lib';
import { assemble } from '../assemble';

const functions = 40;
const steps = 600;

/** Many long functions that are called in turn, so that there is always one to be compiled. */
function text(): string {
  const part = (number: number): string =>
    `(func $p${number} (param i32) (result i32) ${`(local.set 0 (i32.xor (i32.add (local.get 0)
    (i32.const 1)) (i32.const ${number})))`.repeat(steps)} (local.get 0))`;
  const calls = Array.from({ length: functions }, (_, i) => `(call $p${i})`).join(' ');
  return `(module ${Array.from({ length: functions }, (_, i) => part(i)).join('\n')}
    (func (export "run") (param i32) (result i32) (local.get 0) ${calls}))`;
}

interface Data {
  readonly bytes: Uint8Array;
  readonly exits: boolean;
}

function work(bytes: Uint8Array, onCompiling: () => void): void {
  const runtime = new Runtime({ tier: 'sampled' });
  const instance = runtime.load(bytes).instantiate();
  const before = runtime.tierReport.functions;
  const isNative = runtime.tierReport.taken === 'sampled';
  let hasTold = false;
  for (;;) {
    instance.exports['run']?.(1);
    if (hasTold || (isNative && runtime.tierReport.functions === before)) continue;
    hasTold = true;
    onCompiling();
  }
}

function start(data: Data): Worker {
  const source = `require('tsx/cjs'); require(${JSON.stringify(__filename)})`;
  return new Worker(source, { eval: true, workerData: data });
}

async function main(): Promise<void> {
  const bytes = await assemble(text());
  const [code] = (await once(start({ bytes, exits: true }), 'exit')) as [number];
  assert.equal(code, 7);
  const terminated = Array.from({ length: 4 }, async (_, index) => {
    const worker = start({ bytes, exits: false });
    await once(worker, 'message');
    await new Promise((resolve) => setTimeout(resolve, index));
    await worker.terminate();
  });
  await Promise.all(terminated);
  const left = start({ bytes, exits: false });
  await once(left, 'message');
  work(bytes, () => {
    console.log('ok');
    process.exit(0);
  });
}

const data = workerData as Data | null;
if (data === null) {
  void main();
} else {
  work(data.bytes, () => {
    if (data.exits) process.exit(7);
    parentPort?.postMessage('compiling');
  });
}
