/** Builds one program of the CMake project below out/cmake, for scripts that run it. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..');
const directory = join(root, 'out', 'cmake');

function run(args: string[]): void {
  const result = spawnSync('cmake', args, { cwd: root, encoding: 'utf8' });
  if (result.error) {
    throw new Error(`CMake is needed to build this and could not be run: ${result.error.message}`);
  }
  if (result.status !== 0) throw new Error(`${result.stdout}${result.stderr}`);
}

/** The path of the program after bringing it up to date; `place` is its folder in the build. */
export function buildProgram(target: string, place: string): string {
  if (!existsSync(join(directory, 'CMakeCache.txt'))) {
    run(['-S', '.', '-B', directory, `-DWEMBED_NODE=${process.execPath}`]);
  }
  run(['--build', directory, '--parallel', '2', '--target', target]);
  return join(directory, place, target);
}
