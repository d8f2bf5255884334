/**
 * Modules that binaryen makes of random bytes, on V8 and on wembed in one process: results, traps,
 * exceptions, what is logged, globals and memories have to be the same.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { CompileError, Runtime, Trap, type ValueType } from '../../lib';
import { standIn } from '../packages/shim/stand_in.js';
import { Random } from './random_values.js';
import { alternatives, codeOfTrap } from './traps.js';

const optimiser = resolve(__dirname, '../../node_modules/binaryen/bin/wasm-opt');

const features = [
  ...['simd', 'threads', 'exception-handling', 'bulk-memory', 'bulk-memory-opt', 'multivalue'],
  ...['reference-types', 'tail-call', 'sign-ext', 'nontrapping-float-to-int', 'mutable-globals'],
  ...['multimemory', 'memory64', 'extended-const'],
  // With a V8 that has it: a type section with a structure.
  ...(WebAssembly.validate(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 3, 1, 95, 0))
    ? ['gc']
    : []),
].map((name) => `--enable-${name}`);

/** Either engine's interface. */
type Engine = typeof standIn;

interface Exported {
  readonly name: string;
  readonly params: readonly ValueType[];
}

/** Guests call each other through the host: not for ever. */
const deepest = 3;
const mostCalls = 400;

const numbers = [0, 1, -1, 7, 42, 255, 65_536, -2_147_483_648, 0.5, -1e9, 3e10];

function argument(type: ValueType, index: number): unknown {
  const number = numbers[index % numbers.length] ?? 0;
  if (type === 'i64') return BigInt(Math.trunc(number));
  if (type === 'externref') return index % 2 === 0 ? null : `value ${index}`;
  if (type === 'anyref') return index % 2 === 0 ? null : index;
  return type === 'funcref' || type === 'exnref' ? null : number;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(' ')}]`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return value;
  return value === null ? 'null' : typeof value;
}

class HostError extends Error {}

/** One module on one engine. */
class Run {
  readonly lines: string[] = [];
  calls = 0;
  private depth = 0;
  private exports: Readonly<Record<string, unknown>> = {};

  constructor(
    private readonly engine: Engine,
    private readonly functions: readonly Exported[],
    /** Whether the exported table has 64-bit numbers. */
    private readonly is64: boolean,
  ) {}

  private outcome(act: () => unknown): string {
    try {
      return shown(act());
    } catch (error) {
      if (error instanceof this.engine.Exception) return 'exception';
      if (error instanceof Trap) return `trap ${error.code}`;
      if (error instanceof this.engine.RuntimeError) return `trap ${codeOfTrap(error)}`;
      if (error instanceof HostError) return error.message;
      if (error instanceof RangeError) return 'trap StackOverflow';
      return error instanceof TypeError ? 'TypeError' : `thrown ${String(error)}`;
    }
  }

  private call({ name, params }: Exported): unknown {
    this.calls++;
    const target = this.exports[name] as (...args: unknown[]) => unknown;
    return target(...params.map(argument));
  }

  /** What a guest asks the host to call. */
  private inner(act: () => unknown): void {
    if (this.depth >= deepest || this.calls > mostCalls) return;
    this.depth++;
    try {
      act();
    } finally {
      this.depth--;
    }
  }

  private caught(act: () => unknown): number {
    const outcome = this.outcome(() => {
      this.inner(act);
    });
    this.lines.push(`caught ${outcome}`);
    return /^(exception|trap|thrown|TypeError|host)/.test(outcome) ? 1 : 0;
  }

  /** Everything that such modules import, by any name. */
  private imports(wanted: readonly { module: string; name: string; kind: string }[]): unknown {
    const { engine } = this;
    const tag = new engine.Tag({ parameters: ['i32'] });
    const log = (value: unknown): void => {
      this.lines.push(`log ${shown(value)}`);
    };
    const exported = (index: number) => () => {
      const one = this.functions[(index >>> 0) % Math.max(this.functions.length, 1)];
      return one && this.call(one);
    };
    const reference = (target: unknown) => () => {
      if (typeof target === 'function') (target as () => unknown)();
    };
    const table = () => this.exports['table'] as InstanceType<Engine['Table']>;
    const element = (index: number) => (this.is64 ? BigInt(index >>> 0) : index >>> 0);
    const known: Record<string, unknown> = {
      throw: (which: number) => {
        if (which === 0) throw new HostError('host error');
        throw new engine.Exception(tag, [which]);
      },
      sleep: (_time: number, id: number) => id,
      'call-export': (index: number) => {
        this.inner(exported(index));
      },
      'call-export-catch': (index: number) => this.caught(exported(index)),
      'call-ref': (target: unknown) => {
        this.inner(reference(target));
      },
      'call-ref-catch': (target: unknown) => this.caught(reference(target)),
      'table-get': (index: number) => table().get(element(index)),
      'table-set': (index: number, value: unknown) => {
        table().set(element(index), value);
      },
      wasmtag: tag,
      jstag: engine.JSTag,
    };
    const imports: Record<string, Record<string, unknown>> = {};
    for (const { module, name, kind } of wanted) {
      const other = kind === 'function' ? log : null;
      (imports[module] ??= {})[name] = known[name] ?? other;
    }
    return imports;
  }

  perform(bytes: Uint8Array): void {
    const { engine, lines } = this;
    const module = new engine.Module(bytes);
    const imports = this.imports(engine.Module.imports(module));
    let instance: { readonly exports: Readonly<Record<string, unknown>> } | undefined;
    lines.push(this.outcome(() => {
      instance = new engine.Instance(module, imports);
      return 'instance';
    })); // prettier-ignore
    if (instance === undefined) return;
    this.exports = instance.exports;
    for (let round = 0; round < 2; round++) {
      for (const one of this.functions) lines.push(`${one.name} ${this.outcome(() => this.call(one))}`);
    } // prettier-ignore
    for (const [name, value] of Object.entries(this.exports)) this.look(name, value);
  }

  private look(name: string, value: unknown): void {
    const { Global, Memory, Table } = this.engine;
    if (value instanceof Global) this.lines.push(`${name} ${this.outcome(() => value.value)}`);
    if (value instanceof Table) this.lines.push(`${name} of ${value.length}`);
    if (!(value instanceof Memory)) return;
    const bytes = new Uint8Array(value.buffer);
    const hash = createHash('sha256').update(bytes).digest('hex');
    this.lines.push(`${name} of ${bytes.length}: ${hash}`);
  }
}

function matches(expected: string, got: string): boolean {
  if (expected === got) return true;
  const [, before = '', code = ''] = /^(.*)trap (.+)$/.exec(expected) ?? [];
  return (alternatives[code] ?? []).some((other) => got === `${before}trap ${other}`);
}

interface Options {
  count: string;
  minutes?: string;
  seed: string;
  keep?: string;
}

/** A module for the seed; undefined: binaryen makes none of it. */
function moduleOf(seed: number, folder: string): Uint8Array {
  const random = new Random(seed);
  const length = 1000 + random.below(12_000);
  const from = join(folder, 'random.bin');
  const to = join(folder, `${seed}.wasm`);
  writeFileSync(
    from,
    Uint8Array.from({ length }, () => random.below(256)),
  );
  const args = [optimiser, '-ttf', from, '--denan', '-o', to, ...features];
  execFileSync(process.execPath, random.chance(70) ? [...args, '--no-fuzz-oob'] : args, {
    stdio: 'ignore',
  });
  return readFileSync(to);
}

interface Totals {
  calls: number;
  refused: number;
}

/** What differs; undefined: nothing does. */
function check(bytes: Uint8Array, runtime: Runtime, totals: Totals): string | undefined {
  if (!WebAssembly.validate(bytes)) return undefined;
  let functions: Exported[];
  let is64: boolean;
  try {
    using module = runtime.load(bytes);
    is64 = module.exports.some(({ type }) => type.kind === 'table' && type.is64);
    functions = module.exports.flatMap(({ name, type }) =>
      type.kind === 'function' ? [{ name, params: type.params }] : [],
    );
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    // Bottom types of the hierarchies come with the GC types.
    if (/\bgc\b/i.test(error.message)) totals.refused++;
    else return `is refused: ${error.message}`;
    return undefined;
  }
  const expected = new Run(WebAssembly as unknown as Engine, functions, is64);
  expected.perform(bytes);
  if (expected.lines.some((line) => line.endsWith('StackOverflow'))) return undefined;
  const got = new Run(standIn, functions, is64);
  got.perform(bytes);
  totals.calls += got.calls;
  const length = Math.max(expected.lines.length, got.lines.length);
  for (let i = 0; i < length; i++) {
    const [wanted = 'nothing', is = 'nothing'] = [expected.lines[i], got.lines[i]];
    if (!matches(wanted, is)) return `line ${i}\n    expected ${wanted}\n    got      ${is}`;
  }
  return undefined;
}

function main(options: Options): number {
  const folder = options.keep ?? mkdtempSync(join(tmpdir(), 'wembed-binaryen-'));
  mkdirSync(folder, { recursive: true });
  const runtime = new Runtime();
  const first = Number(options.seed);
  const end = performance.now() + Number(options.minutes ?? Infinity) * 60_000;
  const count = options.minutes === undefined ? Number(options.count) : Infinity;
  const totals = { calls: 0, refused: 0 };
  let failed = 0;
  let seed = first;
  for (; seed < first + count && performance.now() < end && failed < 10; seed++) {
    const bytes = moduleOf(seed, folder);
    const difference = check(bytes, runtime, totals);
    if (difference === undefined) {
      rmSync(join(folder, `${seed}.wasm`));
    } else {
      failed++;
      console.error(`seed ${seed}: ${difference}`);
    }
  }
  if (failed === 0) rmSync(folder, { recursive: true });
  else console.error(`the modules are in ${folder}`);
  const { calls, refused } = totals;
  console.log(`${seed - first} modules, ${refused} with GC types: ${calls} calls, ${failed} modules differ from V8`);
  return failed === 0 ? 0 : 1;
} // prettier-ignore

const command = new Command('execute_binaryen')
  .description("Compares V8 with wembed on modules that binaryen's fuzzer makes")
  .option('--count <n>', 'modules', '10')
  .option('--minutes <n>', 'as many modules as there is time for, instead')
  .option('--seed <n>', 'of the first module', '1')
  .option('--keep <dir>', 'where modules that differ are left')
  .parse();

process.exitCode = main(command.opts());
