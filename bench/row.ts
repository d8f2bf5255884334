/** What the benchmarks find out: rows of a table, and the arithmetic for them. */

export type Unit = 'ns' | 'MB/s' | 'score' | 'share' | 'count';

export interface Row {
  /** group/name, for the filter and the JSON file. */
  name: string;
  what: string;
  unit: Unit;
  wembed?: number;
  v8?: number;
  /** wembed's figure over V8's, whichever of them is better when larger. */
  ratio?: number;
  /** What design and issue aim at. */
  target?: string;
  /** Why there is no figure. */
  missing?: string;
}

/** How much work a measurement is worth. */
export interface Settings {
  /** Least time of one timed part, in milliseconds. */
  leastMs: number;
  rounds: number;
  backends: string[];
  filter: RegExp;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? NaN) + high) / 2;
}

export function geometricMean(values: number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Processor time of some work, in nanoseconds: other programs on the machine do not count. */
export function nanoseconds(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return Math.max(1, (user + system) * 1000);
}

/** Doubles the repetitions of `work` until they take the least time; then nanoseconds of one. */
export function calibrate(leastMs: number, work: (n: number) => void): { n: number; each: number } {
  for (let n = 1; ; n *= 2) {
    const time = nanoseconds(() => work(n));
    if (time >= leastMs * 1e6 || n >= 2 ** 30) return { n, each: time / n };
  }
}

/** Lets the engine's background compilation finish. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function withRatio(row: Row): Row {
  const { wembed, v8 } = row;
  return wembed === undefined || v8 === undefined ? row : { ...row, ratio: wembed / v8 };
}

function figure(value: number | undefined, unit: Unit): string {
  if (value === undefined) return '-';
  if (unit === 'count' || unit === 'score') return value.toFixed(0);
  if (unit === 'MB/s') return `${value.toFixed(0)} MB/s`;
  if (unit === 'share') return value.toFixed(3);
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} ms`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(1)} us`;
  return `${value.toFixed(value < 100 ? 2 : 0)} ns`;
}

/** The table, one line a row, grouped by the first part of the names. */
export function table(rows: Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    row.what,
    figure(row.wembed, row.unit),
    figure(row.v8, row.unit),
    row.ratio === undefined ? '-' : row.ratio.toFixed(2),
    row.missing === undefined ? (row.target ?? '') : `(${row.missing})`,
  ]);
  const all = [['name', 'what', 'wembed', 'V8', 'wembed/V8', 'target'], ...cells];
  const widths = [0, 1, 2, 3, 4].map((i) => Math.max(...all.map((line) => (line[i] ?? '').length)));
  const text = all.map((line) =>
    line
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return text.join('\n');
}
