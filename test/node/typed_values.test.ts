/** What users do with values of generated types that the compiler lets through: lists of numbers, enums, live views. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Runtime } from '../../lib';
import { assemble } from './assemble';
import { type Judged, misjudged } from './type_checker';
import { generate } from './typed_guests';

/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-argument, @typescript-eslint/no-unsafe-return -- what is generated has no type here */

const text = `(module (memory (export "memory") 1)
  (data (i32.const 64) "\\07\\00\\00\\00\\01\\00\\00\\00\\02\\00\\00\\00\\05\\00\\00\\00")
  (func (export "mean") (param i32 i32) (result f64)
    (f64.div
      (f64.add (f64.load (local.get 0)) (f64.load offset=8 (local.get 0)))
      (f64.convert_i32_u (local.get 1))))
  (func (export "second") (param i32 i32) (result i32) (i32.load8_u offset=1 (local.get 0)))
  (func (export "next") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func (export "item") (result i32) (i32.const 64))
  (func (export "id") (param i32) (result i32) (i32.load (local.get 0))))`;
const list = (type: string): object[] => [
  { name: 'list', type },
  { name: 'count', type: 'u32' },
];
const description = {
  version: 1,
  types: {
    state: { kind: 'enum', of: 'i32', values: { LOW: -1, IDLE: 0, RUN: 5, GO: 5 } },
    pair: { kind: 'struct', size: 8, align: 4, fields: fields('a', 'b') },
    item: {
      ...{ kind: 'struct', size: 16, align: 4 },
      fields: [
        { name: 'id', at: 0, type: 'i32' },
        { name: 'pair', at: 4, type: 'pair' },
        { name: 'tail', at: 4, type: 'i32[3]' },
      ],
    },
  },
  functions: {
    mean: { params: list('const f64*'), result: 'f64' },
    second: { params: list('const u8*'), result: 'i32' },
    next: { params: [{ name: 'now', type: 'state' }], result: 'state' },
    item: { params: [], result: 'item*' },
    id: { params: [{ name: 'of', type: 'const item*' }], result: 'i32' },
  },
};
function fields(...names: string[]): object[] {
  return names.map((name, i) => ({ name, at: 4 * i, type: 'i32' }));
}

const folder = mkdtempSync(join(tmpdir(), 'wembed-values-'));
const file = join(folder, 'app.wasm');
const runtime = new Runtime({ log: () => undefined });
let types: any, app: any, declarations: string;
beforeAll(async () => {
  const describe = join(folder, 'app.json');
  writeFileSync(file, await assemble(text));
  writeFileSync(describe, JSON.stringify(description));
  ({ exports: types, declarations } = generate(file, { describe }));
  app = types.load(runtime, file).instantiate({ heapSize: 65536 });
});
afterAll(() => {
  app.close();
  runtime.close();
  rmSync(folder, { recursive: true });
});

test('what is only read is a list or a typed array', () => {
  expect(app.exports.mean([1, 2], 2)).toBe(1.5);
  expect(app.exports.mean(Float64Array.of(1, 2), 2)).toBe(1.5);
  expect(app.exports.second([7, 8], 2)).toBe(8);
  expect(app.exports.second(Uint8Array.of(7, 8), 2)).toBe(8);
  expect(app.exports.second(new Uint8Array([0, 7, 8, 9]).subarray(1), 3)).toBe(8);
  expect(app.exports.second(Float64Array.of(7, 8), 2)).toBe(8);
  const lines: Judged[] = [
    [true, 'e.mean([1, 2], 2); e.mean(Float64Array.of(1), 1);'],
    [true, 'e.second(Uint8Array.of(1), 1); e.second(Buffer.from("x"), 1);'],
    [false, 'e.mean("12", 2);'],
    [false, 'e.mean(BigInt64Array.of(1n), 1);'],
    [false, 'e.second(Float64Array.of(1), 1);'],
  ];
  const head = "import type { Exports } from './app';\ndeclare const e: Exports;\n";
  expect(misjudged(declarations, head, lines)).toEqual([]);
});

test('enums have names by their values, as the compiler takes them to', () => {
  const { state } = types;
  expect([state.LOW, state.IDLE, state.RUN, state.GO]).toEqual([-1, 0, 5, 5]);
  expect([state[-1], state[0], state[5], state[6]]).toEqual(['LOW', 'IDLE', 'GO', undefined]);
  expect(state[app.exports.next(-1)]).toBe('IDLE');
});

test('a live view is listed, spread, compared and shown as what is there', () => {
  const view = types.item.at(app.memory, app.exports.item());
  const plain = { id: 7, pair: { a: 1, b: 2 }, tail: [1, 2, 5] };
  expect(view).toEqual(plain);
  expect(Object.keys(view)).toEqual(['id', 'pair', 'tail']);
  expect({ ...view.pair }).toEqual({ a: 1, b: 2 });
  expect([...view.tail, ...Object.values(view.tail)]).toEqual([1, 2, 5, 1, 2, 5]);
  expect(inspect(view)).toBe(inspect(plain));
  expect(inspect(view.tail)).toBe('[ 1, 2, 5 ]');
  expect(JSON.stringify(view)).toBe(JSON.stringify(plain));
  expect('pair' in view && !('other' in view)).toBe(true);
  expect(app.exports.id({ ...view, id: 8 })).toBe(8);
  Object.assign(view.pair, { b: 3 });
  expect(view.tail.map((value: number) => value * 2)).toEqual([2, 6, 10]);
  expect(() => {
    view.other = 1;
  }).toThrow('item has no field other');
  expect(() => {
    delete view.id;
  }).toThrow(TypeError);
});

test('a live view that cannot be read is shown all the same', () => {
  const other = types.load(runtime, file).instantiate();
  const view = types.item.at(other.memory, other.exports.item());
  const { tail } = view;
  other.close();
  expect(() => view.id).toThrow('the instance is closed');
  expect(inspect(view)).toBe('item (the instance is closed)');
  expect(inspect(tail)).toMatch(/\(the instance is closed\)$/);
});
