/**
 * Programs that nobody here wrote, by packages of npm's: each in a process with V8's WebAssembly and
 * in one with wembed in its place, in turns.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LineProgram } from '../test/line_program.js';
import { compileAll, compiled, shimPath } from '../test/packages/compare.js';
import { packages } from './loading.js';
import { compare, type Clock, type Section } from './measure.js';
import { failed, withRatio, type Row, type Settings } from './row.js';

/** What each does with which package, and the features of its modules. */
const programs: Readonly<Record<string, { what: string; uses: string; features?: string }>> = {
  bcrypt: { what: 'a slow hash', uses: 'hash-wasm' },
  brotli: { what: '200 KB, and back', uses: 'brotli-wasm' },
  mupdf: { what: 'a page to pixels', uses: 'mupdf', features: 'legacyExceptions' },
  quickjs: { what: 'a program interpreted', uses: 'quickjs-emscripten' },
  resvg: { what: 'a drawing to pixels', uses: '@resvg/resvg-wasm' },
  sh_syntax: { what: 'a script printed', uses: 'sh-syntax' },
  sqlite: { what: 'inserts, joins, sorts', uses: 'sql.js' },
  webp: { what: '256 x 256 pixels', uses: '@jsquash/webp' },
  zstd: { what: '300 KB, and back', uses: '@bokuweb/zstd-wasm' },
};

const longest = 120_000;
/** Both engines compile what is hot meanwhile. */
const warmMs = 2000;

/** A process that runs the program, with what its start took and the first result. */
interface Side {
  readonly process: LineProgram;
  readonly start: number;
  readonly result: string;
}

function numberOf(answer: string): number {
  const [status, figure] = answer.split(' ');
  if (status !== 'ok') throw new Error(answer);
  return Number(figure);
}

async function startSide(name: string, features?: string): Promise<Side> {
  const preload = features === undefined ? [] : ['--require', shimPath];
  const main = join(compiled, 'bench', 'programs', 'main.js');
  const process_ = new LineProgram(process.execPath, longest, [...preload, main, name], {
    NODE_OPTIONS: '',
    WEMBED_TEST_PACKAGES: packages,
    WEMBED_TEST_FEATURES: features ?? '',
  });
  const answer = await process_.send('start');
  const start = numberOf(answer);
  numberOf(await process_.send(String(warmMs)));
  return { process: process_, start, result: answer.split(' ')[2] ?? '' };
}

async function measureProgram(name: string, settings: Settings): Promise<Row[]> {
  const { what = '', uses = '', features = '' } = programs[name] ?? {};
  const row: Row = {
    name: `program/${name}`,
    what: `${uses}: ${what}`,
    unit: 'ns',
    target: { text: "1 / 0.7 of V8's", ofV8: 1 / 0.7 },
  };
  const startRow: Row = {
    name: `program/${name}_start`,
    what: 'until the first result',
    unit: 'ns',
  };
  if (!existsSync(join(packages, 'node_modules', uses))) {
    return [row, startRow].map((one) => ({ ...one, missing: 'npm run bench:modules installs it' }));
  }
  const sides: Side[] = [];
  try {
    const v8 = await startSide(name);
    sides.push(v8);
    const wembed = await startSide(name, features);
    sides.push(wembed);
    if (v8.result !== wembed.result) throw new Error('the results differ');
    const clock = (side: Side): Clock => async () => numberOf(await side.process.send(String(settings.leastMs))); // prettier-ignore
    const comparison = { row, wembed: clock(wembed) };
    const rows = await compare([comparison], clock(v8), settings.rounds);
    return [...rows, withRatio({ ...startRow, wembed: wembed.start, v8: v8.start })];
  } catch (error) {
    return [failed(row, error)];
  } finally {
    for (const side of sides) await side.process.close();
  }
}

export const measurePrograms: Section = async (_host, settings, show) => {
  const names = Object.keys(programs).filter((name) => settings.filter.test(`program/${name}`));
  if (names.length > 0) compileAll('bench/programs');
  const rows: Row[] = [];
  for (const name of names) {
    for (const row of await measureProgram(name, settings)) {
      rows.push(row);
      show(row);
    }
  }
  return rows;
};
