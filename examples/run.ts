/**
 * `npm run demo`: runs every example and shows what it prints; those in C are built with CMake
 * first. With names, only the examples whose name contains one of them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';

const root = resolve(__dirname, '..');
const build = join('out', 'cmake');
const wanted = process.argv.slice(2);

function run(command: string, args: string[], quiet = false): boolean {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    encoding: 'utf8',
  });
  if (result.status !== 0 && quiet) console.error(result.stdout, result.stderr);
  return result.status === 0;
}

function names(folder: string, extension: string): string[] {
  return readdirSync(join(root, 'examples', folder))
    .filter((file) => file.endsWith(extension))
    .map((file) => basename(file, extension))
    .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
    .sort();
}

/** Runs one example under a heading; true when it succeeded. */
function show(title: string, command: string, args: string[]): boolean {
  console.log(`\n--- ${title} ${'-'.repeat(Math.max(0, 70 - title.length))}`);
  return run(command, args);
}

function buildC(programs: string[]): boolean {
  if (spawnSync('cmake', ['--version'], { stdio: 'ignore' }).status !== 0) {
    console.error(
      '\nThe C examples are built with CMake, which is missing. Get it with\n' +
        '  apt-get install cmake   (Debian, Ubuntu)      dnf install cmake   (Fedora)\n' +
        '  brew install cmake      (macOS)               or https://cmake.org/download',
    );
    return false;
  }
  console.log('Building the C examples (in out/cmake) ...');
  const targets = programs.map((name) => `example_${name}`);
  return (
    run('cmake', ['-S', '.', '-B', build, `-DWEMBED_NODE=${process.execPath}`], true) &&
    run(
      'cmake',
      [
        ...['--build', build, '--parallel', String(availableParallelism())],
        ...['--target', 'wembed_modules', ...targets],
      ],
      true,
    )
  );
}

function runC(name: string): boolean {
  const module = join(build, 'modules', `${name}.wasm`);
  const args = existsSync(join(root, module)) ? [module] : [];
  return show(`examples/c/${name}.c`, join(root, build, 'examples', name), args);
}

function runNode(name: string): boolean {
  const tsx = join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');
  const file = `examples/node/${name}.ts`;
  return show(file, process.execPath, [tsx, file]);
}

const programs = names('c', '.c');
const built = programs.length === 0 || buildC(programs);
const results = [...(built ? programs.map(runC) : [built]), ...names('node', '.ts').map(runNode)];
const failed = results.filter((ok) => !ok).length;
console.log(`\n${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
