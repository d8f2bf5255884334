/** Modules with vectors run; a v128 does not cross into JavaScript, as its API says. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { inspect } from 'node:util';
import { type Instance, Runtime, UsageError } from '../../lib';
import { assemble } from './assemble';

const text = `(module
  (import "env" "turn" (func $turn (param v128) (result v128)))
  (import "env" "give" (func $give (result v128)))
  (import "env" "take" (func $take (param i32 v128)))
  (memory (export "memory") 1)
  (global (export "cell") (mut v128) (v128.const i32x4 1 2 3 4))
  (func (export "sum") (param i32) (result i32) (local v128)
    (local.set 1 (v128.load (local.get 0)))
    (i32.add (i32.add (i32x4.extract_lane 0 (local.get 1)) (i32x4.extract_lane 1 (local.get 1)))
      (i32.add (i32x4.extract_lane 2 (local.get 1)) (i32x4.extract_lane 3 (local.get 1)))))
  (func (export "put") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "takes") (param i32 v128) (result i32) (local.get 0))
  (func (export "gives") (param i32) (result i32 v128)
    (local.get 0) (v128.const i64x2 0 0))
  (func (export "turn") (drop (call $turn (v128.const i64x2 1 2))))
  (func (export "give") (drop (call $give)))
  (func (export "take") (call $take (i32.const 1) (v128.const i64x2 1 2))))`;

interface Functions {
  sum(at: number): number;
  put(at: number, value: number): void;
  takes(...values: unknown[]): number;
  gives(value: number): unknown;
  turn(): void;
  give(): void;
  take(): void;
}

describe.each([['mapped'], ['heap']] as const)('vectors, %s', (backend) => {
  let runtime: Runtime;
  let instance: Instance<Functions>;
  const host = jest.fn();

  beforeAll(async () => {
    runtime = new Runtime({ memory: { backend } });
    const env = { turn: host, give: host, take: host };
    instance = runtime.load(await assemble(text)).instantiate<Functions>({ imports: { env } });
  });
  afterAll(() => {
    runtime.close();
  });

  test('are computed with', () => {
    [1, 20, 300, 4000].forEach((value, i) => {
      instance.exports.put(16 + 4 * i, value);
    });
    expect(instance.exports.sum(16)).toBe(4321);
    expect(() => instance.exports.sum(65536 - 15)).toThrow('out of bounds memory access');
  });

  test('are no arguments and no results of exports', () => {
    const convert = jest.fn(() => 1);
    expect(() => instance.exports.takes({ valueOf: convert }, 0)).toThrow(TypeError);
    expect(() => instance.exports.gives(1)).toThrow(
      new TypeError('JavaScript cannot pass or take a value of type v128'),
    );
    expect(convert).not.toHaveBeenCalled();
  });

  test.each(['turn', 'give', 'take'] as const)('are not passed to or from hosts: %s', (name) => {
    let thrown: unknown;
    try {
      instance.exports[name]();
    } catch (error) {
      thrown = error;
    }
    expect((thrown as Error).cause).toBeInstanceOf(TypeError);
    expect(host).not.toHaveBeenCalled();
  });

  test('stay in their globals', () => {
    const cell = instance.global('cell');
    expect(cell.type).toBe('v128');
    expect(() => cell.value).toThrow(TypeError);
    expect(() => {
      cell.value = 1;
    }).toThrow(TypeError);
    expect(inspect(cell)).toBe('Global (mutable v128)');
  });

  test('can be switched off', async () => {
    const bytes = await assemble(text);
    expect(() => runtime.load(bytes, { without: ['relaxedSimd', 'simd'] })).toThrow(
      'v128 value type requires simd feature; the module needs SIMD, which is switched off for this load',
    );
    runtime.load(bytes, { without: ['relaxedSimd'] }).close();
    expect(() => runtime.load(bytes, { without: ['sims'] as never })).toThrow(/without/);
    expect(() => runtime.load(bytes, { without: 'simd' as never })).toThrow(UsageError);
  });

  test('are no value for an import', async () => {
    const wants = runtime.load(await assemble('(module (import "env" "g" (global v128)))'));
    expect(() => wants.instantiate({ imports: { env: { g: 1 } } })).toThrow(
      /import "env" "g": wanted .*v128, got number/,
    );
  });
});

/** The codec of playwright-core, made by emscripten with SIMD: both engines give the same bytes. */
describe('a codec for images', () => {
  interface Codec {
    g(): void;
    /** Encodes: pixels, width, height, quality, lossless, where the size goes. */
    h(at: number, w: number, h: number, quality: number, lossless: number, size: number): number;
    /** Decodes: bytes, length, where width and height go. */
    i(at: number, length: number, width: number, height: number): number;
    k(bytes: number): number;
  }

  interface Engine {
    codec: Codec;
    write(at: number, bytes: Uint8Array): void;
    read(at: number, bytes: number): Uint8Array;
  }

  const path = resolve(__dirname, '../../node_modules/playwright-core/lib/webp_codec.wasm');
  const bytes = readFileSync(path);
  const host = (): number => 0;
  const a = { a: host, b: host, c: host, d: host, e: host };

  function inV8(): Engine {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { a });
    const { buffer } = exports.f as WebAssembly.Memory;
    return {
      codec: exports as unknown as Codec,
      write: (at, data) => {
        new Uint8Array(buffer).set(data, at);
      },
      read: (at, length) => new Uint8Array(buffer).slice(at, at + length),
    };
  }

  function inWembed(runtime: Runtime): Engine {
    const { exports, memory } = runtime.load(bytes).instantiate<Codec>({ imports: { a } });
    return {
      codec: exports,
      write: (at, data) => {
        memory.writeBytes(at, data);
      },
      read: (at, length) => memory.readBytes(at, length),
    };
  }

  const width = 96;
  const height = 64;
  const pixels = Uint8Array.from({ length: width * height * 4 }, (_, i) => {
    const x = (i >> 2) % width;
    const y = Math.floor((i >> 2) / width);
    return i % 4 === 3 ? 255 : (x * y * (1 + (i % 4)) + ((x ^ y) << (i % 4))) & 255;
  });

  /** Encoded, and decoded again. */
  function run(engine: Engine, lossless: number): [Uint8Array, Uint8Array] {
    const { codec } = engine;
    codec.g();
    const at = codec.k(pixels.length);
    const numbers = codec.k(16);
    engine.write(at, pixels);
    const image = codec.h(at, width, height, 80, lossless, numbers);
    const size = new Uint32Array(engine.read(numbers, 4).buffer)[0] ?? 0;
    const encoded = engine.read(image, size);
    const decoded = engine.read(codec.i(image, size, numbers + 4, numbers + 8), pixels.length);
    return [encoded, decoded];
  }

  test.each([0, 1])('lossless: %i', (lossless) => {
    using runtime = new Runtime();
    const [encoded, decoded] = run(inWembed(runtime), lossless);
    expect(encoded.length).toBeGreaterThan(100);
    expect([encoded, decoded]).toEqual(run(inV8(), lossless));
    const isSame = decoded.every((byte, i) => byte === pixels[i]);
    expect(isSame).toBe(lossless === 1);
  });
});
