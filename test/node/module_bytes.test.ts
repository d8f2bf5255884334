/** Whose a module's bytes are: copy, borrow, transfer, files. */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { markAsUntransferable } from 'node:worker_threads';
import {
  CompileError,
  type ModuleBytes,
  type Ownership,
  ResourceError,
  Runtime,
  Trap,
  UsageError,
} from '../../lib';
import { assemble } from './assemble';

const text = `(module
  (memory (export "memory") 1)
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "sub") (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1)))
  (func (export "init") (memory.init $late (i32.const 0) (i32.const 0) (i32.const 4)))
  (func $inner unreachable)
  (func (export "fail") (call $inner))
  (data (i32.const 16) "hello")
  (data $late "late"))`;

interface Exports {
  add: (a: number, b: number) => number;
  sub: (a: number, b: number) => number;
  init: () => void;
  fail: () => void;
}

/** With a section of 64 KiB behind the header, so that a cut file has lost all that counts. */
function padded(bytes: Uint8Array): Uint8Array {
  const head = [0, 0x84, 0x80, 0x04, 3, ...Buffer.from('pad')];
  const pad = Buffer.concat([Buffer.from(head), Buffer.alloc(65536)]);
  return Buffer.concat([bytes.subarray(0, 8), pad, bytes.subarray(8)]);
}

function arrayBufferOf(bytes: Uint8Array): ArrayBuffer {
  const buffer = new ArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

function sharedOf(bytes: Uint8Array): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

describe('the bytes of a module', () => {
  let bytes: Uint8Array;
  let runtime: Runtime;
  let folder: string;
  let path: string;
  beforeAll(async () => {
    bytes = await assemble(text);
    folder = mkdtempSync(join(tmpdir(), 'wembed-bytes-'));
    path = join(folder, 'module.wasm');
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    runtime = new Runtime();
    writeFileSync(path, padded(bytes));
  });
  afterEach(() => runtime.close());

  test('are copied unless one says otherwise', () => {
    for (const given of [arrayBufferOf(bytes), sharedOf(bytes), Buffer.from(bytes)]) {
      const module = runtime.load(given);
      (given instanceof Uint8Array ? given : new Uint8Array(given)).fill(0xee);
      const { exports } = module.instantiate<Exports>();
      expect(exports.add(1, 2)).toBe(3);
      expect(given.byteLength).toBe(bytes.length);
    }
  });

  test('are borrowed from a SharedArrayBuffer', () => {
    const shared = sharedOf(bytes);
    const view = Buffer.from(shared);
    for (const given of [shared, view, new DataView(shared)]) {
      const { exports } = runtime.load(given, { ownership: 'borrow' }).instantiate<Exports>();
      expect(exports.add(1, 2)).toBe(3);
    }
    const inside = new SharedArrayBuffer(bytes.length + 100);
    const part = new Uint8Array(inside, 50, bytes.length);
    part.set(bytes);
    const module = runtime.load(part, { ownership: 'borrow' });
    expect(module.instantiate<Exports>().exports.sub(5, 2)).toBe(3);
  });

  test('that are borrowed and changed give errors and traps', () => {
    const shared = sharedOf(bytes);
    const module = runtime.load(shared, { ownership: 'borrow' });
    const { exports } = module.instantiate<Exports>();
    expect(exports.add(1, 2)).toBe(3);
    new Uint8Array(shared).fill(0xff, 8);
    expect(() => exports.sub(1, 2)).toThrow(Trap);
    expect(exports.add(3, 4)).toBe(7);
  });

  test('are transferred: the buffer is detached', () => {
    const buffer = arrayBufferOf(bytes);
    const module = runtime.load(buffer, { ownership: 'transfer' });
    expect(buffer.byteLength).toBe(0);
    expect(module.instantiate<Exports>().exports.add(1, 2)).toBe(3);

    const view = new Uint8Array(arrayBufferOf(bytes));
    runtime.load(view, { ownership: 'transfer' });
    expect(view.byteLength).toBe(0);

    const read = readFileSync(path);
    runtime.load(read, { ownership: 'transfer' });
    expect(read.byteLength).toBe(0);
    expect(() => runtime.load(buffer)).toThrow(UsageError);
    expect(() => runtime.load(buffer, { ownership: 'transfer' })).toThrow('detached');
  });

  test('that are no module stay with whom they came from', () => {
    const wrong = bytes.slice();
    wrong[bytes.length - 1] = 0xff;
    wrong[9] = 0x7e;
    const buffer = arrayBufferOf(wrong);
    expect(() => runtime.load(buffer, { ownership: 'transfer' })).toThrow(CompileError);
    expect(buffer.byteLength).toBe(wrong.length);
    expect(new Uint8Array(buffer)).toEqual(new Uint8Array(wrong));
    expect(() => runtime.load(sharedOf(wrong), { ownership: 'borrow' })).toThrow(CompileError);
  });

  test.each<[string, () => ArrayBuffer | SharedArrayBuffer | ArrayBufferView, Ownership, RegExp]>([
    ['part of a buffer', () => Buffer.from(bytes).subarray(1), 'transfer', /part.*'copy'/],
    ['a shared buffer', () => sharedOf(bytes), 'transfer', /'borrow'/],
    [
      'a buffer that Node marked',
      () => {
        const buffer = arrayBufferOf(bytes);
        markAsUntransferable(buffer);
        return buffer;
      },
      'transfer',
      /cannot be transferred.*'copy'/,
    ],
    [
      'the memory of a guest',
      () => {
        const memory = new WebAssembly.Memory({ initial: 1 });
        const size = 65536 - bytes.length - 4; // of a section that fills the rest
        const pad = [0, (size & 0x7f) | 0x80, ((size >> 7) & 0x7f) | 0x80, size >> 14];
        const view = new Uint8Array(memory.buffer);
        view.set(bytes);
        view.set([...pad, 1, 120], bytes.length);
        return memory.buffer;
      },
      'transfer',
      /cannot be transferred.*'copy'/,
    ],
    ['an ArrayBuffer', () => arrayBufferOf(bytes), 'borrow', /'transfer' or 'copy'/],
    ['a Buffer', () => Buffer.from(bytes), 'borrow', /SharedArrayBuffer/],
    ['an unknown word', () => bytes, 'take' as Ownership, /'copy', 'borrow' or 'transfer'/],
    ['something else', () => [0, 97] as unknown as Uint8Array, 'copy', /have to be/],
  ])('%s is refused', (_what, make, ownership, reason) => {
    refuses(make(), ownership, reason);
  });

  // Node 18 has no such buffers.
  const hasResizable = 'resize' in ArrayBuffer.prototype ? test : test.skip;
  hasResizable('a resizable buffer is refused', () => {
    const options = { maxByteLength: 4096 };
    const buffer = Reflect.construct(ArrayBuffer, [bytes.length, options]) as ArrayBuffer;
    new Uint8Array(buffer).set(bytes);
    refuses(buffer, 'transfer', /resizable.*'copy'/);
  });

  function refuses(given: ModuleBytes, ownership: Ownership, reason: RegExp): void {
    const length = given.byteLength;
    expect(() => runtime.load(given, { ownership })).toThrow(UsageError);
    expect(() => runtime.load(given, { ownership })).toThrow(reason);
    expect(given.byteLength).toBe(length);
  }

  test('come from files', () => {
    for (const given of [path, Buffer.from(path), pathToFileURL(path)]) {
      const module = runtime.loadFile(given);
      expect(module.name).toBe(path);
      const instance = module.instantiate<Exports>();
      expect(instance.exports.add(1, 2)).toBe(3);
      expect(Buffer.from(instance.memory.bytes.subarray(16, 21)).toString()).toBe('hello');
    }
    expect(runtime.loadFile(path, { name: 'short' }).name).toBe('short');
    const module = runtime.loadFile(path);
    unlinkSync(path); // still there for who has it
    expect(module.instantiate<Exports>().exports.sub(5, 2)).toBe(3);
    expect(module.customSections[0]?.bytes.length).toBe(65536);
  });

  test('from files that cannot be loaded', () => {
    const missing = join(folder, 'missing.wasm');
    const place = { code: 'File', message: `cannot load '${missing}': No such file or directory` };
    expect(() => runtime.loadFile(missing)).toThrow(expect.objectContaining(place) as Error);
    expect(() => runtime.loadFile(missing)).toThrow(ResourceError);
    const directory = join(folder, 'directory');
    mkdirSync(directory);
    expect(() => runtime.loadFile(directory)).toThrow('Is a directory');
    writeFileSync(path, '');
    expect(() => runtime.loadFile(path)).toThrow('the file is empty');
    writeFileSync(path, 'no module');
    expect(() => runtime.loadFile(path)).toThrow(CompileError);
    expect(() => runtime.loadFile('a\0b')).toThrow(UsageError);
    expect(() => runtime.loadFile(new URL('http://example.org/'))).toThrow(UsageError);
    expect(() => runtime.loadFile(5 as unknown as string)).toThrow(UsageError);
  });

  describe('of a file that is cut short', () => {
    const lost = expect.objectContaining({ code: 'BytesLost' }) as Error;

    const loader = `(module (memory 1)
      (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))`;

    test('are missed by the first call and by memory.init', async () => {
      const { exports } = runtime.loadFile(path).instantiate<Exports>();
      const { add, sub, init, fail } = exports;
      const v8 = new WebAssembly.Instance(new WebAssembly.Module(await assemble(loader)))
        .exports as unknown as { load(address: number): number };
      expect(add(1, 2)).toBe(3);
      init();
      expect(() => fail()).toThrow('unreachable');
      truncateSync(path, 0);
      expect(() => sub(1, 2)).toThrow(lost);
      expect(() => sub(1, 2)).toThrow(Trap);
      expect(() => init()).toThrow(lost);
      expect(add(3, 4)).toBe(7); // was translated before
      expect(() => v8.load(70000)).toThrow(WebAssembly.RuntimeError); // Node's own faults
      expect(() => fail()).toThrow('unreachable'); // without names
    });

    test('are missed by an instance', () => {
      const module = runtime.loadFile(path);
      truncateSync(path, 8);
      expect(() => module.instantiate()).toThrow(lost);
      expect(() => module.instantiate()).toThrow(ResourceError);
    });

    test('are missed by who asks for names and sections', () => {
      const module = runtime.loadFile(path);
      const known = runtime.loadFile(path);
      expect(known.exports.length).toBe(5);
      truncateSync(path, 0);
      expect(() => module.exports).toThrow(lost);
      expect(() => module.customSections).toThrow(lost);
      expect(() => known.customSections).toThrow(lost);
      expect(known.exports.length).toBe(5);
    });
  });

  test('live as long as an instance that is linked to another', async () => {
    const user = await assemble(`(module
      (import "m" "add" (func $add (param i32 i32) (result i32)))
      (func (export "add") (param i32 i32) (result i32) (call $add (local.get 0) (local.get 1))))`);
    for (const ownership of ['copy', 'borrow', 'transfer'] as const) {
      const given = ownership === 'borrow' ? sharedOf(bytes) : arrayBufferOf(bytes);
      const module = runtime.load(given, { ownership });
      const instance = module.instantiate();
      const other = runtime
        .load(user)
        .instantiate<Pick<Exports, 'add'>>({ imports: { m: instance.exports } });
      module.close();
      expect(other.exports.add(1, 2)).toBe(3);
    }
  });
});
