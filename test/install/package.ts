/**
 * Installs the packed npm package into an empty project, which compiles the addon there, and uses
 * it from an ES module, from CommonJS and from TypeScript.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
const answer =
  '0061736d01000000010501600001' + '7f03020100070a0106616e73776572000' + '00a0601040041' + '2a0b';

const use = `
const runtime = new Runtime();
const bytes = Buffer.from('${answer}', 'hex');
const instance = runtime.load(bytes).instantiate();
if (instance.exports.answer() !== 42) throw new Error('wrong answer');
runtime.close();
`;

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
  console.log('the packed package works from ES modules and CommonJS');
} finally {
  rmSync(project, { recursive: true, force: true });
}
