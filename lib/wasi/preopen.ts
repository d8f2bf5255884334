/** Directories that instances are given. */
import { ResourceError, UsageError, errorOf, isRawError } from '../base/errors.js';
import { type OptionNames, optionsOf } from '../base/options.js';
import type { RuntimeCore } from '../core/runtime_core.js';
import { requireReadable, requireWritable } from '../load/permission.js';
import { type RawError, type RawWasiSource, type WasiFileHandle, binding } from '../raw/binding.js';
import { FileError } from './file_error.js';
import { contentOf, textOf } from './directory.js';

/** A symbolic link in a FileTree. */
export class FileLink {
  /** What it says: a path from the directory that it is in. */
  readonly text: string;

  /** `text`: a path from the directory that it is in. */
  constructor(text: string) {
    this.text = textOf(text, 'the text of a link');
  }
}

/** Files by name: text (as UTF-8), bytes, links, and directories that have some again. */
export interface FileTree {
  readonly [name: string]: string | Uint8Array | FileLink | FileTree;
}

/** How a directory in memory is. */
export interface MemoryDirectoryOptions {
  /** All instances of a runtime see the same files. Default: each begins with a copy. */
  readonly shared?: boolean | undefined;
  /** Of all files together, 512 for each name included. Default: 256 MiB. */
  readonly maxBytes?: number | undefined;
  /** Nothing in it can be changed by guests. */
  readonly readOnly?: boolean | undefined;
}

/** How a directory of the system's is given. */
export interface HostDirectoryOptions {
  /** Nothing in it can be changed. */
  readonly readOnly?: boolean | undefined;
}

const memoryNames: OptionNames<MemoryDirectoryOptions> = {
  shared: true,
  maxBytes: true,
  readOnly: true,
};
const hostNames: OptionNames<HostDirectoryOptions> = { readOnly: true };

/** The file, or what was wrong. */
export function given<T extends object>(made: T | RawError | undefined): T {
  if (made === undefined) throw new ResourceError('out of memory', { code: 'OutOfMemory' });
  if (isRawError(made)) throw errorOf(made);
  return made;
}

/** Takes a function that the addon asks, of which it makes one that belongs to the instance. */
export type Offered = (ask: RawWasiSource) => RawWasiSource;

/** A directory that can be given to instances, of one runtime or several. */
export abstract class PreopenDirectory {
  /** Whether guests can change nothing in it. */
  readonly readOnly: boolean;
  readonly #made = new WeakMap<RuntimeCore, WasiFileHandle>();

  /** @internal Use `memoryDirectory` or `hostDirectory`. */
  protected constructor(readOnly: boolean) {
    this.readOnly = readOnly;
  }

  /** @internal As the runtime has it. */
  of(runtime: RuntimeCore, offer: Offered): WasiFileHandle {
    const known = this.#made.get(runtime);
    if (known !== undefined) return known;
    const made = this.make(runtime, offer);
    this.#made.set(runtime, made);
    return made;
  }

  /** @internal */
  protected abstract make(runtime: RuntimeCore, offer: Offered): WasiFileHandle;
}

/** Files in memory. */
class MemoryDirectory extends PreopenDirectory {
  readonly #content: FileTree;
  readonly #options: MemoryDirectoryOptions;

  constructor(content: FileTree, options: MemoryDirectoryOptions) {
    super(options.readOnly ?? false);
    this.#content = copyOf(content, 'the directory');
    this.#options = options;
  }

  /** @internal */
  protected make(runtime: RuntimeCore): WasiFileHandle {
    const { shared = false, maxBytes = 0 } = this.#options;
    const made = given(binding.wasiMemoryDirectory(runtime.open().handle, shared, maxBytes));
    fill(made, this.#content, '');
    return made;
  }
}

/** A copy that nobody changes. */
function copyOf(tree: FileTree, what: string): FileTree {
  const given: unknown = tree;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new UsageError(`${what} has to be an object of files by name`);
  }
  const copy: Record<string, FileTree[string]> = {};
  for (const [name, content] of Object.entries(tree)) {
    textOf(name, 'the name of a file');
    if (name === '' || name === '.' || name === '..' || name.includes('/')) {
      throw new UsageError(`'${name}' is no name of a file: directories are objects in objects`);
    }
    if (typeof content === 'string' || content instanceof FileLink) copy[name] = content;
    else if (content instanceof Uint8Array) copy[name] = content.slice();
    else copy[name] = copyOf(content, `'${name}'`);
  }
  return copy;
}

function fill(directory: WasiFileHandle, tree: FileTree, below: string): void {
  for (const [name, content] of Object.entries(tree)) {
    const path = below + name;
    const error = put(directory, path, content);
    if (error !== 0) throw new FileError(error, 'write', path);
    if (!isContent(content)) fill(directory, content, `${path}/`);
  }
}

function isContent(content: FileTree[string]): content is string | Uint8Array | FileLink {
  return (
    typeof content === 'string' || content instanceof Uint8Array || content instanceof FileLink
  );
}

function put(directory: WasiFileHandle, path: string, content: FileTree[string]): number {
  if (content instanceof FileLink) return binding.wasiMakeLink(directory, path, content.text);
  if (isContent(content)) return binding.wasiPut(directory, path, contentOf(content));
  return binding.wasiMakeDirectory(directory, path);
}

/** A directory of the system's. */
class HostDirectory extends PreopenDirectory {
  readonly #path: string;

  constructor(path: string, options: HostDirectoryOptions) {
    super(options.readOnly ?? false);
    this.#path = textOf(path, 'the path of a directory');
  }

  /** @internal */
  protected make(runtime: RuntimeCore): WasiFileHandle {
    const path = new TextEncoder().encode(this.#path);
    requireReadable(path);
    if (!this.readOnly) requireWritable(path);
    return given(binding.wasiHostDirectory(runtime.open().handle, this.#path));
  }
}

/**
 * A directory whose files are in memory. Each instance that is given it begins with a copy of
 * `content` (files share their bytes until somebody writes), and with a new one when it is reset;
 * `instance.directory(name)` reads what has become of it.
 */
export function memoryDirectory(
  content: FileTree = {},
  options?: MemoryDirectoryOptions,
): PreopenDirectory {
  const checked = optionsOf<MemoryDirectoryOptions>(options, memoryNames, 'memoryDirectory');
  const { maxBytes } = checked;
  if (maxBytes !== undefined && !(Number.isSafeInteger(maxBytes) && maxBytes > 0)) {
    throw new UsageError('maxBytes has to be a positive whole number');
  }
  return new MemoryDirectory(content, checked);
}

/**
 * A directory of the system's, opened when the first instance is given it. Guests stay below it,
 * whatever links in it say. Under Node's permission model it has to be readable, and writable unless
 * `readOnly` is set.
 */
export function hostDirectory(path: string, options?: HostDirectoryOptions): PreopenDirectory {
  const checked = optionsOf<HostDirectoryOptions>(options, hostNames, 'hostDirectory');
  return new HostDirectory(path, checked);
}
