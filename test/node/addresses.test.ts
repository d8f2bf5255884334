/** Offsets as 32-bit guests give them, which are signed, and buffers in the place of offsets. */
import {
  type Instance,
  Runtime,
  UsageError,
  addBytes,
  advance,
  cstring,
  distance,
  f32,
  fieldAt,
  i32,
  offset,
  struct,
  u8,
} from '../../lib';
import { assemble } from './assemble';

const text = `(module
  (import "env" "see" (func $see (param i32)))
  (memory (export "memory") 32770 32770)
  (data (i32.const 0) "low")
  (func (export "high") (result i32) (i32.const 0x80000010))
  (func (export "tell") (call $see (i32.const 0x80000010)))
  (func (export "same") (param i32) (result i32) (local.get 0))
  (func (export "wide") (param f64) (result f64) (local.get 0)))`;

const runtime = new Runtime();
let instance: Instance;
let seen: string[] = [];

beforeAll(async () => {
  const module = runtime.load(await assemble(text));
  instance = module.instantiate({
    heapSize: 65536,
    imports: {
      env: {
        see: (caller, at) => {
          caller.write(i32, at, 7);
          seen.push(String(caller.read(i32, at)), caller.readString(at, 1));
          seen.push(String(caller.view(u8, at, 1)[0]));
          const { memory } = caller.dataAndMemory();
          seen.push(String(memory.readBytes(at, 1)[0]));
        },
      },
    },
  });
});
afterAll(() => runtime.close());

test('an offset beyond 2 GiB is one everywhere', () => {
  const { memory } = instance;
  const at = instance.exports['high']?.() as number;
  expect(at).toBe(-0x7ffffff0);
  const real = 0x80000010;
  memory.writeBytes(at, Uint8Array.of(65, 66, 67, 0));
  expect([...memory.readBytes(real, 4)]).toEqual([65, 66, 67, 0]);
  expect(memory.readString(at)).toBe('ABC');
  expect(memory.readString(at, 2)).toBe('AB');
  memory.write(i32, at, 5);
  expect(memory.read(i32, at)).toBe(5);
  expect(memory.view(i32, at, 1)[0]).toBe(5);
  memory.write(cstring, at, 'text');
  expect(memory.read(cstring, at)).toBe('text');
  expect(instance.validateAppAddr(at, 4)).toBe(true);
  expect(instance.validateAppString(at)).toBe(true);
  expect(instance.addrAppToNative(at)).toBe(instance.addrAppToNative(real));
  expect(instance.appAddrRange(at)).toEqual(instance.appAddrRange(real));
  expect(() => {
    instance.free(at);
  }).not.toThrow();
});

test('in host functions too', () => {
  seen = [];
  instance.exports['tell']?.();
  expect(seen).toEqual(['7', '\u0007', '7', '7']);
});

test('arithmetic with offsets of the guest’s', () => {
  const at = offset(f32, -0x7ffffff0);
  expect(at).toBe(0x80000010);
  // As a typed export gives it.
  const given = -0x7ffffff0 as typeof at;
  expect(advance(f32, given, 2)).toBe(0x80000018);
  expect(addBytes(given, -16)).toBe(0x80000000);
  expect(distance(f32, given, offset(f32, 0x80000018))).toBe(2);
  const point = struct({ x: f32, y: f32 });
  expect(fieldAt(point, given as never, 'y')).toBe(0x80000014);
  expect(() => advance(f32, offset(f32, 4), -2)).toThrow(RangeError);
});

test('what is no offset is none', () => {
  const { memory } = instance;
  for (const at of [-0x80000001, 0.5, NaN, 2 ** 60, -1n]) {
    expect(() => memory.readBytes(at, 1)).toThrow(UsageError);
  }
});

test('a buffer as an argument is its offset', () => {
  const { same, wide } = instance.exports;
  const buffer = instance.malloc(f32, 3);
  const at: number = buffer.offset;
  expect(same?.(buffer)).toBe(at | 0);
  expect(wide?.(buffer)).toBe(at);
  expect(instance.call('same', [buffer])).toBe(at | 0);
  expect(Number(buffer)).toBe(at);
  const name = instance.dup('name');
  expect(String(name)).toBe('name');
  instance.free(buffer);
  instance.free(name);
  expect(() => same?.(buffer)).toThrow(/buffer was freed/);
  expect(() => buffer.offset).toThrow(UsageError);
});
