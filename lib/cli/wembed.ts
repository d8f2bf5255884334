#!/usr/bin/env node
/**
 * The `wembed` command. Exit codes: 0 done, 1 it could not be done, 2 the command line makes no
 * sense.
 */
import { Command, CommanderError } from 'commander';
import type * as Package from '../index.js';
import type * as Inspect from './inspect.js';
import { FAILED, Failure, USAGE, reason } from './failure.js';

/** What needs the addon is loaded here, where it can be told that there is none. */
function program(): Command {
  /* eslint-disable @typescript-eslint/no-require-imports -- an import cannot fail later */
  const { version } = require('../index.js') as typeof Package;
  const { inspectCommand } = require('./inspect.js') as typeof Inspect;
  /* eslint-enable */
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
      process.stderr.write(`${reason(error)}\n`);
      process.exitCode = FAILED;
    }
  }
}

void main();
