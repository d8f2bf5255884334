import {
  addBytes,
  advance,
  array,
  chars,
  cstring,
  distance,
  f32,
  f64,
  fieldAt,
  i16,
  i32,
  i64,
  i8,
  offset,
  offset64,
  pointer,
  pointer64,
  reinterpret,
  struct,
  u16,
  u32,
  u64,
  u8,
} from '../../lib';

const view = (): DataView => new DataView(new ArrayBuffer(256));

test.each([
  [i8, 1, -128],
  [u8, 1, 255],
  [i16, 2, -32768],
  [u16, 2, 65535],
  [i32, 4, -2147483648],
  [u32, 4, 4294967295],
  [f32, 4, 1.5],
  [f64, 8, 0.1],
])('$name', (layout, size, value) => {
  const memory = view();
  layout.write(memory, 3, value);
  expect(layout.read(memory, 3)).toBe(value);
  expect([layout.size, layout.align]).toEqual([size, size]);
});

test('64-bit integers', () => {
  const memory = view();
  i64.write(memory, 1, -5n);
  expect(i64.read(memory, 1)).toBe(-5n);
  expect(u64.read(memory, 1)).toBe(2n ** 64n - 5n);
});

test('structs are laid out as C does it', () => {
  const inner = struct({ a: u8, b: f64 });
  const outer = struct({ tag: u8, inner, count: u16, list: array(i32, 3), last: u8 });
  expect(inner.offsets).toEqual({ a: 0, b: 8 });
  expect([inner.size, inner.align]).toEqual([16, 8]);
  expect(outer.offsets).toEqual({ tag: 0, inner: 8, count: 24, list: 28, last: 40 });
  expect([outer.size, outer.align]).toEqual([48, 8]);
  const memory = view();
  const value = { tag: 1, inner: { a: 2, b: 0.5 }, count: 3, list: [4, 5, 6], last: 7 };
  outer.write(memory, 4, value);
  expect(outer.read(memory, 4)).toEqual(value);
  expect(memory.getInt32(4 + 28 + 4, true)).toBe(5);
});

test('arrays', () => {
  const list = array(u16, 3);
  const memory = view();
  list.write(memory, 0, [1, 2, 3]);
  list.write(memory, 0, [9]);
  expect(list.read(memory, 0)).toEqual([9, 2, 3]);
  expect(() => {
    list.write(memory, 0, [1, 2, 3, 4]);
  }).toThrow(RangeError);
});

test('strings', () => {
  const memory = view();
  cstring.write(memory, 10, 'héllo');
  expect(cstring.read(memory, 10)).toBe('héllo');
  const name = chars(6);
  name.write(memory, 40, 'abcde');
  expect(name.read(memory, 40)).toBe('abcde');
  expect(() => {
    name.write(memory, 40, 'abcdef');
  }).toThrow(RangeError);
  memory.setUint8(45, 65);
  expect(name.read(memory, 40)).toBe('abcdeA');
});

test('pointers', () => {
  const memory = view();
  const node = struct({ value: i32, next: pointer(i32) });
  node.write(memory, 0, { value: 1, next: offset(i32, 0xfffffff0) });
  expect(node.read(memory, 0).next).toBe(0xfffffff0);
  const wide = pointer64(f64);
  wide.write(memory, 16, offset64(f64, 2n ** 40n));
  expect(wide.read(memory, 16)).toBe(2n ** 40n);
});

test('arithmetic', () => {
  const at = offset(f64, 64);
  expect(advance(f64, at, 3)).toBe(88);
  expect(advance(f64, at, -1)).toBe(56);
  expect(addBytes(at, 4)).toBe(68);
  expect(distance(f64, at, advance(f64, at, 5))).toBe(5);
  const far = offset64(f64, 2n ** 40n);
  expect(advance(f64, far, 2)).toBe(2n ** 40n + 16n);
  expect(distance(f64, far, advance(f64, far, -2))).toBe(-2);
  const point = struct({ x: f32, y: f32 });
  expect(fieldAt(point, offset(point, 100), 'y')).toBe(104);
  expect(fieldAt(point, offset64(point, 100n), 'y')).toBe(104n);
  expect(reinterpret(u8, at)).toBe(64);
});
