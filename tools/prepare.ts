/**
 * What npm's `prepare` does in a clone: the addon and dist/ after `npm ci` and `npm install`, dist/
 * alone before packing, which takes the prebuilt addons. `npx wembed` in a clone prepares it too,
 * because to npx it is a package to be installed; that runs what is built.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { compileAddon } from '../lib/addon/compile.js';

const root = resolve(__dirname, '..');

function compileTypeScript(): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const result = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (result.status !== 0) throw new Error('tsc failed');
}

/** npm's command; other package managers tell none. */
const command = process.env['npm_command'] ?? '';
const isPacking = command === 'pack' || command === 'publish';
const isBuilt = ['build/Release/wembed.node', 'dist/cli/wembed.js'].every((path) =>
  existsSync(join(root, path)),
);

try {
  if (command !== 'exec' || !isBuilt) {
    if (!isPacking) compileAddon(root, false);
    compileTypeScript();
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
