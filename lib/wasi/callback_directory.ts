/** Directories of which functions say what is in them. */
import { UsageError } from '../base/errors.js';
import { type OptionNames, optionsOf } from '../base/options.js';
import type { RuntimeCore } from '../core/runtime_core.js';
import { type WasiFileHandle, binding } from '../raw/binding.js';
import { FileError } from './file_error.js';
import { type HostDirectoryOptions, type Offered, PreopenDirectory, given } from './preopen.js';
import { Question } from './streams.js';

/** What a path stands for, in a callback directory. */
export interface CallbackStatus {
  /** What it is. */
  readonly kind: 'file' | 'directory' | 'link';
  /** Its size. Default: 0. */
  readonly bytes?: number | undefined;
  /** When it was changed last. Default: 1970. */
  readonly modified?: Date | undefined;
}

/**
 * The functions of a callback directory. Paths lead from it to something below it: `''` is the
 * directory itself, `'a/b'` what the functions have said is in it; nothing else is asked for. A
 * FileError that one throws is an error of the guest's, anything else ends the guest's call, and is
 * what that throws. What is not there cannot be done. They run on the JavaScript thread.
 */
export interface CallbackFiles {
  /** What is there; undefined: nothing. */
  readonly status: (path: string) => CallbackStatus | undefined;
  /** The names in a directory, without `.` and `..`. */
  readonly list?: ((path: string) => readonly string[]) | undefined;
  /** Puts bytes from `offset` on, and says how many. None is the end. */
  readonly read?: ((path: string, offset: number, bytes: Uint8Array) => number) | undefined;
  /** Takes bytes, which are its own, and says how many, at least one. */
  readonly write?: ((path: string, offset: number, bytes: Uint8Array) => number) | undefined;
  /** Makes a file longer or shorter. */
  readonly resize?: ((path: string, bytes: number) => void) | undefined;
  /** Makes an empty file, a directory, or a link that says `text`. */
  readonly make?: ((path: string, kind: CallbackStatus['kind'], text: string) => void) | undefined;
  /** Removes a file or link, or a directory in which nothing is. */
  readonly remove?: ((path: string, kind: 'file' | 'directory') => void) | undefined;
  /** Gives something another path, in place of what is there. */
  readonly rename?: ((from: string, to: string) => void) | undefined;
  /** What a link says. */
  readonly readLink?: ((path: string) => string) | undefined;
  /** Sets when it was changed last. */
  readonly setModified?: ((path: string, modified: Date) => void) | undefined;
}

const fileNames: OptionNames<CallbackFiles> = {
  status: true,
  list: true,
  read: true,
  write: true,
  resize: true,
  make: true,
  remove: true,
  rename: true,
  readLink: true,
  setModified: true,
};

/** In the order of wembed_wasi_kind_t. */
const DIRECTORY = 3;
const FILE = 4;
const LINK = 7;
const NOENT = -44;
const KINDS = { directory: DIRECTORY, file: FILE, link: LINK } as const;
const HEAD = 24;
const MOST_NAME = 255;
const NS_PER_MS = 1e6;

/** What the addon asks, see DirectoryRequest in native/addon/wasi_directory.cpp. */
class Request {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly number: number;
  readonly path: string;
  readonly text: string;
  /** Where answers go, or what is written. */
  readonly payload: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.number = Number(this.view.getBigUint64(0, true));
    const path = HEAD + this.view.getUint32(16, true);
    const text = path + this.view.getUint32(20, true);
    const decoder = new TextDecoder();
    this.path = decoder.decode(bytes.subarray(HEAD, path));
    this.text = decoder.decode(bytes.subarray(path, text));
    this.payload = bytes.subarray(text);
  }

  /** Puts text; how many bytes there are, which may be more than there is room for. */
  put(text: string, at = 0): number {
    const encoded = new TextEncoder().encode(text);
    this.payload.set(encoded.subarray(0, this.payload.length - at), at);
    return encoded.length;
  }
}

function kindOf(number: number): CallbackStatus['kind'] {
  return number === DIRECTORY ? 'directory' : number === LINK ? 'link' : 'file';
}

/** Answers the addon's questions by the functions. */
class Server {
  readonly #files: CallbackFiles;
  /** Names of directories that are being listed: they are asked for one by one. */
  readonly #listed = new Map<string, readonly string[]>();

  constructor(files: CallbackFiles) {
    this.#files = files;
  }

  ask(question: number, bytes: Uint8Array): number {
    try {
      return this.#answer(question, new Request(bytes));
    } catch (error) {
      if (error instanceof FileError) return -error.errno;
      throw error;
    }
  }

  #answer(question: number, request: Request): number {
    const files = this.#files;
    const { number, path, text, payload } = request;
    switch (question) {
      case Question.STATUS:
        return this.#status(request);
      case Question.ENTRY:
        return this.#entry(request);
      case Question.READ_AT:
        return files.read?.(path, number, payload) ?? 0;
      case Question.WRITE_AT:
        return files.write?.(path, number, payload.slice()) ?? 0;
      case Question.RESIZE:
        files.resize?.(path, number);
        return 0;
      case Question.MAKE:
        files.make?.(path, kindOf(number), text);
        return 0;
      case Question.REMOVE:
        files.remove?.(path, number === DIRECTORY ? 'directory' : 'file');
        return 0;
      case Question.RENAME:
        files.rename?.(path, text);
        return 0;
      case Question.READ_LINK:
        return request.put(files.readLink?.(path) ?? '');
      default:
        files.setModified?.(path, new Date(number / NS_PER_MS));
        return 0;
    }
  }

  #status({ path, payload }: Request): number {
    const found = this.#files.status(path);
    if (found === undefined) return NOENT;
    const view = new DataView(payload.buffer, payload.byteOffset);
    const { bytes = 0, modified } = found;
    view.setBigUint64(0, BigInt(KINDS[found.kind]), true);
    view.setBigUint64(8, BigInt(bytes), true);
    view.setBigUint64(16, BigInt(modified?.getTime() ?? 0) * BigInt(NS_PER_MS), true);
    return 0;
  }

  #entry(request: Request): number {
    const { number, path, payload } = request;
    let names = number === 0 ? undefined : this.#listed.get(path);
    if (names === undefined) {
      names = this.#files.list?.(path) ?? [];
      this.#listed.set(path, names);
    }
    const name = names[number];
    if (name === undefined) {
      this.#listed.delete(path);
      return NOENT;
    }
    const kind = this.#files.status(path === '' ? name : `${path}/${name}`)?.kind;
    const view = new DataView(payload.buffer, payload.byteOffset);
    view.setUint32(0, kind === undefined ? 0 : KINDS[kind], true);
    // One that is too long no guest can ask for: the addon leaves it out.
    const length = request.put(name, 8);
    view.setUint32(4, length > MOST_NAME ? 0 : length, true);
    return 0;
  }
}

/** Functions for a directory. */
class CallbackDirectory extends PreopenDirectory {
  readonly #files: CallbackFiles;

  constructor(files: CallbackFiles, options: HostDirectoryOptions) {
    super(options.readOnly ?? false);
    this.#files = files;
  }

  /** @internal Each instance has its own, whose errors are of its calls. */
  override of(runtime: RuntimeCore, offer: Offered): WasiFileHandle {
    return this.make(runtime, offer);
  }

  /** @internal */
  protected make(runtime: RuntimeCore, offer: Offered): WasiFileHandle {
    const server = new Server(this.#files);
    const ask = offer((question, bytes) => server.ask(question, bytes));
    const { list, read, write, resize, make, remove, rename, readLink, setModified } = this.#files;
    const has = [list, read, write, resize, make, remove, rename, readLink, setModified];
    return given(
      binding.wasiDirectory(
        runtime.open().handle,
        ask,
        has.map((one) => one !== undefined),
      ),
    );
  }
}

/**
 * A directory whose files are what functions say. All instances that are given it ask the same
 * functions.
 */
export function callbackDirectory(
  files: CallbackFiles,
  options?: HostDirectoryOptions,
): PreopenDirectory {
  const checked = optionsOf<CallbackFiles>(files, fileNames, 'callbackDirectory');
  for (const [name, one] of Object.entries(checked)) {
    if (one !== undefined && typeof one !== 'function') {
      throw new UsageError(`${name} has to be a function`);
    }
  }
  const { status } = checked;
  if (status === undefined) throw new UsageError('status has to be a function');
  const names: OptionNames<HostDirectoryOptions> = { readOnly: true };
  return new CallbackDirectory(
    { ...checked, status },
    optionsOf<HostDirectoryOptions>(options, names, 'callbackDirectory'),
  );
}
