/** README's code is what it says: the host in C compiles, the one in TypeScript prints. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { assemble } from '../node/assemble';
import { blocksOf, root } from './blocks';
import { installPackage } from './package_folder';

const blocks = blocksOf(readFileSync(join(root, 'README.md'), 'utf8'));
const folder = join(root, 'out/docs/readme');

function blockOf(language: string): string {
  const [found, ...others] = blocks.filter((block) => block.language === language);
  expect(others).toEqual([]);
  return found?.text ?? '';
}

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
});

test('C', () => {
  const file = join(folder, 'host.c');
  writeFileSync(file, `${blockOf('c')}\nint main(void) { return add_up(0, 0); }\n`);
  const flags = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-fsyntax-only'];
  execFileSync('cc', [...flags, `-I${join(root, 'include')}`, file]);
});

test('TypeScript', async () => {
  installPackage(folder);
  const text = readFileSync(join(root, 'examples/c/five_floats.wat'), 'utf8');
  writeFileSync(join(folder, 'app.wasm'), await assemble(text));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const code = ts.transpileModule(blockOf('ts'), { compilerOptions }).outputText;
  writeFileSync(join(folder, 'host.js'), `${code}\nconsole.log('total', total);\n`);
  const printed = execFileSync(process.execPath, ['host.js'], { cwd: folder, encoding: 'utf8' });
  expect(printed.trim().split('\n')).toEqual([
    'adding up',
    'adding up',
    'MemoryOutOfBounds sum',
    'total 15',
  ]);
});
