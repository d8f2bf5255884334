/**
 * README's two commands as somebody types them who has just cloned the repository, with each npm that
 * is in use: `npm ci` and `npm run demo`, then the first tests of `npm test`. By command only: each
 * compiles everything. What is committed is what is tried.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type NpmLine, npmProgram } from './tools.js';

const root = resolve(__dirname, '../..');

/** Without what the npm that runs us tells its children. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^npm_(?!config_(?:nodedir|cafile|registry))/.test(name),
  ),
);

function tryWith(line: NpmLine): void {
  const { node, npm } = npmProgram(line);
  const folder = mkdtempSync(join(tmpdir(), 'wembed-clone-'));
  const env = { ...environment, PATH: `${dirname(node)}:${process.env['PATH'] ?? ''}` };
  const type = (...args: string[]): void => {
    console.log(`\n=== npm ${String(line)}: npm ${args.join(' ')}`);
    execFileSync(node, [npm, ...args], { cwd: folder, env, stdio: 'inherit' });
  };
  try {
    execFileSync('git', ['clone', '--quiet', root, folder]);
    type('ci');
    type('run', 'demo');
    type('test', '--', '--only', 'native', '--filter', '^unit/base/');
    type('test', '--', '--only', 'node', '--filter', 'test/node/calls');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const line of [10, 11, 12] satisfies NpmLine[]) tryWith(line);
