/** An empty project with nothing but the packed package in it, and the README's example. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { npmProgram } from './tools.js';

const root = resolve(__dirname, '../..');

// (module (func (export "answer") (result i32) (i32.const 42)))
export const answer = [
  '0061736d01000000', // magic, version
  '010501600001' + '7f', // one type: no parameters, i32
  '03020100', // one function of it
  '070a0106616e73776572' + '0000', // exported as "answer"
  '0a06010400412a0b', // i32.const 42
].join('');

/** examples/c/five_floats.wat, which the README's example runs, without names. */
const fiveFloats = [
  '0061736d01000000', // magic, version
  '010c0260027f7f0060027f7f017d', // types: (i32, i32) and (i32, i32) -> f32
  '020b0103656e76036c6f670000', // env.log
  '03020101' + '0503010001', // one function, a page
  '071002066d656d6f727902000373756d0001', // exports: memory, sum
  '0a33013101017d411041091000024003402001450d01', // sum
  '200220002a0200922102200041046a2100200141016b21010c000b0b20020b',
  '0b0f010041100b09616464696e67207570', // the text at 16
].join('');

export function run(program: string, args: string[], cwd: string, env = process.env): string {
  return execFileSync(program, args, {
    cwd,
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

export interface Project {
  folder: string;
  /** The packed package. */
  tarball: string;
  write: (name: string, content: string | Buffer) => void;
  /** The project's files with nothing installed. */
  copyTo(folder: string): void;
  remove(): void;
}

/** What the README shows, as a user's compiler writes it, and what it found out. */
function example(module: ts.ModuleKind): string {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, text] = /## From TypeScript[^]*?```ts\n([^]*?)```/.exec(readme) ?? [];
  if (text === undefined) throw new Error('README.md has no example');
  const compilerOptions = { module, target: ts.ScriptTarget.ES2022 };
  return ts.transpileModule(`${text}\nconsole.log('total', total);\n`, { compilerOptions })
    .outputText;
}

const expected = ['adding up', 'adding up', 'MemoryOutOfBounds sum', 'total 15'].join('\n');

/** Runs one form of the example; its output has to be what it should be. */
export function expectExample(
  program: string,
  args: string[],
  cwd: string,
  env?: typeof process.env,
): void {
  const output = run(program, args, cwd, env).trim();
  if (output !== expected) throw new Error(`${program} ${args.join(' ')}:\n${output}`);
}

/** As an ES module and as CommonJS; both are plain JavaScript. */
export function checkExample(
  { folder }: Pick<Project, 'folder'>,
  node: string,
  options: string[] = [],
): void {
  for (const file of ['app.mjs', 'app.cjs']) expectExample(node, [...options, file], folder);
}

/** Packed and installed by npm 12, which runs no scripts. */
export function makeProject(): Project {
  const folder = mkdtempSync(join(tmpdir(), 'wembed-package-'));
  const write = (name: string, content: string | Buffer): void =>
    writeFileSync(join(folder, name), content);
  const pack = ['pack', '--silent', '--pack-destination', folder];
  const packed = run('npm', pack, root).trim().split('\n').at(-1) ?? '';
  const description = '{ "private": true }\n';
  write('package.json', description);
  write('app.mjs', example(ts.ModuleKind.ESNext));
  write('app.cjs', example(ts.ModuleKind.CommonJS));
  write('app.wasm', Buffer.from(fiveFloats, 'hex'));
  write('answer.wasm', Buffer.from(answer, 'hex'));
  const tarball = join(folder, packed);
  const copyTo = (to: string): void => {
    for (const file of ['app.mjs', 'app.cjs', 'app.wasm'])
      cpSync(join(folder, file), join(to, file));
    writeFileSync(join(to, 'package.json'), description); // as it was before wembed was installed
  };
  const { node, npm } = npmProgram(12);
  run(node, [npm, 'install', '--no-audit', '--no-fund', '--ignore-scripts', tarball], folder);
  return { folder, tarball, write, copyTo, remove: () => rmSync(folder, { recursive: true }) };
}
