/**
 * Checks (or with --write changes) the formatting of C and C++ files with clang-format, which
 * comes as an npm package, so that everybody has the same version.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
// The package has no types; what is used of it is one function.
import clangFormat = require('clang-format');

const root = resolve(__dirname, '../..');
const folders = ['native', 'include', 'test', 'bench', 'examples'];

// Tables (.def) are aligned by hand; generated files are nobody's to format.
const formatted = /\.(c|cpp|h|inc)$/;

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return formatted.test(entry.name) ? [path] : [];
  });
}

const files = folders.flatMap(sources);
const mode = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '-Werror'];
const result = spawnSync(clangFormat.getNativeBinary(), ['--style=file', ...mode, ...files], {
  cwd: root,
  stdio: 'inherit',
});
if (result.error) throw result.error;
if (result.status === 0) console.log(`clang-format: ${files.length} files are formatted`);
process.exitCode = result.status ?? 1;
