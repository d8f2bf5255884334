/**
 * Programs that use packages of npm's, once with Node's own WebAssembly and once with wembed in its
 * place (shim/). What they say has to be the same.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { programs } from './programs.js';

export const root = resolve(__dirname, '..', '..');
/** Below the root, where `wembed` is this package. What is compiled lies there as it does in the root. */
export const compiled = join(root, 'out', 'test-packages');
/** Required first: `WebAssembly` is wembed. */
export const shimPath = join(compiled, 'test', 'packages', 'shim', 'install.js');

const compilerOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.Node16,
  target: ts.ScriptTarget.ES2022,
  esModuleInterop: true,
};

/** The shim and the programs as JavaScript: nothing else is to be between Node and a package. */
export function compileAll(...others: string[]): void {
  const folders = ['test/packages', 'test/packages/shim', 'test/packages/programs', ...others];
  for (const folder of folders) {
    mkdirSync(join(compiled, folder), { recursive: true });
    const names = readdirSync(join(root, folder)).filter((name) => name.endsWith('.ts'));
    for (const name of names) {
      const source = readFileSync(join(root, folder, name), 'utf8');
      const fileName = join(compiled, folder, name);
      const { outputText } = ts.transpileModule(source, { compilerOptions, fileName });
      writeFileSync(fileName.replace(/\.ts$/, '.js'), outputText);
    }
  }
}

interface Output {
  readonly text: string;
  readonly seconds: number;
}

const execute = promisify(execFile);

async function output(program: string, folder: string, shim?: NodeJS.ProcessEnv): Promise<Output> {
  const begun = performance.now();
  const preload = shim === undefined ? [] : ['--require', shimPath];
  const main = join(compiled, 'test', 'packages', 'main.js');
  const { stdout } = await execute(process.execPath, [...preload, main, program], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', WEMBED_TEST_PACKAGES: folder, ...shim },
    maxBuffer: 2 ** 26,
    timeout: 600_000,
  });
  return { text: stdout, seconds: (performance.now() - begun) / 1000 };
} // prettier-ignore

function requireSame(expected: string, got: string): void {
  if (expected === '') throw new Error('the program says nothing');
  if (expected === got) return;
  const lines = got.split('\n');
  const at = expected.split('\n').findIndex((line, i) => line !== lines[i]);
  const [line, other] = [expected.split('\n')[at] ?? '', lines[at] ?? ''];
  throw new Error(`line ${at + 1}\n  is       ${other}\n  has to be ${line}`);
}

/** Seconds that the program took on each. Throws when wembed says anything else than Node. */
export async function compare(
  name: string,
  folder: string,
): Promise<{ node: number; wembed: number }> {
  const { brings = [], converts } = programs[name] ?? {};
  const program = converts ?? name;
  const node = await output(program, folder);
  const wembed = await output(program, folder, {
    WEMBED_TEST_FEATURES: brings.join(','),
    WEMBED_TEST_EXNREF: converts === undefined ? '0' : '1',
  });
  requireSame(node.text, wembed.text);
  return { node: node.seconds, wembed: wembed.seconds };
}
