/** Loading large real modules, V8 in a process of its own. */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { LineProgram } from '../test/line_program.js';
import { ask, type Section } from './measure.js';
import { failed, median, withRatio, type Row, type Settings } from './row.js';
import { startV8 } from './v8.js';

/** Where `npm run bench:modules` puts the packages. */
export const packages = resolve(__dirname, '..', 'out', 'bench', 'npm');

/** Large modules, by the row's name: where they are in the packages. */
export const modules: Record<string, string> = {
  esbuild: 'esbuild-wasm/esbuild.wasm',
  duckdb: '@duckdb/duckdb-wasm/dist/duckdb-mvp.wasm',
  resvg: '@resvg/resvg-wasm/index_bg.wasm',
  sqlite: 'sql.js/dist/sql-wasm.wasm',
};

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
    target: { text: "0.71 of V8's; aim: V8's", ofV8: 0.71 },
  };
  const memory: Row = {
    name: `load/${name}_memory`,
    what: "memory added, share of the module's size",
    unit: 'share',
    target: { text: '0.1', value: 0.1 },
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
      const [time = NaN, allocated = NaN] = await ask(host, `load borrow ${path}`);
      const [v8Time = NaN] = await ask(v8, `validate ${path}`);
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

export const measureLoading: Section = async (host, settings, show) => {
  const names = Object.keys(modules).filter((name) => settings.filter.test(`load/${name}`));
  if (names.length === 0) return [];
  const v8 = startV8();
  const rows: Row[] = [];
  for (const name of names) {
    const measured = await measureModule(host, v8, name, settings);
    measured.forEach(show);
    rows.push(...measured);
  }
  await v8.close();
  return rows;
};
