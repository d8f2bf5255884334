/** Rows that the native program measures: what to ask for, with how much work. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { assembleModules } from '../assemble.js';
import { steps } from '../backends.js';
import { compileKernels } from '../compile.js';
import { operationNames } from '../embedding.js';
import { largeModule } from '../large_module.js';
import { modules as packageModules, packages } from '../loading.js';

export interface NativeRow {
  name: string;
  what: string;
  /** Sent to the program before the row's questions. */
  prepare?: string;
  /** The question for so much work. */
  ask: (n: number) => string;
  /** Where the time is in the answer. */
  time: number;
  /** The time is for all of the work, not for each piece. */
  whole?: boolean;
  /** Work for instructions to be counted: little, they do not vary. */
  counted: number;
  /** Largest number of pieces in a question. */
  most: number;
}

const real = ['source-map/lib/mappings.wasm'];
const nodeModules = resolve(__dirname, '../../node_modules');

async function kernelRows(wanted: (name: string) => boolean): Promise<NativeRow[]> {
  const kernels = await compileKernels((name) => wanted(`kernel/${name}`));
  return kernels.map(({ name, path }) => ({
    name: `kernel/${name}`,
    what: 'one pass',
    prepare: `kernel mapped ${path}`,
    ask: (n) => `run ${n}`,
    time: 1,
    whole: true,
    counted: 1,
    most: 2 ** 28,
  }));
}

function memoryRows(modules: string): NativeRow[] {
  const plain = join(modules, 'memory_128k.wasm');
  const row = (name: string, what: string, words: string, path: string): NativeRow => ({
    name,
    what,
    ask: (n) => `cycles ${n} ${words} ${path}`,
    time: 0,
    counted: 20,
    most: 2 ** 24,
  });
  return [
    ...steps.map((step) =>
      row(`memory/instantiate/${step}`, 'instantiate and drop, 128 KiB', `${step} drop 0`, plain),
    ),
    row('memory/instantiate/pool_2_pages', 'the same, 2 pages written', 'pool drop 2', plain),
    ...['mapped', 'pool'].map((step) =>
      row(
        `memory/instantiate/table_${step}`,
        'the same, a table of 10,000 functions',
        `${step} drop 0`,
        join(modules, 'table_10000.wasm'),
      ),
    ),
    ...['pool', 'small-pool', 'mapped', 'heap'].map((step) =>
      row(`memory/reset/${step}_2_pages`, 'reset, 2 pages written', `${step} reset 2`, plain),
    ),
  ];
}

function loadRows(modules: string): NativeRow[] {
  const own = [['generated_4mb', largeModule(4)]];
  const installed = [
    ...real.map((path) => join(nodeModules, path)),
    ...Object.values(packageModules).map((path) => join(packages, 'node_modules', path)),
  ].map((path) => [path.replace(/.*\//, '').replace('.wasm', ''), path]);
  const files = [...own, ...installed].filter(([, path = '']) => existsSync(path));
  const loads = files.map(([name = '', path = '']): NativeRow => ({
    name: `load/${name}`,
    what: 'decode and validate',
    ask: () => `load borrow ${path}`,
    time: 0,
    counted: 1,
    most: 1,
  }));
  const first = (name: string, what: string): NativeRow => ({
    name: `load/${name}`,
    what,
    ask: (n) => `first ${n} ${join(modules, name)}.wasm`,
    time: 0,
    counted: 20,
    most: 2 ** 20,
  });
  return [
    ...loads,
    first('first_call', 'load, instantiate, first call, drop'),
    first('first_calls', 'the same, 500 functions called once'),
  ];
}

/** All rows whose names are wanted; makes the modules they need. */
export async function nativeRows(wanted: (name: string) => boolean): Promise<NativeRow[]> {
  const modules = await assembleModules();
  const operations = operationNames.map((name): NativeRow => ({
    name,
    what: '',
    prepare: `operations ${modules}`,
    ask: (n) => `times ${n} ${name}`,
    time: 0,
    counted: 1000,
    most: 2 ** 28,
  }));
  const others = [...operations, ...memoryRows(modules), ...loadRows(modules)];
  return [...(await kernelRows(wanted)), ...others.filter(({ name }) => wanted(name))];
}
