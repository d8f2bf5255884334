/** A package without its binaries, or with those of other sources, cannot be packed. */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'wembed-packing-'));

beforeAll(() => {
  // What prepack needs; what comes after it in npm's order is not reached, or has nothing to do.
  const parts = [
    'package.json',
    'tsconfig.json',
    'tools',
    'native',
    'include',
    'test/native_build.ts',
  ];
  for (const part of parts) cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(program: string, ...args: string[]): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

const pack = (): ReturnType<typeof run> =>
  run('npm', 'pack', '--dry-run', '--ignore-scripts=false');
const prebuild = (option: string): ReturnType<typeof run> =>
  run(process.execPath, 'node_modules/tsx/dist/cli.mjs', 'tools/prebuild/run.ts', option);

test('without prebuilt binaries', () => {
  const { status, text } = pack();
  expect(status).not.toBe(0);
  expect(text).toContain('there are no prebuilt binaries');
  expect(text).toContain('npm run prebuild');
});

test('one is missing, one is another, the sources have changed', () => {
  mkdirSync(join(folder, 'prebuilds'));
  writeFileSync(join(folder, 'prebuilds/linux-x64.node'), 'a');
  expect(prebuild('--record').status).toBe(0);
  expect(prebuild('--check').text).toContain('linux-arm64.node was not made');
  expect(prebuild('--check').text).toContain('linux-x64.command was not made');
  for (const name of ['linux-x64.command', 'linux-arm64.node', 'linux-arm64.command']) {
    writeFileSync(join(folder, 'prebuilds', name), 'b');
  }
  expect(prebuild('--record').status).toBe(0);
  expect(prebuild('--check')).toEqual({ status: 0, text: '' });
  writeFileSync(join(folder, 'prebuilds/linux-arm64.node'), 'c');
  expect(prebuild('--check').text).toContain('linux-arm64.node is another than was made');
  expect(prebuild('--record').status).toBe(0);
  appendFileSync(join(folder, 'include/wembed.h'), '\n');
  const { status, text } = pack();
  expect(status).not.toBe(0);
  expect(text).toContain('native/ or include/ changed since');
});
