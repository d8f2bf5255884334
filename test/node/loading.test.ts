import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Module, ResourceError, Runtime, Trap, UsageError } from '../../lib';

function leb(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
  return [...bytes, value];
}

/** One exported function f of 6 MB: blocks, one after another. */
function longBody(): Uint8Array<ArrayBuffer> {
  const blocks = 2_000_000;
  const body = new Uint8Array(3 * blocks + 2);
  for (let at = 1; at < body.length - 1; at += 3) body.set([0x02, 0x40, 0x0b], at);
  body[body.length - 1] = 0x0b;
  const item = [1, ...leb(body.length)];
  const head = [
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0],
    ...[10, ...leb(item.length + body.length), ...item],
  ];
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}

describe('loads that take long', () => {
  const bytes = longBody();
  let runtime: Runtime;
  beforeAll(() => {
    runtime = new Runtime();
  });
  afterAll(() => runtime.close());

  function errorOf(run: () => unknown): unknown {
    try {
      run();
    } catch (error) {
      return error;
    }
    throw new Error('nothing was thrown');
  }

  test('a deadline ends a load', () => {
    const error = errorOf(() => runtime.load(bytes, { deadline: 1, name: 'long' }));
    expect(error).toBeInstanceOf(ResourceError);
    expect(error).toMatchObject({ code: 'Deadline', module: 'long' });
    runtime.load(bytes, { deadline: 600_000 }).close();
  });

  test("bytes that were not loaded in time are still the caller's", () => {
    const mine = bytes.slice();
    expect(errorOf(() => runtime.load(mine, { deadline: 1, ownership: 'transfer' }))).toMatchObject(
      { code: 'Deadline' },
    );
    expect(mine.byteLength).toBe(bytes.byteLength);
  });

  test('a deadline ends the load of a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'wembed-'));
    const path = join(folder, 'long.wasm');
    try {
      writeFileSync(path, bytes);
      expect(errorOf(() => runtime.loadFile(path, { deadline: 1 }))).toMatchObject({
        code: 'Deadline',
        module: path,
      });
      runtime.loadFile(path).close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('an aborted signal', () => {
    const signal = AbortSignal.abort(new Error('no more'));
    expect(() => runtime.load(bytes, { signal })).toThrow('no more');
    expect(() => runtime.loadFile('no such file', { signal })).toThrow('no more');
    runtime.load(bytes, { signal: new AbortController().signal }).close();
  });

  test.each([{ deadline: 0 }, { deadline: NaN }, { deadline: -1 }])('%p', (options) => {
    expect(() => runtime.load(bytes, options)).toThrow(UsageError);
  });

  describe('and first calls', () => {
    let module: Module;
    beforeAll(() => {
      module = runtime.load(bytes);
    });

    test('a deadline ends the translation of the function', () => {
      const instance = module.instantiate<{ f(): void }>();
      const error = errorOf(() => instance.call('f', [], { deadline: 1 }));
      expect(error).toBeInstanceOf(Trap);
      expect(error).toMatchObject({ code: 'Deadline' });
      instance.exports.f();
    });
  });
});
