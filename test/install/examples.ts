/** What may be copied out of the repository, in a project that has the packed package. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { type Project, run } from './project.js';

const root = resolve(__dirname, '../..');

/** A project elsewhere with the package that is installed in `project`, and some development packages. */
function elsewhere(project: Project, others: string[], work: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'wembed-examples-'));
  try {
    for (const name of ['wembed', ...others]) {
      const link = join(folder, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      const from = name === 'wembed' ? project.folder : root;
      symlinkSync(join(from, 'node_modules', name), link);
    }
    work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const tsc = join(root, 'node_modules/typescript/bin/tsc');

/** examples/starters/node builds and runs, in both languages. */
export function withStarter(project: Project): void {
  elsewhere(project, ['@types/node', 'undici-types'], (folder) => {
    cpSync(join(root, 'examples/starters/node'), folder, { recursive: true });
    run(process.execPath, [tsc], folder);
    const expected = 'hello from the guest\nthe sum is 15\ntoo many: MemoryOutOfBounds\n';
    for (const file of ['dist/main.js', 'plain.mjs']) {
      const printed = run(process.execPath, [file], folder);
      if (printed !== expected) throw new Error(`${file} prints:\n${printed}`);
    }
  });
}

/** Every example for Node as it stands, in TypeScript and compiled to JavaScript. */
export function withExamples(project: Project): void {
  const packages = [
    'wabt',
    'tsx',
    'esbuild',
    'undici',
    'source-map',
    'xxhash-wasm',
    'assemblyscript',
  ];
  elsewhere(project, packages, (folder) => {
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const examples = join(folder, 'examples');
    for (const part of ['node', 'c', 'assemble.ts']) {
      cpSync(join(root, 'examples', part), join(examples, part), { recursive: true });
    }
    const names = readdirSync(join(examples, 'node')).filter((name) => name.endsWith('.ts'));
    const env = { ...process.env, NODE_OPTIONS: '' };
    for (const name of names) {
      run(process.execPath, ['--require', 'tsx/cjs', `examples/node/${name}`], folder, env);
    }
    const compilerOptions = {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
    };
    for (const path of ['assemble.ts', ...names.map((name) => `node/${name}`)]) {
      const file = join(examples, path);
      const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), { compilerOptions });
      rmSync(file);
      writeFileSync(file.replace(/\.ts$/, '.js'), outputText);
    }
    for (const name of names) {
      run(process.execPath, [`examples/node/${name.replace(/\.ts$/, '.js')}`], folder, env);
    }
  });
}
