/**
 * `npm run prebuild`: the addon for every target, compiled here, into prebuilds/.
 * `npm run prebuild -- --check`, which `npm pack` runs first: whether they are there and current.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { build, configure } from '../../test/native_build.js';
import { findBinaryProblems } from './binary.js';
import { findManifestProblems, prebuilds, root, writeManifest } from './manifest.js';
import { writeStubLibraries } from './stub_libraries.js';
import { glibcFloor, targets, type Target } from './target.js';

interface Options {
  check?: true;
  record?: true;
  target?: string[];
}

function requireCompiler(target: Target): void {
  const compiler = `${target.prefix}g++`;
  if (spawnSync(compiler, ['--version'], { stdio: 'ignore' }).status === 0) return;
  throw new Error(
    `${target.name}: there is no ${compiler}; on Debian and Ubuntu\n` +
      `  apt-get install ${target.packages}`,
  );
}

function prebuild(target: Target): void {
  requireCompiler(target);
  console.log(`\n=== ${target.name}`);
  const folder = join(root, 'out', 'prebuild', target.name);
  const [c, cxx] = [`${target.prefix}gcc`, `${target.prefix}g++`];
  const stubs = writeStubLibraries(join(folder, 'stubs'), c, glibcFloor);
  configure(folder, [
    `-DCMAKE_C_COMPILER=${c}`,
    `-DCMAKE_CXX_COMPILER=${cxx}`,
    // With these CMake does not expect to be able to run what it makes.
    ...(target.prefix === ''
      ? []
      : ['-DCMAKE_SYSTEM_NAME=Linux', `-DCMAKE_SYSTEM_PROCESSOR=${target.processor}`]),
    '-DCMAKE_BUILD_TYPE=Release',
    '-DWEMBED_BUILD_TESTS=OFF',
    '-DWEMBED_BUILD_EXAMPLES=OFF',
    '-DWEMBED_BUILD_ADDON=ON',
    `-DWEMBED_ADDON_STUBS=${stubs.join(';')}`,
  ]);
  build(folder, ['wembed_node'], true);
  const made = join(folder, 'wembed.node');
  const problems = findBinaryProblems(made, target);
  if (problems.length > 0) throw new Error(`${made}\n  ${problems.join('\n  ')}`);
  mkdirSync(prebuilds, { recursive: true });
  copyFileSync(made, join(prebuilds, `${target.name}.node`));
}

function check(): void {
  const problems = findManifestProblems();
  if (problems.length === 0) return;
  throw new Error(
    `wembed: the package cannot be packed:\n  ${problems.join('\n  ')}\n` +
      'A package without its binaries installs and does not run. Make them with\n' +
      '  npm run prebuild',
  );
}

function main(options: Options): void {
  if (options.check) {
    check();
    return;
  }
  if (options.record) {
    writeManifest();
    return;
  }
  const names = options.target ?? targets.map(({ name }) => name);
  const unknown = names.find((name) => !targets.some((target) => target.name === name));
  if (unknown !== undefined) throw new Error(`no target is named ${unknown}`);
  if (options.target === undefined) rmSync(prebuilds, { recursive: true, force: true });
  for (const target of targets) if (names.includes(target.name)) prebuild(target);
  writeManifest();
}

const command = new Command('npm run prebuild --')
  .description('Builds the binaries that the package has')
  .option('--target <name...>', `only these: ${targets.map(({ name }) => name).join(', ')}`)
  .option('--record', 'build nothing; list what is in prebuilds/, made here or brought there')
  .option('--check', 'build nothing; fail when they are missing or older than the sources')
  .parse();

try {
  main(command.opts<Options>());
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
