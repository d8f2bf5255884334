/** A source tree with its library built: this one, or another that it is compared with. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { build, configure, defaultBuild } from '../../test/native_build.js';
import { compileLibrary } from '../library.js';

const root = resolve(__dirname, '../..');
const sources = join(root, 'bench');

export interface Tree {
  directory: string;
  /** The benchmarks' native program, of this tree's sources, with that tree's library. */
  host: string;
  /** lib/ of that tree compiled, and its addon; undefined where there is no addon. */
  node: { library: string; addon: string } | undefined;
}

function run(command: string, args: string[]): void {
  const { error, status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}\n${stderr}`);
}

const newest = (files: string[]): number =>
  Math.max(...files.map((file) => statSync(file).mtimeMs));

/**
 * The native program is compiled by the same commands for every tree: what differs is the library.
 * A header that a tree lacks, or another meaning of one, is an error of the compiler.
 */
function compileHost(directory: string, output: string): string {
  const archive = join(directory, 'out', 'cmake', 'libwembed.a');
  if (!existsSync(archive)) {
    throw new Error(
      `${archive} is missing; build that tree first:\n` +
        '  cmake -S . -B out/cmake && cmake --build out/cmake --target wembed_static',
    );
  }
  const host = join(output, 'wembed_bench');
  const files = readdirSync(sources).filter((file) => /\.(c|cpp)$/.test(file));
  const inputs = readdirSync(sources).filter((file) => /\.(c|cpp|h)$/.test(file));
  const headers = readdirSync(join(directory, 'include')).map((f) => join(directory, 'include', f));
  const needed = [archive, ...headers, ...inputs.map((file) => join(sources, file))];
  if (existsSync(host) && statSync(host).mtimeMs > newest(needed)) return host;
  const objects = files.map((file) => {
    const object = join(output, `${file}.o`);
    const isC = file.endsWith('.c');
    const compiler = isC ? (process.env.CC ?? 'cc') : (process.env.CXX ?? 'c++');
    const common = ['-O2', '-DNDEBUG', `-I${join(directory, 'include')}`, '-c'];
    run(compiler, [
      isC ? '-std=c11' : '-std=c++20',
      '-D_GNU_SOURCE',
      ...common,
      join(sources, file),
      '-o',
      object,
    ]);
    return object;
  });
  run(process.env.CXX ?? 'c++', [...objects, archive, '-pthread', '-ldl', '-o', host]);
  return host;
}

function compileNode(directory: string, output: string): Tree['node'] {
  const addon = join(directory, 'build', 'Release', 'wembed.node');
  if (!existsSync(addon)) return undefined;
  return { library: compileLibrary(directory, join(output, 'lib')), addon };
}

/** Makes ready what is measured of a tree; only files below this tree's out/ are written. */
export function openTree(directory: string): Tree {
  const place = resolve(directory);
  if (!existsSync(join(place, 'native', 'sources.txt')))
    throw new Error(`${place} is no such tree`);
  const name =
    place === root ? 'this' : `${basename(place)}-${Buffer.from(place).toString('hex').slice(-16)}`;
  const output = join(root, 'out', 'bench', 'against', name);
  mkdirSync(output, { recursive: true });
  return { directory: place, host: compileHost(place, output), node: compileNode(place, output) };
}

/** This tree, its library up to date. */
export function openThisTree(): Tree {
  if (!existsSync(join(defaultBuild, 'CMakeCache.txt'))) configure(defaultBuild);
  build(defaultBuild, ['wembed_static']);
  return openTree(root);
}
