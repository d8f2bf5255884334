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
import { printable } from '../inspect/labels.js';
import { FAILED, Failure, USAGE, reason } from './failure.js';

/** What needs the addon is loaded here; without one it says so when it is asked for. */
function inspectCommand(): Command {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import cannot fail later
    return (require('./inspect.js') as typeof Inspect).inspectCommand();
  } catch (error) {
    return new Command('inspect')
      .summary("show a module's memory and sizes (there is no addon)")
      .argument('[anything...]')
      .allowUnknownOption()
      .action(() => {
        throw error;
      });
  }
}

function program(): Command {
  return new Command('wembed')
    .description('WebAssembly modules and what their instances look like inside.')
    .version(packageVersion())
    .showHelpAfterError('(wembed --help tells more)')
    .exitOverride()
    .addCommand(inspectCommand())
    .addCommand(doctorCommand())
    .addCommand(buildAddonCommand())
    .addHelpText(
      'after',
      '\n`wembed app.wasm` is `wembed inspect app.wasm`.\nExit codes: 0 done, 1 it could not be done, 2 wrong usage.',
    );
}

/** Texts may have names of the guest's in them. */
function complain(text: string): void {
  const lines = (text.startsWith('wembed: ') ? text : `wembed: ${text}`).split('\n');
  process.stderr.write(`${lines.map(printable).join('\n')}\n`);
}

/** `wembed app.wasm` is `wembed inspect app.wasm`: the first word is no command, but a file. */
function withCommand(args: readonly string[]): readonly string[] {
  const [first = ''] = args;
  const isFile = first.includes('.') && !first.startsWith('-');
  return isFile ? ['inspect', ...args] : args;
}

async function main(): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return; // whoever reads less than there is wants no more of it
    complain(`standard output cannot be written: ${reason(error)}`);
    process.exitCode = FAILED;
  });
  try {
    await program().parseAsync(withCommand(process.argv.slice(2)), { from: 'user' });
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
