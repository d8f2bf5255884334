/**
 * `npm run demo`: runs every example and shows what it prints; those in C are built with CMake
 * first. With names, only the examples whose name contains one of them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { build, configure, defaultBuild } from '../test/native_build.js';

const root = resolve(__dirname, '..');
const wanted = process.argv.slice(2);

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
  return spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status === 0;
}

function buildC(programs: string[]): boolean {
  console.log('Building the C examples (in out/cmake) ...');
  try {
    configure(defaultBuild);
    build(defaultBuild, ['wembed_modules', ...programs.map((name) => `example_${name}`)]);
    return true;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return false;
  }
}

function runC(name: string): boolean {
  const module = join(defaultBuild, 'modules', `${name}.wasm`);
  const args = existsSync(module) ? [module] : [];
  return show(`examples/c/${name}.c`, join(defaultBuild, 'examples', name), args);
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
