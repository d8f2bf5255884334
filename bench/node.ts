/** The same operations as a TypeScript program does them: wembed's addon beside V8. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as wembed from '../lib/index.js';
import { assembleModules } from './assemble.js';
import { bareAddon } from './bare_addon.js';
import { loadLibrary } from './library.js';
import type { LineProgram } from '../test/line_program.js';
import {
  ask,
  clockOf,
  clockOfHost,
  compare,
  type Loop,
  type Section,
  type Work,
} from './measure.js';
import { measureNesting } from './nesting.js';
import { failed, figure, median, type Row, type Settings } from './row.js';

export interface Comparison {
  wembed: Work;
  v8?: Work;
}

interface Guest {
  add: (a: number, b: number) => number;
  none: (n: number) => number;
  call_plain: (n: number) => number;
  call_turns: (n: number) => number;
}

interface Description {
  what: string;
  /** In empty C calls through a pointer, measured in the same run. */
  calls?: number;
  /** In what another row takes, which is measured in turns with it. */
  times?: { of: string; most: number };
}

export const descriptions: Record<string, Description> = {
  'node/call_in': { what: 'JS to wasm, two i32', calls: 24 },
  'node/call_out': { what: 'wasm to JS host function, less the loop', calls: 25 },
  'node/call_out_turns': { what: 'the same, two host functions that take turns' },
  'node/bare_call': { what: 'call of an empty function of Node-API' },
  'node/throw': {
    what: 'a host function throws a new Error through a guest frame',
    times: { of: 'node/throw_bare', most: 1.5 },
  },
  'node/throw_bare': { what: 'the same through an empty function of Node-API' },
  'node/view_read': { what: 'an element through a view that is never stale' },
  'node/context_direct': { what: 'host function: dataAndMemory(), 4 KiB in place' },
  'node/context_copied': { what: 'the same through a copy of the bytes' },
  'node/epoch': { what: 'memory.epoch' },
  'node/load_150': { what: 'load and close a module of 150 bytes' },
  'node/instantiate_128k': { what: 'instantiate and close, 128 KiB of memory' },
  'node/pooled_128k': { what: 'the same from an InstancePool: tryAcquire, release' },
  'node/reset_128k': { what: 'reset of such an instance' },
  'node/malloc_free': { what: 'malloc and free of 16 f32 in the guest' },
};

/** Where results go, so that no engine can leave work out. */
export const sink: { last: unknown } = { last: undefined };

/*
 * One loop for each engine, although they read the same: a loop that has called both is compiled
 * for both, and then takes the slow way to each.
 */

function callInWembed(guest: Guest): Loop {
  return (n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum = guest.add(sum, i);
    sink.last = sum;
  };
}

function callInV8(guest: Guest): Loop {
  return (n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum = guest.add(sum, i);
    sink.last = sum;
  };
}

function readWembed(samples: { readonly view: Float32Array }): Loop {
  return (n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += samples.view[i & 255] ?? 0;
    sink.last = sum;
  };
}

function readV8(view: Float32Array): Loop {
  return (n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += view[i & 255] ?? 0;
    sink.last = sum;
  };
}

interface ContextGuest {
  none: (n: number) => number;
  direct: (n: number) => number;
  copied: (n: number) => number;
}

function sumOf(bytes: Uint8Array, at: number, length: number): number {
  let sum = 0;
  for (let i = at; i < at + length; i++) sum += bytes[i] ?? 0;
  return sum;
}

/** A host function with data of its own and 4 KiB of guest memory, and what it works on. */
function context(runtime: wembed.Runtime, bytes: Uint8Array): Record<string, Comparison> {
  const data = { calls: 0, total: 0 };
  const instance = runtime.load(bytes).instantiate<ContextGuest, typeof data>({
    data,
    imports: {
      context: {
        direct: (caller: wembed.Caller<typeof data>, at: number, length: number) => {
          const { data: own, memory } = caller.dataAndMemory();
          own.calls += 1;
          own.total = (own.total + sumOf(memory.bytes, at, length)) | 0;
          return own.total;
        },
        copied: (_caller: unknown, at: number, length: number) => {
          data.calls += 1;
          data.total = (data.total + sumOf(memory.readBytes(at, length), 0, length)) | 0;
          return data.total;
        },
      },
    },
  });
  const { exports, memory } = instance;
  const less: Loop = (n) => (sink.last = n > 0 && exports.none(n));
  const epochs: Loop = (n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += memory.epoch;
    sink.last = sum;
  };
  return {
    'node/context_direct': { wembed: { loop: (n) => (sink.last = exports.direct(n)), less } },
    'node/context_copied': { wembed: { loop: (n) => (sink.last = exports.copied(n)), less } },
    'node/epoch': { wembed: { loop: epochs } },
  };
}

/** Calls out of the guest: the guest's loop with them, less its loop without. */
function callOut(guest: Guest): Work {
  return {
    loop: (n) => (sink.last = guest.call_plain(n)),
    less: (n) => (sink.last = guest.none(n)),
  };
}

function callOutInTurns(guest: Guest): Work {
  return {
    loop: (n) => (sink.last = n > 1 && guest.call_turns(n >> 1)),
    less: (n) => (sink.last = guest.none(n)),
  };
}

/** What a guest's host function throws, caught outside. */
function throwing(guest: Guest): Work {
  return repeat(() => {
    try {
      return guest.call_plain(1);
    } catch (error) {
      return error;
    }
  });
}

/** The same through nothing but Node-API, and what that takes by itself. */
function bareComparisons(): Record<string, Comparison> {
  const { nothing, pass } = bareAddon();
  return {
    'node/bare_call': { wembed: repeat(nothing) },
    'node/throw_bare': {
      wembed: repeat(() => {
        try {
          return pass(thrower);
        } catch (error) {
          return error;
        }
      }),
    },
  };
}

function thrower(): never {
  throw new Error('thrown');
}

function repeat(work: () => unknown): Work {
  return {
    loop: (n) => {
      for (let i = 0; i < n; i++) sink.last = work();
    },
  };
}

/** Everything that is compared. Modules and instances stay open until the process ends. */
export function comparisons(
  { InstancePool, Runtime, f32 }: typeof wembed,
  modules: string,
): Record<string, Comparison> {
  const read = (name: string): Uint8Array => readFileSync(join(modules, `${name}.wasm`));
  const add = (a: number, b: number): number => (a + b) | 0;
  const runtime = new Runtime();
  const callsModule = runtime.load(read('calls'));
  const host = (_caller: unknown, a: number, b: number): number => (a + b) | 0;
  const instance = callsModule.instantiate({
    heapSize: 65536,
    imports: { env: { plain: host, raw: host, buffer: host } },
  });
  const guest = instance.exports as unknown as Guest;
  const v8Calls = new WebAssembly.Instance(new WebAssembly.Module(read('calls')), {
    env: { plain: add, raw: add, buffer: add },
  });
  const v8Guest = v8Calls.exports as unknown as Guest;
  const throwers = callsModule.instantiate({
    imports: { env: { plain: thrower, raw: host, buffer: host } },
  });
  const v8Throwers = new WebAssembly.Instance(new WebAssembly.Module(read('calls')), {
    env: { plain: thrower, raw: add, buffer: add },
  });
  const samples = instance.malloc(f32, 256);
  const v8View = new Float32Array((v8Calls.exports.memory as WebAssembly.Memory).buffer, 1024, 256);
  const small = read('small');
  const withMemory = read('memory_128k');
  const memoryModule = runtime.load(withMemory);
  const pool = new InstancePool(memoryModule, { max: 1 });
  const again = memoryModule.instantiate();
  const v8MemoryModule = new WebAssembly.Module(withMemory);
  return {
    ...context(runtime, read('context')),
    ...bareComparisons(),
    'node/call_in': { wembed: { loop: callInWembed(guest) }, v8: { loop: callInV8(v8Guest) } },
    'node/call_out': { wembed: callOut(guest), v8: callOut(v8Guest) },
    'node/call_out_turns': { wembed: callOutInTurns(guest), v8: callOutInTurns(v8Guest) },
    'node/throw': {
      wembed: throwing(throwers.exports as unknown as Guest),
      v8: throwing(v8Throwers.exports as unknown as Guest),
    },
    'node/view_read': { wembed: { loop: readWembed(samples) }, v8: { loop: readV8(v8View) } },
    'node/load_150': {
      wembed: repeat(() => runtime.load(small).close()),
      v8: repeat(() => new WebAssembly.Module(small)),
    },
    'node/instantiate_128k': {
      wembed: repeat(() => memoryModule.instantiate().close()),
      v8: repeat(() => new WebAssembly.Instance(v8MemoryModule)),
    },
    'node/pooled_128k': { wembed: repeat(() => pool.tryAcquire()?.release()) },
    'node/reset_128k': { wembed: repeat(() => again.reset()) },
    'node/malloc_free': { wembed: repeat(() => instance.malloc(f32, 16).free()) },
  };
}

async function measureOne(row: Row, one: Comparison, settings: Settings): Promise<Row> {
  const v8 = one.v8 === undefined ? undefined : clockOf(one.v8, settings);
  const wembed = clockOf(one.wembed, settings);
  const [measured = row] = await compare([{ row, wembed }], v8, settings.rounds);
  return measured;
}

/** A row that has its goal in what another takes, and that other one. */
async function measureBoth(
  row: Row,
  { of, most }: { of: string; most: number },
  all: Record<string, Comparison>,
  settings: Settings,
): Promise<Row[]> {
  const [one, other] = [all[row.name], all[of]];
  if (one === undefined || other === undefined) return [failed(row, 'not measured')];
  const second: Row = { name: of, what: descriptions[of]?.what ?? '', unit: 'ns' };
  const clocks = [
    { row, wembed: clockOf(one.wembed, settings) },
    { row: second, wembed: clockOf(other.wembed, settings) },
  ];
  const v8 = one.v8 === undefined ? undefined : clockOf(one.v8, settings);
  const [measured = row, beside = second] = await compare(clocks, v8, settings.rounds);
  const value = most * (beside.wembed ?? NaN);
  const note = `takes ${((measured.wembed ?? NaN) / (beside.wembed ?? NaN)).toFixed(2)}`;
  const target = { text: `${most} of ${of}: ${figure(value, 'ns')}`, value };
  return [
    { ...measured, target, note },
    { name: of, what: second.what, unit: 'ns', wembed: beside.wembed ?? NaN },
  ];
}

/** Nanoseconds of an empty C call, now. */
async function emptyCall(host: LineProgram, modules: string, settings: Settings): Promise<number> {
  await ask(host, `operations ${modules}`);
  const clock = clockOfHost(host, `measure ${settings.leastMs} c/empty_call`);
  const times: number[] = [];
  for (let i = 0; i < settings.rounds; i++) times.push(await clock());
  return median(times);
}

/** What has a goal in empty calls: the goal, and how many they are. */
function inCalls(row: Row, empty: number): Row {
  const calls = descriptions[row.name]?.calls;
  if (calls === undefined || row.wembed === undefined) return row;
  const value = calls * empty;
  const text = `${calls} empty C calls: ${figure(value, 'ns')}`;
  return { ...row, target: { text, value }, note: `takes ${(row.wembed / empty).toFixed(1)}` };
}

async function nestingOf(row: Row, settings: Settings): Promise<Row> {
  try {
    return measureNesting(row, loadLibrary(), await assembleModules(), settings);
  } catch (error) {
    return failed(row, error);
  }
}

export const measureNode: Section = async (host, settings, show) => {
  const rows = Object.entries(descriptions)
    .filter(([name]) => settings.filter.test(name))
    .map(([name, { what }]): Row => ({ name, what, unit: 'ns' }));
  const nesting: Row = {
    name: 'node/nesting',
    what: 'guest, host, guest: how deep',
    unit: 'count',
  };
  if (rows.length === 0 && !settings.filter.test(nesting.name)) return [];
  let all: Record<string, Comparison> = {};
  let missing: unknown = 'not measured';
  let empty = NaN;
  try {
    const modules = await assembleModules();
    all = comparisons(loadLibrary(), modules);
    empty = await emptyCall(host, modules, settings);
  } catch (error) {
    missing = error;
  }
  const measured: Row[] = [];
  const add = (row: Row): void => {
    show(row);
    measured.push(row);
  };
  for (const row of rows) {
    const one = all[row.name];
    const times = descriptions[row.name]?.times;
    if (measured.some(({ name }) => name === row.name)) continue;
    if (one === undefined) add(failed(row, missing));
    else if (times === undefined) add(inCalls(await measureOne(row, one, settings), empty));
    else (await measureBoth(row, times, all, settings)).forEach(add);
  }
  if (settings.filter.test(nesting.name)) add(await nestingOf(nesting, settings));
  return measured;
};
