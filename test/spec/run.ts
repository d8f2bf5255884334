/**
 * `npm run spec`: runs the WebAssembly specification suite, every script on every memory backend,
 * through the host program. A command counts as passed when it passes on all of them.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command as Program, InvalidArgumentError } from 'commander';
import loadWabt from 'wabt';
import { LineProgram, ProgramDied } from '../line_program.js';
import { buildProgram } from '../native_build.js';
import { tierOption } from '../tier_option.js';
import { Expected } from './expected.js';
import { judge } from './judge.js';
import { commandLine, describe, loadScripts, word, type Command, type Script } from './script.js';

interface Options {
  dir?: string;
  filter?: string;
  json?: string;
  backend: Backend[];
  host?: string;
  emulator?: string;
  tier: string;
  seed: string;
  expected: string;
  timeout: string;
  limit: string;
}

/** What the host program calls the places that memories come from. */
const backendNames = ['mapped', 'heap', 'pool', 'small-pool', 'buffer', 'functions'] as const;
type Backend = (typeof backendNames)[number];

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** What a script's commands did on one backend, by their place: undefined is success. */
interface Run {
  failures: (string | undefined)[];
  /** The host died: never expected, whatever is listed. */
  died: string | undefined;
  /** Instances whose memory the backend really held. */
  held: number;
}

interface HostSettings {
  host: string;
  /** Milliseconds for an answer. */
  timeout: number;
  args: string[];
}

interface BackendRun extends Run {
  backend: Backend;
}

interface BackendResult {
  backend: Backend;
  runs: Run[];
  /** What was wrong when the host ended, a leak for example. */
  end: string | undefined;
}

function backends(list: string): Backend[] {
  return list.split(',').map((name) => {
    const known = backendNames.find((backend) => backend === name);
    if (known === undefined) throw new InvalidArgumentError(`There is no ${name}.`);
    return known;
  });
}

const missingSuite = `The specification suite is not here. It is a folder of scripts as JSON and wasm files, as
wast2json (WABT) or \`wasm-tools json-from-wast\` write them: core/i32/i32.json, i32.0.wasm, ...
Say where it is with
  npm run spec -- --dir DIR      or      WEMBED_SPEC_DIR=DIR npm run spec
(the scripts themselves: https://github.com/WebAssembly/testsuite)`;

const spectestParts = ['base', 'table64', 'shared_memory'];

/** What a build says of a module that needs what it leaves out: the script ends there. */
const leftOut = 'left out of this build';

function isText(command: Command): boolean {
  return command.module_type === 'text';
}

/** Assembles the modules that stand behind the name spectest. */
async function makeSpectest(directory: string): Promise<string[]> {
  const wabt = await loadWabt();
  return spectestParts.map((part) => {
    const source = join(__dirname, 'spectest', `${part}.wat`);
    const module = wabt.parseWat(source, readFileSync(source, 'utf8'), {
      memory64: true,
      threads: true,
    });
    const path = join(directory, `${part}.wasm`);
    writeFileSync(path, module.toBinary({}).buffer);
    module.destroy();
    return path;
  });
}

/** Starts a fresh store. Parts of spectest that need what the engine lacks are left out. */
async function begin(host: LineProgram, backend: Backend, spectest: string[]): Promise<void> {
  const begun = await host.send(`begin ${backend}`);
  if (begun !== 'ok') throw new ProgramDied(begun);
  for (const [i, path] of spectest.entries()) {
    const name = word(`spectest part ${i}`);
    const made = await host.send(`module ${name} ${word(path)}`);
    if (made === 'ok') await host.send(`add ${word('spectest')} ${name}`);
    else if (i === 0) throw new ProgramDied(`spectest cannot be made: ${made}`);
  }
}

async function runScript(
  host: LineProgram,
  backend: Backend,
  script: Script,
  spectest: string[],
): Promise<Run> {
  const failures: (string | undefined)[] = [];
  try {
    await begin(host, backend, spectest);
    const sent = script.commands.map((command) => {
      const line = isText(command) ? undefined : commandLine(script, command);
      const answer = line === undefined ? undefined : host.send(line);
      answer?.catch(() => undefined); // Looked at below, one by one.
      return { command, answer };
    });
    for (const { command, answer } of sent) {
      const said = await answer;
      const ended = failures.find((text) => text?.includes(leftOut) ?? false);
      const isLeftOut = said?.includes(leftOut) ?? false;
      failures.push(ended ?? (isLeftOut ? said : said && judge(command, said)));
    }
    const held = Number((await host.send('end')).split(' ')[1]);
    return { failures, died: undefined, held };
  } catch (error) {
    if (!(error instanceof ProgramDied)) throw error;
    const first = failures.length;
    const rest = script.commands.slice(first + 1).map(() => 'not run: the host is gone');
    return { failures: [...failures, error.message, ...rest], died: error.message, held: 0 };
  }
}

/** Why this build or machine has no memory of that kind; undefined: it has. */
async function refusal(
  backend: Backend,
  { host, timeout, args }: HostSettings,
): Promise<string | undefined> {
  const program = new LineProgram(host, timeout, args);
  const begun = await program.send(`begin ${backend}`);
  if (begun === 'ok') await program.send('end');
  await program.close();
  return begun === 'ok' ? undefined : `${backend}: ${begun}`;
}

/** All scripts on one backend. A host that dies is replaced for the next script. */
async function runBackend(
  backend: Backend,
  scripts: Script[],
  spectest: string[],
  options: HostSettings,
): Promise<BackendResult> {
  const runs: Run[] = [];
  const start = (): LineProgram => new LineProgram(options.host, options.timeout, options.args);
  let host = start();
  for (const script of scripts) {
    const run = await runScript(host, backend, script, spectest);
    runs.push(run);
    if (run.died === undefined) continue;
    await host.close();
    host = start();
  }
  let end = (await host.close())?.message;
  if (!runs.some(({ held }) => held > 0)) end ??= 'no memory was held by that backend';
  return { backend, runs, end };
}

/** Adds up one script's runs on all backends and reports what failed. */
function countScript(
  script: Script,
  runs: BackendRun[],
  expected: Expected,
  report: (text: string) => void,
): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const waits = expected.script(script.name);
  const died = runs.some((run) => run.died !== undefined);
  const reports: string[] = [];
  script.commands.forEach((command, i) => {
    const failed = runs.filter((run) => run.failures[i] !== undefined);
    const listed = expected.command(script.name, command.line);
    const where = `${script.name}:${command.line}`;
    const isLeftOut = failed.some((run) => run.failures[i]?.includes(leftOut) ?? false);
    if (isText(command) || (isLeftOut && !died)) {
      counts.skipped++;
    } else if (failed.length === 0) {
      if (listed === undefined) counts.passed++;
      else counts.failed++;
      if (listed !== undefined) reports.push(`${where} passes: take it off the list (${listed})`);
    } else if (listed !== undefined && !died) {
      counts.skipped++;
    } else {
      counts.failed++;
      const places =
        failed.length === runs.length ? '' : ` [${failed.map(({ backend }) => backend).join()}]`;
      const text = failed[0]?.failures[i] ?? '';
      if (!text.startsWith('not run')) {
        reports.push(
          `${where}${places} ${describe(command)}\n    ${text.replaceAll('\n', '\n    ')}`,
        );
      }
    }
  });
  if (waits !== undefined && !died && counts.passed + counts.failed > 0) {
    if (counts.failed > 0) return { passed: 0, failed: 0, skipped: script.commands.length };
    counts.failed++;
    reports.push(`${script.name} passes completely: take it off the list (${waits})`);
  }
  reports.forEach(report);
  return counts;
}

function writeResult(path: string, scripts: Record<string, Counts>, total: Counts): void {
  writeFileSync(path, `${JSON.stringify({ scripts, ...total }, undefined, 1)}\n`);
}

async function main(options: Options): Promise<number> {
  const directory = options.dir ?? process.env.WEMBED_SPEC_DIR ?? '';
  if (directory === '' || !existsSync(directory)) {
    if (directory !== '') console.error(`There is no folder ${directory}.`);
    console.error(missingSuite);
    return 2;
  }
  const filter = options.filter === undefined ? undefined : new RegExp(options.filter);
  const scripts = loadScripts(resolve(directory), filter);
  if (scripts.length === 0) {
    console.error(`No script in ${directory} matches.`);
    return 2;
  }
  const list = options.expected === 'none' ? undefined : resolve(options.expected);
  const expected = new Expected(list, resolve(directory));
  const host = options.host ?? buildProgram('wembed_spec_host', 'test');
  const scratch = mkdtempSync(join(tmpdir(), 'wembed-spec-'));
  try {
    const spectest = await makeSpectest(scratch);
    const args = ['--tier', options.tier, '--seed', options.seed];
    const words = [...(options.emulator?.split(' ') ?? []), resolve(host), ...args];
    const [command = '', ...rest] = words;
    const settings = { host: command, timeout: Number(options.timeout) * 1000, args: rest };
    const asked = await Promise.all(options.backend.map((backend) => refusal(backend, settings)));
    const refused = asked.filter((text) => text !== undefined);
    if (refused.length > 0) {
      console.error(`Not here (choose others with --backend):\n  ${refused.join('\n  ')}`);
      return 2;
    }
    const all = await Promise.all(
      options.backend.map((backend) => runBackend(backend, scripts, spectest, settings)),
    );
    return summarize(scripts, all, expected, options);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function summarize(
  scripts: Script[],
  all: BackendResult[],
  expected: Expected,
  options: Options,
): number {
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const results: Record<string, Counts> = {};
  let shown = 0;
  const report = (text: string): void => {
    if (shown++ < Number(options.limit)) console.log(text);
  };
  scripts.forEach((script, i) => {
    const runs = all.map(({ backend, runs: list }) => ({
      backend,
      failures: [],
      died: '',
      held: 0,
      ...list[i],
    }));
    const counts = countScript(script, runs, expected, report);
    results[script.name] = counts;
    for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += counts[key];
  });
  if (shown > Number(options.limit)) console.log(`... ${shown - Number(options.limit)} more`);
  let exitCode = total.failed === 0 ? 0 : 1;
  for (const { backend, end } of all) {
    if (end === undefined) continue;
    console.log(`At the end of the run on the ${backend} backend: ${end}`);
    exitCode = 1;
  }
  if (options.json !== undefined) writeResult(options.json, results, total);
  const failing = Object.values(results).filter(({ failed }) => failed > 0).length;
  console.log(
    `\n${scripts.length} scripts on ${all.map(({ backend }) => backend).join(' and ')} memory` +
      (failing === 0 ? '' : `, ${failing} of them with failures`),
  );
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return exitCode;
}

const program = new Program('npm run spec --')
  .description('Runs the WebAssembly specification suite')
  .option('--dir <dir>', 'the suite (default: the environment variable WEMBED_SPEC_DIR)')
  .option('--filter <pattern>', 'only scripts whose name matches, e.g. "core/table"')
  .option('--json <file>', 'write the counts of each script')
  .option(
    '--backend <names>',
    `where memories come from: some of ${backendNames.join()}; else all`,
    backends,
    [...backendNames],
  )
  .option('--host <path>', 'the host program (default: built with CMake)')
  .option('--emulator <command>', 'what runs the host program, if it is of another processor')
  .addOption(tierOption())
  .option('--seed <number>', 'of the mix', '1')
  .option(
    '--expected <file>',
    'scripts that wait for a feature; "none" for no list',
    join(__dirname, 'expected', 'interp.txt'),
  )
  .option('--timeout <seconds>', 'longest time for one command', '60')
  .option('--limit <count>', 'failures to print', '200')
  .parse();

main(program.opts<Options>()).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
