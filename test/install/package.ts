/**
 * The packed npm package as users get it: installed into an empty project by a package manager that
 * runs no scripts, and used. Needs `npm run prebuild`. --all tries more Nodes, Deno and Bun.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { inBareRoot, onArm64, underOtherNodes, withPermission, inWorker } from './systems.js';
import {
  compiledThere,
  withBunsInstaller,
  withNpms,
  withoutItsBinary,
  withPnpm,
} from './installers.js';
import { withExamples, withStarter } from './examples.js';
import { withBundlers, withDenoAndBun } from './programs.js';
import { tool } from './tools.js';
import { answer, checkExample, type Project, makeProject, run } from './project.js';

const root = resolve(__dirname, '../..');

/** As `npx wembed` finds it. */
function checkCommand({ folder }: Project): void {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  const wembed = join('node_modules', '.bin', 'wembed');
  if (run(wembed, ['--version'], folder) !== `${version}\n`) throw new Error('wembed --version');
  const text = run(wembed, ['inspect', 'answer.wasm', '--run', 'answer'], folder);
  if (!text.includes('answer () -> (i32)')) throw new Error(`wembed inspect:\n${text}`);
  run(wembed, ['inspect', 'answer.wasm', '--html', 'answer.html'], folder);
  if (!readFileSync(join(folder, 'answer.html'), 'utf8').endsWith('</html>\n')) {
    throw new Error('wembed inspect --html');
  }
  const called = run(wembed, ['run', '-f', 'answer', 'answer.wasm'], folder);
  if (called !== '0x2a:i32\n') throw new Error(`wembed run: ${called}`);
  run(wembed, ['validate', 'answer.wasm'], folder);
  const listed = run(wembed, ['exports', 'answer.wasm'], folder);
  if (listed !== 'answer func () -> (i32)\n') throw new Error(`wembed exports: ${listed}`);
  const doctor = run(wembed, ['doctor'], folder);
  const parts = [
    /prebuilds\/linux-\w+\.node \(came with/,
    /, as in the/,
    /prebuilds\/linux-\w+\.command/,
  ];
  if (!parts.every((part) => part.test(doctor))) {
    throw new Error(`wembed doctor:\n${doctor}`);
  }
}

/** Declarations are checked too, not skipped: they have to be complete without our sources. */
function checkTypes({ folder, write }: Project): void {
  const use = `
const runtime = new Runtime();
const instance = runtime.load(Uint8Array.from(Buffer.from('${answer}', 'hex'))).instantiate();
if (instance.exports.answer!() !== 42) throw new Error('wrong answer');
runtime.close();
`;
  write('use.mts', `import { Runtime } from 'wembed';${use}`);
  write('use.cts', `import { Runtime } from 'wembed';${use}`);
  const options =
    '--noEmit --strict --target es2022 --module node16 --lib es2023,esnext.disposable';
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  run(process.execPath, [tsc, ...options.split(' '), ...types, 'use.mts', 'use.cts'], folder);
}

/** `import app from './answer.wasm'`, by Node and by esbuild. */
function checkImports({ folder, write }: Project): void {
  write(
    'import.mjs',
    "import { Runtime } from 'wembed';\nimport app from './answer.wasm';\n" +
      'console.log(app.load(new Runtime()).instantiate().exports.answer());\n',
  );
  write(
    'bundle.mjs',
    "import { wembed } from 'wembed/esbuild';\nimport { wembed as forVite } from 'wembed/vite';\n" +
      `import esbuild from ${JSON.stringify(join(tool('esbuild'), 'lib/main.js'))};\n` +
      "if (forVite().name !== 'wembed') throw new Error('vite');\n" +
      "await esbuild.build({ entryPoints: ['import.mjs'], bundle: true, platform: 'node', format: 'esm',\n" +
      "  external: ['wembed'], outfile: 'bundled.mjs', plugins: [wembed()] });\n",
  );
  run(process.execPath, ['bundle.mjs'], folder);
  for (const args of [['--import', 'wembed/register-types', 'import.mjs'], ['bundled.mjs']]) {
    const said = run(process.execPath, args, folder);
    if (said !== '42\n') throw new Error(`${args.join(' ')}: ${said}`);
  }
}

/** One set of classes, however the package is loaded. */
function checkTwice({ folder, write }: Project): void {
  write(
    'same.mjs',
    "import { createRequire } from 'node:module';\nimport { Runtime } from 'wembed';\n" +
      "if (createRequire(import.meta.url)('wembed').Runtime !== Runtime) throw new Error('twice');\n",
  );
  run(process.execPath, ['same.mjs'], folder);
}

/** What CI does: some minutes, and some 150 MB of downloads into out/tools the first time. */
const usual: Record<string, (project: Project) => void> = {
  example: (project) => checkExample(project, process.execPath),
  types: checkTypes,
  imports: checkImports,
  starter: withStarter,
  examples: withExamples,
  twice: checkTwice,
  command: checkCommand,
  worker: inWorker,
  permission: withPermission,
  broken: withoutItsBinary,
  pnpm: withPnpm,
  bundlers: withBundlers,
  bare: inBareRoot,
  arm64: onArm64,
};

/** By command only: another 400 MB, and the addon compiled. */
const more: Record<string, (project: Project) => void> = {
  npms: withNpms,
  bun: withBunsInstaller,
  compile: compiledThere,
  nodes: underOtherNodes,
  others: withDenoAndBun,
};

const all = { ...usual, ...more };
const command = new Command('package.ts')
  .description('Installs the packed package and uses it')
  .option('--all', `also ${Object.keys(more).join(', ')}`)
  .argument('[part...]', `only these: ${Object.keys(all).join(', ')}`)
  .parse();
const { all: everything } = command.opts<{ all?: true }>();
const wanted = command.args.length > 0 ? command.args : Object.keys(everything ? all : usual);

const project = makeProject();
try {
  for (const name of wanted) {
    const part = all[name];
    if (part === undefined) throw new Error(`there is no part ${name}`);
    const start = performance.now();
    part(project);
    console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
} finally {
  project.remove();
}
