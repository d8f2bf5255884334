/** Workers whose guests never end and have no deadline: terminated, and left by process.exit(). */
import assert from 'node:assert';
import { once } from 'node:events';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { Runtime } from '../../../lib';
import { assemble } from '../assemble';

const text = `(module (import "e" "f" (func $f))
  (memory (export "memory") 1)
  (func $forever (export "forever") (loop $again (br $again)))
  (func (export "recurse") (call $down (i32.const 30)))
  (func $down (param i32)
    (if (local.get 0) (then
      (call $down (i32.sub (local.get 0) (i32.const 1)))
      (call $down (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "malloc") (param i32) (result i32) (call $forever) (i32.const 8))
  (func (export "free") (param i32))
  (func (export "ask") (call $f))
  (func (export "asks") (loop $again (call $f) (br $again))))`;

const starting = `(module (func $forever (loop $again (br $again))) (start $forever))`;

const places = ['call', 'recursion', 'start', 'nested', 'malloc', 'asks', 'bounded'] as const;

type Place = (typeof places)[number];

interface Data {
  bytes: Uint8Array;
  start: Uint8Array;
  place: Place;
}

function work({ bytes, start, place }: Data): void {
  const runtime = new Runtime();
  const f = (): void => {
    if (place === 'nested') instance.exports['forever']?.();
  };
  const instance = runtime.load(bytes).instantiate({ imports: { e: { f } } });
  // Catching what comes of it must not keep the worker.
  const tries = (run: () => unknown): void => {
    for (;;) {
      try {
        run();
      } catch {
        // The next round is not reached.
      }
    }
  };
  parentPort?.postMessage('running');
  if (place === 'call') tries(() => instance.exports['forever']?.());
  if (place === 'bounded') tries(() => instance.call('forever', [], { deadline: 1e6 }));
  if (place === 'recursion') tries(() => instance.exports['recurse']?.());
  if (place === 'start') tries(() => runtime.load(start).instantiate());
  if (place === 'nested') tries(() => instance.exports['ask']?.());
  if (place === 'malloc') tries(() => instance.dup('text'));
  if (place === 'asks') tries(() => instance.exports['asks']?.());
}

async function begin(data: Data): Promise<Worker> {
  const source = `require('tsx/cjs'); require(${JSON.stringify(__filename)})`;
  const worker = new Worker(source, { eval: true, workerData: data });
  await once(worker, 'message');
  await new Promise((resolve) => setTimeout(resolve, 30));
  return worker;
}

async function main(): Promise<void> {
  const bytes = await assemble(text);
  const start = await assemble(starting);
  for (const place of places) {
    const worker = await begin({ bytes, start, place });
    const before = performance.now();
    await worker.terminate();
    const took = performance.now() - before;
    console.log(`${place}: ${took.toFixed(1)} ms`);
    // 10 to 20 ms where nothing else runs.
    assert.ok(took < 5000);
  }
  await begin({ bytes, start, place: 'call' });
  console.log('ok');
  process.exit(0);
}

if (isMainThread) void main();
else work(workerData as Data);
