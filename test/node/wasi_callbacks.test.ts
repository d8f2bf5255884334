/** Directories of functions. */
import {
  type CallbackFiles,
  FileError,
  type PreopenDirectory,
  Runtime,
  Trap,
  UsageError,
  callbackDirectory,
} from '../../lib';
import { BUFFER, type Calls, CallsGuest, RESULT, assembleCalls } from './calls_guest';

const runtime = new Runtime();
let bytes: Uint8Array;

beforeAll(async () => {
  bytes = await assembleCalls();
});
afterAll(() => {
  runtime.close();
});

const PATH = 0x100;
const OTHER = 0x1200;
const RIGHTS = 0x8e001ffn;
const ALL = 0xfffffffn;

/** A guest that makes any call; the directory is at 3. */
class Guest extends CallsGuest {
  constructor(directory: PreopenDirectory) {
    super(runtime.load(bytes).instantiate<Calls>({ wasi: { preopens: { '.': directory } } }));
  }

  open(name: string, oflags = 0): number {
    const length = this.put(PATH, name);
    const error = this.call('path_open', 3, 1, PATH, length, oflags, RIGHTS, ALL, 0, RESULT);
    return error === 0 ? this.word(RESULT) : -error;
  }

  read(fd: number): string | number {
    const error = this.call('fd_read', fd, this.vector(100), 1, RESULT);
    if (error !== 0) return error;
    return this.text(BUFFER, this.word(RESULT));
  }

  write(fd: number, text: string): number {
    return this.call('fd_write', fd, this.vector(this.put(BUFFER, text)), 1, RESULT);
  }

  list(): string[] {
    expect(this.call('fd_readdir', 3, BUFFER, 4096, 0n, RESULT)).toBe(0);
    const names = [];
    for (let at = BUFFER; at < BUFFER + this.word(RESULT); at += 24 + this.word(at + 16)) {
      names.push(Buffer.from(this.instance.memory.buffer, at + 24, this.word(at + 16)).toString());
    }
    return names;
  }
}

/** Files by path; directories are null. */
function filesOf(files: Map<string, Buffer | null>): CallbackFiles {
  const fileAt = (path: string): Buffer => files.get(path) ?? Buffer.alloc(0);
  return {
    status: (path) => {
      const file = files.get(path);
      if (file === undefined) return undefined;
      if (file === null) return { kind: 'directory' };
      return { kind: 'file', bytes: file.length, modified: new Date(1000) };
    },
    list: (path) => {
      const below = path === '' ? '' : `${path}/`;
      return [...files.keys()]
        .filter((name) => name !== '' && name.startsWith(below))
        .map((name) => name.slice(below.length))
        .filter((name) => !name.includes('/'));
    },
    read: (path, offset, target) => fileAt(path).copy(target, 0, offset),
    write: (path, offset, written) => {
      const file = fileAt(path);
      const grown = Buffer.alloc(Math.max(file.length, offset + written.length));
      file.copy(grown);
      grown.set(written, offset);
      files.set(path, grown);
      return written.length;
    },
    resize: (path, size) => {
      const resized = Buffer.alloc(size);
      fileAt(path).copy(resized);
      files.set(path, resized);
    },
    make: (path, kind) => void files.set(path, kind === 'directory' ? null : Buffer.alloc(0)),
    remove: (path) => void files.delete(path),
    rename: (from, to) => {
      files.set(to, files.get(from) ?? null);
      files.delete(from);
    },
  };
}

test('files are what functions say', () => {
  const files = new Map<string, Buffer | null>([
    ['', null],
    ['größe.txt', Buffer.from('hello')],
    ['sub', null],
    ['sub/b', Buffer.from('there')],
  ]);
  const guest = new Guest(callbackDirectory(filesOf(files)));
  expect(guest.list()).toEqual(['.', '..', 'größe.txt', 'sub']);
  const fd = guest.open('größe.txt');
  expect(guest.read(fd)).toBe('hello');
  expect(guest.read(fd)).toBe('');
  expect(guest.write(fd, ' you')).toBe(0);
  expect(files.get('größe.txt')?.toString()).toBe('hello you');
  expect(guest.read(guest.open('sub/b'))).toBe('there');
  expect(guest.open('none')).toBe(-44);
  expect(guest.open('../x')).toBe(-76);
  const made = guest.open('sub/new', 1);
  expect(guest.write(made, 'made')).toBe(0);
  expect(guest.call('fd_filestat_set_size', made, 2n)).toBe(0);
  expect(files.get('sub/new')?.toString()).toBe('ma');
  expect(guest.call('path_create_directory', 3, PATH, guest.put(PATH, 'dir'))).toBe(0);
  const from = guest.put(PATH, 'sub/new');
  const to = guest.put(OTHER, 'dir/moved');
  expect(guest.call('path_rename', 3, PATH, from, 3, OTHER, to)).toBe(0);
  expect(files.get('dir/moved')?.toString()).toBe('ma');
  expect(guest.call('path_unlink_file', 3, PATH, guest.put(PATH, 'dir/moved'))).toBe(0);
  expect(guest.call('path_remove_directory', 3, PATH, guest.put(PATH, 'dir'))).toBe(0);
  expect([...files.keys()].sort()).toEqual(['', 'größe.txt', 'sub', 'sub/b']);
  expect(guest.instance.directory('.').readText('sub/b')).toBe('there');
  guest.instance.close();
});

test('a FileError is the guest’s, anything else the caller’s', async () => {
  let thrown: unknown = new FileError(13, 'read', 'a');
  const guest = new Guest(
    callbackDirectory({
      status: (path) => (path === '' ? { kind: 'directory' } : { kind: 'file', bytes: 10 }),
      read: () => {
        throw thrown;
      },
    }),
  );
  const fd = guest.open('a');
  expect(guest.read(fd)).toBe(13);
  thrown = new RangeError('no more');
  expect(() => guest.read(fd)).toThrow(Trap);
  expect(() => guest.read(fd)).toThrow(/no more/);
  await expect(guest.instance.callAsync('fd_read', [fd, 0x20, 1, RESULT])).rejects.toThrow(
    /no more/,
  );
  // What cannot be changed is not.
  expect(guest.write(fd, 'x')).toBe(69);
  expect(guest.call('path_create_directory', 3, PATH, guest.put(PATH, 'dir'))).toBe(20);
  guest.instance.close();
});

test('what functions say is checked', () => {
  const guest = new Guest(
    callbackDirectory({
      status: () => ({ kind: 'directory', bytes: 1 }),
      list: () => ['..', '', 'a/b', 'x'.repeat(300), 'ok'],
      read: () => 1e9,
    }),
  );
  expect(guest.list()).toEqual(['.', '..', 'ok']);
  const long = new Guest(
    callbackDirectory({
      status: (path) => ({ kind: path === '' ? 'directory' : 'file', bytes: 5 }),
      read: () => 1e9,
    }),
  );
  expect(long.read(long.open('a'))).toBe(29);
  long.instance.close();
  guest.instance.close();
  expect(() => callbackDirectory({} as CallbackFiles)).toThrow(UsageError);
  const wrong: unknown = { status: () => undefined, read: 'text' };
  expect(() => callbackDirectory(wrong as CallbackFiles)).toThrow(UsageError);
  const other: unknown = { status: () => undefined, open: () => 1 };
  expect(() => callbackDirectory(other as CallbackFiles)).toThrow(UsageError);
});

test('a directory that may not be changed is not asked to be', () => {
  const files = new Map<string, Buffer | null>([
    ['', null],
    ['a', Buffer.from('text')],
  ]);
  const guest = new Guest(callbackDirectory(filesOf(files), { readOnly: true }));
  expect(guest.open('a')).toBe(-69);
  expect(guest.open('b', 1)).toBe(-69);
  expect(files.size).toBe(2);
  guest.instance.close();
});
