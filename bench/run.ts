/**
 * `npm run bench`: measures wembed and, where V8 can do the same, V8 in the same run, taking
 * turns; prints a table. Figures are for reading, nothing here passes or fails.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { LineProgram } from '../test/line_program.js';
import { buildProgram } from '../test/native_build.js';
import { compareTrees } from './against/compare_trees.js';
import { measureBackends, steps } from './backends.js';
import { measureEmbedding } from './embedding.js';
import { measureKernels } from './kernels.js';
import { measureLoading } from './loading.js';
import { aboutThis, type About } from './machine.js';
import type { Section } from './measure.js';
import { measureInstances } from './memory.js';
import { measureNode } from './node.js';
import { measurePrograms } from './programs.js';
import { reportPage } from './report.js';
import { measureResidence } from './residence.js';
import { table, type Row, type Settings } from './row.js';
import { measureVectors } from './vectors.js';

interface Options {
  json?: string;
  html?: string;
  from?: string;
  filter: string;
  backends: string;
  quick?: boolean;
  ms?: string;
  rounds?: string;
  host?: string;
  against?: string;
  clocks: boolean;
  instructions: boolean;
}

const sections: Section[] = [
  measureKernels,
  measureVectors,
  measurePrograms,
  measureBackends,
  measureEmbedding,
  measureNode,
  measureInstances,
  measureResidence,
  measureLoading,
];

const longestCommand = 300_000;

function settingsOf(options: Options): Settings {
  // Between trees many short parts tell more: each is beside the other tree's.
  const [ms, rounds] = options.against === undefined ? [150, 5] : [25, 20];
  return {
    leastMs: options.quick === true ? 1 : Number(options.ms ?? ms),
    rounds: options.quick === true ? 1 : Number(options.rounds ?? rounds),
    backends: options.backends.split(','),
    filter: new RegExp(options.filter),
  };
}

function hostPath(options: Options): string {
  if (options.host === undefined) return buildProgram('wembed_bench', 'bench');
  if (!existsSync(options.host)) throw new Error(`there is no program ${options.host}`);
  return resolve(options.host);
}

interface Result {
  about: About;
  rows: Row[];
}

async function measure(options: Options): Promise<Result> {
  const settings = settingsOf(options);
  const host = new LineProgram(hostPath(options), longestCommand);
  const version = (await host.send('about')).replace('ok ', '');
  const about = aboutThis(version, settings);
  console.log(`wembed ${version} and V8 ${about.v8} (Node ${about.node}) on ${about.cpu}`);
  const show = (row: Row): void => console.error(table([row]).split('\n')[1]);
  const rows: Row[] = [];
  for (const section of sections) rows.push(...(await section(host, settings, show)));
  await host.close();
  return { about, rows };
}

async function main(options: Options): Promise<void> {
  const { json, html, from, against, clocks, instructions } = options;
  if (against !== undefined) {
    const pairs = await compareTrees(against, {
      settings: settingsOf(options),
      clocks,
      instructions,
    });
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(pairs, undefined, 1)}\n`);
    return;
  }
  const result =
    from === undefined
      ? await measure(options)
      : (JSON.parse(readFileSync(from, 'utf8')) as Result);
  console.log(`\n${table(result.rows)}`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, undefined, 1)}\n`);
  if (html !== undefined) writeFileSync(html, reportPage(result.about, result.rows));
}

const program = new Command('npm run bench --')
  .description('Measures wembed, and V8 beside it')
  .option('--json <file>', 'write the rows, with what they were measured on')
  .option('--html <file>', 'write a page with charts')
  .option('--from <file>', 'measure nothing, take the rows from what --json wrote')
  .option('--filter <pattern>', 'only rows whose group/name matches, e.g. "kernel/fib"', '')
  .option('--backends <list>', 'memory backends for backend/*', steps.join(','))
  .option('--against <folder>', 'compare with another source tree whose library is built')
  .option('--no-clocks', 'with --against: count instructions only')
  .option('--no-instructions', 'with --against: measure time only')
  .option('--ms <milliseconds>', 'least time of one timed part (150; --against: 25)')
  .option('--rounds <count>', 'timed parts, of which the median counts (5; --against: 20)')
  .option('--quick', 'the shortest possible run: shows that everything works, not how fast')
  .option('--host <path>', 'the native program (default: built with CMake)')
  .parse();

main(program.opts<Options>()).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
