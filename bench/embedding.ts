/** Embedding operations in C (embed.c), and the same in V8 where it has them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LineProgram } from '../test/line_program.js';
import { assembleModules } from './assemble.js';
import { ask, clockOf, clockOfHost, compare, type Section, type Work } from './measure.js';
import { failed, figure, type Row, type Settings, type Target } from './row.js';

interface Description {
  what: string;
  /** Nanoseconds. */
  target?: number;
  /** The target holds where an empty call takes 1.3 ns, and moves with that call. */
  scaled?: boolean;
  /** Name of V8's operation, see v8Operations. */
  v8?: string;
}

const yardstick = 'c/empty_call';
const yardstickOfTargets = 1.3;

const descriptions: Record<string, Description> = {
  'c/empty_call': { what: 'call of an empty C function by pointer: the yardstick' },
  'c/load_unload_150': {
    what: 'load and unload a module of 150 bytes',
    target: 2000,
    v8: 'load',
  },
  // 11 empty calls.
  'c/call_wasm': {
    what: 'call in, (i32 i32)->i32, cells',
    target: 14.3,
    scaled: true,
    v8: 'callIn',
  },
  'c/call_wasm_a': { what: 'call in, typed values', target: 14.3, scaled: true, v8: 'callIn' },
  'c/wembed_call': { what: 'call in, slots', target: 14.3, scaled: true, v8: 'callIn' },
  'c/call_out': { what: 'call out, (ii)i, less the loop', target: 12, v8: 'callOut' },
  'c/call_out_raw': { what: 'call out, raw, less the loop', target: 12, v8: 'callOut' },
  'c/call_out_buffer': { what: 'call out, (*~)i, less the loop', target: 12, v8: 'callOut' },
  // 150 empty calls.
  'c/throw_catch': {
    what: 'throw and catch a frame apart, try_table',
    target: 195,
    scaled: true,
  },
  'c/throw_catch_ref': {
    what: 'the same with a reference that is kept',
    target: 195,
    scaled: true,
  },
  'c/throw_catch_legacy': {
    what: 'the same by the legacy form',
    target: 195,
    scaled: true,
  },
  'c/context_direct': { what: 'host function: own data and 4 KiB of guest memory in place' },
  'c/context_copied': { what: 'the same through a buffer in between' },
  // 11 and 37 empty calls.
  'c/struct_new_get_set': {
    what: 'struct.new, get and set of an object that nobody keeps, less the loop',
    target: 14.3,
    scaled: true,
  },
  'c/struct_kept': {
    what: 'struct.new into an array of 1,024, collections included, less the loop',
    target: 48.1,
    scaled: true,
  },
  // 6 and 11 empty calls.
  'c/atomic_add': { what: 'i32.atomic.rmw.add, less the loop', target: 7.8, scaled: true },
  'c/notify_nobody': {
    what: 'memory.atomic.notify where nobody waits, less the loop',
    target: 14.3,
    scaled: true,
  },
  'c/wake_futexes': { what: 'two threads wake each other, by bare futexes: there and back' },
  'c/wake_guests': {
    what: 'the same in guests, by memory.atomic.wait32 and notify: at most 6 of those',
  },
  'c/wasi_write': { what: 'fd_write of 4 KiB to a file in memory: at most 1.5 of the next row' },
  'c/bare_write': { what: 'the same by write(2)' },
  'c/wasi_read': { what: 'fd_read of 4 KiB: at most 1.5 of the next row' },
  'c/bare_read': { what: 'the same by read(2)' },
  'c/wasi_clock': { what: 'clock_time_get: at most 60 ns more than the next row' },
  'c/bare_clock': { what: 'the same by clock_gettime(3)' },
  'c/wasi_random': { what: 'random_get of 32 bytes' },
  'c/bare_random': { what: 'the same by getrandom(2)' },
  'c/module_malloc_free': { what: 'module_malloc + module_free, 64 bytes', target: 20 },
  'c/module_malloc_free_mixed': {
    what: 'the same, 64 live blocks of 16 to 527 bytes',
    target: 20,
  },
  'c/addr_app_to_native': {
    what: 'wasm_runtime_addr_app_to_native',
    target: 1.5,
    scaled: true,
  },
  'c/addr_native_to_app': {
    what: 'wasm_runtime_addr_native_to_app',
    target: 1.5,
    scaled: true,
  },
  'c/validate_app_addr': {
    what: 'wasm_runtime_validate_app_addr, 64 bytes',
    target: 1.5,
    scaled: true,
  },
};

/** Of all operations. */
export const operationNames = Object.keys(descriptions);

type Guest = Record<'add' | 'none' | 'call_plain', (a: number, b?: number) => number>;

/** What V8 can do of the above, from JavaScript. */
function v8Operations(modules: string): Record<string, Work> {
  const read = (name: string): Buffer => readFileSync(join(modules, `${name}.wasm`));
  const small = read('small');
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

function targetOf({ target, scaled }: Description, emptyCall: number): Partial<Row> {
  if (target === undefined) return {};
  const text = figure(target, 'ns');
  if (scaled !== true) {
    const goal: Target = { text, value: target };
    return { target: goal, note: `empty call ${figure(emptyCall, 'ns')}` };
  }
  const value = (target * emptyCall) / yardstickOfTargets;
  const goal = `${text} where an empty call takes ${figure(yardstickOfTargets, 'ns')}`;
  return { target: { text: `${goal}: here ${figure(value, 'ns')}`, value } };
}

async function measureOperation(
  host: LineProgram,
  name: string,
  v8: Work | undefined,
  settings: Settings,
): Promise<Row> {
  const row: Row = { name, what: descriptions[name]?.what ?? '', unit: 'ns' };
  const wembed = clockOfHost(host, `measure ${settings.leastMs} ${name}`);
  const clock = v8 === undefined ? undefined : clockOf(v8, settings);
  const [measured = row] = await compare([{ row, wembed }], clock, settings.rounds);
  return measured;
}

export const measureEmbedding: Section = async (host, settings, show) => {
  const wanted = Object.entries(descriptions).filter(([name]) => settings.filter.test(name));
  if (wanted.length === 0) return [];
  const rows: Row[] = [];
  try {
    const modules = await assembleModules();
    await ask(host, `operations ${modules}`);
    const operations = v8Operations(modules);
    const empty = await measureOperation(host, yardstick, undefined, settings);
    for (const [name, description] of wanted) {
      const v8 = description.v8 === undefined ? undefined : operations[description.v8];
      const measured =
        name === yardstick ? empty : await measureOperation(host, name, v8, settings);
      const row = { ...measured, ...targetOf(description, empty.wembed ?? NaN) };
      rows.push(row);
      show(row);
    }
  } catch (error) {
    const done = rows.length;
    for (const [name, { what }] of wanted.slice(done)) {
      rows.push(failed({ name, what, unit: 'ns' }, error));
    }
  }
  return rows;
};
