/** test/debug/objects.as, compiled by AssemblyScript's compiler, as a rule with the package's transform. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { folder } from './typed_guests';

const root = resolve(__dirname, '../..');

/** The transform in one file, as compilers load it. */
function transform(): string {
  const target = join(folder, 'transform.cjs');
  if (existsSync(target)) return target;
  const options = ['--bundle', '--platform=node', '--format=cjs', `--outfile=${target}`];
  const source = join(root, 'lib/assemblyscript/transform.ts');
  execFileSync(join(root, 'node_modules/.bin/esbuild'), [
    source,
    ...options,
    '--log-level=warning',
  ]);
  return target;
}

/** The path of the module; `--plain` is the package's own: without the transform. */
export function compileObjects(...options: string[]): string {
  const source = join(folder, 'objects.ts');
  const file = join(folder, `objects${options.join('')}.wasm`);
  if (existsSync(file)) return file;
  copyFileSync(join(root, 'test/debug/objects.as'), source);
  const compiler = join(root, 'node_modules/assemblyscript/bin/asc.js');
  const isPlain = options.includes('--plain');
  const types = isPlain ? [] : ['--transform', transform()];
  const more = ['--exportRuntime', ...types, '--outFile', file];
  const own = options.filter((option) => option !== '--plain');
  execFileSync(process.execPath, [compiler, source, ...more, ...own], { cwd: folder });
  return file;
}
