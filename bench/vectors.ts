/** Kernels in two builds of the same source, with vectors and without, in wembed and in V8. */
import type { LineProgram } from '../test/line_program.js';
import { compileVectors, type Kernel } from './compile.js';
import { measureKernel } from './kernels.js';
import type { Section } from './measure.js';
import { failed, geometricMean, withRatio, type Row, type Settings } from './row.js';

/** What vectors bring: times of the build without them. */
interface Gain {
  wembed: number;
  v8: number;
}

function times(host: LineProgram, kernel: Kernel, settings: Settings): Promise<Row> {
  const row: Row = { name: `vector/${kernel.name}`, what: 'one pass by vectors', unit: 'ns' };
  return measureKernel(host, kernel, row, settings);
}

function gainOf(numbers: Row, vectors: Row): Gain {
  const share = (a: number | undefined, b: number | undefined): number => (a ?? NaN) / (b ?? NaN);
  return {
    wembed: share(numbers.wembed, vectors.wembed),
    v8: share(numbers.v8, vectors.v8),
  };
}

/** The mean of what vectors bring over the kernels. */
function summary(gains: Gain[]): Row {
  return withRatio({
    name: 'vectors/gain',
    what: `times as fast as without, mean of ${gains.length} kernels`,
    unit: 'share',
    larger: true,
    target: { text: '3', value: 3 },
    wembed: geometricMean(gains.map(({ wembed }) => wembed)),
    v8: geometricMean(gains.map(({ v8 }) => v8)),
  });
}

export const measureVectors: Section = async (host, settings, show) => {
  const wanted = (name: string): boolean => settings.filter.test(`vector/${name}`);
  const [plain, vectors] = [
    await compileVectors(false, wanted),
    await compileVectors(true, wanted),
  ];
  const rows: Row[] = [];
  const gains: Gain[] = [];
  for (const [i, kernel] of vectors.entries()) {
    const row = await times(host, kernel, settings);
    const beside = plain[i] === undefined ? row : await times(host, plain[i], settings);
    const gain = gainOf(beside, row);
    const note = `${gain.wembed.toFixed(2)} times as fast as without (V8: ${gain.v8.toFixed(2)})`;
    const shown = beside.missing === undefined ? { ...row, note } : failed(row, beside.missing);
    rows.push(shown);
    if (shown.missing === undefined) gains.push(gain);
    show(shown);
  }
  return gains.length === 0 ? rows : [...rows, summary(gains)];
};
