/** `wembed inspect`: an instance of a module in a file, as text, JSON or a page. */
import { readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  type Backend,
  type ImportValue,
  Inspection,
  type Instance,
  type Module,
  Runtime,
  WembedError,
  fresh,
  requirementsOf,
} from '../index.js';
import { count, printable, sizeText } from '../inspect/labels.js';
import { type Paint, toText } from '../inspect/text.js';
import { Failure, USAGE, reason } from './failure.js';
import { withoutStart } from './start_section.js';
import { type ShownMemory, toHtml } from '../inspect/html.js';
import { typedMemory, typedText } from './typed_memory.js';

interface Options {
  html?: string;
  json?: true;
  heapSize: number;
  stackSize?: number;
  backend: Backend;
  start?: true;
  requirements?: true;
  run?: readonly string[];
  deadline: number;
  all?: true;
  as?: readonly string[];
  dwarf?: string;
}

/** A call that was asked for, and what came of it. */
interface Run {
  call: string;
  results?: readonly string[];
  error?: string;
}

function size(text: string): number {
  const unit = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[text.slice(-1).toLowerCase()];
  const digits = unit === undefined ? text : text.slice(0, -1);
  const bytes = /^\d+$/.test(digits) ? Number(digits) * (unit ?? 1) : NaN;
  if (!(bytes <= 0xffffffff))
    throw new InvalidArgumentError('It has to be a size, as 65536 or 64k.');
  return bytes;
}

function milliseconds(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError('It has to be a number above 0.');
  return Number(text);
}

export function inspectCommand(): Command {
  return new Command('inspect')
    .summary("show a module's memory and sizes")
    .description(
      "Makes an instance of a module and shows it: a map of each memory, the module's sections, " +
        'imports, exports, tables and globals. None of its code runs unless asked for; what it ' +
        'imports is replaced by functions that fail and by fresh memories, tables and globals.',
    )
    .argument('<file>', 'module in binary form; - for standard input')
    .option('--html <file>', 'write a page with the map instead of text; - for standard output')
    .option('--json', 'print JSON instead of text')
    .addOption(
      new Option('--heap-size <bytes>', "host's heap in its memory, as 65536 or 64k")
        .argParser(size)
        .default(0),
    )
    .addOption(new Option('--stack-size <bytes>', 'stack for wasm frames').argParser(size))
    .addOption(
      new Option('--backend <name>', 'where its memories are kept')
        .choices(['automatic', 'mapped', 'heap', 'pool'])
        .default('automatic'),
    )
    .option('--requirements', 'measure too what it needs of a block that holds everything')
    .option('--all', 'list everything there is, however many')
    .option(
      '--as <type@address>',
      "show what lies at an address by a type of the program's: shape_t@1032; may be repeated",
      (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
    )
    .option(
      '--dwarf <file>',
      'file with the debugging information that the module lacks: a twin, .dwo, .dwp',
    )
    .option('--start', 'run its start function')
    .option(
      '--run <call>',
      'call an export first and print its results: name or name=1,2; may be repeated',
      (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
    )
    .addOption(
      new Option('--deadline <ms>', 'how long its code may run, each time')
        .argParser(milliseconds)
        .default(10_000),
    )
    .exitOverride()
    .showHelpAfterError('(wembed inspect --help tells more)')
    .addHelpText(
      'after',
      '\nExamples:\n  wembed inspect app.wasm\n  wembed inspect app.wasm --html app.html\n' +
        '  wembed inspect app.wasm --heap-size 64k --start --run add=2,-3\n' +
        '\nExit codes: 0 done, 1 the module cannot be inspected, 2 wrong usage.',
    )
    .action(inspect);
}

function inspect(file: string, options: Options): void {
  if (options.html === '-' && options.json === true) {
    throw new Failure('--html - and --json both want standard output', USAGE);
  }
  const given = file === '-' ? 'standard input' : file;
  const bytes = read(file, given);
  const runtime = new Runtime({
    memory: options.backend === 'pool' ? { strategy: 'small-pool' } : {},
    log: (level, text) => {
      if (level === 'fatal' || level === 'error')
        process.stderr.write(`wembed: ${printable(text)}\n`);
    },
  });
  if (bytes.length >= longWork && process.stderr.isTTY) {
    process.stderr.write(`wembed: inspecting ${given}, ${sizeText(bytes.length)} ...\n`);
  }
  try {
    const runs: Run[] = [];
    const examined = examine(runtime, bytes, basename(given), options, runs);
    const typed = typedMemory(runtime, examined, { file, bytes, dwarf: options.dwarf }, options);
    show(examined.inspection, runs, options, typed);
    const failed = runs.find(({ error }) => error !== undefined);
    if (failed !== undefined) throw new Failure(`--run ${failed.call}: ${failed.error ?? ''}`);
  } catch (error) {
    if (!(error instanceof WembedError)) throw error;
    const place = error.section === undefined ? '' : ` (section ${error.section})`;
    throw new Failure(`${given}: ${error.message}${place}`);
  } finally {
    runtime.close();
  }
}

/** From so many bytes on it is said that something is being done. */
const longWork = 2 ** 21;

function read(file: string, given: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw new Failure(`${given} cannot be read: ${reason(error)}`);
  }
}

/** The instance after the calls that were asked for, which end with the first that fails. */
function examine(
  runtime: Runtime,
  bytes: Uint8Array,
  name: string,
  options: Options,
  runs: Run[],
): { inspection: Inspection; instance: Instance } {
  runtime.load(bytes, { name }).close(); // so that errors are of the module as it is
  const quiet = options.start === true ? { bytes, at: undefined } : withoutStart(bytes);
  const module = runtime.load(quiet.bytes, { name });
  const instance = module.instantiate({
    imports: replacements(module),
    heapSize: options.heapSize,
    ...(options.stackSize === undefined ? {} : { stackSize: options.stackSize }),
    memory: { backend: options.backend },
    deadline: options.deadline,
  });
  for (const call of options.run ?? []) {
    runs.push(run(instance, call, options.deadline));
    if (runs.at(-1)?.error !== undefined) break;
  }
  const { heapSize, stackSize } = options;
  const requirements = options.requirements && requirementsOf(bytes, { heapSize, stackSize });
  return { inspection: withStart(instance.inspect({ requirements }), quiet.at), instance };
}

/** The inspection with the start section named as what it is in the file. */
function withStart(inspection: Inspection, at: number | undefined): Inspection {
  if (at === undefined) return inspection;
  const sections = inspection.module.sections.map((section) =>
    section.offset === at ? { ...section, id: 8, name: 'start (not run)' } : section,
  );
  const module = { ...inspection.module, sections };
  const shown = Object.create(Inspection.prototype) as Inspection;
  return Object.assign(shown, inspection, { module });
}

/** Something for every import: functions that fail, and fresh everything else. */
function replacements(module: Module): Record<string, Record<string, ImportValue>> {
  const spaces = Object.create(null) as Record<string, Record<string, ImportValue>>;
  for (const { module: from, name, type } of module.imports) {
    const space = (spaces[from] ??= Object.create(null) as Record<string, ImportValue>);
    const missing = (): never => {
      throw new Error(`the import ${from}.${name} is not there in an inspection`);
    };
    space[name] = type.kind === 'function' ? missing : fresh;
  }
  return spaces;
}

/** Calls `name` or `name=1,2`. */
function run(instance: Instance, call: string, deadline: number): Run {
  const { exports } = instance.module;
  const whole = exports.find((item) => item.name === call);
  const split = whole === undefined ? call.lastIndexOf('=') : -1;
  const name = split < 0 ? call : call.slice(0, split);
  const found = whole ?? exports.find((item) => item.name === name);
  if (found?.type.kind !== 'function') {
    throw new Failure(`--run ${call}: there is no exported function "${name}"`, USAGE);
  }
  const given = split < 0 || split + 1 === call.length ? [] : call.slice(split + 1).split(',');
  const { params } = found.type;
  if (given.length !== params.length) {
    throw new Failure(`--run ${call}: ${name} takes ${count(params.length, 'argument')}`, USAGE);
  }
  const args = given.map((text, index) => argument(text.trim(), params[index] ?? '', call));
  try {
    const value: unknown = instance.call(name, args, { deadline });
    const values: unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
    return { call, results: values.map((one) => printable(resultText(one))) };
  } catch (error) {
    if (!(error instanceof WembedError)) throw error;
    return { call, error: error.message };
  }
}

/** -0 as it is; references by what they are. */
function resultText(value: unknown): string {
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'number' || typeof value === 'bigint' || value === null) return `${value}`;
  return typeof value;
}

const runText = ({ call, results, error }: Run): string =>
  `${printable(call)} -> ${error === undefined ? (results ?? []).join(', ') || '()' : 'failed'}`;

function argument(text: string, type: string, call: string): number | bigint {
  const value = type === 'i32' || type === 'i64' ? integer(text, type) : float(text, type);
  if (value !== undefined) return value;
  throw new Failure(`--run ${call}: ${text} is no argument of type ${type}`, USAGE);
}

/** An integer that fits, with a sign or without. */
function integer(text: string, type: 'i32' | 'i64'): number | bigint | undefined {
  if (!/^(-?\d+|0x[\da-f]+)$/i.test(text)) return undefined;
  const bits = type === 'i32' ? 32 : 64;
  const value = BigInt(text);
  const fits = BigInt.asIntN(bits, value) === value || BigInt.asUintN(bits, value) === value;
  if (!fits) return undefined;
  return type === 'i32' ? Number(value) : value;
}

function float(text: string, type: string): number | undefined {
  const number = text === '' ? NaN : Number(text);
  const isNumber = !Number.isNaN(number) || text === 'nan';
  return isNumber && (type === 'f32' || type === 'f64') ? number : undefined;
}

function show(
  inspection: Inspection,
  runs: readonly Run[],
  options: Options,
  typed: ShownMemory,
): void {
  const lines = runs.map((one) => `${runText(one)}\n`).join('');
  if (options.json === true) {
    const all = Object.assign({}, inspection, runs.length > 0 && { runs }, typed);
    process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
  }
  if (options.html !== undefined) {
    if (options.json !== true) process.stderr.write(lines);
    save(options.html, toHtml(inspection, typed));
  } else if (options.json !== true) {
    const text = toText(inspection, { ...paint(), all: options.all === true });
    process.stdout.write(
      `${lines === '' ? text : `${lines}\n${text}`}${typedText(typed, options)}`,
    );
  }
}

/** All of a file or nothing: it is written beside and moved there. Pipes and devices are not. */
function save(file: string, page: string): void {
  if (file === '-') {
    process.stdout.write(page);
    return;
  }
  try {
    const there = statSync(file, { throwIfNoEntry: false });
    if (there !== undefined && !there.isFile()) writeFileSync(file, page);
    else if (there === undefined) replace(file, page, 0o666);
    else replace(realpathSync(file), page, there.mode & 0o777);
  } catch (error) {
    throw new Failure(`${file} cannot be written: ${reason(error)}`);
  }
}

function replace(file: string, page: string, mode: number): void {
  const beside = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, page, { mode });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Colours on a terminal that wants them. */
function paint(): Paint | undefined {
  const { NO_COLOR, TERM } = process.env;
  const wanted = process.stdout.isTTY && (NO_COLOR ?? '') === '' && TERM !== 'dumb';
  if (!wanted) return undefined;
  return {
    heading: (text) => `\u001b[1m${text}\u001b[22m`,
    quiet: (text) => `\u001b[2m${text}\u001b[22m`,
  };
}
