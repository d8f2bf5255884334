/**
 * `npm run fuzz -- --minutes N`: random modules on wembed and on V8, by our generator on each tier
 * and by binaryen's, under a Node whose V8 has everything that can be compared.
 */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { nodeProgram } from '../install/tools.js';
import { buildProgram } from '../native_build.js';

const root = resolve(__dirname, '../..');

interface Options {
  minutes: string;
  seed?: string;
}

interface Task {
  readonly script: string;
  readonly args: readonly string[];
  /** Of the time. */
  readonly share: number;
}

function tasks(host: string): Task[] {
  const random = (tier: string, share: number): Task => ({
    script: 'execute_random',
    args: ['--host', host, '--tier', tier],
    share,
  });
  return [
    random('interpreter', 0.4),
    random('mixed', 0.15),
    random('base', 0.15),
    { script: 'execute_binaryen', args: [], share: 0.3 },
  ];
}

function main({ minutes, seed = String(Date.now() % 1_000_000_000) }: Options): void {
  const there = process.platform === 'linux' && process.arch === 'x64';
  const node = there ? nodeProgram(26) : process.execPath;
  // V8 refuses modules with both kinds of exceptions unless it is asked.
  const flags = there ? ['--wasm-allow-mixed-eh-for-testing'] : [];
  for (const { script, args, share } of tasks(buildProgram('wembed_spec_host', 'test'))) {
    const file = join(__dirname, `${script}.ts`);
    const bounds = ['--minutes', String(Number(minutes) * share), '--seed', seed];
    const all = [...flags, '--require', 'tsx/cjs', file, ...args, ...bounds];
    console.log(`${script} ${[...args, ...bounds].join(' ')}`);
    const { status } = spawnSync(node, all, { cwd: root, stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
}

const command = new Command('fuzz')
  .description('Random modules on wembed and on V8')
  .option('--minutes <n>', 'how long', '10')
  .option('--seed <n>', 'of the first module; else by the clock')
  .parse();

main(command.opts());
