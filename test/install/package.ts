/**
 * Installs the packed npm package into an empty project, which compiles the addon there, and uses
 * it from an ES module, from CommonJS and from TypeScript.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const project = mkdtempSync(join(tmpdir(), 'wembed-package-'));

function run(command: string, args: string[], cwd = project): string {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  });
}

// (module (func (export "answer") (result i32) (i32.const 42)))
const answer = [
  '0061736d01000000', // magic, version
  '010501600001' + '7f', // one type: no parameters, i32
  '03020100', // one function of it
  '070a0106616e73776572' + '0000', // exported as "answer"
  '0a06010400412a0b', // i32.const 42
].join('');

const use = `
const runtime = new Runtime();
const bytes = Uint8Array.from('${answer}'.match(/../g) ?? [], (byte) => parseInt(byte, 16));
const instance = runtime.load(bytes).instantiate();
if (instance.exports.answer() !== 42) throw new Error('wrong answer');
runtime.close();
`;

/** Declarations are checked too, not skipped: they have to be complete without our sources. */
function checkTypes(): void {
  const typed = use.replace('instance.exports.answer()', 'instance.exports.answer!()');
  writeFileSync(join(project, 'use.mts'), `import { Runtime } from 'wembed';${typed}`);
  writeFileSync(join(project, 'use.cts'), `import { Runtime } from 'wembed';${typed}`);
  const options =
    '--noEmit --strict --target es2022 --module node16 --lib es2023,esnext.disposable';
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  run(process.execPath, [tsc, ...options.split(' '), ...types, 'use.mts', 'use.cts']);
}

/** As `npx wembed` finds it. */
function checkCommand(): void {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  const wembed = join('node_modules', '.bin', 'wembed');
  if (run(wembed, ['--version']) !== `${version}\n`) throw new Error('wembed --version');
  writeFileSync(join(project, 'answer.wasm'), Buffer.from(answer, 'hex'));
  const text = run(wembed, ['inspect', 'answer.wasm', '--run', 'answer']);
  if (!text.includes('answer () -> (i32)')) throw new Error(`wembed inspect:\n${text}`);
  run(wembed, ['inspect', 'answer.wasm', '--html', 'answer.html']);
  if (!readFileSync(join(project, 'answer.html'), 'utf8').endsWith('</html>\n')) {
    throw new Error('wembed inspect --html');
  }
}

try {
  const packed = run('npm', ['pack', '--silent', '--pack-destination', project], root).trim();
  writeFileSync(join(project, 'package.json'), '{ "private": true }\n');
  run('npm', ['install', '--no-audit', '--no-fund', '--foreground-scripts', `./${packed}`]);

  writeFileSync(join(project, 'use.mjs'), `import { Runtime } from 'wembed';${use}`);
  writeFileSync(join(project, 'use.cjs'), `const { Runtime } = require('wembed');${use}`);
  writeFileSync(
    join(project, 'same.mjs'),
    "import { createRequire } from 'node:module';\nimport { Runtime } from 'wembed';\n" +
      "if (createRequire(import.meta.url)('wembed').Runtime !== Runtime) throw new Error('twice');\n",
  );
  for (const file of ['use.mjs', 'use.cjs', 'same.mjs']) run(process.execPath, [file]);
  checkTypes();
  checkCommand();
  console.log('the packed package works from ES modules, CommonJS, TypeScript and the shell');
} finally {
  rmSync(project, { recursive: true, force: true });
}
