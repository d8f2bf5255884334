/** Compute kernels: the same module in wembed and in V8, taking turns. */
import { readFileSync } from 'node:fs';
import type { LineProgram } from '../test/line_program.js';
import { compileKernels, type Kernel } from './compile.js';
import {
  geometricMean,
  median,
  nanoseconds,
  pause,
  withRatio,
  type Row,
  type Settings,
} from './row.js';

type Run = (n: number) => number;

/**
 * Points for one iteration a second of the CoreMark-like kernel, chosen once so that V8 has
 * CoreMark's own figure, 28,600, on the machine that figure was measured on.
 */
export const pointsPerIteration = 1.158;

async function answer(host: LineProgram, line: string): Promise<number[]> {
  const text = await host.send(line);
  const [status, ...words] = text.split(' ');
  if (status !== 'ok') throw new Error(text);
  return words.map(Number);
}

/** V8's instance, after its optimising compiler has had time to replace the first code. */
async function warmV8(path: string, ms: number): Promise<Run> {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(path)));
  const run = exports.run as Run;
  for (let round = 0, n = 1; round < 6; round++) {
    const start = Date.now();
    while (Date.now() - start < ms / 6) {
      if (nanoseconds(() => run(n)) < 1e6) n *= 2;
    }
    await pause(5);
  }
  return run;
}

interface Times {
  wembed: number;
  v8: number;
}

/** Nanoseconds of one unit of work in both engines. */
async function time(host: LineProgram, run: Run, settings: Settings): Promise<Times> {
  const least = settings.leastMs * 1e6;
  let n = 1;
  let [sum, spent] = (await answer(host, `run ${n}`)) as [number, number];
  while (spent < least && n < 2 ** 28) {
    n = Math.max(n * 2, Math.min(n * 64, Math.floor((n * least) / Math.max(spent, 1))));
    [sum, spent] = (await answer(host, `run ${n}`)) as [number, number];
  }
  const check = run(n);
  if (check !== sum) throw new Error(`wembed computes ${sum}, V8 ${check}`);
  // V8 is given more of the work, so that its part is not too short to be timed.
  const once = nanoseconds(() => run(n));
  const more = Math.min(n * Math.max(1, Math.round(least / 8 / Math.max(once, 1))), 2 ** 30);
  const wembed: number[] = [];
  const v8: number[] = [];
  for (let round = 0; round < settings.rounds; round++) {
    wembed.push(((await answer(host, `run ${n}`))[1] ?? NaN) / n);
    v8.push(nanoseconds(() => run(more)) / more);
  }
  return { wembed: median(wembed), v8: median(v8) };
}

async function measureKernel(
  host: LineProgram,
  kernel: Kernel,
  backend: string,
  settings: Settings,
): Promise<Row> {
  const suffix = backend === 'mapped' ? '' : `@${backend}`;
  const row: Row = { name: `kernel/${kernel.name}${suffix}`, what: 'one pass', unit: 'ns' };
  try {
    await answer(host, `kernel ${backend} ${kernel.path}`);
    const run = await warmV8(kernel.path, settings.leastMs * 3);
    return withRatio({ ...row, ...(await time(host, run, settings)), target: '<= 10' });
  } catch (error) {
    return { ...row, missing: error instanceof Error ? error.message : String(error) };
  }
}

/** The score rows and the mean over the kernels of one backend. */
function summary(rows: Row[], backend: string): Row[] {
  const suffix = backend === 'mapped' ? '' : `@${backend}`;
  const ratios = rows.flatMap(({ ratio }) => (ratio === undefined ? [] : [ratio]));
  const mean: Row = {
    name: `kernels/geometric_mean${suffix}`,
    what: `wembed/V8 over ${ratios.length} kernels`,
    unit: 'share',
    target: '<= 10',
    ...(ratios.length === 0 ? { missing: 'no kernel ran' } : { ratio: geometricMean(ratios) }),
  };
  const mix = rows.find(({ name }) => name === `kernel/coremark_like${suffix}`);
  if (mix === undefined) return [mean];
  const score: Row = {
    name: `kernels/coremark_like_score${suffix}`,
    what: 'points: iterations a second, scaled',
    unit: 'score',
    target: '>= 2,700 where V8 has 28,600',
    ...(mix.missing === undefined ? {} : { missing: mix.missing }),
  };
  const points = (ns: number): number => (1e9 / ns) * pointsPerIteration;
  if (mix.wembed !== undefined && mix.v8 !== undefined) {
    return [mean, withRatio({ ...score, wembed: points(mix.wembed), v8: points(mix.v8) })];
  }
  return [mean, score];
}

export async function measureKernels(
  host: LineProgram,
  settings: Settings,
  show: (row: Row) => void,
): Promise<Row[]> {
  const kernels = await compileKernels(settings.filter);
  const all: Row[] = [];
  for (const backend of kernels.length === 0 ? [] : settings.backends) {
    const rows: Row[] = [];
    for (const kernel of kernels) {
      const row = await measureKernel(host, kernel, backend, settings);
      rows.push(row);
      show(row);
    }
    all.push(...rows, ...summary(rows, backend));
  }
  return all;
}
