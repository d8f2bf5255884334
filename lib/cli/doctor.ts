/** `wembed doctor`: which addon is used here, and what it finds. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Command } from 'commander';
import { type LoadedAddon, loadAddon } from '../addon/load.js';
import { describeSystem } from '../addon/system.js';
import type * as Package from '../index.js';
import { Failure, reason } from './failure.js';
import { findProgram } from './native.js';

/** Of what /proc/cpuinfo lists, what code generators and copying loops ask for. */
const features =
  'sse4_1 sse4_2 popcnt avx avx2 bmi1 bmi2 fma avx512f asimd atomics crc32 asimddp sve sve2 bti'.split(
    ' ',
  );

function processorFeatures(): string {
  try {
    const text = readFileSync('/proc/cpuinfo', 'utf8');
    const listed = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1]?.split(/\s+/));
    return features.filter((name) => listed.has(name)).join(' ') || 'none of those looked for';
  } catch {
    return 'not known';
  }
}

/** Whether it is the file that was packed. */
function describeHash({ kind, path }: LoadedAddon): string {
  if (!existsSync(path)) return 'not known: a bundler has moved the file';
  const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (kind !== 'prebuilt') return `sha256 ${hash}`;
  try {
    const text = readFileSync(join(dirname(path), 'manifest.json'), 'utf8');
    const { binaries } = JSON.parse(text) as { binaries: Record<string, string> };
    const same = binaries[basename(path)] === hash;
    return `sha256 ${hash}, ${same ? 'as' : 'NOT as'} in the package's list`;
  } catch {
    return `sha256 ${hash}; the package's list cannot be read`;
  }
}

const origins: Record<LoadedAddon['kind'], string> = {
  named: 'named by WEMBED_ADDON',
  compiled: 'compiled here',
  prebuilt: 'came with the package',
};

/** A memory of one page that may grow. */
const probe = '0061736d01000000' + '0503010001' + '070701036d656d0200';

/** What a memory is kept in, and which pool there could be. */
const log = (): void => undefined;

function describeMemory({ Runtime }: typeof Package): string[] {
  using runtime = new Runtime({ memory: { strategy: 'ladder' }, log });
  using onDemand = new Runtime({ memory: { strategy: 'on-demand' }, log });
  using instance = onDemand.load(Buffer.from(probe, 'hex')).instantiate();
  return [`memories    ${instance.memory.backend}`, `pools       ${runtime.memoryReport.text}`];
}

function describe(): string {
  const loaded = loadAddon();
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import cannot fail later
  const package_ = require('../index.js') as typeof Package;
  return [
    `wembed      ${package_.version} on ${describeSystem()}`,
    `addon       ${loaded.path} (${origins[loaded.kind]})`,
    `            ${describeHash(loaded)}`,
    `command     ${findProgram() ?? 'none for this system'}`,
    `interpreter ${package_.interpreterDispatch} dispatch`,
    `processor   ${processorFeatures()}`,
    ...describeMemory(package_),
    'signals     SIGSEGV and SIGBUS are handled while a runtime is open, unless it was made with',
    '            { signals: false }; what is no fault of a guest goes to the handler before',
  ].join('\n');
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('show which addon is used and what works here')
    .description('Shows which addon is loaded and from where, and what it finds on this system.')
    .action(() => {
      let text: string;
      try {
        text = describe();
      } catch (error) {
        throw new Failure(reason(error));
      }
      console.log(text);
    });
}
