#!/usr/bin/env node
/**
 * The `wembed` command. Exit codes: 0 done, 1 it could not be done, 2 the command line makes no
 * sense.
 */
import { Command, CommanderError } from 'commander';
import { version } from '../index.js';
import { inspectCommand } from './inspect.js';
import { Failure, USAGE } from './failure.js';

function program(): Command {
  return new Command('wembed')
    .description('WebAssembly modules and what their instances look like inside.')
    .version(version)
    .showHelpAfterError('(wembed --help tells more)')
    .exitOverride()
    .addCommand(inspectCommand())
    .addHelpText('after', '\nExit codes: 0 done, 1 it could not be done, 2 wrong usage.');
}

async function main(): Promise<void> {
  // Whoever reads less than there is wants no more of it.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  try {
    await program().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : USAGE;
    } else if (error instanceof Failure) {
      process.stderr.write(`wembed: ${error.message}\n`);
      process.exitCode = error.exitCode;
    } else {
      throw error;
    }
  }
}

void main();
