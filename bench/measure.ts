/** Timing: loops in this process, questions to the native programs, both engines taking turns. */
import type { LineProgram } from '../test/line_program.js';
import { failed, median, withRatio, type Row, type Settings } from './row.js';

export type Loop = (n: number) => void;

/** Some work n times; `less` is a loop whose time is taken off. */
export interface Work {
  loop: Loop;
  less?: Loop;
}

/** Measures once: nanoseconds, or whatever the row's unit is. */
export type Clock = () => number | Promise<number>;

/** Part of a run: the rows of one file, shown as they are ready. */
export type Section = (
  host: LineProgram,
  settings: Settings,
  show: (row: Row) => void,
) => Promise<Row[]>;

/** Processor time of some work, in nanoseconds: other programs on the machine do not count. */
export function nanoseconds(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return Math.max(1, (user + system) * 1000);
}

/** Lets the engine's background compilation finish. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Nanoseconds of one; the repetitions are doubled until they take the least time. */
function timeOnce({ loop, less }: Work, leastMs: number): number {
  for (let n = 1; ; n *= 2) {
    const time = nanoseconds(() => loop(n));
    if (time < leastMs * 1e6 && n < 2 ** 30) continue;
    return (time - (less === undefined ? 0 : nanoseconds(() => less(n)))) / n;
  }
}

/** A clock for work in this process; what it measures first only warms up. */
export function clockOf(work: Work, settings: Settings): Clock {
  let warm = false;
  return async () => {
    if (!warm) timeOnce(work, settings.leastMs);
    if (!warm) await pause(20);
    warm = true;
    return timeOnce(work, settings.leastMs);
  };
}

/** The numbers a native program answers. */
export async function ask(program: LineProgram, line: string): Promise<number[]> {
  const [status, ...words] = (await program.send(line)).split(' ');
  if (status !== 'ok') throw new Error(words.join(' '));
  return words.map(Number);
}

export function clockOfHost(host: LineProgram, line: string): Clock {
  return async () => (await ask(host, line))[0] ?? NaN;
}

/** A row to be measured, and how. */
export interface Comparison {
  row: Row;
  wembed: Clock;
}

/** Measures all rows and V8, in turns; the medians. Where V8 fails, the rows go without it. */
export async function compare(
  comparisons: Comparison[],
  v8: Clock | undefined,
  rounds: number,
): Promise<Row[]> {
  const times = comparisons.map((): number[] => []);
  const failures = comparisons.map((): unknown => undefined);
  const others: number[] = [];
  let withV8 = v8;
  for (let round = 0; round < rounds; round++) {
    for (const [i, { wembed }] of comparisons.entries()) {
      if (failures[i] !== undefined) continue;
      try {
        times[i]?.push(await wembed());
      } catch (error) {
        failures[i] = error;
      }
    }
    try {
      if (withV8 !== undefined) others.push(await withV8());
    } catch {
      withV8 = undefined;
    }
  }
  const v8Figure = withV8 === undefined ? {} : { v8: median(others) };
  return comparisons.map(({ row }, i) =>
    failures[i] === undefined
      ? withRatio({ ...row, wembed: median(times[i] ?? []), ...v8Figure })
      : failed(row, failures[i]),
  );
}
