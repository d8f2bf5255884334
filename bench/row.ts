/** What the benchmarks find out: rows of a table, and the arithmetic for them. */

export type Unit = 'ns' | 'bytes' | 'MB/s' | 'score' | 'share' | 'count';

/** What design and issue aim at. */
export interface Target {
  text: string;
  /** The figure itself, in the row's unit; or as a multiple of V8's. */
  value?: number;
  ofV8?: number;
}

export interface Row {
  /** group/name or group/topic/name, for the filter, the JSON file and the report's charts. */
  name: string;
  what: string;
  unit: Unit;
  wembed?: number;
  v8?: number;
  /** wembed's figure over V8's, whichever of them is better when larger. */
  ratio?: number;
  target?: Target;
  /** Set where the unit does not say it: a larger figure is the better one. */
  larger?: boolean;
  /** What belongs beside the figure, measured in the same run. */
  note?: string;
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

export function withRatio(row: Row): Row {
  const { wembed, v8 } = row;
  return wembed === undefined || v8 === undefined ? row : { ...row, ratio: wembed / v8 };
}

export function failed(row: Row, error: unknown): Row {
  const text = error instanceof Error ? error.message : String(error);
  return { ...row, missing: text.split('\n')[0] ?? text };
}

export function largerIsBetter({ larger, unit }: Row): boolean {
  return larger ?? ['MB/s', 'score', 'count'].includes(unit);
}

/** The target in the row's unit, where it is a number. */
export function targetValue({ target, v8 }: Row): number | undefined {
  if (target?.value !== undefined) return target.value;
  return target?.ofV8 === undefined || v8 === undefined ? undefined : target.ofV8 * v8;
}

/** Undefined: there is no figure, or no number to compare it with. */
export function meetsTarget(row: Row): boolean | undefined {
  const target = targetValue(row);
  if (target === undefined || row.wembed === undefined) return undefined;
  return largerIsBetter(row) ? row.wembed >= target : row.wembed <= target;
}

const binary = ['bytes', 'KiB', 'MiB', 'GiB'];

function bytes(value: number): string {
  const power = value < 8192 ? 0 : Math.min(3, Math.floor(Math.log2(value) / 10));
  return `${(value / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${binary[power] ?? ''}`;
}

export function figure(value: number | undefined, unit: Unit): string {
  if (value === undefined) return '-';
  if (unit === 'bytes') return bytes(value);
  if (unit === 'count' || unit === 'score') return value.toFixed(0);
  if (unit === 'MB/s') return `${value.toFixed(0)} MB/s`;
  if (unit === 'share') return value > 0 && value < 1e-3 ? value.toPrecision(1) : value.toFixed(3);
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} ms`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(1)} us`;
  return `${value.toFixed(value < 100 ? 2 : 0)} ns`;
}

/** Target, whether it is met, and the note. */
export function remarks(row: Row): string {
  if (row.missing !== undefined) return `(${row.missing})`;
  const met = meetsTarget(row);
  const verdict = met === undefined ? '' : met ? ' (met)' : ' (missed)';
  const target = row.target === undefined ? '' : row.target.text + verdict;
  return [target, row.note ?? ''].filter((text) => text !== '').join('; ');
}

/** The table, one line a row, grouped by the first part of the names. */
export function table(rows: Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    row.what,
    figure(row.wembed, row.unit),
    figure(row.v8, row.unit),
    row.ratio === undefined ? '-' : row.ratio.toFixed(2),
    remarks(row),
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
