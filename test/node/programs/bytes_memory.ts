/** What loading costs in memory, by who owns the bytes, and that held bytes are let go of. */
import assert from 'node:assert';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { CompileError, type Module, Runtime } from '../../../lib';
import { header, unsigned } from '../../fuzz/wasm_writer';
import { affordable } from '../../yardstick';

const bodyBytes = 250;

/** A module of about that size, all of it functions `(i32, i32) -> i32`; the last one is wrong. */
function program(size: number, wrong = false): Uint8Array {
  const code = [0, 0x20, 0, 0x20, 1, 0x6a];
  while (code.length < bodyBytes - 4) code.push(0x20, 1, 0x6a);
  const body = Buffer.from([...unsigned(code.length + 1), ...code, 0x0b]);
  const count = Math.floor(size / body.length);
  const bodies = Buffer.alloc(count * body.length, body);
  if (wrong) bodies[bodies.length - 2] = 0xff;
  const section = (id: number, content: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from([id, ...unsigned(content.length)]), content]);
  return Buffer.concat([
    Buffer.from(header),
    section(1, Buffer.from([1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f])),
    section(3, Buffer.concat([Buffer.from(unsigned(count)), Buffer.alloc(count)])),
    section(7, Buffer.from([1, 1, 0x66, 0, 0])),
    section(10, Buffer.concat([Buffer.from(unsigned(count)), bodies])),
  ]);
}

function shared(bytes: Uint8Array): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

function own(bytes: Uint8Array): ArrayBuffer {
  const buffer = new ArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

function collect(): void {
  assert(globalThis.gc !== undefined);
  globalThis.gc();
  globalThis.gc();
}

/** What was let go of before is freed: finalizers run between turns, and V8's sweepers beside us. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i += 1) {
    await setImmediate();
    collect();
  }
}

/** Bytes of memory that are the process's own: a mapped file's pages are the system's. */
function resident(): number {
  collect();
  return process.memoryUsage.rss();
}

const folder = mkdtempSync(join(tmpdir(), 'wembed-memory-'));
const path = join(folder, 'module.wasm');

type Load = (runtime: Runtime) => () => Module;

/** Each makes what it loads from before the measuring begins. */
function loads(bytes: Uint8Array): Record<string, Load> {
  return {
    borrow: (runtime) => {
      const buffer = shared(bytes);
      return () => runtime.load(buffer, { ownership: 'borrow' });
    },
    transfer: (runtime) => {
      const buffer = own(bytes);
      return () => runtime.load(buffer, { ownership: 'transfer' });
    },
    copy: (runtime) => {
      const buffer = own(bytes);
      return () => runtime.load(buffer);
    },
  };
}

/** Megabytes: the C library's allocator maps larger blocks each anew (glibc: M_MMAP_THRESHOLD). */
const largestReused = 32;

async function measure(megabytes: number): Promise<void> {
  const bytes = program(megabytes * 1e6);
  for (const [name, prepare] of Object.entries(loads(bytes))) {
    const runtime = new Runtime();
    const load = prepare(runtime);
    runtime.load(Buffer.from(header)).close();
    await settle();
    const before = resident();
    const held = process.memoryUsage().arrayBuffers;
    const module = load();
    const share = (resident() - before) / bytes.length;
    console.log(`${megabytes} MB, ${name}: ${(100 * share).toFixed(1)} % added`);
    assert(share < (name === 'copy' ? 1.15 : 0.1), `${name} ${share}`);
    // Proves the measuring; a small block may be one that was freed before.
    if (name === 'copy' && megabytes > largestReused) assert(share > 0.9, `${name} ${share}`);
    // Nothing else was made in JavaScript, and the caller's buffer is not doubled.
    assert(process.memoryUsage().arrayBuffers - held < bytes.length / 10);
    const { exports } = module.instantiate<{ f: (a: number, b: number) => number }>();
    assert.equal(exports.f(1, 0), 1);
    runtime.close();
  }
}

async function letGo(): Promise<void> {
  const bytes = program(4e6);
  collect();
  const before = process.memoryUsage().arrayBuffers;
  const all: Module[] = [];
  const runtime = new Runtime();
  for (const prepare of [loads(bytes)['borrow'], loads(bytes)['transfer']]) {
    assert(prepare !== undefined);
    for (let i = 0; i < 5; i += 1) all.push(prepare(runtime)());
  }
  await setImmediate();
  collect();
  assert(process.memoryUsage().arrayBuffers - before > 10 * 3.9e6);
  assert.equal(all[0]?.instantiate<{ f: (a: number, b: number) => number }>().exports.f(2, 0), 2);
  for (const module of all) module.close();
  all.length = 0;
  await setImmediate();
  collect();
  assert(process.memoryUsage().arrayBuffers - before < 1e6);
  // Without being closed, too.
  (() => loads(bytes)['transfer']?.(runtime)())();
  await settle();
  assert(process.memoryUsage().arrayBuffers - before < 1e6);
  runtime.close();
}

function refuse(): void {
  const bytes = program(1e6, true);
  writeFileSync(path, bytes);
  const buffer = own(bytes);
  const lent = shared(bytes);
  const runtime = new Runtime();
  const ways = [
    () => runtime.load(buffer),
    () => runtime.load(buffer, { ownership: 'transfer' }),
    () => runtime.load(lent, { ownership: 'borrow' }),
    () => runtime.loadFile(path),
  ];
  let settled = 0;
  const rounds = affordable(2000, 400);
  for (let i = 0; i < rounds; i += 1) {
    assert.throws(ways[i % ways.length] ?? (() => undefined), CompileError);
    if (i === 200) settled = resident();
  }
  const added = resident() - settled;
  console.log(`${rounds} refused: ${Math.round(added / 1024)} KiB added`);
  assert(added < 8e6);
  runtime.close();
}

/** A worker that ends, or is ended, with modules open and a call of one running. */
async function workers(): Promise<void> {
  const worker = `
    require('tsx/cjs');
    const { Runtime } = require(${JSON.stringify(join(__dirname, '../../../lib'))});
    const { parentPort, workerData } = require('node:worker_threads');
    const runtime = new Runtime();
    const { shared, path, mode } = workerData;
    const copy = new ArrayBuffer(shared.byteLength);
    new Uint8Array(copy).set(new Uint8Array(shared));
    const modules = [
      runtime.load(shared, { ownership: 'borrow' }),
      runtime.load(copy, { ownership: 'transfer' }),
      runtime.loadFile(path),
    ];
    for (const module of modules) {
      if (module.instantiate().exports.f(3, 0) !== 3) throw new Error('wrong');
    }
    const instance = modules[1].instantiate();
    parentPort.postMessage('ready');
    if (mode === 'busy') for (;;) instance.exports.f(1, 2);
    if (mode === 'async') instance.callAsync?.('f', [1, 2]);
    if (mode === 'wait') setInterval(() => undefined, 1000);`;
  const bytes = program(1e6);
  writeFileSync(path, bytes);
  const lent = shared(bytes);
  for (const mode of ['end', 'busy', 'async', 'wait']) {
    const started = new Worker(worker, { eval: true, workerData: { shared: lent, path, mode } });
    const exit = once(started, 'exit');
    assert.deepEqual(await once(started, 'message'), ['ready']);
    if (mode !== 'end' && mode !== 'async') await started.terminate();
    const [code] = (await exit) as [number];
    assert.equal(code, mode === 'end' || mode === 'async' ? 0 : 1);
  }
  const module = new Runtime().load(lent, { ownership: 'borrow' });
  assert.equal(module.instantiate<{ f: (a: number) => number }>().exports.f(7), 7);
}

async function main(): Promise<void> {
  await measure(4);
  await measure(40);
  await letGo();
  refuse();
  await workers();
  rmSync(folder, { recursive: true });
  console.log('ok');
}

void main();
