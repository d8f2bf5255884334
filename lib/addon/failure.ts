/** Why no addon could be loaded, and what to do about it: one text for all causes. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { packageFolder } from './file.js';
import { commandsOf, packageManager } from './package_manager.js';
import { describeSystem, glibcVersion } from './system.js';

export interface Attempt {
  readonly kind: 'named' | 'compiled' | 'prebuilt';
  readonly path: string;
  readonly error: unknown;
}

type Cause =
  | 'forbidden'
  | 'unreadable'
  | 'missing'
  | 'uncompiled'
  | 'unsupported'
  | 'old-libc'
  | 'other-processor'
  | 'other';

interface Explanation {
  cause: Cause;
  text: string;
}

/** Of ELF's processors, those that a file may have come from by mistake. */
const processors: Record<number, string> = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64' };

/** The processor an ELF file is for, as process.arch has it; undefined when it is no such file. */
function processorOf(path: string): string | undefined {
  const head = Buffer.alloc(20);
  try {
    const file = openSync(path, 'r');
    try {
      if (readSync(file, head, 0, head.length, 0) < head.length) return undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
  if (head.toString('latin1', 0, 4) !== '\x7fELF') return undefined;
  const machine = head.readUInt16LE(18);
  return processors[machine] ?? `processor ${String(machine)}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** The loader names the least version it knows and does not have. */
function explainLibc(message: string): string | undefined {
  const wanted = [...message.matchAll(/version [`'](GLIBC_[\d.]+)' not found/g)].at(-1)?.[1];
  if (wanted === undefined) return undefined;
  const has = glibcVersion();
  return `needs glibc ${wanted.slice('GLIBC_'.length)} or later; this system has ${has ?? 'an older one'}`;
}

/** What the package came with, by its own list; undefined where nothing was prebuilt. */
function listedPrebuilts(): string[] | undefined {
  if (packageFolder === undefined) return undefined;
  try {
    const text = readFileSync(join(packageFolder, 'prebuilds', 'manifest.json'), 'utf8');
    return Object.keys((JSON.parse(text) as { binaries: Record<string, string> }).binaries);
  } catch {
    return undefined;
  }
}

function explainMissing(attempt: Attempt): Explanation {
  const missing = { cause: 'missing', text: 'there is no such file' } as const;
  if (attempt.kind !== 'prebuilt' || packageFolder === undefined) return missing;
  const listed = listedPrebuilts();
  if (listed === undefined) return { cause: 'uncompiled', text: missing.text };
  if (listed.includes(basename(attempt.path))) return missing;
  return { cause: 'unsupported', text: 'the package has no binary for this system' };
}

function explain(attempt: Attempt): Explanation {
  const { path, error } = attempt;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === 'ERR_DLOPEN_DISABLED') {
    return { cause: 'forbidden', text: 'Node was told not to load addons' };
  }
  if (code === 'ERR_ACCESS_DENIED' || code === 'EACCES') {
    return { cause: 'unreadable', text: 'it may not be read' };
  }
  if (code === 'MODULE_NOT_FOUND' || code === 'ENOENT') return explainMissing(attempt);
  const old = explainLibc(message);
  if (old !== undefined) return { cause: 'old-libc', text: old };
  const processor = processorOf(path);
  if (processor !== undefined && processor !== process.arch) {
    return { cause: 'other-processor', text: `is for ${processor}, this is ${process.arch}` };
  }
  return { cause: 'other', text: message.split('\n')[0] ?? message };
}

/** What makes it work, as sentences with the commands to type. */
function advise(cause: Cause, attempt: Attempt): string[] {
  const { run, reinstall } = commandsOf(packageManager(packageFolder));
  const folder = packageFolder ?? dirname(resolve(attempt.path));
  const compile = `Compile it here (a C++20 compiler, python3 and make are needed):\n  ${run} build-addon`;
  if (attempt.kind === 'named') {
    return ['WEMBED_ADDON has to name an addon for this system, or nothing.'];
  }
  switch (cause) {
    case 'forbidden':
      return [`Allow it:\n  node --permission --allow-addons --allow-fs-read=${folder} ...`];
    case 'unreadable':
      return 'permission' in process
        ? [`Allow it:\n  node --permission --allow-addons --allow-fs-read=${folder} ...`]
        : [`Let this user read ${folder}.`];
    case 'uncompiled':
      return ['This is the repository; build what is in it:\n  npm ci'];
    case 'missing':
      return packageFolder === undefined
        ? [
            'The bundler has to copy the .node files of wembed/prebuilds next to the bundle, or\n' +
              'WEMBED_ADDON has to name one of them; docs/install.md shows how for each bundler.',
          ]
        : [`The package is not complete. Install it again:\n  ${reinstall}`, compile];
    case 'other-processor':
      return [`It was installed on another system. Install it again here:\n  ${reinstall}`];
    case 'unsupported':
    case 'old-libc':
    case 'other':
      return [compile];
  }
}

/** No addon could be loaded. `code` is `WEMBED_NO_ADDON`. */
export class AddonError extends Error {
  readonly code = 'WEMBED_NO_ADDON';
  /** Where it was looked for, and what happened there. */
  readonly attempts: readonly Attempt[];

  constructor(attempts: readonly Attempt[]) {
    const lines = [`wembed: there is no addon that can be loaded on ${describeSystem()}`];
    const advice = new Set<string>();
    for (const attempt of attempts) {
      const { cause, text } = explain(attempt);
      lines.push(`  ${attempt.path}: ${text}`);
      for (const sentence of advise(cause, attempt)) advice.add(sentence);
    }
    super([...lines, ...advice].join('\n'), { cause: attempts.at(-1)?.error });
    this.name = 'AddonError';
    this.attempts = attempts;
  }
}
