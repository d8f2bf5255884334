/**
 * wembed as a program gets it: lib/ compiled by tsc. What tsx makes of the sources on the fly reaches
 * each imported name through a getter, and calls then take twice as long.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type * as wembed from '../lib/index.js';

const root = resolve(__dirname, '..');

const addons = ['build/Release', 'build/Debug', 'out/cmake-js/Release'];

let library: typeof wembed | undefined;

/** Compiles the lib/ of a tree into a folder; the path of what programs load. */
export function compileLibrary(tree: string, output: string): string {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--outDir', output, '--declaration', 'false'];
  const memory = ['--incremental', '--tsBuildInfoFile', `${output}.tsbuildinfo`];
  const args = [tsc, '-p', join(tree, 'tsconfig.build.json'), ...options, ...memory];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stdout);
  return join(output, 'index.js');
}

/** Throws when the addon is not built. */
export function loadLibrary(): typeof wembed {
  if (library !== undefined) return library;
  const path = compileLibrary(root, join(root, 'out', 'bench', 'lib'));
  // It looks for the addon beside its folder, and that is another one here.
  const addon = addons.map((folder) => join(root, folder, 'wembed.node')).find(existsSync);
  if (addon !== undefined) process.env['WEMBED_ADDON'] ??= addon;
  library = createRequire(__filename)(path) as typeof wembed;
  return library;
}
