/** Typed callers of programs that AssemblyScript compiled: what is passed arrives, both ways. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Managed, Runtime, assemblyScript } from '../../lib';
import { emitC } from '../../lib/types/emit_c';
import { assemble } from './assemble';
import { compileObjects } from './assembly_script_guest';
import { folder, generate } from './typed_guests';
import { type Judged, misjudged } from './type_checker';

/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-return -- what is generated has no type here */

const root = join(__dirname, '../..');
const runtime = new Runtime({ log: () => undefined });

function open(file: string): { app: any; exports: any; log: unknown[] } {
  const { exports: types } = generate(file);
  const log: unknown[] = [];
  const app = types.load(runtime, file).instantiate({
    imports: {
      env: assemblyScript(),
      host: {
        log: (_caller: unknown, message: string) => log.push(message),
        ask: (_caller: unknown, names: string[]) => names.join('+'),
      },
    },
  });
  return { app, exports: app.exports, log };
}

afterAll(() => {
  runtime.close();
});

// The three runtimes of AssemblyScript's, and its optimizer.
const variants = [
  ['--runtime', 'incremental'],
  ['--runtime', 'incremental', '-O3'],
  ['--runtime', 'minimal', '-Os'],
  ['--runtime', 'stub', '--debug'],
];

describe.each(variants)('%s %s', (...options) => {
  let app: any;
  let exports: any;
  let log: unknown[];
  beforeAll(() => {
    ({ app, exports, log } = open(compileObjects(...options)));
  });

  test('text, also without a character of its own', () => {
    expect(exports.greet('größer 😀')).toBe('Hello, größer 😀!');
    expect(exports.greet('\ud800')).toBe('Hello, \ud800!');
    expect(exports.greet('')).toBe('Hello, !');
    expect(exports.maybe(null)).toBeNull();
    expect(exports.maybe('text')).toBe('text');
    expect(() => exports.greet(null)).toThrow('greet: name has to be text');
    expect(() => exports.maybe(1)).toThrow('maybe: text has to be text, or null');
  });

  test('lists and typed arrays', () => {
    expect(exports.sum([1, 2, 3])).toBe(6);
    expect(exports.sum(Int32Array.of(4, 5))).toBe(9);
    expect(exports.sum([])).toBe(0);
    expect(exports.doubled([1.5, 2])).toEqual(Float64Array.of(3, 4));
    expect(new Uint8Array(exports.bytes(Uint8Array.of(1, 2, 3)))).toEqual(Uint8Array.of(2, 3));
    expect(exports.fixed([65534, 3])).toEqual([65535, 3]);
    expect(exports.sorted(['b', 'a'])).toEqual(['a', 'b', 'zoe']);
    expect(exports.grid([[1, 2], []])).toEqual([[1, 2], [], [2]]);
    expect(exports.wide([1n, 2n ** 64n - 1n])).toBe(2n ** 64n - 1n);
    expect(exports.flags([true, false])).toEqual([false, true]);
    expect(() => exports.sum([1, 2.5])).toThrow(/sum: list\[1\] has to be a whole number/);
    expect(() => exports.sum('123')).toThrow('sum: list has to be a list');
  });

  test('objects are held where they are, and live', () => {
    using point = exports.make(3, 'p');
    expect(point).toBeInstanceOf(Managed);
    expect({ ...point.value }).toEqual({
      ...{ id: 7, x: 3, y: 0, flag: true, small: -3, big: 5n },
      ...{ next: null, name: 'p', tags: ['a'] },
    });
    point.value.y = 4;
    expect(exports.length(point)).toBe(5);
    point.value.small = -128;
    expect(point.value.small).toBe(-128);
    expect(() => (point.value.small = 128)).toThrow(TypeError);
    expect(() => (point.value.name = 'q')).toThrow('name refers to an object: the guest sets it');
    exports.keep(point);
    using same = exports.last();
    expect(same.offset).toBe(point.offset);
    exports.keep(null);
    expect(exports.last()).toBeNull();
  });

  test('objects of the host are made for a call', () => {
    const plain = {
      ...{ id: 1, x: 6, y: 8, flag: false, small: 0, big: 2n ** 63n },
      ...{ next: null, name: 'made', tags: ['x', 'y'] },
    };
    expect(exports.length(plain)).toBe(10);
    exports.keep(plain);
    exports.churn(2000);
    using kept = exports.last();
    expect({ ...kept.value }).toEqual(plain);
    exports.keep(null);
    expect(() => exports.length({ ...plain, x: '6' })).toThrow('length: p.x has to be a number');
    expect(() => exports.length(null)).toThrow('length: p has to be an object');
  });

  test('references to others, lists of objects, and what nothing is known of', () => {
    using first = exports.chain(3);
    using second = first.value.next;
    expect([first.value.x, second.value.x]).toEqual([2, 1]);
    const both = exports.points();
    expect(both.map((each: any) => each.value.name)).toEqual(['one', 'two']);
    for (const each of both) each.close();
    using table = exports.table();
    expect(exports.put(table, 'b', 2)).toBe(2);
    expect(() => table.value).toThrow('nothing is known of what is in opaque');
    expect(exports.color(0)).toBe(5);
  });

  test('what is held outlives collections; what is closed cannot be used', () => {
    const held = Array.from({ length: 50 }, (_, i) => exports.make(i, `point ${i}`));
    exports.churn(5000);
    app.instance.exports.__collect?.();
    held.forEach((each, i) => {
      expect([each.value.x, each.value.name]).toEqual([i, `point ${i}`]);
      each.close();
      expect(() => each.value).toThrow('the object is closed');
      expect(() => exports.length(each)).toThrow('the object is closed');
    });
  });

  test('imports get and give the same', () => {
    expect(exports.tell()).toBe('one+two');
    expect(log).toContain('asked');
  });

  test('objects belong to their instance', () => {
    const other = open(compileObjects(...options));
    using point = other.exports.make(1, 'other');
    expect(() => exports.length(point)).toThrow('length: p is an object of another instance');
    other.app.close();
    expect(point.closed).toBe(true);
  });
});

test('memory is not eaten by what calls pass', () => {
  const { app, exports } = open(compileObjects('--runtime', 'incremental', '-O3'));
  const big = 'x'.repeat(10_000);
  for (let i = 0; i < 3000; i++) expect(exports.greet(big)).toHaveLength(10_008);
  expect(app.memory.size).toBeLessThan(8 << 20);
  app.close();
});

test('lengths that a guest makes up are refused, not followed', async () => {
  const file = join(folder, 'hostile.wasm');
  // Lists of 2^32 - 1 elements, text of 2^32 - 1 bytes, an object before the memory.
  writeFileSync(
    file,
    await assemble(`(module (memory (export "memory") 1)
      (data (i32.const 56) "\\02\\00\\00\\00\\ff\\ff\\ff\\ff\\00\\00\\00\\00\\00\\00\\00\\00\\ff\\ff\\ff\\ff\\ff\\ff\\ff\\ff")
      (func (export "text") (result i32) (i32.const 64))
      (func (export "list") (result i32) (i32.const 64))
      (func (export "texts") (result i32) (i32.const 64))
      (func (export "view") (result i32) (i32.const 64))
      (func (export "early") (result i32) (i32.const 4))
      (func (export "object") (result i32) (i32.const 64)))`),
  );
  const managed = (as: string, more = {}): object => ({ kind: 'managed', as, id: 2, ...more });
  const describe = join(folder, 'hostile.json');
  const result = (type: string): object => ({ params: [], result: type });
  writeFileSync(
    describe,
    JSON.stringify({
      version: 1,
      types: {
        Text: managed('string'),
        List: managed('array', { element: 'i32' }),
        Texts: managed('array', { element: 'Text' }),
        View: managed('view', { element: 'f64' }),
        Point: managed('class', { size: 8, fields: [{ name: 'x', at: 0, type: 'f64' }] }),
      },
      functions: {
        ...{ text: result('Text'), list: result('List'), texts: result('Texts') },
        ...{ view: result('View'), early: result('Text'), object: result('Point') },
      },
      imports: {},
    }),
  );
  const { exports: types } = generate(file, { describe });
  const { exports } = types.load(runtime, file).instantiate();
  for (const name of ['text', 'list', 'texts', 'view', 'early']) {
    expect(() => exports[name]()).toThrow(RangeError);
  }
  expect(() => exports.object()).toThrow(
    'objects cannot be passed: the module exports no __pin (asc: --exportRuntime)',
  );
});

describe('without the transform', () => {
  const compile = (): string => compileObjects('--plain', '--runtime', 'incremental');

  test('functions have the types of WebAssembly, and the module says why', () => {
    const { found, declarations } = generate(compile());
    expect(found.description.functions['greet']?.params).toEqual([{ name: 'p0', type: 'i32' }]);
    expect(found.notes).toEqual([expect.stringMatching(/^AssemblyScript leaves no types of func/)]);
    expect(declarations).not.toContain('Class');
  });

  test('its classes are there by their numbers, as those that the transform writes', () => {
    const { offered } = generate(compile()).found;
    const { description } = generate(compileObjects('--runtime', 'incremental')).found;
    const known = Object.values(description.types).filter((type) => type.kind === 'managed');
    const simple = known.filter(
      ({ as, element = '' }) => as !== 'class' && !/^[A-Z]|^bool$/.test(element) && as !== 'opaque',
    );
    expect(simple.length).toBeGreaterThan(5);
    for (const { as, id, element } of simple) {
      expect(Object.values(offered)).toContainEqual({
        ...{ kind: 'managed', as, id },
        ...(element !== undefined && { element }),
      });
    }
    expect(offered['String']).toEqual({ kind: 'managed', as: 'string', id: 2 });
    expect(Object.keys(offered)).toContain('Object');
  });

  test('a description says who takes and gives them', () => {
    const file = compile();
    const { found } = generate(file);
    const describe = join(folder, 'plain.json');
    const { functions } = found.description;
    const greet = { params: [{ name: 'name', type: 'String' }], result: 'String' };
    const sum = { params: [{ name: 'list', type: 'Array_i32' }], result: 'i32' };
    const described = { ...found.description, types: found.offered };
    writeFileSync(
      describe,
      JSON.stringify({ ...described, functions: { ...functions, greet, sum } }),
    );
    const { exports: types } = generate(file, { describe });
    const imports = { env: assemblyScript(), host: { log: () => undefined, ask: () => 0 } };
    const { exports } = types.load(runtime, file).instantiate({ imports });
    expect(exports.greet('größer')).toBe('Hello, größer!');
    expect(exports.sum([1, 2, 3])).toBe(6);
  });

  test('made-up information is not followed', async () => {
    const open = async (text: string): Promise<unknown> => {
      const file = join(folder, 'made_up.wasm');
      writeFileSync(file, await assemble(text));
      return generate(file).found.offered;
    };
    const module = (base: string, data: string): string => `(module (memory (export "memory") 1)
      (global (export "__rtti_base") i32 ${base}) (func (export "__new") (result i32) i32.const 0)
      (data (i32.const 16) "${data}"))`;
    expect(await open(module('(i32.const 16)', '\\ff\\ff\\ff\\ff'))).toEqual({});
    expect(await open(module('(i32.const 16)', '\\04\\00\\00\\00\\00\\00\\00\\00'))).toEqual({});
    expect(await open(module('(i32.const -4)', '\\04'))).toEqual({});
    expect(await open(module('(i32.const 12)', '\\04'))).toEqual({});
  });
});

describe('TypeScript', () => {
  test('the compiler refuses what does not fit', () => {
    const { declarations } = generate(compileObjects('--runtime', 'incremental'));
    const lines: Judged[] = [
      [true, 'const s: string = e.greet("a"); const n: string | null = e.maybe(null);'],
      [true, 'e.sum([1, 2]); e.sum(Int32Array.of(1)); e.wide([1n]); e.flags([true]);'],
      [true, 'const d: Float64Array = e.doubled([1]); const g: number[][] = e.grid([[1]]);'],
      [
        true,
        'const p: Managed<Point> = e.make(1, "a"); const l: number = e.length(p); p.value.x = 2;',
      ],
      [true, 'const next: Managed<Point> | null = e.chain(1).value.next; e.keep(next);'],
      [true, 'const m = e.table(); e.put(m, "a", 1);'],
      [false, 'e.greet(null);'],
      [false, 'e.sum("12");'],
      [false, 'e.sum([1n]);'],
      [false, 'e.wide([1]);'],
      [false, 'e.length(null);'],
      [false, 'e.length({ x: 1 });'],
      [false, 'e.length(e.table());'],
      [false, 'e.make(1, "a").value.name = "b";'],
      [false, 'e.put(e.make(1, "a"), "a", 1);'],
    ];
    const head =
      "import type { Managed } from 'wembed';\nimport type { Exports, Point } from './app';\ndeclare const e: Exports;\n";
    expect(misjudged(declarations, head, lines)).toEqual([]);
  });
});

test('C has offsets of objects, and structs of what is in them', () => {
  const { found } = generate(compileObjects('--runtime', 'incremental'));
  const header = join(folder, 'objects.h');
  writeFileSync(header, emitC(found.description, found.file, 'objects.wasm'));
  for (const language of ['c', 'c++']) {
    const flags = ['-Wall', '-Wextra', '-Werror', '-Wno-unused-function', '-fsyntax-only'];
    execFileSync('cc', [...flags, `-I${join(root, 'include')}`, '-x', language, header]);
  }
  expect(readFileSync(header, 'utf8')).toMatch(/objects_Point \{\n {2}int32_t id;[^}]* double x;/);
});

test('the section is what the command reads from one file', () => {
  const file = compileObjects('--runtime', 'incremental');
  expect(readFileSync(file).includes('wembed.types')).toBe(true);
  expect(() => open(file).exports.sum([1], 2)).toThrow('sum takes 1 arguments, not 2');
});
