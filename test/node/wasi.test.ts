/** What guests are given by WASI. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import {
  ExitError,
  FileError,
  FileLink,
  InstancePool,
  LinkError,
  Output,
  Runtime,
  Trap,
  UsageError,
  type WasiOptions,
  hostDirectory,
  memoryDirectory,
} from '../../lib';
import { assemble } from './assemble';
import { BUFFER, type Calls, CallsGuest, RESULT, assembleCalls } from './calls_guest';

const runtime = new Runtime();
let bytes: Uint8Array;

beforeAll(async () => {
  bytes = await assembleCalls();
});
afterAll(() => {
  runtime.close();
});

/** A guest that makes any call. */
function guestOf(wasi: WasiOptions): Guest {
  return new Guest(runtime.load(bytes).instantiate<Calls>({ wasi }));
}

class Guest extends CallsGuest {
  write(fd: number, text: string): number {
    const size = this.put(BUFFER, text);
    return this.call('fd_write', fd, this.vector(size), 1, RESULT);
  }

  read(fd: number, room = 100): string | number {
    const error = this.call('fd_read', fd, this.vector(room), 1, RESULT);
    return error === 0 ? this.text(BUFFER, this.word(RESULT)) : error;
  }

  async readAsync(fd: number, room = 100): Promise<string | number> {
    const error = await this.instance.callAsync('fd_read', [fd, this.vector(room), 1, RESULT]);
    return error === 0 ? this.text(BUFFER, this.word(RESULT)) : error;
  }

  async writeAsync(fd: number, text: string): Promise<number> {
    const size = this.put(BUFFER, text);
    return this.instance.callAsync('fd_write', [fd, this.vector(size), 1, RESULT]);
  }

  open(name: string, oflags = 0, rights = 0x8e001ffn): number {
    const length = this.put(0x100, name);
    const all = 0xfffffffn;
    const error = this.call('path_open', 3, 0, 0x100, length, oflags, rights, all, 0, RESULT);
    return error === 0 ? this.word(RESULT) : -error;
  }
}

test('nothing is there that was not given', () => {
  const guest = guestOf({});
  expect(guest.call('args_sizes_get', 0x100, 0x104)).toBe(0);
  expect(guest.word(0x100)).toBe(0);
  expect(guest.call('environ_sizes_get', 0x100, 0x104)).toBe(0);
  expect(guest.word(0x100)).toBe(0);
  expect(guest.call('fd_prestat_get', 3, 0x100)).toBe(8);
  expect(guest.read(0)).toBe('');
  expect(guest.write(1, 'gone')).toBe(0);
  expect(() => runtime.load(bytes).instantiate()).toThrow(LinkError);
  guest.instance.close();
});

test('arguments and variables', () => {
  const guest = guestOf({
    args: ['program', 'größe'],
    env: { A: '1', B: 'x=y', C: undefined, D: '' },
  });
  guest.call('args_sizes_get', 0x100, 0x104);
  expect(guest.word(0x100)).toBe(2);
  guest.call('args_get', 0x100, 0x200);
  expect(guest.text(0x208, 7)).toBe('größe');
  guest.call('environ_get', 0x100, 0x200);
  expect(guest.text(0x200, 13)).toBe('A=1\0B=x=y\0D=\0');
});

test('options that are used again are those of then', () => {
  const module = runtime.load(bytes);
  const directory = memoryDirectory({ a: 'text' });
  const stdout = new Output();
  const wasi = { args: ['program'], preopens: { '/': directory }, stdin: 'in', stdout };
  const sizeOf = (options: WasiOptions): number[] => {
    const guest = new Guest(module.instantiate<Calls>({ wasi: options }));
    guest.call('args_sizes_get', 0x100, 0x104);
    const found = [guest.word(0x100), guest.call('fd_prestat_get', 3, RESULT)];
    guest.instance.close();
    return found;
  };
  expect(sizeOf(wasi)).toEqual([1, 0]);
  expect(sizeOf(wasi)).toEqual([1, 0]);
  wasi.args.push('more');
  expect(sizeOf(wasi)).toEqual([2, 0]);
  wasi.preopens = {} as typeof wasi.preopens;
  expect(sizeOf(wasi)).toEqual([2, 8]);
  // Bytes are read anew, and functions are each instance's own.
  const input = new Uint8Array([1]);
  const reads: WasiOptions = { stdin: input };
  for (const byte of [1, 2]) {
    input[0] = byte;
    const guest = new Guest(module.instantiate<Calls>({ wasi: reads }));
    expect(guest.read(0, 8)).toBe(String.fromCharCode(byte));
    guest.instance.close();
  }
  module.close();
});

test('text, bytes and functions to read from', () => {
  const guest = guestOf({ stdin: 'hello' });
  expect(guest.read(0, 3)).toBe('hel');
  expect(guest.read(0)).toBe('lo');
  expect(guest.read(0)).toBe('');
  const chunks = ['first', '', new Uint8Array([65, 66])];
  const other = guestOf({ stdin: () => chunks.shift() });
  expect(other.read(0, 2)).toBe('fi');
  expect(other.read(0)).toBe('rst');
  expect(other.read(0)).toBe('AB');
  expect(other.read(0)).toBe('');
  expect(other.read(0)).toBe('');
});

test('what is written goes to functions, Outputs and streams', () => {
  const got: string[] = [];
  const output = new Output(8);
  const guest = guestOf({
    stdout: (chunk) => void got.push(Buffer.from(chunk).toString()),
    stderr: output,
  });
  expect(guest.write(1, 'one')).toBe(0);
  expect(guest.write(1, 'two')).toBe(0);
  expect(got).toEqual(['one', 'two']);
  expect(guest.write(2, 'kept')).toBe(0);
  expect(guest.write(2, 'too long')).toBe(51);
  expect(output.text).toBe('kept');
  output.clear();
  expect(output.size).toBe(0);
  const stream = new PassThrough();
  const streaming = guestOf({ stdout: stream });
  expect(streaming.write(1, 'flows')).toBe(0);
  expect(String(stream.read())).toBe('flows');
  stream.destroy();
  expect(streaming.write(1, 'lost')).toBe(64);
});

test('what functions throw ends the call', () => {
  const guest = guestOf({
    stdin: () => {
      throw new RangeError('no more');
    },
    stdout: () => {
      throw new RangeError('no room');
    },
    clock: {
      realtime: () => {
        throw new RangeError('no time');
      },
    },
  });
  expect(() => guest.read(0)).toThrow(Trap);
  expect(() => guest.read(0)).toThrow(/no more/);
  expect(() => guest.write(1, 'x')).toThrow(/no room/);
  expect(() => guest.call('clock_time_get', 0, 0n, 0x100)).toThrow(/no time/);
  expect(guest.call('clock_time_get', 1, 0n, 0x100)).toBe(0);
});

test('functions may use the instance', () => {
  const seen: number[] = [];
  const guest: Guest = guestOf({
    stdout: () => {
      seen.push(guest.instance.memory.grow(1));
      seen.push(guest.call('sched_yield'));
    },
  });
  expect(guest.write(1, 'grow')).toBe(0);
  expect(seen).toEqual([4, 0]);
  expect(guest.word(RESULT)).toBe(4);
});

test('streams of Node serve asynchronous calls alone', async () => {
  const stream = new PassThrough();
  const guest = guestOf({ stdin: stream });
  expect(() => guest.read(0)).toThrow(/synchronous call: use callAsync or startAsync/);
  setTimeout(() => stream.write('late'), 20);
  expect(await guest.readAsync(0, 2)).toBe('la');
  expect(await guest.readAsync(0)).toBe('te');
  // What has come can be read in a synchronous call as well.
  stream.write('more');
  expect(guest.read(0)).toBe('more');
  setTimeout(() => stream.end(), 20);
  expect(await guest.readAsync(0)).toBe('');
  expect(await guest.readAsync(0)).toBe('');
  const failing = guestOf({
    stdin: new Readable({
      read() {
        this.destroy(new RangeError('broken'));
      },
    }),
  });
  await expect(failing.readAsync(0)).rejects.toThrow(/broken/);
  const promises = guestOf({ stdin: () => new Promise((done) => setTimeout(done, 5, 'soon')) });
  expect(await promises.readAsync(0)).toBe('soon');
  expect(() => promises.read(0)).toThrow(/synchronous call/);
});

test('guests wait for a stream or a time, whichever comes first', async () => {
  const stream = new PassThrough();
  const guest = guestOf({ stdin: stream });
  const subscribe = (ns: bigint): void => {
    const view = new DataView(guest.instance.memory.buffer);
    new Uint8Array(view.buffer, 0x100, 96).fill(0);
    view.setBigUint64(0x100, 1n, true);
    view.setUint8(0x108, 1);
    view.setBigUint64(0x130, 2n, true);
    view.setUint32(0x140, 1, true);
    view.setBigUint64(0x148, ns, true);
  };
  subscribe(5_000_000n);
  expect(await guest.instance.callAsync('poll_oneoff', [0x100, 0x200, 2, RESULT])).toBe(0);
  expect(guest.word(0x200)).toBe(2);
  subscribe(60_000_000_000n);
  setTimeout(() => stream.write('abc'), 20);
  expect(await guest.instance.callAsync('poll_oneoff', [0x100, 0x200, 2, RESULT])).toBe(0);
  expect(guest.word(0x200)).toBe(1);
  expect(guest.word(0x210)).toBe(3);
});

test('what waits for a stream is stopped', async () => {
  const guest = guestOf({ stdin: new PassThrough() });
  const args = [0, 0x20, 1, RESULT];
  new DataView(guest.instance.memory.buffer).setUint32(0x24, 10, true);
  await expect(guest.instance.callAsync('fd_read', [...args], { deadline: 20 })).rejects.toThrow(
    'deadline exceeded',
  );
  const signal = AbortSignal.timeout(20);
  await expect(guest.instance.callAsync('fd_read', [...args], { signal })).rejects.toThrow(Trap);
});

test('a guest waits while its output is full', async () => {
  const got: string[] = [];
  let done: (() => void) | undefined;
  const slow = new Writable({
    highWaterMark: 4,
    write(chunk: Buffer, _encoding, callback) {
      got.push(chunk.toString());
      done = callback;
    },
  });
  const guest = guestOf({ stdout: slow });
  expect(await guest.writeAsync(1, 'first')).toBe(0);
  const second = guest.writeAsync(1, 'second');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(got).toEqual(['first']);
  done?.();
  expect(await second).toBe(0);
  done?.();
  expect(got).toEqual(['first', 'second']);
  const order: string[] = [];
  const promising = guestOf({
    stdout: async (chunk) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      order.push(Buffer.from(chunk).toString());
    },
  });
  await promising.writeAsync(1, 'a');
  await promising.writeAsync(1, 'b');
  expect(order[0]).toBe('a');
});

test('clocks and randomness', () => {
  let now = 41n;
  const guest = guestOf({
    clock: { realtime: () => (now += 1n), monotonic: () => 7n },
    random: (block) => void block.fill(9),
  });
  const time = (clock: number): bigint => {
    expect(guest.call('clock_time_get', clock, 0n, 0x100)).toBe(0);
    return new DataView(guest.instance.memory.buffer).getBigUint64(0x100, true);
  };
  expect([time(0), time(0), time(1)]).toEqual([42n, 43n, 7n]);
  expect(time(2)).toBeGreaterThan(0n);
  expect(guest.call('random_get', BUFFER, 1000)).toBe(0);
  expect(new Uint8Array(guest.instance.memory.buffer, BUFFER + 999, 2)).toEqual(
    new Uint8Array([9, 0]),
  );
});

test('files in memory have the times of the clock', () => {
  let now = 41n;
  const guest = guestOf({
    clock: { realtime: () => (now += 1n) },
    preopens: { '/': memoryDirectory({}) },
  });
  const length = guest.put(0x100, 'new');
  expect(guest.call('path_create_directory', 3, 0x100, length)).toBe(0);
  expect(guest.call('path_filestat_get', 3, 0, 0x100, length, BUFFER)).toBe(0);
  const view = new DataView(guest.instance.memory.buffer);
  const times = [40, 48, 56].map((offset) => view.getBigUint64(BUFFER + offset, true));
  expect(times).toEqual([42n, 42n, 42n]);
});

test('files in memory are read back', () => {
  const content = {
    'a.txt': 'text',
    sub: { b: new Uint8Array([1, 2]) },
    link: new FileLink('sub/b'),
  };
  const root = memoryDirectory(content);
  const guest = guestOf({ preopens: { '/': root } });
  expect(guest.call('fd_prestat_get', 3, 0x100)).toBe(0);
  expect(guest.read(guest.open('a.txt'))).toBe('text');
  const fd = guest.open('sub/new', 1);
  expect(guest.write(fd, 'made')).toBe(0);
  const files = guest.instance.directory('/');
  expect(files.readText('sub/new')).toBe('made');
  expect(files.readFile('link')).toEqual(new Uint8Array([1, 2]));
  expect(files.list()).toEqual([
    { name: 'a.txt', kind: 'file' },
    { name: 'sub', kind: 'directory' },
    { name: 'link', kind: 'link' },
  ]);
  expect(files.status('link').bytes).toBe(2);
  expect(files.status('link', { follow: false }).kind).toBe('link');
  expect(files.status('a.txt').modified.getTime()).toBeGreaterThan(Date.now() - 1e6);
  files.writeFile('c', 'by the host');
  expect(guest.read(guest.open('c'))).toBe('by the host');
  files.makeDirectory('d');
  files.makeLink('e', 'c');
  files.remove('d');
  expect([files.exists('d'), files.exists('e')]).toEqual([false, true]);
  expect(() => files.readFile('../x')).toThrow(FileError);
  expect(() => files.readFile('none')).toThrow(/read 'none': ENOENT/);
  // Others begin with what was given.
  expect(guestOf({ preopens: { '/': root } }).open('c')).toBe(-44);
  guest.instance.reset();
  expect(guest.open('c')).toBe(-44);
  expect(files.readText('c')).toBe('by the host');
  expect(() => guest.instance.directory('/x')).toThrow(UsageError);
});

test('directories that are shared, read-only, small', () => {
  const shared = memoryDirectory({ a: 'x' }, { shared: true });
  const one = guestOf({ preopens: { '/': shared } });
  one.write(one.open('made', 1), 'by one');
  const other = guestOf({ preopens: { '/': shared } });
  expect(other.read(other.open('made'))).toBe('by one');
  const guest = guestOf({ preopens: { '.': memoryDirectory({ a: 'x' }, { readOnly: true }) } });
  expect(guest.open('new', 1)).toBe(-69);
  expect(guest.read(guest.open('a', 0, 2n))).toBe('x');
  const small = guestOf({ preopens: { '.': memoryDirectory({}, { maxBytes: 2000 }) } });
  const fd = small.open('file', 1);
  expect(small.write(fd, 'x'.repeat(4000))).toBe(0);
  expect(small.word(RESULT)).toBeLessThan(2000);
  const quota = guestOf({ preopens: { '.': memoryDirectory() }, maxBytesWritten: 5 });
  const file = quota.open('file', 1);
  expect(quota.write(file, 'seven..')).toBe(0);
  expect(quota.word(RESULT)).toBe(5);
  expect(quota.write(file, 'x')).toBe(19);
  const few = guestOf({ preopens: { '.': memoryDirectory() }, maxDescriptors: 5 });
  few.open('a', 1);
  expect(few.open('b', 1)).toBe(-33);
});

test('directories of the system', () => {
  const path = mkdtempSync(join(tmpdir(), 'wembed-'));
  try {
    writeFileSync(join(path, 'file'), 'hello');
    const preopens = { '/': hostDirectory(path), '/ro': hostDirectory(path, { readOnly: true }) };
    const guest = guestOf({ preopens });
    expect(guest.read(guest.open('file'))).toBe('hello');
    expect(guest.write(guest.open('new', 1), 'made')).toBe(0);
    expect(readFileSync(join(path, 'new'), 'utf8')).toBe('made');
    expect(guest.open('../x')).toBe(-76);
    expect(guest.instance.directory('/ro').readText('new')).toBe('made');
    expect(() => {
      guest.instance.directory('/ro').writeFile('new', '');
    }).toThrow(/EROFS/);
    expect(() => guestOf({ preopens: { '/': hostDirectory(join(path, 'none')) } })).toThrow(
      /cannot be opened/,
    );
  } finally {
    rmSync(path, { recursive: true });
  }
});

const exits = (code: number): string => `(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "leave") (call $exit (i32.const ${code})))
  (func (export "_start") (if (i32.const ${code}) (then (call $exit (i32.const ${code}))))))`;

test('commands end with a code', async () => {
  const module = runtime.load(await assemble(exits(42)));
  const instance = module.instantiate<{ leave(): void }>({ wasi: {} });
  expect(instance.start()).toEqual({ exitCode: 42 });
  expect(() => instance.start()).toThrow(/the command has run/);
  instance.reset();
  expect(await instance.startAsync()).toEqual({ exitCode: 42 });
  let error: unknown;
  try {
    instance.exports.leave();
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(ExitError);
  expect(error).toMatchObject({ exitCode: 42, code: 'ProcessExit', name: 'ExitError' });
  await expect(instance.callAsync('leave')).rejects.toThrow(ExitError);
  expect(module.instantiate({ wasi: {} }).start({ deadline: 1000 })).toEqual({ exitCode: 42 });
  const silent = runtime.load(await assemble(exits(0))).instantiate({ wasi: {} });
  expect(silent.start()).toEqual({ exitCode: 0 });
  const large = runtime.load(await assemble(exits(-1))).instantiate({ wasi: {} });
  expect(large.start()).toEqual({ exitCode: 0xffffffff });
  expect(() => guestOf({}).instance.start()).toThrow(/no command/);
});

test('a start function that ends itself', async () => {
  const text = `(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "_initialize") (call $exit (i32.const 9))))`;
  const module = runtime.load(await assemble(text));
  expect(() => module.instantiate({ wasi: {} })).toThrow(ExitError);
  expect(() => module.instantiate({ wasi: {} })).toThrow(/code 9/);
});

test('reactors are initialized once', async () => {
  const text = readFileSync(join(__dirname, '../modules/wasi_reactor.wat'), 'utf8');
  const module = runtime.load(await assemble(text));
  const instance = module.instantiate<{ count(): number }>({ wasi: {} });
  expect(instance.exports.count()).toBe(1);
  instance.reset();
  expect(instance.exports.count()).toBe(1);
});

test('the next holder of a pooled instance has new files and descriptors', async () => {
  const output = new Output();
  const root = memoryDirectory({ a: 'x' });
  const pool = new InstancePool<Calls>(runtime.load(bytes), {
    max: 1,
    instantiate: { wasi: { preopens: { '/': root }, stdout: output, stdin: 'in' } },
  });
  for (let round = 0; round < 3; round += 1) {
    await pool.use((instance) => {
      const guest = new Guest(instance);
      expect(guest.open('made', 1 | 4)).toBe(4);
      expect(guest.read(0)).toBe('in');
      expect(guest.write(1, `round ${round};`)).toBe(0);
    });
  }
  expect(pool.stats.created).toBe(1);
  expect(output.text).toBe('round 0;round 1;round 2;');
  pool.close();
});

test('a thrown error of a pooled instance is its holder’s', async () => {
  const pool = new InstancePool<Calls>(runtime.load(bytes), {
    max: 1,
    instantiate: {
      wasi: {
        stdin: () => {
          throw new RangeError('mine');
        },
      },
    },
  });
  for (let round = 0; round < 2; round += 1) {
    await pool.use((instance) => {
      expect(() => new Guest(instance).read(0)).toThrow(/mine/);
    });
  }
  pool.close();
});

test('files end with their runtime', () => {
  const own = new Runtime();
  const output = new Output();
  const wasi = { preopens: { '/': memoryDirectory({ a: 'x' }) }, stdout: output };
  const instance = own.load(bytes).instantiate<Calls>({ wasi });
  const files = instance.directory('/');
  expect(files.readText('a')).toBe('x');
  instance.close();
  expect(files.readText('a')).toBe('x');
  own.close();
  expect(() => files.readText('a')).toThrow(/EBADF/);
  // The same options serve another runtime.
  using other = new Runtime();
  expect(other.load(bytes).instantiate<Calls>({ wasi }).directory('/').readText('a')).toBe('x');
});

test('wrong options are told', () => {
  const wrong: [unknown, RegExp][] = [
    [{ arguments: [] }, /wasi has no option arguments.*args/],
    [{ args: 'x' }, /args has to be an array/],
    [{ args: [1] }, /args\[0\] has to be a string/],
    [{ args: ['a\0b'] }, /NUL/],
    [{ env: { 'A=B': 'x' } }, /no name of a variable/],
    [{ env: { A: 1 } }, /env.A has to be a string/],
    [{ preopens: { '/': '/tmp' } }, /memoryDirectory or hostDirectory/],
    [{ stdin: -1 }, /descriptor/],
    [{ stdin: 9999 }, /the descriptor 9999 is not open/],
    [{ stdout: 'text' }, /stdout has to be/],
    [{ stdin: {} }, /stdin has to be/],
    [{ clock: { now: 1 } }, /clock has no option now/],
    [{ maxDescriptors: 0 }, /maxDescriptors/],
  ];
  for (const [options, message] of wrong) {
    expect(() => guestOf(options as WasiOptions)).toThrow(message);
  }
  expect(() => memoryDirectory({ 'a/b': 'x' })).toThrow(/no name of a file/);
  expect(() => memoryDirectory({ a: 1 } as never)).toThrow(UsageError);
  expect(() => memoryDirectory({}, { maxBytes: 0 })).toThrow(UsageError);
  expect(() => memoryDirectory({}, { size: 1 } as never)).toThrow(/no option size/);
});
