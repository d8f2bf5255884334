/**
 * `npm run prebuild`: addon and command for every target, compiled here, into prebuilds/.
 * `npm run prebuild -- --check`, which `npm pack` runs first: whether they are there and current.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { build, configure, defaultBuild } from '../../test/native_build.js';
import { findBinaryProblems, findCommandProblems } from './binary.js';
import { findManifestProblems, prebuilds, root, writeManifest } from './manifest.js';
import { writeStubLibraries } from './stub_libraries.js';
import { glibcFloor, targets, type Target } from './target.js';

interface Options {
  check?: true;
  record?: true;
  reuse?: true;
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

/** A build of its own: CMake's settings. */
function settingsOf(target: Target): string[] {
  return [
    `-DCMAKE_C_COMPILER=${target.prefix}gcc`,
    `-DCMAKE_CXX_COMPILER=${target.prefix}g++`,
    // With these CMake does not expect to be able to run what it makes.
    ...(target.prefix === ''
      ? []
      : ['-DCMAKE_SYSTEM_NAME=Linux', `-DCMAKE_SYSTEM_PROCESSOR=${target.processor}`]),
    '-DCMAKE_BUILD_TYPE=Release',
    '-DWEMBED_BUILD_TESTS=OFF',
    '-DWEMBED_BUILD_EXAMPLES=OFF',
  ];
}

/** Where `npm test` has compiled the core for a target as it is in a package. */
function testedBuild(target: Target): string {
  const folder = target.prefix === '' ? defaultBuild : join(root, 'out', `cmake-${target.arch}`);
  const cache = join(folder, 'CMakeCache.txt');
  const settings = existsSync(cache) ? readFileSync(cache, 'utf8') : '';
  const isAsPacked = ['CMAKE_BUILD_TYPE:STRING=Release', 'WEMBED_SANITIZE:STRING='].every((line) =>
    settings.split('\n').includes(line),
  );
  if (isAsPacked) return folder;
  const command = target.prefix === '' ? 'npm test' : `npm test -- --arch ${target.arch}`;
  throw new Error(`--reuse: ${folder} is no release build of the tests; ${command} makes one`);
}

function prebuild(target: Target, reuse: boolean): void {
  requireCompiler(target);
  console.log(`\n=== ${target.name}`);
  const own = join(root, 'out', 'prebuild', target.name);
  const folder = reuse ? testedBuild(target) : own;
  const stubs = writeStubLibraries(join(own, 'stubs'), `${target.prefix}gcc`, glibcFloor);
  const addon = ['-DWEMBED_BUILD_ADDON=ON', `-DWEMBED_ADDON_STUBS=${stubs.join(';')}`];
  configure(folder, [...(reuse ? [] : settingsOf(target)), ...addon], true);
  build(folder, ['wembed_node', 'wembed_packed_program'], true);
  mkdirSync(prebuilds, { recursive: true });
  const kinds = { node: findBinaryProblems, command: findCommandProblems };
  for (const [kind, findProblems] of Object.entries(kinds)) {
    const made = join(folder, `wembed.${kind}`);
    const problems = findProblems(made, target);
    if (problems.length > 0) throw new Error(`${made}\n  ${problems.join('\n  ')}`);
    copyFileSync(made, join(prebuilds, `${target.name}.${kind}`));
  }
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
  for (const target of targets) {
    if (names.includes(target.name)) prebuild(target, options.reuse === true);
  }
  writeManifest();
}

const command = new Command('npm run prebuild --')
  .description('Builds the binaries that the package has')
  .option('--target <name...>', `only these: ${targets.map(({ name }) => name).join(', ')}`)
  .option('--reuse', 'take the core from the builds of `npm test`, for arm64 of its --arch arm64')
  .option('--record', 'build nothing; list what is in prebuilds/, made here or brought there')
  .option('--check', 'build nothing; fail when they are missing or older than the sources')
  .parse();

try {
  main(command.opts<Options>());
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
