/** What the times of two trees say: ratios, how far a tree is from itself, verdicts. */
import { figure, geometricMean } from '../row.js';

/** Times of one row, in the order they were measured; both lists of the old tree are of equal rank. */
export interface Times {
  old: number[];
  oldAgain: number[];
  new: number[];
}

export interface Pair {
  name: string;
  what: string;
  times?: Times;
  /** Instructions of the same work in both trees, where they were counted. */
  instructions?: { old: number; new: number };
  missing?: string;
}

export interface Verdict {
  name: string;
  what: string;
  /** Nanoseconds in the old tree. */
  old?: number;
  /** The new tree's time over the old one's. */
  ratio?: number;
  /** Largest ratio of the old tree's time to itself, 1 or more. */
  spread?: number;
  /** New over old. */
  instructions?: number;
  slower: boolean;
  missing?: string;
}

export interface GroupVerdict {
  name: string;
  rows: number;
  ratio?: number;
  /** The mean of the old tree's second half of times over its first. */
  itself?: number;
  instructions?: number;
}

/** How far a group's mean and a single row may be off. */
export const allowed = { group: 1.02, row: 1.05 };

/** Disturbances only add time: a low quartile is nearer to the work than a median. */
export function lowQuartile(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 4)] ?? NaN;
}

function halves(values: number[]): [number[], number[]] {
  const middle = Math.ceil(values.length / 2);
  return [values.slice(0, middle), values.slice(-middle)];
}

/** The old tree against itself: all of its times, and those of either half of the run. */
export function spreadOf({ old, oldAgain }: Times): number {
  const [oldFirst, oldLast] = halves(old);
  const [againFirst, againLast] = halves(oldAgain);
  const pairs = [
    [old, oldAgain],
    [oldFirst, againFirst],
    [oldLast, againLast],
  ] as const;
  const ratios = pairs.map(([a, b]) => lowQuartile(b) / lowQuartile(a));
  return Math.max(...ratios.map((ratio) => Math.max(ratio, 1 / ratio)));
}

export function judge({ name, what, times, instructions, missing }: Pair): Verdict {
  const counted =
    instructions === undefined ? {} : { instructions: instructions.new / instructions.old };
  if (times === undefined) {
    return { name, what, slower: false, ...counted, ...(missing === undefined ? {} : { missing }) };
  }
  const old = lowQuartile([...times.old, ...times.oldAgain]);
  const ratio = lowQuartile(times.new) / old;
  const spread = spreadOf(times);
  return { name, what, old, ratio, spread, ...counted, slower: ratio > spread * allowed.row };
}

/** kernel, c, node, load; memory/instantiate and memory/reset by themselves. */
export function groupOf(name: string): string {
  const [group = '', topic = ''] = name.split('/');
  return group === 'memory' ? `${group}/${topic}` : group;
}

export function judgeGroups(pairs: Pair[]): GroupVerdict[] {
  const names = [...new Set(pairs.map(({ name }) => groupOf(name)))];
  return names.map((name) => {
    const members = pairs.filter((pair) => groupOf(pair.name) === name);
    const timed = members.flatMap(({ times }) => (times === undefined ? [] : [times]));
    const counted = members.flatMap(({ instructions: i }) =>
      i === undefined ? [] : [i.new / i.old],
    );
    return {
      name,
      rows: members.length,
      ...(timed.length === 0
        ? {}
        : {
            ratio: geometricMean(
              timed.map((t) => lowQuartile(t.new) / lowQuartile([...t.old, ...t.oldAgain])),
            ),
            itself: geometricMean(timed.map((t) => lowQuartile(t.oldAgain) / lowQuartile(t.old))),
          }),
      ...(counted.length === 0 ? {} : { instructions: geometricMean(counted) }),
    };
  });
}

const ratioText = (value: number | undefined): string =>
  value === undefined ? '-' : value.toFixed(3);

function aligned(lines: string[][]): string {
  const widths = (lines[0] ?? []).map((_, i) =>
    Math.max(...lines.map((line) => (line[i] ?? '').length)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function remark({ missing, slower, ratio = 1, spread = 1 }: Verdict): string {
  if (missing !== undefined) return `(${missing})`;
  if (slower) return 'SLOWER';
  return ratio * spread < 1 / allowed.row ? 'faster' : '';
}

const heads = ['time', 'new/old', 'old/old', 'instructions', ''];

/** A line for each row. */
export function rowTable(verdicts: Verdict[]): string {
  const lines = verdicts.map((verdict) => [
    verdict.name,
    figure(verdict.old, 'ns'),
    ratioText(verdict.ratio),
    verdict.spread === undefined ? '-' : `±${((verdict.spread - 1) * 100).toFixed(1)} %`,
    ratioText(verdict.instructions),
    remark(verdict),
  ]);
  return aligned([['row', ...heads], ...lines]);
}

/** A line for each group, and what there is to say about it. */
export function groupTable(groups: GroupVerdict[], verdicts: Verdict[]): string {
  const lines = groups.map((group) => {
    const slower = verdicts.filter(({ name, slower: is }) => is && groupOf(name) === group.name);
    const within = group.ratio === undefined || group.ratio <= allowed.group;
    const remarks = [
      within ? '' : `more than ${((allowed.group - 1) * 100).toFixed(0)} % slower`,
      slower.length === 0 ? '' : `${slower.length} of ${group.rows} rows slower`,
    ];
    return [
      `${group.name} (${group.rows})`,
      ratioText(group.ratio),
      ratioText(group.itself),
      ratioText(group.instructions),
      remarks.filter((text) => text !== '').join('; '),
    ];
  });
  return aligned([['geometric mean', ...heads.slice(1)], ...lines]);
}
