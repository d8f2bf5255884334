/**
 * Checks (or with --write changes) the formatting of C and C++ files with clang-format. It comes
 * as an npm package, so that everybody has the same version; where that has no program for the
 * machine, the system's is used.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const folders = ['native', 'include', 'test', 'bench', 'examples'];

// Tables (.def) are aligned by hand.
const formatted = /\.(c|cpp|h|inc)$/;

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return formatted.test(entry.name) ? [path] : [];
  });
}

const packaged = process.arch === 'x64' || process.platform === 'darwin';
const command: [string, ...string[]] = packaged
  ? [process.execPath, join(root, 'node_modules/clang-format/index.js')]
  : ['clang-format'];
const mode = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '-Werror'];
const files = folders.flatMap(sources);

const [program, ...first] = command;
const result = spawnSync(program, [...first, '--style=file', ...mode, ...files], {
  cwd: root,
  stdio: 'inherit',
});
if (result.error) throw result.error;
if (result.status === 0) console.log(`clang-format: ${files.length} files are formatted`);
process.exitCode = result.status ?? 1;
