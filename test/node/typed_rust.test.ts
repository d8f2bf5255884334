/** Typed callers of a module compiled by Rust, as its debugging information has C's types. */
import { resolve } from 'node:path';
import { Runtime, Trap } from '../../lib';
import { generate } from './typed_guests';

/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-argument -- what is generated has no type here; ten_modules.test.ts has */

const file = resolve(__dirname, '../debug/prebuilt/geometry.wasm');
const runtime = new Runtime({ log: () => undefined });
const { found, exports: types } = generate(file);
let app: any;
let calls: any;

beforeAll(() => {
  app = types.load(runtime, file).instantiate();
  calls = app.exports;
});
afterAll(() => {
  runtime.close();
});

test('scalars and enums', () => {
  expect(calls.add(-5, 65535, 2n ** 40n)).toBe(2n ** 40n + 65530n);
  expect(() => calls.add(128, 0, 0n)).toThrow(/a has to be a whole number from -128 to 127/);
  expect(calls.negate(true)).toBe(false);
  expect(calls.next_color(types.geometry_Color.Red)).toBe(5);
  expect(calls.warmer({ __0: 20 }, 1.5)).toEqual({ __0: 21.5 });
});

test('references: those that are shared take objects, the others change what is there', () => {
  expect(calls.length({ x: 3, y: 4 })).toBe(25);
  expect(
    calls.sum(
      [
        { x: 1, y: 2 },
        { x: 3, y: 4 },
      ],
      2,
    ),
  ).toBe(10);
  expect(() => calls.move_by({ x: 1, y: 2 }, 1, 1)).toThrow(TypeError);
  const shape = types.geometry_Shape.at(app.memory, calls.shape_now());
  calls.move_by(shape.origin, 1, 2);
  expect([shape.origin.x, shape.origin.y]).toEqual([8, 10]);
});

test('a struct as C lays it out, one as Rust does, and what is neither', () => {
  const shape = types.geometry_Shape.at(app.memory, calls.shape_now());
  expect(String.fromCharCode(...shape.name.slice(0, 5))).toBe('first');
  expect([shape.color, shape.visible, shape.count, shape.big]).toEqual([5, true, 2, -(2n ** 40n)]);
  expect([shape.grid[1][2], shape.number$.real, shape.next]).toEqual([6, 0.5, 0]);
  expect(types.geometry_Point.at(app.memory, shape.points).x).toBe(1);
  const own = types.geometry_Own.at(app.memory, calls.own_now());
  expect([own.small, own.wide, own.middle]).toEqual([1, 2n, 3]);
  expect(found.description.types['geometry_Either']?.kind).toBe('opaque');
  expect(found.description.types['geometry_Shape']).toMatchObject({
    size: 72,
    fields: expect.arrayContaining([
      { name: 'next', at: 60, type: 'const geometry_Shape*' },
      { name: 'callback', at: 64, type: 'geometry_Shape_callback' },
    ]) as unknown,
  });
});

test('functions, and lines of traps', () => {
  expect(calls.apply((a: number, b: number) => a * 10 + b, 4, 2)).toBe(42);
  expect(() => calls.divide(1, 0)).toThrow(Trap);
  expect(() => calls.divide(1, 0)).toThrow(
    expect.objectContaining({
      stack: expect.stringMatching(/inner \[inlined\] \(.*geometry\.rs:\d+.*\n.*divide /) as string,
    }) as Error,
  );
  expect(found.description.left).toEqual({
    blend: 'its types do not agree with (i32, f32, f32, f32, f32, f32) -> ()',
  });
});
