import { CompileError, type LogLevel, Runtime, UsageError, WembedError, version } from '../../lib';
import { assemble } from './assemble';

const text = `(module
  (import "env" "f" (func (param i32 f64) (result i64)))
  (import "env" "t" (table 1 10 funcref))
  (import "env" "m" (memory 1 2))
  (import "env" "g" (global i32))
  (global $own (mut f32) (f32.const 1))
  (func $inner (param i32) (result i32 i32) (local.get 0) (local.get 0))
  (export "two" (func $inner))
  (export "own" (global $own))
  (export "table" (table 0))
  (export "gr\\c3\\b6\\c3\\9fe" (memory 0)))`;

/** A custom section with that name and content. */
function customSection(name: string, content: readonly number[]): number[] {
  const body = [name.length, ...Buffer.from(name), ...content];
  return [0, body.length, ...body];
}

const header = [0, 97, 115, 109, 1, 0, 0, 0];

describe('modules', () => {
  let runtime: Runtime;
  beforeAll(() => {
    runtime = new Runtime();
  });
  afterAll(() => runtime.close());

  test('say what they import and export', async () => {
    using module = runtime.load(await assemble(text), { name: 'example' });
    expect(module.name).toBe('example');
    expect(module.imports).toEqual([
      {
        module: 'env',
        name: 'f',
        type: { kind: 'function', params: ['i32', 'f64'], results: ['i64'] },
        signature: '(i32, f64) -> (i64)',
      },
      expect.objectContaining({
        name: 't',
        type: { kind: 'table', element: 'funcref', minimum: 1, maximum: 10, is64: false },
      }),
      expect.objectContaining({
        name: 'm',
        type: {
          kind: 'memory',
          minimum: 1,
          maximum: 2,
          shared: false,
          is64: false,
          pageSize: 65536,
        },
      }),
      expect.objectContaining({
        name: 'g',
        type: { kind: 'global', value: 'i32', mutable: false },
      }),
    ]);
    expect(module.exports.map((entry) => [entry.name, entry.type.kind])).toEqual([
      ['two', 'function'],
      ['own', 'global'],
      ['table', 'table'],
      ['größe', 'memory'],
    ]);
    expect(module.exports[0]?.signature).toBe('(i32) -> (i32, i32)');
  });

  test('have custom sections', () => {
    const bytes = [...header, ...customSection('one', [1, 2]), ...customSection('two', [])];
    using module = runtime.load(Uint8Array.from(bytes));
    expect(module.customSections.map((section) => [section.name, [...section.bytes]])).toEqual([
      ['one', [1, 2]],
      ['two', []],
    ]);
  });

  test('are copies: the bytes may change afterwards, and may be of any kind of buffer', async () => {
    const bytes = await assemble('(module (func (export "f") (result i32) (i32.const 42)))');
    const padded = new Uint8Array(bytes.length + 20);
    padded.set(bytes, 10);
    const exact = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    for (const given of [
      Uint8Array.from(bytes),
      exact as ArrayBuffer,
      padded.subarray(10, 10 + bytes.length),
      new DataView(padded.buffer, 10, bytes.length),
      Buffer.from(bytes),
    ]) {
      using module = runtime.load(given);
      if (given instanceof Uint8Array) given.fill(0);
      expect(module.instantiate().exports['f']?.()).toBe(42);
      if (given instanceof Uint8Array) given.set(bytes);
    }
  });

  test.each([
    ['nothing', []],
    ['another file', [1, 2, 3, 4, 5, 6, 7, 8]],
    ['a half header', header.slice(0, 6)],
    ['another version', [0, 97, 115, 109, 2, 0, 0, 0]],
    ['a section that is cut', [...header, 1, 200]],
    ['an unknown section', [...header, 99, 0]],
    [
      'a body that does not fit its type',
      [...header, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 10, 4, 1, 2, 0, 11],
    ],
  ])('%s is a CompileError', (_what, bytes) => {
    let caught: unknown;
    try {
      runtime.load(Uint8Array.from(bytes));
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(CompileError);
    expect(caught).toBeInstanceOf(WembedError);
    expect((caught as CompileError).message).not.toBe('');
    expect((caught as CompileError).code).not.toBe('');
  });

  test('a CompileError says where', async () => {
    const bytes = await assemble('(module (func (nop)) (func (result i32) (i32.const 1)))');
    const at = bytes.lastIndexOf(0x41);
    bytes[at] = 0x42; // i64.const
    let caught: unknown;
    try {
      runtime.load(bytes, { name: 'broken' });
    } catch (error) {
      caught = error;
    }
    const error = caught as CompileError;
    expect(error).toBeInstanceOf(CompileError);
    expect(error.functionIndex).toBe(1);
    expect(error.section).toBe('code');
    expect(Math.abs((error.offset ?? 0) - at)).toBeLessThan(4);
    expect(error.name).toBe('CompileError');
  });

  test('closing is idempotent, cascades and is final', async () => {
    const own = new Runtime();
    const module = own.load(await assemble('(module)'));
    const instance = module.instantiate();
    own.close();
    own.close();
    expect([own.closed, module.closed, instance.closed]).toEqual([true, true, true]);
    expect(() => own.load(new Uint8Array(8))).toThrow(UsageError);
    expect(() => module.instantiate()).toThrow(UsageError);
    expect(() => module.imports).toThrow(UsageError);
    expect(() => module.customSections).toThrow(UsageError);
    expect(() => instance.exports).toThrow(UsageError);
    module.close();
    instance.close();
  });

  test('closing a module closes its instances, not its siblings', async () => {
    const bytes = await assemble('(module (func (export "f") (result i32) (i32.const 42)))');
    const first = runtime.load(bytes);
    const second = runtime.load(bytes);
    const [a, b] = [first.instantiate(), second.instantiate()];
    first.close();
    expect(a.closed).toBe(true);
    expect(b.exports['f']?.()).toBe(42);
    second.close();
  });
});

describe('runtimes', () => {
  test('a pool holds everything', async () => {
    const bytes = await assemble(
      '(module (memory (export "memory") 1) (func (export "f") (result i32) (i32.const 42)))',
    );
    using runtime = new Runtime({ allocator: { pool: 4 << 20 }, memory: { backend: 'heap' } });
    expect(runtime.load(bytes).instantiate().exports['f']?.()).toBe(42);
    using small = new Runtime({
      allocator: { pool: 50_000 },
      memory: { backend: 'heap' },
      log: () => undefined,
    });
    expect(() => small.load(bytes).instantiate()).toThrow(WembedError);
  });

  test.each([
    [{ memory: { backend: 'fast' } }],
    [{ allocator: { pool: -1 } }],
    [{ allocator: { pool: 2 ** 32 } }],
  ])('%p is refused', (options) => {
    expect(() => new Runtime(options as object)).toThrow(UsageError);
  });

  test('work without signals', async () => {
    using runtime = new Runtime({ signals: false });
    expect(runtime.checkSignals()).toBe('off');
    expect(new Runtime().checkSignals()).toBe('working');
    const bytes = await assemble(
      '(module (memory 1) (func (export "f") (result i32) (i32.load (i32.const 70000))))',
    );
    const instance = runtime.load(bytes).instantiate();
    expect(() => instance.exports['f']?.()).toThrow('out of bounds memory access');
    expect(instance.memory.backend).toBe('heap');
  });

  test('log lines come with their level', async () => {
    const lines: [LogLevel, string][] = [];
    const log = (level: LogLevel, line: string): number => lines.push([level, line]);
    using runtime = new Runtime({ log });
    const text2 = '(module (import "a" "b" (func $f)) (func (export "f") (call $f)))';
    const instance = runtime.load(await assemble(text2)).instantiate({ strict: false });
    expect(lines.some(([level, line]) => level === 'warning' && line.includes('b'))).toBe(true);
    expect(() => instance.exports['f']?.()).toThrow(/unlinked import function/);
  });

  test('a log function that throws changes nothing', async () => {
    const log = (): void => {
      throw new Error('no log');
    };
    using runtime = new Runtime({ log });
    const text2 =
      '(module (import "a" "b" (func $f)) (func (export "g") (result i32) (i32.const 1)))';
    const instance = runtime.load(await assemble(text2)).instantiate({ strict: false });
    expect(instance.exports['g']?.()).toBe(1);
  });

  test('the version is the package’s', () => {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
