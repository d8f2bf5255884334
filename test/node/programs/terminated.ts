/** Workers that are terminated wherever the addon just is, and workers that exit inside of it. */
import assert from 'node:assert';
import { once } from 'node:events';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { type Caller, InstancePool, Runtime, u8 } from '../../../lib';
import { assemble } from '../assemble';

const text = `(module (import "e" "f" (func $f (param i32)))
  (memory (export "memory") 1 100)
  (func (export "trap") unreachable)
  (func (export "grow") (drop (memory.grow (i32.const 1))) (call $f (i32.const 1)))
  (func $start (call $f (i32.const 0)))
  (start $start))`;

const { bytes, exits } = (workerData ?? {}) as { bytes: Uint8Array; exits: boolean };

function work(): void {
  const runtime = new Runtime({ memory: { backend: 'heap' }, log: () => undefined });
  const module = runtime.load(bytes);
  const f = (caller: Caller, called: number): void => {
    caller.memory.bytes[0] = called;
    if (exits && called === 1) process.exit(7);
  };
  const options = { imports: { e: { f } }, heapSize: 4096 };
  const pool = new InstancePool(module, { max: 1, instantiate: options });
  parentPort?.postMessage('running');
  for (;;) {
    const instance = module.instantiate(options);
    assert.throws(() => instance.exports['trap']?.());
    instance.inspect().toString();
    instance.malloc(u8, 4).free();
    instance.memory.bytes.fill(1);
    instance.reset();
    using lease = pool.tryAcquire();
    lease?.memory.bytes.fill(2);
    instance.exports['grow']?.();
    instance.close();
    runtime.load(bytes).close();
  }
}

function start(data: object): Worker {
  const source = `require('tsx/cjs'); require(${JSON.stringify(__filename)})`;
  return new Worker(source, { eval: true, workerData: data });
}

async function main(): Promise<void> {
  const module = await assemble(text);
  const [code] = (await once(start({ bytes: module, exits: true }), 'exit')) as [number];
  assert.equal(code, 7);
  const workers = Array.from({ length: 6 }, async (_, index) => {
    const worker = start({ bytes: module, exits: false });
    await once(worker, 'message');
    await new Promise((resolve) => setTimeout(resolve, index * 3));
    await worker.terminate();
  });
  await Promise.all(workers);
  console.log('ok');
}

if (isMainThread) void main();
else work();
