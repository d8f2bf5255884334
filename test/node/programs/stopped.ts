/** Workers whose guests never end and have no deadline: terminated, and left by process.exit(). */
import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { Runtime } from '../../../lib';
import { patience } from '../../yardstick';
import { assemble } from '../assemble';
import { CODE, FUNCTIONS, TYPES, body, count, list, moduleOf, repeated } from '../sections';

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

const places = [
  'call',
  'recursion',
  'start',
  'nested',
  'malloc',
  'asks',
  'bounded',
  'load',
  'translate',
] as const;

type Place = (typeof places)[number];

/** Where another tier runs functions, the places that it makes a difference to. */
const tried: readonly Place[] =
  process.env.WEMBED_TIER === undefined ? places : ['call', 'recursion', 'nested', 'asks'];

interface Data {
  bytes: Uint8Array;
  start: Uint8Array;
  long: Uint8Array;
  place: Place;
}

/** A module that takes more than a second to be checked: blocks with many parameters. */
function longModule(): Uint8Array {
  const values = 1000;
  const i32s = Buffer.concat([Buffer.from(count(values)), repeated(values, [0x7f])]);
  const types = [Buffer.from([0x60, 0, 0]), Buffer.concat([Buffer.from([0x60]), i32s, i32s])];
  const parts = [
    repeated(values, [0x41, 0]),
    repeated(2_500_000, [0x02, 1, 0x0b]),
    repeated(values, [0x1a]),
  ];
  return moduleOf({
    [TYPES]: list(types.length, (index) => types[index] ?? []),
    [FUNCTIONS]: list(1, () => [0]),
    [CODE]: list(1, () => body(...parts)),
  });
}

function work({ bytes, start, long, place }: Data): void {
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
  using early = new Runtime({ translateEarly: true });
  const slow = place === 'translate' ? early.load(long) : undefined;
  parentPort?.postMessage('running');
  if (place === 'call') tries(() => instance.exports['forever']?.());
  if (place === 'bounded') tries(() => instance.call('forever', [], { deadline: 1e6 }));
  if (place === 'recursion') tries(() => instance.exports['recurse']?.());
  if (place === 'start') tries(() => runtime.load(start).instantiate());
  if (place === 'nested') tries(() => instance.exports['ask']?.());
  if (place === 'malloc') tries(() => instance.dup('text'));
  if (place === 'asks') tries(() => instance.exports['asks']?.());
  if (place === 'load') tries(() => runtime.load(long));
  if (place === 'translate') tries(() => slow?.instantiate());
}

async function begin(data: Data): Promise<Worker> {
  const source = `require('tsx/cjs'); require(${JSON.stringify(__filename)})`;
  const worker = new Worker(source, { eval: true, workerData: data });
  await once(worker, 'message');
  await new Promise((resolve) => setTimeout(resolve, 30));
  return worker;
}

/** A process with a sanitizer takes longer to end, whatever ran in it. */
const most = process.env.WEMBED_SANITIZE === undefined ? 50 : 200;

/** Others may take the processor just then: once it has to be as where nothing else runs. */
async function soon(what: string, measure: () => Promise<number>): Promise<void> {
  const tries: string[] = [];
  for (let best = Infinity; best > patience(most);) {
    assert.ok(tries.length < 10, `${what} took ${tries.join(', ')} ms`);
    const took = await measure();
    best = Math.min(best, took);
    tries.push(took.toFixed(1));
  }
  console.log(`${what}: ${tries.join(', ')} ms`);
}

/** A process of its own with such a worker, which says when it leaves. */
async function leaving(place: Place): Promise<number> {
  const flags = ['--require', 'tsx/cjs', __filename, place];
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const [code] = (await once(child, 'exit')) as [number];
  assert.equal(code, 3);
  return Date.now() - Number(said.toString());
}

async function dataFor(place: Place): Promise<Data> {
  const [bytes, start] = await Promise.all([assemble(text), assemble(starting)]);
  return { bytes, start, long: longModule(), place };
}

async function leave(place: Place): Promise<void> {
  await begin(await dataFor(place));
  writeSync(1, String(Date.now()));
  process.exit(3);
}

async function main(): Promise<void> {
  for (const place of tried) {
    const data = await dataFor(place);
    await soon(place, async () => {
      const worker = await begin(data);
      const before = performance.now();
      await worker.terminate();
      return performance.now() - before;
    });
  }
  await soon('process.exit', () => leaving('call'));
  if (tried === places) await soon('process.exit while a module loads', () => leaving('load'));
  console.log('ok');
}

const [, , leaver] = process.argv;
if (!isMainThread) work(workerData as Data);
else void (leaver === undefined ? main() : leave(leaver as Place));
