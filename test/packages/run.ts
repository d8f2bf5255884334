/** `npm run test:packages`: all programs, with packages that are fetched into out/packages. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { compare, compileAll, root } from './compare.js';
import { programs } from './programs.js';

const folder = join(root, 'out', 'packages');

function fetchPackages(): void {
  mkdirSync(folder, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) {
    copyFileSync(join(__dirname, file), join(folder, file));
  }
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit' });
  if (status !== 0) throw new Error('the packages cannot be fetched');
}

interface Options {
  filter?: string;
  fetch: boolean;
}

async function main(options: Options): Promise<void> {
  if (options.fetch || !existsSync(join(folder, 'node_modules'))) fetchPackages();
  compileAll();
  for (const [name, { uses, brings }] of Object.entries(programs)) {
    if (!name.includes(options.filter ?? '')) continue;
    try {
      const { node, wembed } = await compare(name, folder);
      const what = [uses, ...brings].join(', ');
      console.log(`${name} (${what}): same; Node ${node.toFixed(1)} s, wembed ${wembed.toFixed(1)} s`);
    } catch (error) {
      process.exitCode = 1;
      console.error(`${name}: ${(error as Error).message.slice(0, 3000)}`);
    }
  }
} // prettier-ignore

const command = new Command('test:packages')
  .description("Runs packages of npm's on wembed and compares with what they do on Node")
  .option('--filter <name>', 'programs whose names contain this')
  .option('--fetch', 'installs the packages again', false)
  .parse();

void main(command.opts());
