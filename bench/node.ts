/** The same operations as a TypeScript program does them: wembed's addon beside V8. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as wembed from '../lib/index.js';
import type { LineProgram } from '../test/line_program.js';
import { assembleModules } from './assemble.js';
import {
  calibrate,
  median,
  nanoseconds,
  pause,
  withRatio,
  type Row,
  type Settings,
} from './row.js';

type Loop = (n: number) => void;

interface Description {
  what: string;
  target?: string;
}

interface Comparison {
  wembed: Loop;
  /** Taken off wembed's time: a loop in the guest without the call. */
  wembedLess?: Loop;
  v8?: Loop;
  v8Less?: Loop;
}

interface Guest {
  add: (a: number, b: number) => number;
  none: (n: number) => number;
  call_plain: (n: number) => number;
}

const descriptions: Record<string, Description> = {
  'node/call_in': { what: 'JS to wasm, two i32', target: '20 ns' },
  'node/call_out': { what: 'wasm to JS host function, less the loop', target: '100 ns' },
  'node/view_read': { what: 'an element through a view that is never stale' },
  'node/load_150': { what: 'load and close a module of 150 bytes' },
  'node/instantiate_128k': { what: 'instantiate and close, 128 KiB of memory' },
  'node/malloc_free': { what: 'malloc and free of 16 f32 in the guest' },
};

/** Where results go, so that no engine can leave work out. */
export const sink: { last: unknown } = { last: undefined };

function callIn(guest: Guest): Loop {
  return (n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum = guest.add(sum, i);
    sink.last = sum;
  };
}

function callOut(guest: Guest): Loop {
  return (n) => (sink.last = guest.call_plain(n));
}

function loopOnly(guest: Guest): Loop {
  return (n) => (sink.last = guest.none(n));
}

function readView(view: () => Float32Array): Loop {
  return (n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += view()[i & 255] ?? 0;
    sink.last = sum;
  };
}

function repeat(work: () => unknown): Loop {
  return (n) => {
    for (let i = 0; i < n; i++) sink.last = work();
  };
}

/** Everything that is compared. Modules and instances stay open until the process ends. */
function comparisons({ Runtime, f32 }: typeof wembed, modules: string): Record<string, Comparison> {
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
  const samples = instance.malloc(f32, 256);
  const v8View = new Float32Array((v8Calls.exports.memory as WebAssembly.Memory).buffer, 1024, 256);
  const small = read('small');
  const withMemory = read('memory_128k');
  const memoryModule = runtime.load(withMemory);
  const v8MemoryModule = new WebAssembly.Module(withMemory);
  return {
    'node/call_in': {
      wembed: callIn(guest),
      v8: callIn(v8Guest),
    },
    'node/call_out': {
      wembed: callOut(guest),
      wembedLess: loopOnly(guest),
      v8: callOut(v8Guest),
      v8Less: loopOnly(v8Guest),
    },
    'node/view_read': {
      wembed: readView(() => samples.view),
      v8: readView(() => v8View),
    },
    'node/load_150': {
      wembed: repeat(() => runtime.load(small).close()),
      v8: repeat(() => new WebAssembly.Module(small)),
    },
    'node/instantiate_128k': {
      wembed: repeat(() => memoryModule.instantiate().close()),
      v8: repeat(() => new WebAssembly.Instance(v8MemoryModule)),
    },
    'node/malloc_free': {
      wembed: repeat(() => instance.malloc(f32, 16).free()),
    },
  };
}

/** Nanoseconds of one. */
function time(loop: Loop, less: Loop | undefined, leastMs: number): number {
  const { n, each } = calibrate(leastMs, loop);
  if (less === undefined) return each;
  return each - nanoseconds(() => less(n)) / n;
}

async function measureComparison(row: Row, one: Comparison, settings: Settings): Promise<Row> {
  const { v8 } = one;
  const wembed: number[] = [];
  const others: number[] = [];
  try {
    time(one.wembed, one.wembedLess, settings.leastMs);
    if (v8 !== undefined) time(v8, one.v8Less, settings.leastMs);
    await pause(20);
    for (let round = 0; round < settings.rounds; round++) {
      wembed.push(time(one.wembed, one.wembedLess, settings.leastMs));
      if (v8 !== undefined) others.push(time(v8, one.v8Less, settings.leastMs));
    }
  } catch (error) {
    return { ...row, missing: error instanceof Error ? error.message : String(error) };
  }
  const v8Figure = v8 === undefined ? {} : { v8: median(others) };
  return withRatio({ ...row, wembed: median(wembed), ...v8Figure });
}

export async function measureNode(
  _host: LineProgram,
  settings: Settings,
  show: (row: Row) => void,
): Promise<Row[]> {
  const rows = Object.entries(descriptions)
    .filter(([name]) => settings.filter.test(name))
    .map(([name, description]): Row => ({ name, unit: 'ns', ...description }));
  if (rows.length === 0) return [];
  let all: Record<string, Comparison> = {};
  let missing = 'not measured';
  try {
    all = comparisons(await import('../lib/index.js'), await assembleModules());
  } catch (error) {
    missing = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  }
  const measured: Row[] = [];
  for (const row of rows) {
    const one = all[row.name];
    const result = one ? await measureComparison(row, one, settings) : { ...row, missing };
    show(result);
    measured.push(result);
  }
  return measured;
}
