import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { geometricMean, median, table, withRatio, type Row } from '../../bench/row';

const root = resolve(__dirname, '../..');
const host = join(root, 'out', 'cmake', 'bench', 'wembed_bench');

interface Result {
  about: { wembed: string };
  rows: Row[];
}

/** The rows of the shortest possible run. */
function quickRun(filter: string): Result {
  const scratch = mkdtempSync(join(tmpdir(), 'wembed-bench-'));
  try {
    const json = join(scratch, 'rows.json');
    const tsx = join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');
    const args = [tsx, 'bench/run.ts', '--quick', '--filter', filter, '--json', json];
    const run = spawnSync(process.execPath, [...args, '--host', host], {
      cwd: root,
      encoding: 'utf8',
    });
    if (run.status !== 0) throw new Error(run.stderr);
    return JSON.parse(readFileSync(json, 'utf8')) as Result;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

describe('the arithmetic of the table', () => {
  test('takes medians and geometric means', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(geometricMean([2, 8])).toBeCloseTo(4);
  });

  test('prints a line for each row', () => {
    const row: Row = { name: 'kernel/x', what: 'one pass', unit: 'ns', wembed: 20, v8: 10 };
    const lines = table([withRatio(row), { ...row, missing: 'not built' }]).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain('2.00');
    expect(lines[2]).toContain('not built');
  });
});

// The native program is built by the native part of `npm test`.
(existsSync(host) ? describe : describe.skip)('the harness', () => {
  test('compares a kernel with V8', () => {
    const { rows } = quickRun('kernel/fib');
    const fib = rows.find(({ name }) => name === 'kernel/fib');
    expect(fib?.missing).toBeUndefined();
    expect(fib?.ratio).toBeGreaterThan(0);
    expect(rows.some(({ name }) => name === 'kernels/geometric_mean')).toBe(true);
  });

  test('times operations in C', () => {
    const { rows } = quickRun('^c/');
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter(({ missing }) => missing !== undefined)).toEqual([]);
  });
});
