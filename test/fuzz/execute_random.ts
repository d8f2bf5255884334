/**
 * Runs random modules on every form of the interpreter and compares all that can be seen (results,
 * traps, globals, memory) with what Node's WebAssembly does.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { LineProgram, ProgramDied } from '../line_program.js';
import { tierOption } from '../tier_option.js';
import { alternatives, codeOfTrap } from './traps.js';
import type { Kind } from './instructions.js';
import { knownParts } from './parts.js';
import { at, Random } from './random_values.js';
import { randomModule, type RandomModule } from './random_module.js';

interface Options {
  host: string;
  count: string;
  minutes?: string;
  seed: string;
  tier: string;
  keep?: string;
}

const forms = ['mapped', 'heap', 'mapped metered', 'heap metered'];
/** One of these as well, in turn: the code is the same, the memory is not. */
const furtherForms = ['pool', 'small-pool', 'buffer', 'functions'];
const callsEach = 2;

const word = (text: string): string => `x${Buffer.from(text).toString('hex')}`;

/** A value as the host program prints it; which NaN it is does not count. */
function show(kind: Kind, value: unknown): string {
  const view = new DataView(new ArrayBuffer(8));
  if (kind === 'i32') return `i32:${(Number(value) >>> 0).toString(16)}`;
  if (kind === 'i64') return `i64:${BigInt.asUintN(64, value as bigint).toString(16)}`;
  if (Number.isNaN(value)) return `${kind.slice(0, 3)}:nan`;
  if (kind.startsWith('f32')) {
    view.setFloat32(0, Number(value));
    return `f32:${view.getUint32(0).toString(16)}`;
  }
  view.setFloat64(0, Number(value));
  return `f64:${view.getBigUint64(0).toString(16)}`;
}

/** The host program's answer in the same form. */
function canonical(answer: string): string {
  const error = /^error trap (\S+) (.*)/.exec(answer);
  if (error !== null) return `trap ${error[1] ?? ''}`;
  return answer
    .replace(/f32:([0-9a-f]+)/g, (all: string, bits: string) =>
      (parseInt(bits, 16) & 0x7fffffff) > 0x7f800000 ? 'f32:nan' : all)
    .replace(/f64:([0-9a-f]+)/g, (all: string, bits: string) =>
      (BigInt(`0x${bits}`) & 0x7fffffffffffffffn) > 0x7ff0000000000000n ? 'f64:nan' : all); // prettier-ignore
}

interface Step {
  line: string;
  expected: string;
}

function argument(random: Random, kind: Kind): unknown {
  if (kind === 'i32') return random.chance(50) ? random.below(100) : random.next() | 0;
  if (kind === 'i64') return BigInt(random.next()) << BigInt(random.below(33));
  return Math.fround((random.below(2000) - 1000) / random.pick([1, 8, 3]));
}

/** What a call, or reading a global, gives. */
function perform(kinds: Kind[], act: () => unknown): string {
  try {
    const value = act();
    const values = kinds.length === 0 ? [] : kinds.length === 1 ? [value] : (value as unknown[]);
    return ['ok', ...kinds.map((kind, i) => show(kind, values[i]))].join(' ');
  } catch (error) {
    return `trap ${codeOfTrap(error)}`;
  }
}

/** Calls everything of one instance. */
function steps(
  random: Random,
  id: string,
  module: RandomModule,
  instance: WebAssembly.Instance,
): Step[] {
  const made: Step[] = [];
  const call = (field: string, params: Kind[], results: Kind[]): void => {
    const values = params.map((kind) => argument(random, kind));
    const slots = params.map((kind, i) => show(kind, values[i]).split(':')[1] ?? '');
    const target = instance.exports[field] as (...args: unknown[]) => unknown;
    const line = ['invoke', id, word(field), ...slots].join(' ');
    made.push({ line, expected: perform(results, () => target(...values)) });
  };
  for (let round = 0; round < callsEach; round++) {
    module.functions.forEach(({ params, results }, i) => {
      // JavaScript passes no vectors.
      if ([...params, ...results].includes('v128bits')) return;
      call('reset', [], []);
      call(`f${i}`, params, results);
    });
  }
  call('sum', [], ['i64']);
  module.globals.forEach((kind, i) => {
    if (kind === 'v128bits' || kind === 'object') return;
    const global = instance.exports[`g${i}`] as WebAssembly.Global;
    made.push({
      line: `get ${id} ${word(`g${i}`)}`,
      expected: perform([kind], () => global.value),
    });
  });
  return made;
}

function matches(expected: string, answer: string): boolean {
  const got = canonical(answer);
  const codes = alternatives[expected.replace('trap ', '')] ?? [];
  return expected === got || codes.some((code) => got === `trap ${code}`);
}

/** Calls that were compared. */
let executions = 0;

/** One pair of modules. The result says what differs. */
async function check(
  host: LineProgram,
  seed: number,
  directory: string,
): Promise<string | undefined> {
  const random = new Random(seed);
  const first = randomModule(random, knownParts);
  const second = randomModule(random, knownParts, first);
  const firstPath = join(directory, 'first.wasm');
  const secondPath = join(directory, 'second.wasm');
  writeFileSync(firstPath, first.bytes);
  writeFileSync(secondPath, second.bytes);
  const firstModule = new WebAssembly.Module(first.plain);
  const secondModule = new WebAssembly.Module(second.plain);
  const one = new WebAssembly.Instance(firstModule, {});
  const two = new WebAssembly.Instance(secondModule, { first: one.exports });
  const freshOne = new WebAssembly.Instance(firstModule, {});
  const freshTwo = new WebAssembly.Instance(secondModule, { first: freshOne.exports });
  const lines: Step[] = [
    { line: `module ${word('1')} ${word(firstPath)}`, expected: 'ok' },
    { line: `register ${word('first')} ${word('1')}`, expected: 'ok' },
    { line: `module ${word('2')} ${word(secondPath)}`, expected: 'ok' },
    ...steps(random, word('1'), first, one),
    ...steps(random, word('2'), second, two),
    ...steps(random, word('1'), first, one),
    { line: `reset ${word('1')}`, expected: 'ok' },
    { line: `reset ${word('2')}`, expected: 'ok' },
    ...steps(random, word('2'), second, freshTwo),
    ...steps(random, word('1'), first, freshOne),
  ];
  if (lines.some(({ expected }) => expected === 'trap StackOverflow')) return undefined;
  for (const form of [...forms, at(furtherForms, seed % furtherForms.length)]) {
    const begun = { line: `begin ${form}`, expected: 'ok' };
    const sent = [begun, ...lines].map(({ line, expected }) => ({
      line,
      expected,
      answer: host.send(line),
    }));
    for (const { answer } of sent) answer.catch(() => undefined);
    for (const [i, { line, expected, answer }] of sent.entries()) {
      const got = await answer;
      if (line.startsWith('invoke')) executions++;
      if (!matches(expected, got)) {
        await Promise.all(sent.map((step) => step.answer));
        await host.send('end');
        return `${form}, step ${i}: ${line}\n    expected ${expected}\n    got      ${got}`;
      }
    }
    await host.send('end');
  }
  return undefined;
}

async function main(options: Options): Promise<number> {
  const directory = options.keep ?? mkdtempSync(join(tmpdir(), 'wembed-fuzz-'));
  mkdirSync(directory, { recursive: true });
  const args = ['--tier', options.tier, '--seed', options.seed];
  const start = () => new LineProgram(options.host, 60000, args);
  let host = start();
  let failed = 0;
  const first = Number(options.seed);
  const end = performance.now() + Number(options.minutes ?? Infinity) * 60_000;
  const count = options.minutes === undefined ? Number(options.count) : Infinity;
  let seed = first;
  for (; seed < first + count && performance.now() < end; seed++) {
    let difference: string | undefined;
    try {
      difference = await check(host, seed, directory);
    } catch (error) {
      if (!(error instanceof ProgramDied)) {
        await host.close();
        throw error;
      }
      difference = error.message;
      host = start();
    }
    if (difference === undefined) continue;
    failed++;
    console.error(`seed ${seed}: ${difference}`);
    if (failed === 10) break;
  }
  const last = await host.close();
  if (last !== undefined) console.error(last.message);
  if (options.keep === undefined) rmSync(directory, { recursive: true });
  const pairs = `${seed - first} pairs of modules with ${knownParts.join(', ')}`;
  console.log(`${pairs}: ${executions} calls, ${failed} pairs differ from V8`);
  return failed === 0 && last === undefined ? 0 : 1;
}

const command = new Command('execute_random')
  .description('Compares V8 on random modules with the interpreter, or with other tiers')
  .requiredOption('--host <program>', 'the specification host')
  .option('--count <n>', 'pairs of modules', '80')
  .option('--minutes <n>', 'as many pairs as there is time for, instead')
  .option('--seed <n>', 'of the first pair', '1')
  .addOption(tierOption())
  .option('--keep <dir>', 'leave the last modules there')
  .parse();

void main(command.opts<Options>()).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
