/** The CMake build below out/, for the scripts that test, run or measure what it makes. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..');

/** Where everything is built that is not built in a special way. */
export const defaultBuild = join(root, 'out', 'cmake');

function has(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Throws what the user has to do when there is no CMake. */
function requireCmake(): void {
  if (has('cmake')) return;
  throw new Error(
    'CMake is missing; the C and C++ programs are built with it. Get it with\n' +
      '  apt-get install cmake   (Debian, Ubuntu)\n' +
      '  dnf install cmake       (Fedora)\n' +
      '  brew install cmake      (macOS)\n' +
      'or from https://cmake.org/download',
  );
}

function cmake(args: string[], loud: boolean): void {
  if (loud) console.log(`\n$ cmake ${args.join(' ')}`);
  const result = spawnSync('cmake', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: loud ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 28,
  });
  if (result.error) throw result.error;
  if (result.status === 0) return;
  throw new Error(loud ? 'The CMake build failed.' : `${result.stdout}${result.stderr}`);
}

/** What makes CMake compile through ccache, where there is one that is not switched off. */
function ccacheLaunchers(): string[] {
  if (process.env['CCACHE_DISABLE'] !== undefined || !has('ccache')) return [];
  return ['C', 'CXX'].map((language) => `-DCMAKE_${language}_COMPILER_LAUNCHER=ccache`);
}

/** Of a new build: Ninja where there is one, as make builds several named targets one by one. */
function generator(directory: string): string[] {
  const isChosen = process.env['CMAKE_GENERATOR'] !== undefined;
  if (isChosen || existsSync(join(directory, 'CMakeCache.txt')) || !has('ninja')) return [];
  return ['-G', 'Ninja'];
}

/** Configures a build with what every build has; `settings` are further -D values. */
export function configure(directory: string, settings: string[] = [], loud = false): void {
  requireCmake();
  const node = `-DWEMBED_NODE=${process.execPath}`;
  const how = [...generator(directory), node, ...ccacheLaunchers()];
  cmake(['-S', '.', '-B', directory, ...how, ...settings], loud);
}

/** Brings targets up to date; all of them when none is named. */
export function build(directory: string, targets: string[] = [], loud = false): void {
  const target = targets.length === 0 ? [] : ['--target', ...targets];
  cmake(['--build', directory, '--parallel', String(availableParallelism()), ...target], loud);
}

/** The path of the program after bringing it up to date; `place` is its folder in the build. */
export function buildProgram(target: string, place: string): string {
  if (!existsSync(join(defaultBuild, place, target))) {
    console.log(`Building ${target} below ${defaultBuild}; the first time takes minutes.`);
  }
  if (!existsSync(join(defaultBuild, 'CMakeCache.txt'))) configure(defaultBuild);
  build(defaultBuild, [target]);
  return join(defaultBuild, place, target);
}
