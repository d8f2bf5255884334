import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { geometricMean, median, meetsTarget, table, withRatio, type Row } from '../../bench/row';

const root = resolve(__dirname, '../..');
const host =
  process.env['WEMBED_BENCH_HOST'] ?? join(root, 'out', 'cmake', 'bench', 'wembed_bench');

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

  test('judges figures by their targets', () => {
    const row: Row = { name: 'x/y', what: '', unit: 'ns', wembed: 9, v8: 100 };
    expect(meetsTarget(row)).toBeUndefined();
    expect(meetsTarget({ ...row, target: { text: '10', value: 10 } })).toBe(true);
    expect(meetsTarget({ ...row, target: { text: 'V8 / 20', ofV8: 0.05 } })).toBe(false);
    expect(meetsTarget({ ...row, larger: true, target: { text: '10', value: 10 } })).toBe(false);
    expect(meetsTarget({ ...row, unit: 'count', target: { text: '9', value: 9 } })).toBe(true);
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
    const { rows } = quickRun('^(kernel/fib|c_kernel/list)$');
    for (const kernel of ['kernel/fib', 'c_kernel/list']) {
      const row = rows.find(({ name }) => name === kernel);
      expect(row?.missing).toBeUndefined();
      expect(row?.ratio).toBeGreaterThan(0);
    }
    for (const mean of ['kernels/geometric_mean', 'kernels/geometric_mean_of_c']) {
      expect(rows.some(({ name }) => name === mean)).toBe(true);
    }
  });

  test('times operations in C', () => {
    const { rows } = quickRun('^c/');
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter(({ missing }) => missing !== undefined)).toEqual([]);
  });

  test('runs a kernel on every backend', () => {
    const { rows } = quickRun('^backend/collatz');
    expect(rows.map(({ name }) => name.replace(/.*@/, ''))).toEqual([
      'mapped',
      'heap',
      'buffer',
      'functions',
      'pool',
      'small-pool',
    ]);
    expect(rows.filter(({ wembed, v8 }) => wembed === undefined || v8 === undefined)).toEqual([]);
  });

  test('measures memory, beside V8 where it can', () => {
    const { rows } = quickRun('^memory/(?!load/transfer)');
    const row = (name: string): Row | undefined => rows.find((one) => one.name === name);
    expect(rows.filter(({ missing }) => missing !== undefined)).toEqual([]);
    expect(row('memory/instantiate/pool')?.v8).toBeGreaterThan(0);
    expect(row('memory/load/copy_4mb')?.wembed).toBeGreaterThan(1);
    expect(row('memory/load/borrow_30mb')?.wembed).toBeLessThan(0.1);
    expect(row('memory/load/map_30mb')?.wembed).toBeLessThan(0.1);
    expect(row('memory/live/bookkeeping')?.wembed).toBeLessThan(4096);
  });
});
