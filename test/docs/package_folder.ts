/** The package as it is published, built from the sources as they are, for programs of readers. */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './blocks';

/** Makes `folder`/node_modules/wembed. */
export function installPackage(folder: string): void {
  const installed = join(folder, 'node_modules/wembed');
  mkdirSync(installed, { recursive: true });
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const options = ['-p', 'tsconfig.build.json', '--outDir', join(installed, 'dist')];
  const info = join(folder, 'dist.tsbuildinfo');
  execFileSync(process.execPath, [tsc, ...options, '--incremental', '--tsBuildInfoFile', info], {
    cwd: root,
    stdio: 'pipe',
  });
  cpSync(join(root, 'package.json'), join(installed, 'package.json'));
  // The package has its sources too, by which it knows its folder; the addon is the tests' own.
  for (const part of ['native', 'build']) {
    if (!existsSync(join(installed, part))) symlinkSync(join(root, part), join(installed, part));
  }
  const program = join(installed, 'dist/cli/wembed.js');
  chmodSync(program, 0o755);
  const bin = join(folder, 'node_modules/.bin/wembed');
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  rmSync(bin, { force: true });
  symlinkSync(program, bin);
}
