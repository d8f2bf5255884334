/** What callers give that is not what the types say: errors, and nothing that ends the process. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Instance, Runtime, UsageError, requirementsOf, u8 } from '../../lib';
import { assemble } from './assemble';

const text = `(module
  (import "env" "host" (func $host (param i32) (result i32)))
  (memory (export "memory") 1 10)
  (func (export "call") (param i32) (result i32) (call $host (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1))))`;

interface Functions {
  call: (value: unknown) => number;
  store: (at: unknown, value: number) => void;
}

const imports = { env: { host: (_caller: unknown, value: number) => value } };

let bytes: Uint8Array;
beforeAll(async () => {
  bytes = await assemble(text);
});

/** A value that does something when it is turned into a number or text. */
function doing(work: () => void): never {
  const both = {
    valueOf: () => {
      work();
      return 1;
    },
    toString: () => {
      work();
      return 'text';
    },
  };
  return both as never;
}

describe('bytes that are none', () => {
  let instance: Instance<Functions>;
  beforeEach(() => {
    instance = new Runtime().load(bytes).instantiate<Functions>({ imports, heapSize: 4096 });
  });
  afterEach(() => instance.module.runtime.close());

  test.each([
    [[1, 2, 3]],
    [{ length: 3 }],
    ['abc'],
    [new ArrayBuffer(8)],
    [new DataView(new ArrayBuffer(8))],
    [new Float64Array(2)],
    [new Uint8ClampedArray(2)],
    [undefined],
    [null],
  ])('%p', (given) => {
    expect(() => {
      instance.memory.writeBytes(0, given as never);
    }).toThrow(UsageError);
    if (typeof given === 'string') return;
    expect(() => instance.dup(given as never)).toThrow(UsageError);
  });
});

describe('names', () => {
  let folder: string;
  let path: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'wembed-'));
    path = join(folder, 'module.wasm');
    writeFileSync(path, bytes);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('that are no text', () => {
    const runtime = new Runtime();
    const name = doing(() => {
      runtime.close();
    });
    expect(() => runtime.load(bytes, { name })).toThrow(UsageError);
    expect(() => runtime.loadFile(path, { name })).toThrow(UsageError);
    expect(() => requirementsOf(bytes, { name })).toThrow(UsageError);
    expect(runtime.closed).toBe(false);
    runtime.close();
  });

  test('that close the runtime when they are read', () => {
    for (const load of ['load', 'loadFile'] as const) {
      const runtime = new Runtime();
      const options = {
        get name(): string {
          runtime.close();
          return 'name';
        },
      };
      const from: never = (load === 'load' ? bytes : path) as never;
      expect(() => runtime[load](from, options)).toThrow(/runtime is closed/);
    }
  });
});

describe('options of an instance', () => {
  test.each([
    [{ stackSize: -5 }],
    [{ stackSize: NaN }],
    [{ stackSize: 2 ** 32 + 16 }],
    [{ stackSize: Infinity }],
    [{ heapSize: -1 }],
    [{ heapSize: 1.5 }],
    [{ heapSize: 2 ** 32 }],
    [{ heapSize: '100' }],
    [{ heapSize: 100n }],
    [{ heapSize: Symbol('size') }],
    [{ maxMemoryPages: 0 }],
    [{ maxMemoryPages: -1 }],
    [{ maxMemoryPages: 2 ** 32 + 1 }],
    [{ maxMemoryPages: {} }],
  ])('%p is refused', (options) => {
    using runtime = new Runtime();
    const module = runtime.load(bytes);
    expect(() => module.instantiate({ imports, ...(options as object) })).toThrow(UsageError);
  });

  test.each([[{ stackSize: -5 }], [{ maxMemoryPages: 0 }], [{ maxMemoryPages: NaN }]])(
    '%p of a runtime is refused',
    (limits) => {
      using runtime = new Runtime({ limits });
      const module = runtime.load(bytes);
      expect(() => module.instantiate({ imports })).toThrow(UsageError);
    },
  );

  test('no limit of pages', () => {
    using runtime = new Runtime({ limits: { maxMemoryPages: 2 } });
    const module = runtime.load(bytes);
    expect(module.instantiate({ imports }).memory.maximum).toBe(2);
    const { memory } = module.instantiate({ imports, maxMemoryPages: Infinity });
    expect(memory.maximum).toBe(10);
  });

  test('that close what it is made from', () => {
    for (const what of ['module', 'runtime'] as const) {
      const make = (options: (close: () => void) => object): (() => unknown) => {
        const runtime = new Runtime();
        const module = runtime.load(bytes);
        const close = (): void => {
          (what === 'module' ? module : runtime).close();
        };
        return () => module.instantiate(options(close));
      };
      const getters: ((close: () => void) => object)[] = [
        (close) => ({ imports, heapSize: doing(close) }),
        (close) => ({
          imports,
          get heapSize() {
            close();
            return 100;
          },
        }),
        (close) => ({
          get imports() {
            close();
            return imports;
          },
        }),
        (close) => ({
          imports: {
            env: {
              get host() {
                close();
                return () => 1;
              },
            },
          },
        }),
        (close) => ({ imports, deadline: doing(close) }),
        (close) => ({
          imports,
          memory: {
            get backend() {
              close();
              return 'heap';
            },
          },
        }),
        (close) => ({
          imports,
          get signal() {
            close();
            return new AbortController().signal;
          },
        }),
      ];
      for (const options of getters) expect(make(options)).toThrow(UsageError);
    }
  });

  test('that throw when they are read', () => {
    using runtime = new Runtime();
    const module = runtime.load(bytes);
    const error = new Error('on purpose');
    for (const key of ['imports', 'data', 'heapSize', 'memory', 'signal', 'deadline', 'strict']) {
      const options = Object.defineProperty({ imports }, key, {
        get: () => {
          throw error;
        },
      });
      expect(() => module.instantiate(options)).toThrow(error);
    }
    // Nothing of those is left.
    expect(module.instantiate<Functions>({ imports }).exports.call(3)).toBe(3);
  });
});

describe('arguments whose conversion comes back', () => {
  let instance: Instance<Functions>;
  beforeEach(() => {
    instance = new Runtime().load(bytes).instantiate<Functions>({ imports, heapSize: 4096 });
  });
  afterEach(() => instance.module.runtime.close());

  test('to close', () => {
    const closing = doing(() => {
      instance.close();
    });
    expect(() => instance.exports.call(closing)).toThrow(UsageError);
    expect(instance.closed).toBe(true);
  });

  test('to reset and to grow', () => {
    instance.exports.store(
      doing(() => {
        instance.reset();
        instance.memory.bytes[1] = 9;
      }),
      5,
    );
    expect(instance.memory.bytes[1]).toBe(5);
    instance.exports.store(
      doing(() => instance.memory.grow(1)),
      6,
    );
    expect(instance.memory.bytes[1]).toBe(6);
    expect(instance.memory.pages).toBe(3);
  });

  test('asynchronously', async () => {
    let first: Promise<unknown> | undefined;
    const twice = doing(() => {
      first = instance.callAsync('call', [2]);
    });
    await expect(instance.callAsync('call', [twice])).rejects.toThrow(/busy/);
    await expect(first).resolves.toBe(2);
    const closing = doing(() => {
      instance.close();
    });
    await expect(instance.callAsync('call', [closing])).rejects.toThrow(UsageError);
    expect(instance.closed).toBe(true);
  });

  test('in reading and writing', () => {
    const { memory } = instance;
    const growing = doing(() => memory.grow(1));
    expect(memory.readBytes(growing, 1)).toHaveLength(1);
    expect(() => {
      memory.write(u8, 0, growing);
    }).toThrow();
    expect(() => memory.view(u8, 0, growing)).toThrow();
    const closing = doing(() => {
      instance.close();
    });
    expect(() => {
      memory.write(u8, 0, closing);
    }).toThrow();
    expect(() => memory.read(u8, 0)).toThrow(UsageError);
  });
});

test('a closed runtime is what is told of', async () => {
  const runtime = new Runtime();
  const instance = runtime.load(bytes).instantiate<Functions>({ imports });
  expect(instance.exports.call(1)).toBe(1);
  runtime.close();
  const { signal } = new AbortController();
  await expect(instance.callAsync('call', [1])).rejects.toThrow(UsageError);
  expect(() => instance.call('call', [1], { signal })).toThrow(UsageError);
  expect(() => {
    instance.reset({ signal });
  }).toThrow(UsageError);
});
