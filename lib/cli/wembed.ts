#!/usr/bin/env node
/**
 * The `wembed` command. Exit codes: 0 done, 1 it could not be done, 2 the command line makes no
 * sense.
 */
import { Command, CommanderError } from 'commander';
import { packageVersion } from '../addon/file.js';
import { buildAddonCommand } from './build_addon.js';
import { doctorCommand } from './doctor.js';
import type * as Inspect from './inspect.js';
import type * as Types from './types.js';
import { printable } from '../inspect/labels.js';
import { FAILED, Failure, USAGE, reason } from './failure.js';
import { handOver, nativeCommands } from './native.js';

/** A command that needs the addon: without one it is there, and says so when it is asked for. */
function withAddon(name: string, summary: string, load: () => Command): Command {
  try {
    return load();
  } catch (error) {
    return new Command(name)
      .summary(`${summary} (there is no addon)`)
      .argument('[anything...]')
      .allowUnknownOption()
      .action(() => {
        throw error;
      });
  }
}

/* eslint-disable @typescript-eslint/no-require-imports -- imports cannot fail later */
const inspectCommand = (): Command =>
  withAddon('inspect', "show a module's memory and sizes", () =>
    (require('./inspect.js') as typeof Inspect).inspectCommand(),
  );
const typesCommand = (): Command =>
  withAddon('types', 'make typed callers for a module', () =>
    (require('./types.js') as typeof Types).typesCommand(),
  );
/* eslint-enable @typescript-eslint/no-require-imports */

function program(): Command {
  return new Command('wembed')
    .description('Runs WebAssembly modules, checks them, and shows what is inside.')
    .version(packageVersion())
    .showHelpAfterError('(wembed --help tells more)')
    .exitOverride()
    .addCommand(inspectCommand())
    .addCommand(typesCommand())
    .addCommand(doctorCommand())
    .addCommand(buildAddonCommand())
    .addHelpText('after', () => `\n${nativeHelp()}\n${ending}`);
}

const own: readonly string[] = ['inspect', 'types', 'doctor', 'build-addon', 'help'];

/** What the native command does beside. */
function nativeHelp(): string {
  const rows = nativeCommands().filter(({ name }) => !own.includes(name));
  const lines = rows.map(({ name, summary }) => `  ${name.padEnd(24)}${summary}\n`);
  return `Commands of the native program:\n${lines.join('')}`;
}

const ending =
  '`wembed app.wasm` is `wembed run app.wasm`.\n' +
  'Exit codes: 0 done, 1 it could not be done, 2 wrong usage; of run those of the program.';

/** Texts may have names of the guest's in them. */
function complain(text: string): void {
  const lines = (text.startsWith('wembed: ') ? text : `wembed: ${text}`).split('\n');
  process.stderr.write(`${lines.map(printable).join('\n')}\n`);
}

/** What the native command knows; also an option of its, or a file, which is to be run. */
function isForNative(args: readonly string[]): boolean {
  const [first = ''] = args;
  if (own.includes(first) || first === '') return false;
  if (nativeCommands().some(({ name }) => name === first)) return true;
  if (first.startsWith('-')) return !['--help', '-h', '--version', '-V'].includes(first);
  return first.includes('.') || first.includes('/');
}

async function main(): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return; // whoever reads less than there is wants no more of it
    complain(`standard output cannot be written: ${reason(error)}`);
    process.exitCode = FAILED;
  });
  try {
    const args = process.argv.slice(2);
    if (isForNative(args)) await handOver(args);
    else await program().parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : USAGE;
    } else if (error instanceof Failure) {
      complain(error.message);
      process.exitCode = error.exitCode;
    } else {
      complain(reason(error));
      process.exitCode = FAILED;
    }
  }
}

void main();
