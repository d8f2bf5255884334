import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compareErrnos, filesInMemory, withFolder } from './wasi_errnos';

/** Built by the native part of `npm test`. */
const older = join(__dirname, '../../out/cmake/test/without_openat2');

describe("the errors of WASI's calls", () => {
  test('files of the system', async () => {
    const { count, problems } = await withFolder(compareErrnos);
    expect(problems).toEqual([]);
    expect(count).toBeGreaterThan(250);
  });

  test('files in memory', async () => {
    expect((await compareErrnos(filesInMemory())).problems).toEqual([]);
  });

  // A system that cannot resolve a whole path below a directory: it is walked step by step.
  (existsSync(older) ? test : test.skip)('files of a system without openat2', () => {
    const program = join(__dirname, 'programs', 'wasi_errnos.ts');
    const args = [process.execPath, '--require', 'tsx/cjs', program];
    const env = { ...process.env, NODE_OPTIONS: '' };
    expect(execFileSync(older, args, { encoding: 'utf8', env })).toBe('\nok\n');
  });
});
