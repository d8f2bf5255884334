/** `npm run bench:modules`: installs the packages with large modules that loading is measured on. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { packages } from './loading.js';

mkdirSync(packages, { recursive: true });
for (const file of ['package.json', 'package-lock.json']) {
  copyFileSync(join(__dirname, file), join(packages, file));
}
const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
  cwd: packages,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
