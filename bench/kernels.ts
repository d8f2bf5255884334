/** Compute kernels: the same module in wembed and in V8, taking turns. */
import { readFileSync } from 'node:fs';
import type { LineProgram } from '../test/line_program.js';
import { compileKernels, keptKernels, type Kernel } from './compile.js';
import { ask, compare, nanoseconds, pause, type Clock, type Section } from './measure.js';
import { failed, geometricMean, withRatio, type Row, type Settings } from './row.js';

type Run = (n: number) => number;

/**
 * Points for one iteration a second of the CoreMark-like kernel, chosen once so that V8 has
 * CoreMark's own figure, 28,600, on the machine that figure was measured on.
 */
export const pointsPerIteration = 1.158;

const times10 = { text: "10 times V8's", ofV8: 10 };

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

/** Clocks for one pass of a kernel in both engines, whose checksums have been compared. */
export interface KernelClocks {
  wembed: (step: string) => Clock;
  v8: Clock;
}

/** Finds out how much work takes long enough, and that both engines compute the same. */
export async function kernelClocks(
  host: LineProgram,
  kernel: Kernel,
  settings: Settings,
): Promise<KernelClocks> {
  const least = settings.leastMs * 1e6;
  const run = await warmV8(kernel.path, settings.leastMs * 3);
  await ask(host, `kernel mapped ${kernel.path}`);
  let n = 1;
  let [sum, spent] = (await ask(host, `run ${n}`)) as [number, number];
  while (spent < least && n < 2 ** 28) {
    n = Math.max(n * 2, Math.min(n * 64, Math.floor((n * least) / Math.max(spent, 1))));
    [sum, spent] = (await ask(host, `run ${n}`)) as [number, number];
  }
  const check = run(n);
  if (check !== sum) throw new Error(`wembed computes ${sum}, V8 ${check}`);
  // V8 is given more of the work, so that its part is not too short to be timed.
  const once = nanoseconds(() => run(n));
  const more = Math.min(n * Math.max(1, Math.round(least / 8 / Math.max(once, 1))), 2 ** 30);
  let prepared = 'mapped';
  return {
    wembed: (step) => async () => {
      if (step !== prepared) {
        await ask(host, `kernel ${step} ${kernel.path}`);
        prepared = step;
        const [result] = await ask(host, `run ${n}`); // Translates it, and touches its memory.
        if (result !== sum) throw new Error(`on ${step} it computes ${result ?? 'nothing'}`);
      }
      return ((await ask(host, `run ${n}`))[1] ?? NaN) / n;
    },
    v8: () => nanoseconds(() => run(more)) / more,
  };
}

/** The row with the time of one pass in wembed and in V8, or with why there is none. */
export async function measureKernel(
  host: LineProgram,
  kernel: Kernel,
  row: Row,
  settings: Settings,
): Promise<Row> {
  try {
    const clocks = await kernelClocks(host, kernel, settings);
    const pair = { row, wembed: clocks.wembed('mapped') };
    const [measured = row] = await compare([pair], clocks.v8, settings.rounds);
    return measured;
  } catch (error) {
    return failed(row, error);
  }
}

function meanOf(name: string, rows: Row[]): Row {
  const ratios = rows.flatMap(({ ratio }) => (ratio === undefined ? [] : [ratio]));
  const mean: Row = {
    name,
    what: `time beside V8's, mean of ${ratios.length} kernels`,
    unit: 'share',
    target: times10,
  };
  return ratios.length === 0
    ? failed(mean, 'no kernel ran')
    : withRatio({ ...mean, wembed: geometricMean(ratios), v8: 1 });
}

/** The score of the mix of work. */
function scoreOf(mix: Row): Row {
  const score: Row = {
    name: 'kernels/coremark_like_score',
    what: 'points: iterations a second, scaled',
    unit: 'score',
    target: { text: '2,700 where V8 has 28,600', ofV8: 2700 / 28600 },
  };
  const points = (ns: number): number => (1e9 / ns) * pointsPerIteration;
  if (mix.wembed === undefined || mix.v8 === undefined) return failed(score, mix.missing);
  return withRatio({ ...score, wembed: points(mix.wembed), v8: points(mix.v8) });
}

export const measureKernels: Section = async (host, settings, show) => {
  const wanted = (group: string) => (name: string) => settings.filter.test(`${group}/${name}`);
  const measure = async (group: string, kernels: Kernel[]): Promise<Row[]> => {
    const rows: Row[] = [];
    for (const kernel of kernels) {
      const name = `${group}/${kernel.name}`;
      const row: Row = { name, what: 'one pass', unit: 'ns', target: times10 };
      const measured = await measureKernel(host, kernel, row, settings);
      rows.push(measured);
      show(measured);
    }
    return rows;
  };
  const rows = await measure('kernel', await compileKernels(wanted('kernel')));
  const mix = rows.find(({ name }) => name === 'kernel/coremark_like');
  const ofC = await measure('c_kernel', keptKernels(wanted('c_kernel')));
  return [
    ...rows,
    ...(rows.length === 0 ? [] : [meanOf('kernels/geometric_mean', rows)]),
    ...(mix === undefined ? [] : [scoreOf(mix)]),
    ...ofC,
    ...(ofC.length === 0 ? [] : [meanOf('kernels/geometric_mean_of_c', ofC)]),
  ];
};
