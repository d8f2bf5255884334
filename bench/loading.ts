/** Loading: large real modules, small ones by the hundred thousand; V8 in a process of its own. */
import { existsSync, statSync } from 'node:fs';
import { freemem } from 'node:os';
import { join, resolve } from 'node:path';
import { LineProgram } from '../test/line_program.js';
import { assembleModules } from './assemble.js';
import { median, withRatio, type Row, type Settings } from './row.js';

/** Where `npm run bench:modules` puts the packages. */
export const packages = resolve(__dirname, '..', 'out', 'bench', 'npm');

const modules: Record<string, string> = {
  esbuild: 'esbuild-wasm/esbuild.wasm',
  duckdb: '@duckdb/duckdb-wasm/dist/duckdb-mvp.wasm',
  resvg: '@resvg/resvg-wasm/index_bg.wasm',
  sqlite: 'sql.js/dist/sql-wasm.wasm',
};

const v8Timeout = 120_000;

function startV8(): LineProgram {
  const script = join(__dirname, 'v8_program.cjs');
  return new LineProgram(process.execPath, v8Timeout, ['--single-threaded', script]);
}

async function numbers(program: LineProgram, line: string): Promise<number[]> {
  const answer = await program.send(line);
  if (!answer.startsWith('ok ')) throw new Error(answer);
  return answer.slice(3).split(' ').map(Number);
}

function failed(row: Row, error: unknown): Row {
  return { ...row, missing: error instanceof Error ? error.message : String(error) };
}

/** Decoding and validating one module, and the memory that stays allocated for it. */
async function measureModule(
  host: LineProgram,
  v8: LineProgram,
  name: string,
  settings: Settings,
): Promise<Row[]> {
  const path = join(packages, 'node_modules', modules[name] ?? '');
  const speed: Row = {
    name: `load/${name}`,
    what: 'decode and validate, one core',
    unit: 'MB/s',
    target: ">= V8's (accepted: 0.71)",
  };
  const memory: Row = {
    name: `load/${name}_memory`,
    what: "memory added, share of the module's size",
    unit: 'share',
    target: '0.1',
  };
  if (!existsSync(path)) {
    const missing = 'npm run bench:modules installs it';
    return [
      { ...speed, missing },
      { ...memory, missing },
    ];
  }
  const size = statSync(path).size;
  const what = `${speed.what}, ${(size / 1e6).toFixed(1)} MB`;
  try {
    const ours: number[] = [];
    const theirs: number[] = [];
    let stays = 0;
    for (let round = 0; round < settings.rounds + 1; round++) {
      const [time = NaN, allocated = NaN] = await numbers(host, `load ${path}`);
      const [v8Time = NaN] = await numbers(v8, `validate ${path}`);
      stays = allocated;
      if (round === 0 && settings.rounds > 1) continue; // The first touches the file's bytes.
      ours.push(time);
      theirs.push(v8Time);
    }
    const rate = (times: number[]): number => (size * 1e3) / median(times);
    const row = withRatio({ ...speed, what, wembed: rate(ours), v8: rate(theirs) });
    return [row, { ...memory, wembed: stays / size }];
  } catch (error) {
    return [failed({ ...speed, what }, error), failed(memory, error)];
  }
}

/** How many instances with a page of memory there can be at the same time. */
async function measureInstances(
  host: LineProgram,
  v8: LineProgram,
  settings: Settings,
): Promise<Row> {
  const target = settings.rounds === 1 ? 1000 : 100_000;
  // Heap memory is really there: not more than half of what is free.
  const count = Math.min(target, Math.floor(freemem() / 2 / 80_000));
  const row: Row = {
    name: 'instances/live',
    what: `live instances of one page, ${count} asked for`,
    unit: 'count',
    target: '100,000',
  };
  try {
    const path = join(await assembleModules(), 'memory_64k.wasm');
    const [wembed = NaN] = await numbers(host, `instances ${count} automatic ${path}`);
    const [others = NaN] = await numbers(v8, `instances ${count} ${path}`);
    return withRatio({ ...row, wembed, v8: others });
  } catch (error) {
    return failed(row, error);
  }
}

export async function measureLoading(
  host: LineProgram,
  settings: Settings,
  show: (row: Row) => void,
): Promise<Row[]> {
  const names = Object.keys(modules).filter((name) => settings.filter.test(`load/${name}`));
  const withInstances = settings.filter.test('instances/live');
  if (names.length === 0 && !withInstances) return [];
  const v8 = startV8();
  const rows: Row[] = [];
  for (const name of names) {
    const measured = await measureModule(host, v8, name, settings);
    measured.forEach(show);
    rows.push(...measured);
  }
  if (withInstances) {
    const row = await measureInstances(host, v8, settings);
    show(row);
    rows.push(row);
  }
  await v8.close();
  return rows;
}
