/** What the native command does: found beside the addon, and given the words that are its. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { packageFolder } from '../addon/file.js';
import { describeSystem, systemName } from '../addon/system.js';
import { Failure, reason } from './failure.js';

/** A row of native/command/commands.def. */
export interface NativeCommand {
  name: string;
  operands: string;
  summary: string;
}

/** By the list that the native command itself is made of. */
export function nativeCommands(): NativeCommand[] {
  if (packageFolder === undefined) return [];
  const text = readFileSync(join(packageFolder, 'native/command/commands.def'), 'utf8');
  const row = /^COMMAND\(\w+, "([^"]+)", "([^"]+)", "([^"]+)"\)$/gm;
  return [...text.matchAll(row)].map(([, name = '', operands = '', summary = '']) => ({
    name,
    operands,
    summary,
  }));
}

/** Where it is looked for: one built here, then the package's for this system. */
function places(): string[] {
  const folder = packageFolder ?? '.';
  return [join('out', 'cmake', 'bin', 'wembed'), join('prebuilds', `${systemName()}.command`)].map(
    (place) => join(folder, place),
  );
}

/** The file that WEMBED_COMMAND names, and no other, or the first that is there. */
export function findProgram(): string | undefined {
  const named = process.env['WEMBED_COMMAND'] ?? '';
  return named === '' ? places().find((path) => existsSync(path)) : named;
}

function missingProgram(): Failure {
  return new Failure(
    `there is no native command for ${describeSystem()}; looked for\n` +
      places()
        .map((place) => `  ${place}\n`)
        .join('') +
      'CMake builds it from the sources in the package: cmake -S . -B out/cmake && cmake --build ' +
      'out/cmake --target wembed_program\nOr name one in WEMBED_COMMAND.',
  );
}

/** Some installers leave the permission to run a file behind. */
function makeExecutable(path: string): void {
  try {
    chmodSync(path, 0o755);
  } catch {
    // Whether it can be run is seen when it is.
  }
}

const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs the native command to its end; this process ends as it did. */
export async function handOver(args: readonly string[]): Promise<void> {
  const program = findProgram();
  if (program === undefined) throw missingProgram();
  makeExecutable(program);
  // Before there is a child, which a signal would leave behind that ended this process alone.
  for (const signal of passedOn) {
    process.on(signal, () => {
      // A terminal tells both of us.
      if (signal === 'SIGTERM' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  const child = spawn(program, args, { stdio: 'inherit', argv0: 'wembed' });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>(
    (done, failed) => {
      child.on('close', (...ended) => done(ended));
      child.on('error', (error) => failed(new Failure(`${program}: ${reason(error)}`)));
    },
  );
  process.exitCode = code ?? 128 + constants.signals[signal ?? 'SIGTERM'];
  if (signal === null) return;
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
