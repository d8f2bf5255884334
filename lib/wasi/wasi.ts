/** What an instance is given by WASI. */
import { UsageError } from '../base/errors.js';
import { type OptionNames, optionsOf } from '../base/options.js';
import type { RuntimeCore } from '../core/runtime_core.js';
import { type WasiFileHandle, binding } from '../raw/binding.js';
import { textOf } from './directory.js';
import { type WasiNetwork, networkOf } from './network.js';
import { type Offered, PreopenDirectory, given } from './preopen.js';
import {
  Question,
  type Served,
  type Source,
  type WasiInput,
  type WasiOutput,
  inputOf,
  outputOf,
} from './streams.js';
import { type WasiGiven, givenBefore, remember } from './template.js';

/** Clocks instead of the system's; nanoseconds. Guests sleep by the system's all the same. */
export interface WasiClock {
  /** Since 1970. */
  readonly realtime?: (() => bigint) | undefined;
  /** Since any moment; it never goes back. */
  readonly monotonic?: (() => bigint) | undefined;
}

/** What a guest is given. What is not here it does not have. */
export interface WasiOptions {
  /** The first is the program's name, as a rule. */
  readonly args?: readonly string[] | undefined;
  /** Variables by name; those that are undefined are left out. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * Directories by the name that the guest calls them: `memoryDirectory({...})`,
   * `hostDirectory('path')`. Programs find relative paths in `/` or `.`.
   */
  readonly preopens?: Readonly<Record<string, PreopenDirectory>> | undefined;
  /** Default: nothing to read. */
  readonly stdin?: WasiInput | undefined;
  /** Default: what is written is gone. */
  readonly stdout?: WasiOutput | undefined;
  /** Default: what is written is gone. */
  readonly stderr?: WasiOutput | undefined;
  /** Default: the system's. */
  readonly clock?: WasiClock | undefined;
  /** Fills the bytes. Default: the system's randomness. */
  readonly random?: ((bytes: Uint8Array) => void) | undefined;
  /** What sockets may reach. Default: nothing. */
  readonly network?: WasiNetwork | undefined;
  /** Threads that the guest may have besides its first. Default: 4. */
  readonly maxThreads?: number | undefined;
  /** Files, directories and streams that are open at a time. Default: 1024. */
  readonly maxDescriptors?: number | undefined;
  /** Bytes that are written into files; a reset begins anew. Default: no limit. */
  readonly maxBytesWritten?: number | undefined;
}

const names: OptionNames<WasiOptions> = {
  args: true,
  env: true,
  preopens: true,
  stdin: true,
  stdout: true,
  stderr: true,
  clock: true,
  random: true,
  network: true,
  maxThreads: true,
  maxDescriptors: true,
  maxBytesWritten: true,
};
const clockNames: OptionNames<WasiClock> = { realtime: true, monotonic: true };

/** Wraps a function of the host's so that what it throws ends the guest's call. */
export type Guarded = (ask: Source['ask']) => Source['ask'];

function argsOf(args: readonly string[] | undefined): string[] {
  if (args === undefined) return [];
  if (!Array.isArray(args)) throw new UsageError('args has to be an array of strings');
  return args.map((text, index) => textOf(text, `args[${index}]`));
}

function envOf(env: WasiOptions['env']): string[] {
  return Object.entries(env ?? {}).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (name === '' || name.includes('=')) {
      throw new UsageError(`'${name}' is no name of a variable`);
    }
    return [`${textOf(name, 'the name of a variable')}=${textOf(value, `env.${name}`)}`];
  });
}

function countOf(count: number | undefined, what: string, most: number): number {
  if (count === undefined) return 0;
  if (Number.isSafeInteger(count) && count > 0 && count <= most) return count;
  throw new UsageError(`${what} has to be a positive whole number`);
}

function sourcesOf({ clock, random }: Partial<WasiOptions>): Source['ask'] | undefined {
  const { realtime, monotonic } = optionsOf<WasiClock>(clock, clockNames, 'clock');
  if (clock === undefined && random === undefined) return undefined;
  const put = (bytes: Uint8Array, ns: bigint): number => {
    new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(0, ns, true);
    return 0;
  };
  return (question, bytes) => {
    if (question === Question.RANDOM) {
      random?.(bytes);
      return 0;
    }
    if (question === Question.REALTIME) {
      return put(bytes, realtime?.() ?? BigInt(Date.now()) * 1_000_000n);
    }
    return put(bytes, monotonic?.() ?? process.hrtime.bigint());
  };
}

/** Makes what an instance of the runtime is given. */
export function giveWasi(
  runtime: RuntimeCore,
  options: WasiOptions | null | undefined,
  guarded: Guarded,
): WasiGiven {
  const checked = optionsOf<WasiOptions>(options, names, 'wasi');
  const before = givenBefore(runtime, checked);
  if (before !== undefined) return before;
  const functions: object[] = [];
  const fileOf = (served: Served, terminal: boolean, reads: boolean): WasiFileHandle => {
    if ('file' in served) return served.file;
    const { source } = served;
    const ask = guarded((question, bytes, sync) => source.ask(question, bytes, sync));
    functions.push(ask);
    const { handle } = runtime.open();
    const file = given(binding.wasiStream(handle, ask, terminal, reads, !reads));
    source.wake = () => {
      binding.wasiWake(file);
    };
    return file;
  };
  const { stdin, stdout, stderr } = checked;
  const output = (stream: WasiOutput | undefined, what: string): WasiFileHandle | undefined =>
    stream === undefined ? undefined : fileOf(outputOf(runtime, stream, what), false, false);
  const stdio = [
    stdin === undefined ? undefined : fileOf(inputOf(runtime, stdin, 'stdin'), false, true),
    output(stdout, 'stdout'),
    output(stderr, 'stderr'),
  ];
  const preopens = Object.entries(checked.preopens ?? {});
  for (const [name, directory] of preopens) {
    textOf(name, 'the name of a directory');
    if (!(directory instanceof PreopenDirectory)) {
      throw new UsageError(
        `preopens['${name}'] has to be made by memoryDirectory or hostDirectory`,
      );
    }
  }
  const offer: Offered = (asked) => {
    const own = guarded(asked);
    functions.push(own);
    return own;
  };
  const ask = sourcesOf(checked);
  const sources = ask && guarded(ask);
  if (sources !== undefined) functions.push(sources);
  const raw = binding.wasiNew(runtime.open().handle, {
    args: argsOf(checked.args),
    env: envOf(checked.env),
    names: preopens.map(([name]) => name),
    directories: preopens.map(([, directory]) => directory.of(runtime, offer)),
    readOnly: preopens.map(([, directory]) => directory.readOnly),
    stdio,
    sources,
    hasClock: checked.clock !== undefined,
    hasRandom: checked.random !== undefined,
    ...networkOf(checked.network),
    maxThreads: countOf(checked.maxThreads, 'maxThreads', 1024),
    maxDescriptors: countOf(checked.maxDescriptors, 'maxDescriptors', 2 ** 31),
    maxWritten: countOf(checked.maxBytesWritten, 'maxBytesWritten', Number.MAX_SAFE_INTEGER),
  });
  const made = { handle: given(raw), functions };
  remember(runtime, checked, made);
  return made;
}
