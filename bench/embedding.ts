/** Embedding operations in C (embed.c), and the same in V8 where it has them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** One of V8's operations, n times; `less` is a loop whose time is taken off. */
interface V8Operation {
  loop: Loop;
  less?: Loop;
}

interface Description {
  what: string;
  target?: string;
  /** Name of V8's operation, see v8Operations. */
  v8?: string;
}

const descriptions: Record<string, Description> = {
  'c/empty_call': { what: 'call of an empty C function by pointer: the yardstick' },
  'c/load_unload_150': {
    what: 'load and unload a module of 150 bytes',
    target: '2 us',
    v8: 'load',
  },
  'c/instantiate_128k_mapped': {
    what: 'instantiate and drop, 128 KiB of mapped memory',
    target: '10 us',
    v8: 'instantiate',
  },
  'c/instantiate_128k_heap': {
    what: 'instantiate and drop, 128 KiB of heap memory',
    target: '10 us',
    v8: 'instantiate',
  },
  'c/call_wasm': { what: 'call in, (i32 i32)->i32, cells', target: '25 ns', v8: 'callIn' },
  'c/call_wasm_a': { what: 'call in, typed values', target: '25 ns', v8: 'callIn' },
  'c/wembed_call': { what: 'call in, slots', target: '25 ns', v8: 'callIn' },
  'c/call_out': { what: 'call out, (ii)i, less the loop', target: '12 ns', v8: 'callOut' },
  'c/call_out_raw': { what: 'call out, raw, less the loop', target: '12 ns', v8: 'callOut' },
  'c/call_out_buffer': { what: 'call out, (*~)i, less the loop', target: '12 ns', v8: 'callOut' },
  'c/module_malloc_free': { what: 'module_malloc + module_free, 64 bytes', target: '20 ns' },
  'c/module_malloc_free_mixed': {
    what: 'the same, 64 live blocks of 16 to 527 bytes',
    target: '20 ns',
  },
  'c/addr_app_to_native': { what: 'wasm_runtime_addr_app_to_native', target: '1.5 ns' },
  'c/addr_native_to_app': { what: 'wasm_runtime_addr_native_to_app', target: '1.5 ns' },
  'c/validate_app_addr': { what: 'wasm_runtime_validate_app_addr, 64 bytes', target: '1.5 ns' },
};

type Guest = Record<'add' | 'none' | 'call_plain', (a: number, b?: number) => number>;

/** What V8 can do of the above, from JavaScript. */
function v8Operations(modules: string): Record<string, V8Operation> {
  const read = (name: string): Buffer => readFileSync(join(modules, `${name}.wasm`));
  const small = read('small');
  const withMemory = new WebAssembly.Module(read('memory_128k'));
  const add = (a: number, b: number): number => (a + b) | 0;
  const imports = { env: { plain: add, raw: add, buffer: add } as never };
  const calls = new WebAssembly.Instance(new WebAssembly.Module(read('calls')), imports);
  const guest = calls.exports as Guest;
  let last: unknown;
  return {
    load: {
      loop: (n) => {
        for (let i = 0; i < n; i++) last = new WebAssembly.Module(small);
      },
    },
    instantiate: {
      loop: (n) => {
        for (let i = 0; i < n; i++) last = new WebAssembly.Instance(withMemory, {});
      },
    },
    callIn: {
      loop: (n) => {
        let sum = 0;
        for (let i = 0; i < n; i++) sum = guest.add(sum, i);
        last = sum + Number(last === undefined);
      },
    },
    callOut: {
      loop: (n) => (last = n > 0 && guest.call_plain(n)),
      less: (n) => (last = n > 0 && guest.none(n)),
    },
  };
}

/** Nanoseconds of one, after a part that only warms up. */
async function timeV8(operation: V8Operation, settings: Settings): Promise<number> {
  const once = (): number => {
    const { n, each } = calibrate(settings.leastMs, operation.loop);
    const { less } = operation;
    if (less === undefined) return each;
    return each - nanoseconds(() => less(n)) / n;
  };
  once();
  await pause(20);
  return once();
}

async function measureNative(host: LineProgram, name: string, ms: number): Promise<number> {
  const answer = await host.send(`measure ${ms} ${name}`);
  if (!answer.startsWith('ok ')) throw new Error(answer);
  return Number(answer.slice(3));
}

async function measureOperation(
  host: LineProgram,
  row: Row,
  v8: V8Operation | undefined,
  settings: Settings,
): Promise<Row> {
  try {
    const wembed: number[] = [];
    const others: number[] = [];
    for (let round = 0; round < settings.rounds; round++) {
      wembed.push(await measureNative(host, row.name, settings.leastMs));
      if (v8 !== undefined) others.push(await timeV8(v8, settings));
    }
    const v8Figure = v8 === undefined ? {} : { v8: median(others) };
    return withRatio({ ...row, wembed: median(wembed), ...v8Figure });
  } catch (error) {
    return { ...row, missing: error instanceof Error ? error.message : String(error) };
  }
}

export async function measureEmbedding(
  host: LineProgram,
  settings: Settings,
  show: (row: Row) => void,
): Promise<Row[]> {
  const wanted = Object.keys(descriptions).filter((name) => settings.filter.test(name));
  if (wanted.length === 0) return [];
  const modules = await assembleModules();
  const known = await host.send(`operations ${modules}`);
  const operations = v8Operations(modules);
  const rows: Row[] = [];
  for (const name of wanted) {
    const { what, target, v8 } = descriptions[name] ?? { what: '' };
    const row: Row = { name, what, unit: 'ns', ...(target === undefined ? {} : { target }) };
    const measured = known.startsWith('ok')
      ? await measureOperation(host, row, v8 === undefined ? undefined : operations[v8], settings)
      : { ...row, missing: known };
    rows.push(measured);
    show(measured);
  }
  return rows;
}
