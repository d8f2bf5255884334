/**
 * `npm test`: builds core, C and C++ tests and examples with CMake below out/, runs them with
 * ctest, then jest, then the specification suite when WEMBED_SPEC_DIR says where it is.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { architectures, type Architecture } from './architectures.js';
import { build, configure } from './native_build.js';
import { sanitizedAddon } from './sanitized_addon.js';

const root = resolve(__dirname, '..');

interface Options {
  only?: 'native' | 'node' | 'spec';
  sanitize?: string;
  arch?: string;
  name?: string;
  filter?: string;
}

/** Objects are collected wherever they can be, and root maps put to the test. */
const collecting = { WEMBED_COLLECT: 'always' };

/** Runs a command with its output shown; what it ended with, undefined when it has succeeded. */
function attempt(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): string | undefined {
  console.log(`\n$ ${[command, ...args].join(' ')}`);
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (result.error) throw result.error;
  if (result.status === 0) return undefined;
  return `${command} ended with ${result.signal ?? String(result.status)}`;
}

/** The same; throws when it does not succeed. */
function run(command: string, args: string[], env?: Record<string, string>): void {
  const failure = attempt(command, args, env);
  if (failure !== undefined) throw new Error(failure);
}

/** Node programs of the development packages are run as files: no shell, no npx. */
function runScript(script: string, args: string[], env?: Record<string, string>): void {
  run(process.execPath, [join(root, 'node_modules', script), ...args], env);
}

/** Those that failed and passed when they were run again, which is a fault of theirs. */
const unsteady: string[] = [];

/** More than so many have a reason in common. */
const mostUnsteady = 3;

/**
 * Runs tests, and the few that failed once more by themselves: what a busy machine has to do with
 * it is shown, and stops nobody's work.
 */
function runTwice(
  first: () => string | undefined,
  failed: () => string[],
  again: () => void,
): void {
  const failure = first();
  if (failure === undefined) return;
  const names = failed();
  if (names.length === 0 || names.length > mostUnsteady) throw new Error(failure);
  again();
  unsteady.push(...names);
}

function buildDirectory(options: Options): string {
  const name = options.name ?? options.arch ?? options.sanitize?.replaceAll(',', '-');
  return join(root, 'out', name === undefined ? 'cmake' : `cmake-${name}`);
}

/** The processor that is asked for; undefined: this machine's. Throws what has to be installed. */
function architectureOf({ arch }: Options): Architecture | undefined {
  const architecture = arch === undefined ? undefined : architectures[arch];
  const missing = architecture?.missing();
  if (missing !== undefined) throw new Error(`--arch ${arch ?? ''} needs: ${missing}`);
  return architecture;
}

/** ctest's arguments that choose among the tests. */
function choice(options: Options): string[] {
  const { wanted, unwanted } = architectureOf(options) ?? {};
  const filter = options.filter ?? wanted;
  return [
    ...(filter === undefined ? [] : ['--tests-regex', filter]),
    ...(unwanted === undefined ? [] : ['--exclude-regex', unwanted]),
  ];
}

/** What the chosen tests need: their labels. Empty, for everything, when one of them has none. */
function targetsOf(directory: string, chosen: string[]): string[] {
  const args = ['--test-dir', directory, '--show-only=json-v1', ...chosen];
  const { stdout } = spawnSync('ctest', args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  const { tests } = JSON.parse(stdout) as {
    tests: { properties: { name: string; value: unknown }[] }[];
  };
  const labels = tests.map(
    ({ properties }) => properties.find(({ name }) => name === 'LABELS')?.value,
  ) as (string[] | undefined)[];
  return labels.includes(undefined) ? [] : [...new Set(labels.flatMap((list) => list ?? []))];
}

/** The targets that are to be built; empty: all. */
function wantedTargets(directory: string, options: Options): string[] {
  if (options.only === 'spec') return ['wembed_spec_host'];
  const chosen = choice(options);
  if (chosen.length === 0) return [];
  const targets = targetsOf(directory, chosen);
  if (targets.length === 0) return [];
  // Without a filter of the user's the specification suite is run too.
  const host = options.only === undefined && options.filter === undefined;
  return [...targets, 'wembed_modules', ...(host ? ['wembed_spec_host'] : [])];
}

function buildNative(directory: string, options: Options): void {
  // In CI a warning is an error; elsewhere another compiler's new warning stops nobody. Sanitizers'
  // checks make compilers warn of what cannot happen.
  const asked = process.env.WEMBED_WERROR ?? process.env.CI ?? '';
  const strict = !['', '0', 'false'].includes(asked) && options.sanitize === undefined;
  configure(
    directory,
    [
      `-DWEMBED_WERROR=${strict ? 'ON' : 'OFF'}`,
      `-DWEMBED_SANITIZE=${options.sanitize ?? ''}`,
      '-DWEMBED_BUILD_TESTS=ON',
      '-DWEMBED_BUILD_EXAMPLES=ON',
      ...(architectureOf(options)?.settings ?? []),
    ],
    true,
  );
  build(directory, wantedTargets(directory, options), true);
}

function testNative(directory: string, options: Options): void {
  const args = ['--test-dir', directory, '--output-on-failure', '--no-tests=error'];
  args.push('--no-label-summary');
  const beside = ['--parallel', String(availableParallelism())];
  const log = join(directory, 'Testing', 'Temporary', 'LastTestsFailed.log');
  rmSync(log, { force: true });
  runTwice(
    () => attempt('ctest', [...args, ...beside, ...choice(options)]),
    () => linesOf(log).map((line) => line.replace(/^\d+:/, '')),
    () => {
      run('ctest', [...args, '--rerun-failed']);
    },
  );
}

/** Empty when there is no such file. */
function linesOf(path: string): string[] {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return text.split('\n').filter((line) => line !== '');
}

function testJest(args: string[], env?: Record<string, string>): void {
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const report = join(tmpdir(), `wembed-jest-${process.pid}.json`);
  const json = ['--json', '--outputFile', report];
  try {
    runTwice(
      () => attempt(process.execPath, [jest, ...json, ...args], env),
      () => failedFiles(report),
      () => {
        run(process.execPath, [jest, '-i', '--runTestsByPath', ...failedFiles(report)], env);
      },
    );
  } finally {
    rmSync(report, { force: true });
  }
}

/** Empty when jest did not come to its end. */
function failedFiles(report: string): string[] {
  if (!existsSync(report)) return [];
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    testResults: { name: string; status: string }[];
  };
  return testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
}

function testNode(options: Options): void {
  if (!existsSync(join(root, 'build', 'Release', 'wembed.node'))) {
    throw new Error('The addon is not built; build it with `npm ci` or `npm run compile`.');
  }
  const workers = `--maxWorkers=${String(availableParallelism())}`;
  testJest([workers, ...(options.filter === undefined ? [] : [options.filter])]);
}

/**
 * The addon with sanitizers in a Node that has none; one test file at a time. It is made of what was
 * compiled for the native tests.
 */
function testSanitizedNode(directory: string, list: string, options: Options): void {
  const env = sanitizedAddon(directory, list);
  configure(directory, [`-DWEMBED_SANITIZE=${list}`, '-DWEMBED_BUILD_ADDON=ON'], true);
  build(directory, ['wembed_node'], true);
  const ignored = ['--testPathIgnorePatterns', 'types.test', 'examples.test', 'packing.test'];
  testJest(['-i', options.filter ?? 'test/node/', ...ignored], env);
}

function testSpecification(directory: string, options: Options): void {
  const specification = process.env.WEMBED_SPEC_DIR ?? '';
  if (specification === '') {
    console.log(
      '\nSpecification suite: skipped. To run it, set WEMBED_SPEC_DIR to a folder that has the\n' +
        'WebAssembly test suite as JSON and wasm files, as wast2json writes them.',
    );
    return;
  }
  const host = join(directory, 'test', 'wembed_spec_host');
  const args = ['test/spec/run.ts', '--dir', specification, '--host', host];
  const architecture = architectureOf(options);
  if (architecture !== undefined) {
    const { emulator } = architecture;
    if (emulator.length > 0) args.push('--emulator', emulator.join(' '), '--timeout', '600');
    runScript('tsx/dist/cli.mjs', [...args, '--backend', 'mapped,heap']);
    return;
  }
  runScript('tsx/dist/cli.mjs', args);
  runScript('tsx/dist/cli.mjs', [...args, '--backend', 'mapped,heap'], collecting);
  // The seam between tiers: the plain one alone, and both in one program.
  runScript('tsx/dist/cli.mjs', [...args, '--tier', 'test', '--backend', 'mapped']);
  runScript('tsx/dist/cli.mjs', [...args, '--tier', 'mixed', '--backend', 'mapped,heap']);
}

function main(options: Options): void {
  const directory = buildDirectory(options);
  const wanted = (part: Options['only']): boolean =>
    options.only === undefined || options.only === part;
  if (wanted('native') || wanted('spec')) buildNative(directory, options);
  if (wanted('native')) testNative(directory, options);
  if (options.arch !== undefined) {
    // Node is this machine's.
  } else if (options.sanitize === undefined) {
    if (wanted('node')) testNode(options);
  } else if (options.only === 'node') {
    testSanitizedNode(directory, options.sanitize, options);
  }
  if (wanted('spec') && options.filter === undefined) testSpecification(directory, options);
  if (unsteady.length > 0) {
    console.log(`\nFailed, and passed when run again: ${unsteady.join(', ')}. Mend them.`);
  }
}

const command = new Command('npm test --')
  .description('Builds and runs the tests')
  .addOption(
    new Option('--only <part>', 'run one part').choices(['native', 'node', 'spec'] as const),
  )
  .option('--sanitize <list>', 'build with sanitizers: address,undefined or thread')
  .addOption(
    new Option(
      '--arch <name>',
      'build for another processor, small (WEMBED_SMALL), or smallest (WEMBED_FEATURES too)',
    ).choices(Object.keys(architectures)),
  )
  .option('--name <name>', 'build in out/cmake-<name>, for another compiler (CC, CXX)')
  .option('--filter <pattern>', 'run the tests whose name matches')
  .parse();

try {
  main(command.opts<Options>());
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
