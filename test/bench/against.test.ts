import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { countInstructions, hasCallgrind } from '../../bench/against/instructions';
import { nativeRows } from '../../bench/against/native_rows';
import {
  groupTable,
  judge,
  judgeGroups,
  lowQuartile,
  rowTable,
  spreadOf,
  type Pair,
} from '../../bench/against/statistics';

const root = resolve(__dirname, '../..');
const host = join(root, 'out', 'cmake', 'bench', 'wembed_bench');

const pair = (name: string, old: number, now: number, again = old): Pair => {
  const eight = (time: number): number[] => Array.from({ length: 8 }, () => time);
  return {
    name,
    what: '',
    times: { old: eight(old), oldAgain: eight(again), new: eight(now) },
  };
};

describe('what is said of two trees', () => {
  test('a disturbed part does not count', () => {
    expect(lowQuartile([10, 10, 10, 10, 10, 30, 40, 50])).toBe(10);
  });

  test("the spread is the old tree's distance from itself, in any half of the run", () => {
    expect(spreadOf({ old: [10, 10], oldAgain: [10, 10], new: [] })).toBe(1);
    expect(spreadOf({ old: [10, 10], oldAgain: [8, 10], new: [] })).toBeCloseTo(1.25);
    expect(spreadOf({ old: [10, 10], oldAgain: [10, 11], new: [] })).toBeCloseTo(1.1);
  });

  test('a row is slower beyond the spread and 5 %', () => {
    expect(judge(pair('kernel/a', 100, 104)).slower).toBe(false);
    expect(judge(pair('kernel/a', 100, 106)).slower).toBe(true);
    expect(judge(pair('kernel/a', 100, 106, 110)).slower).toBe(false);
    expect(judge({ name: 'kernel/a', what: '', missing: 'it died' }).slower).toBe(false);
  });

  test('groups have geometric means of time and instructions', () => {
    const instructions = { old: 100, new: 102 };
    const pairs = [
      { ...pair('kernel/a', 100, 200), instructions },
      { ...pair('kernel/b', 100, 50), instructions },
      pair('memory/reset/pool', 100, 110),
      pair('memory/instantiate/pool', 100, 100),
    ];
    const groups = judgeGroups(pairs);
    expect(groups.map(({ name }) => name)).toEqual([
      'kernel',
      'memory/reset',
      'memory/instantiate',
    ]);
    expect(groups[0]?.ratio).toBeCloseTo(1);
    expect(groups[0]?.instructions).toBeCloseTo(1.02);
    const verdicts = pairs.map(judge);
    expect(rowTable(verdicts)).toMatch(/kernel\/a.*2\.000.*1\.020.*SLOWER/);
    expect(groupTable(groups, verdicts)).toMatch(/memory\/reset \(1\).*1\.100.*2 % slower; 1 of 1/);
  });
});

// The native program is built by the native part of `npm test`.
(existsSync(host) ? describe : describe.skip)('the native rows', () => {
  test('answer with as much work as they are asked for', async () => {
    // Kernels are compiled by an ES module, which jest does not load; the harness's test has them.
    const rows = await nativeRows((name) => !name.startsWith('kernel/'));
    expect(rows.length).toBeGreaterThan(30);
    const lines = rows.flatMap(({ prepare, ask }) => [prepare ?? 'about', ask(1)]);
    const { stdout } = spawnSync(host, { input: `${lines.join('\n')}\n`, encoding: 'utf8' });
    const answers = stdout.trimEnd().split('\n');
    expect(answers).toHaveLength(lines.length);
    expect(answers.filter((answer) => !answer.startsWith('ok'))).toEqual([]);
  });

  (hasCallgrind() ? test : test.skip)(
    'instructions are counted for the work alone',
    async () => {
      const rows = await nativeRows((name) => name === 'c/empty_call');
      const more = rows.map((row) => ({ ...row, counted: row.counted * 3 }));
      const name = 'c/empty_call';
      const [one = 0, three = 0] = (
        await Promise.all([countInstructions(host, rows), countInstructions(host, more)])
      ).map((counts) => counts.get(name));
      expect(one).toBeGreaterThan(1000);
      expect(three / one).toBeGreaterThan(2);
      expect(three / one).toBeLessThan(3.2);
    },
    120_000,
  );
});
