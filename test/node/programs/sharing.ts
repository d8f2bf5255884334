/** Threads that use one module: how many there are, and who ends first, is no matter. */
import assert from 'node:assert';
import { once } from 'node:events';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { type ModuleToken, Runtime, UsageError } from '../../../lib';
import { assemble } from '../assemble';

const text = `(module (import "e" "f" (func $f (param i32) (result i32)))
  (memory (export "memory") 1 4)
  (func (export "ask") (param i32) (result i32)
    (i32.store (i32.const 0) (local.get 0))
    (i32.add (call $f (local.get 0)) (i32.load (i32.const 0))))
  (func (export "trap") unreachable)
  (func (export "forever") (loop $again (br $again))))`;

type Mode = 'work' | 'load' | 'open' | 'forever';
interface Task {
  mode: Mode;
  token?: ModuleToken;
  bytes?: Uint8Array;
}

function useOnce(token: ModuleToken, number: number): void {
  using module = Runtime.open(token);
  using instance = module.instantiate({
    imports: { e: { f: (_caller, value: number) => value * 2 } },
  });
  assert.equal(instance.exports['ask']?.(number), number * 3);
  assert.throws(() => instance.exports['trap']?.(), /unreachable/);
}

/** Opens and drops: what is not closed is left to the collector, and to the end of the thread. */
function work(token: ModuleToken): void {
  for (let round = 0; round < 60; round += 1) {
    useOnce(token, round);
    const left = Runtime.open(token);
    left.instantiate({ imports: { e: { f: () => 0 } } });
    if (round % 20 === 0) globalThis.gc?.();
  }
}

async function main(mode: string): Promise<void> {
  const bytes = await assemble(text);
  if (mode === 'many') await many(bytes);
  else if (mode === 'survivor') await survivor(bytes);
  else await churn(bytes);
  console.log('ok');
}

function start(task: Task): Worker {
  const source = `require('tsx/cjs'); require(${JSON.stringify(__filename)})`;
  return new Worker(source, { eval: true, workerData: task });
}

async function codeOf(worker: Worker): Promise<number> {
  const [code] = (await once(worker, 'exit')) as [number];
  return code;
}

async function many(bytes: Uint8Array): Promise<void> {
  using runtime = new Runtime({ log: () => undefined });
  const module = runtime.load(bytes);
  const token = module.share();
  const codes = Promise.all(
    Array.from({ length: 8 }, () => codeOf(start({ mode: 'work', token }))),
  );
  work(token);
  assert.deepEqual(
    await codes,
    Array.from({ length: 8 }, () => 0),
  );
  module.close();
  globalThis.gc?.();
  await new Promise(setImmediate);
  globalThis.gc?.();
  await new Promise(setImmediate);
  assert.throws(() => Runtime.open(token), UsageError);
}

async function loader(bytes: Uint8Array): Promise<[Worker, ModuleToken]> {
  const worker = start({ mode: 'load', bytes });
  const [token] = (await once(worker, 'message')) as [ModuleToken];
  return [worker, token];
}

async function survivor(bytes: Uint8Array): Promise<void> {
  const [first, token] = await loader(bytes);
  const module = Runtime.open(token);
  assert.notEqual(module.runtime.closed, true);
  await first.terminate();
  useOnce(token, 5);
  // Its log function is gone with its thread, its limits and memories are not.
  using instance = module.instantiate({ imports: { e: { f: () => 1 } } });
  assert.throws(() => instance.exports['forever']?.(), /deadline/);
  const second = start({ mode: 'work', token });
  assert.equal(await codeOf(second), 0);
  module.runtime.close();
  assert.throws(() => Runtime.open(token), UsageError);
  // A thread in which a guest loops can be ended as any other.
  const [third, other] = await loader(bytes);
  const looping = start({ mode: 'forever', token: other });
  await once(looping, 'message');
  await third.terminate();
  await looping.terminate();
  assert.throws(() => Runtime.open(other), UsageError);
}

async function churn(bytes: Uint8Array): Promise<void> {
  for (let round = 0; round < 6; round += 1) {
    const [first, token] = await loader(bytes);
    const openers = Array.from({ length: 3 }, () => start({ mode: 'open', token }));
    const codes = Promise.all(openers.map(codeOf));
    await new Promise((resolve) => setTimeout(resolve, round * 20));
    await first.terminate();
    assert.deepEqual(await codes, [0, 0, 0]);
    assert.throws(() => Runtime.open(token), UsageError);
  }
}

function task({ mode, token, bytes }: Task): void {
  if (mode === 'load' && bytes !== undefined) {
    const runtime = new Runtime({ log: () => undefined, limits: { deadline: 500 } });
    const module = runtime.load(bytes);
    parentPort?.postMessage(module.share());
    setInterval(() => module, 1000);
    return;
  }
  assert.ok(token);
  if (mode === 'work') work(token);
  if (mode === 'open') {
    // Until it is gone, which may be at once: whatever was opened before works.
    for (let round = 0; round < 200; round += 1) {
      try {
        useOnce(token, round);
      } catch (error) {
        assert.match(String(error), /the shared module is gone/);
        return;
      }
    }
  }
  if (mode === 'forever') {
    const instance = Runtime.open(token).instantiate({ imports: { e: { f: () => 1 } } });
    parentPort?.postMessage('running');
    for (;;) instance.call('forever', [], { deadline: Infinity });
  }
}

if (isMainThread) void main(process.argv[2] ?? '');
else task(workerData as Task);
