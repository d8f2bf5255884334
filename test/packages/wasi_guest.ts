/** A guest of WASI that has a directory: by Node's own WASI, or by wembed's where that is asked for. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Wembed from 'wembed';

type Functions = Record<string, (...args: number[]) => number>;
type Imports = Record<string, Record<string, (...args: number[]) => number | undefined>>;

export interface WasiGuest {
  readonly functions: Functions;
  /** Its memory as it is now. */
  readonly memory: () => Buffer;
  /** Runs a command; its exit code. */
  readonly start: () => number;
  /** What it has written to standard output; it is over then. */
  readonly end: () => string;
}

/** compare.ts says what wembed's modules have to use. */
const onWembed = process.env['WEMBED_TEST_FEATURES'] !== undefined;

/** Node's has an error for guests that ask for variables and have none. */
const env = { LANG: 'C' };

export interface GuestOptions {
  readonly bytes: Uint8Array;
  readonly args?: readonly string[];
  readonly imports: (names: readonly { module: string; name: string }[]) => Imports;
  /** On the system; the guest calls it /src. */
  readonly directory: string;
}

export async function startGuest(options: GuestOptions): Promise<WasiGuest> {
  return onWembed ? startOnWembed(options) : startOnNode(options);
}

function startOnWembed({ bytes, args, imports, directory }: GuestOptions): WasiGuest {
  const { Runtime, Output, hostDirectory, memoryDirectory, withoutCaller } = createRequire(
    __filename,
  )('wembed') as typeof Wembed;
  const stdout = new Output();
  const module = new Runtime().load(bytes);
  const given = Object.entries(imports(module.imports));
  const instance = module.instantiate<Functions>({
    imports: Object.fromEntries(given.map(([name, plain]) => [name, withoutCaller(plain)])),
    wasi: {
      args: args ?? ['guest'],
      env,
      preopens: { '/src': hostDirectory(directory), '/dev': memoryDirectory({ null: '' }) },
      stdout,
    },
  });
  return {
    functions: instance.exports,
    memory: () => Buffer.from(instance.memory.buffer),
    start: () => instance.start().exitCode,
    end: () => stdout.text,
  };
}

async function startOnNode({ bytes, args, imports, directory }: GuestOptions): Promise<WasiGuest> {
  const { WASI } = await import('node:wasi');
  const scratch = mkdtempSync(join(tmpdir(), 'wembed-guest-'));
  const stdout = openSync(join(scratch, 'stdout'), 'w');
  const wasi = new WASI({
    version: 'preview1',
    returnOnExit: true,
    args: [...(args ?? ['guest'])],
    env,
    preopens: { '/src': directory, '/dev': '/dev' },
    stdout,
  });
  const module = new WebAssembly.Module(bytes);
  const given = { ...imports(WebAssembly.Module.imports(module)), ...wasi.getImportObject() };
  const instance = new WebAssembly.Instance(module, given);
  const isCommand = typeof instance.exports._start === 'function';
  if (!isCommand) wasi.initialize(instance);
  return {
    functions: instance.exports as Functions,
    memory: () => Buffer.from((instance.exports.memory as WebAssembly.Memory).buffer),
    start: () => wasi.start(instance),
    end: () => {
      closeSync(stdout);
      const text = readFileSync(join(scratch, 'stdout'), 'utf8');
      rmSync(scratch, { recursive: true });
      return text;
    },
  };
}
