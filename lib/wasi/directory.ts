/** What is in a directory that a guest has. */
import { UsageError } from '../base/errors.js';
import { type WasiFileHandle, binding } from '../raw/binding.js';
import { FileError } from './file_error.js';

/** What a name in a directory stands for. */
export type FileKind =
  | 'unknown'
  | 'block device'
  | 'character device'
  | 'directory'
  | 'file'
  | 'datagram socket'
  | 'stream socket'
  | 'link';

const kinds: readonly FileKind[] = [
  'unknown',
  'block device',
  'character device',
  'directory',
  'file',
  'datagram socket',
  'stream socket',
  'link',
];

/** A name in a directory. */
export interface DirectoryEntry {
  /** Without a path; as text. */
  readonly name: string;
  /** What it is; links are not followed. */
  readonly kind: FileKind;
}

/** What is known of a file. */
export interface FileStatus {
  /** What it is. */
  readonly kind: FileKind;
  /** Its size. */
  readonly bytes: number;
  /** When it was changed last. */
  readonly modified: Date;
}

function kindOf(number: number): FileKind {
  return kinds[number] ?? 'unknown';
}

/** Text without NUL, which C would end it at. */
export function textOf(text: unknown, what: string): string {
  if (typeof text !== 'string') throw new UsageError(`${what} has to be a string`);
  if (text.includes('\0')) throw new UsageError(`${what} must not contain NUL`);
  return text;
}

/**
 * A directory as an instance has it, seen by the host. Paths lead from it to something below it, by
 * `/`; links are followed as for guests, and lead nowhere else. What fails throws a FileError.
 */
export class Directory {
  readonly #handle: WasiFileHandle;

  /** @internal Use `Instance.directory`. */
  constructor(handle: WasiFileHandle) {
    this.#handle = handle;
  }

  /** The bytes of a file. */
  readFile(path: string): Uint8Array {
    const found = binding.wasiGet(this.#handle, textOf(path, 'the path'));
    if (typeof found === 'number') throw new FileError(found, 'read', path);
    return found;
  }

  /** The same as text, which has to be UTF-8. */
  readText(path: string): string {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.readFile(path));
  }

  /** Makes a file of these bytes, or of the text as UTF-8, in place of one that is there. */
  writeFile(path: string, content: Uint8Array | string): void {
    const bytes = contentOf(content);
    this.#check(binding.wasiPut(this.#handle, textOf(path, 'the path'), bytes), 'write', path);
  }

  /** Makes a directory; the one that it is in has to be there. */
  makeDirectory(path: string): void {
    const error = binding.wasiMakeDirectory(this.#handle, textOf(path, 'the path'));
    this.#check(error, 'make directory', path);
  }

  /** Makes a symbolic link that says `text`. */
  makeLink(path: string, text: string): void {
    const to = textOf(text, 'the text of a link');
    this.#check(binding.wasiMakeLink(this.#handle, textOf(path, 'the path'), to), 'link', path);
  }

  /** Removes a file, a link, or a directory in which nothing is. */
  remove(path: string): void {
    this.#check(binding.wasiRemove(this.#handle, textOf(path, 'the path')), 'remove', path);
  }

  /** What is in a directory, `.` and `..` left out. Default: the directory itself. */
  list(path = '.'): DirectoryEntry[] {
    const found = binding.wasiList(this.#handle, textOf(path, 'the path'));
    if (typeof found === 'number') throw new FileError(found, 'list', path);
    const entries: DirectoryEntry[] = [];
    for (let i = 0; i < found.length; i += 2) {
      entries.push({ name: String(found[i]), kind: kindOf(Number(found[i + 1])) });
    }
    return entries;
  }

  /** What is known of what the path leads to. `follow: false`: of a link at its end, not of its aim. */
  status(path: string, options: { readonly follow?: boolean } = {}): FileStatus {
    const follow = options.follow ?? true;
    const found = binding.wasiStatus(this.#handle, textOf(path, 'the path'), follow);
    if (typeof found === 'number') throw new FileError(found, 'status', path);
    const [kind = 0, bytes = 0, modified = 0] = found;
    return { kind: kindOf(kind), bytes, modified: new Date(modified) };
  }

  /** Whether the path leads to anything. */
  exists(path: string): boolean {
    return typeof binding.wasiStatus(this.#handle, textOf(path, 'the path'), true) !== 'number';
  }

  #check(error: number, what: string, path: string): void {
    if (error !== 0) throw new FileError(error, what, path);
  }
}

/** The bytes of what is written. */
export function contentOf(content: unknown): Uint8Array {
  if (typeof content === 'string') return new TextEncoder().encode(content);
  if (content instanceof Uint8Array) return content;
  throw new UsageError('the content of a file has to be a string or a Uint8Array');
}
