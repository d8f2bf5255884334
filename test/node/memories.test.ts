/** Several memories, 64-bit addresses and pages of a byte, from TypeScript. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Caller,
  type ExportedFunction,
  type Instance,
  type Module,
  Runtime,
  UsageError,
  cstring,
  i32,
  offset64,
  u8,
  u64,
} from '../../lib';
import { assembleLater } from '../assemble_later';
import { assemble } from './assemble';

const source = (name: string): string =>
  readFileSync(join(__dirname, `../modules/${name}.wat`), 'utf8');

interface Memories {
  load_wide: (at: bigint) => number;
  store_wide: (at: bigint, value: bigint) => void;
  load_bytes: (at: number) => number;
  load_second: (at: number) => number;
  grow_wide: (pages: bigint) => bigint;
  mixed: () => number;
}

interface One {
  load8: (at: bigint) => number;
  sum: (at: bigint, length: number) => number;
  length: (at: bigint) => number;
  call: (index: bigint) => number;
  one: ExportedFunction;
}

describe('memories of one instance', () => {
  const runtime = new Runtime();
  let module: Module;
  let instance: Instance<Memories>;

  beforeAll(() => {
    module = runtime.load(assembleLater(source('memories')));
  });
  beforeEach(() => {
    instance = module.instantiate<Memories>();
  });
  afterAll(() => {
    runtime.close();
  });

  it('are exports of their own', () => {
    const text = (name: string, at: number, length: number): string =>
      instance.memoryNamed(name).readString(at, length);
    expect(text('first', 8, 5)).toBe('first');
    expect(text('wide', 16, 4)).toBe('wide');
    expect(text('bytes', 1, 5)).toBe('bytes');
    expect(text('second', 65536, 6)).toBe('second');
    expect(
      ['first', 'wide', 'bytes', 'second'].map((name) => instance.memoryNamed(name).size),
    ).toEqual([65536, 65536, 7, 131072]);
    expect(instance.memoryNamed('bytes').pages).toBe(7);
    expect(instance.memoryNamed('bytes').pageSize).toBe(1);
    expect(instance.memoryNamed('wide').is64).toBe(true);
    expect(instance.memoryNamed('wide').maximum).toBe(4);
  });

  it('have views that follow their growth', () => {
    const wide = instance.memoryNamed('wide');
    const before = wide.bytes;
    expect(instance.exports.grow_wide(1n)).toBe(1n);
    expect(before.length).toBe(0);
    expect(wide.bytes.length).toBe(131072);
    expect(instance.exports.grow_wide(100n)).toBe(-1n);
    const bytes = instance.memoryNamed('bytes');
    expect(bytes.grow(3)).toBe(7);
    expect(bytes.view(u8).length).toBe(10);
    bytes.write(u8, 9, 77);
    expect(instance.exports.load_bytes(9)).toBe(77);
    expect(() => instance.exports.load_bytes(10)).toThrow('out of bounds memory access');
    expect(() => bytes.grow(100)).toThrow(RangeError);
    expect(instance.exports.mixed()).toBe(4121);
  });

  it('take bigints as offsets where addresses have 64 bits', () => {
    const wide = instance.memoryNamed('wide');
    const at = offset64(u64, 256n);
    wide.write(u64, at, 0x1234567890n);
    expect(wide.read(u64, at)).toBe(0x1234567890n);
    expect(wide.read(u8, 16n)).toBe('w'.charCodeAt(0));
    instance.exports.store_wide(264n, -1n);
    expect(wide.read(i32, 264n)).toBe(-1);
    expect(() => wide.read(u8, 2n ** 32n)).toThrow(RangeError);
    expect(() => wide.read(u8, -1n)).toThrow(UsageError);
    expect(() => instance.exports.load_wide(2n ** 40n)).toThrow('out of bounds memory access');
  });

  it('are described', () => {
    const types = module.exports.filter(({ type }) => type.kind === 'memory');
    expect(types.map(({ name, type }) => [name, type])).toEqual([
      [
        'first',
        { kind: 'memory', minimum: 1, maximum: 3, shared: false, is64: false, pageSize: 65536 },
      ],
      [
        'wide',
        { kind: 'memory', minimum: 1, maximum: 4, shared: false, is64: true, pageSize: 65536 },
      ],
      [
        'bytes',
        { kind: 'memory', minimum: 7, maximum: 20, shared: false, is64: false, pageSize: 1 },
      ],
      [
        'second',
        { kind: 'memory', minimum: 2, maximum: 65536, shared: false, is64: false, pageSize: 65536 },
      ],
    ]);
    expect(types.map(({ signature }) => signature)).toEqual([
      'memory 1 3',
      'memory i64 1 4',
      'memory 7 20 (pagesize 1)',
      'memory 2',
    ]);
  });

  it('are imported by their exact type', async () => {
    const use = (type: string): Promise<Uint8Array> =>
      assemble(`(module (import "env" "memory" (memory ${type}))
        (func (export "peek") (result i32) (i32.load8_u (i32.const 1))))`);
    const user = runtime.load(await use('1')).instantiate<{ peek: () => number }>({
      imports: { env: { memory: instance.memoryNamed('second') } },
    });
    instance.memoryNamed('second').write(u8, 1, 5);
    expect(user.exports.peek()).toBe(5);
    const narrow = runtime.load(await use('1'));
    for (const name of ['wide', 'bytes']) {
      expect(() =>
        narrow.instantiate({ imports: { env: { memory: instance.memoryNamed(name) } } }),
      ).toThrow(/wanted memory 1, got memory (i64 1 4|7 20 \(pagesize 1\))/);
    }
  });

  it('can be switched off', () => {
    const bytes = assembleLater(source('memories'));
    const without = (...features: never[]): (() => Module) => {
      return () => runtime.load(bytes, { without: features });
    };
    expect(without('multiMemory' as never)).toThrow('the module needs several memories');
    expect(without('memory64' as never)).toThrow('the module needs 64-bit memories');
    expect(without('customPageSizes' as never)).toThrow('the module needs pages of other sizes');
  });
});

describe('a memory of no module', () => {
  const reader = (type: string, address: string): string => `(module
    (import "env" "memory" (memory ${type}))
    (func (export "load") (result i32) (i32.load (${address}.const 8)))
    (func (export "grow") (result i32) (i32.load (${address}.const 65536))))`;

  it.each([
    [{ initial: 1 }, 'i32', '1', 65_536],
    [{ initial: 1, maximum: 3 }, 'i32', '1 3', 3],
    [{ initial: 1, is64: true }, 'i64', 'i64 1', 2 ** 48],
    [{ initial: 1, maximum: 5, is64: true }, 'i64', 'i64 1 5', 5],
  ])('is made of %p', (descriptor, address, type, maximum) => {
    using runtime = new Runtime();
    using module = runtime.load(assembleLater(reader(type, address)));
    using memory = runtime.newMemory(descriptor);
    expect([memory.pages, memory.shared, memory.is64]).toEqual([1, false, address === 'i64']);
    expect(memory.maximum).toBeLessThanOrEqual(maximum);
    const at = address === 'i64' ? 8n : 8;
    memory.writeBytes(at, Uint8Array.of(7, 0, 0, 0));
    using instance = module.instantiate({ imports: { env: { memory } } });
    expect(instance.exports['load']?.()).toBe(7);
    const { buffer } = memory;
    expect(memory.grow(1)).toBe(1);
    expect(buffer.byteLength).toBe(0);
    expect(instance.exports['grow']?.()).toBe(0);
  });

  it('is closed by hand, and instances that import it keep it', () => {
    using runtime = new Runtime();
    using module = runtime.load(assembleLater(reader('1', 'i32')));
    const memory = runtime.newMemory({ initial: 1 });
    memory.writeBytes(8, Uint8Array.of(9, 0, 0, 0));
    using instance = module.instantiate({ imports: { env: { memory } } });
    memory.close();
    memory.close();
    expect(memory.closed).toBe(true);
    expect(() => memory.pages).toThrow(UsageError);
    expect(instance.exports['load']?.()).toBe(9);
  });
});

describe('a memory with 64-bit addresses', () => {
  const runtime = new Runtime();
  let instance: Instance<One>;

  beforeAll(() => {
    instance = runtime.load(assembleLater(source('memory64'))).instantiate<One>({
      heapSize: 4096,
      imports: {
        env: {
          sum: ({ memory }: Caller, at: bigint, length: number): number =>
            memory.readBytes(at, length).reduce((sum, byte) => sum + byte, 0),
          length: ({ memory }: Caller, at: bigint): number => memory.readString(at).length,
        },
      },
    });
  });
  afterAll(() => {
    runtime.close();
  });

  it('is used by bigints', () => {
    const { load8, sum, length } = instance.exports;
    expect(load8(1024n)).toBe('t'.charCodeAt(0));
    expect(sum(1024n, 2)).toBe('t'.charCodeAt(0) + 'e'.charCodeAt(0));
    expect(length(1024n)).toBe(4);
    expect(instance.memory.read(cstring, 1024n)).toBe('text');
    expect(() => load8(2n ** 32n)).toThrow('out of bounds memory access');
    expect(() => load8(1024 as never)).toThrow(TypeError);
  });

  it('has a heap, and a table with 64-bit numbers', () => {
    const buffer = instance.malloc64(u8, 16);
    expect(buffer.offset).toBeGreaterThanOrEqual(65536n);
    instance.memory.write(u8, buffer.offset, 9);
    expect(instance.exports.load8(buffer.offset)).toBe(9);
    buffer.free();
    expect(instance.exports.call(2n)).toBe(2);
    expect(() => instance.exports.call(2n ** 32n + 1n)).toThrow('undefined element');
    const table = instance.table('table');
    expect(table.length).toBe(4);
    expect(table.grow(1, table.get(1))).toBe(4);
    expect(instance.exports.call(4n)).toBe(1);
  });
});
