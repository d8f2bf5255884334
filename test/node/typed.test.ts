/** Round trips through typed callers, for every row of C's ABI, as compilers make it. */
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompileError, LinkError, Runtime, Trap, offsetOf } from '../../lib';
import { builds, compileAs, compileGuest, folder, generate, missing, strip } from './typed_guests';
import { trapOf } from './trap_of';
import { type Judged, misjudged } from './type_checker';

/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-argument, @typescript-eslint/no-unsafe-return -- what is generated has no type here; types.test.ts has */

const show = missing === '' ? describe : describe.skip;
if (missing !== '') console.log(`not looked at: ${missing}`);

const runtime = new Runtime({ log: () => undefined });

interface Made {
  app: any;
  types: any;
  log: unknown[];
}

/** An instance of a guest in C with its imports. */
function open(file: string, more = {}, options = {}): Made {
  const { exports: types } = generate(file, more);
  const log: unknown[] = [];
  const app = types.load(runtime, file).instantiate({
    heapSize: 65536,
    imports: {
      host: {
        log: (caller: any, at: number, length: number) => log.push(caller.readString(at, length)),
        scale: (_caller: any, value: number, by: number) => value * 2 + by,
        moved: (caller: any, at: number) => log.push(caller.readString === undefined ? '' : at),
      },
    },
    ...options,
  });
  return { app, types, log };
}

show('every row of the ABI', () => {
  test.each(builds)('%s %s', (form, flags) => {
    const guest = compileAs(form, 'shapes.c', flags);
    if (guest === undefined) return;
    const { app, types, log } = open(guest.file, { dwarf: guest.dwarf });
    const { exports } = app;
    expect(exports.negate(true)).toBe(false);
    expect(exports.add8(-100, -100)).toBe(56);
    expect(exports.add_u16(65535, 2)).toBe(1);
    expect(exports.add_u32(4294967295, 0)).toBe(4294967295);
    expect(exports.add64(-1n, 2n)).toBe(1n);
    expect(exports.add_u64(2n ** 64n - 1n, 0n)).toBe(2n ** 64n - 1n);
    expect(exports.addf(1.5, 2)).toBe(3.5);
    expect(exports.add_long(4294967295, 0)).toBe(4294967295);
    expect(exports.next_color(types.color.RED)).toBe(5);
    expect(exports.opposite(types.level.HIGH)).toBe(-1);
    expect(exports.nothing()).toBeUndefined();

    const shape = {
      name: 'square',
      color: types.color.BLUE,
      points: 0,
      count: 12,
      flags: 5,
      more: 17,
      delta: -7,
      u: { f: 0.5 },
      big: -(2n ** 40n),
      origin: { x: 2, y: 4 },
      callback: 0,
      next: 0,
      grid: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    };
    expect(exports.area(shape, 4)).toBe(600);
    exports.remember(shape);
    const now = types.shape_t.at(app.memory, exports.shape_now());
    expect(now.name).toBe('square');
    expect([now.flags, now.more, now.delta, now.big]).toEqual([5, 17, -7, -(2n ** 40n)]);
    expect(now.u.f).toBe(0.5);
    expect(JSON.parse(JSON.stringify(now.origin))).toEqual({ x: 2, y: 4 });
    expect(now.grid[1][2]).toBe(6);
    now.grid[1][2] = 9;
    now.flags = 2;
    now.delta = 31;
    now.origin = { x: 7, y: 8 };
    now.origin.y = 9;
    app.memory.grow(1);
    expect([now.grid[1][2], now.flags, now.more, now.delta, now.origin.x, now.origin.y]).toEqual([
      9, 2, 17, 31, 7, 9,
    ]);
    expect(exports.area(now, 4)).toBe(2100);
    expect(Object.keys(now)).toEqual(Object.keys(types.shape_t.fields));
    expect(offsetOf(now.origin)).toBe(Number(exports.shape_now()) + 48);

    expect(exports.blend({ x: 0, y: 10 }, { x: 4, y: 20 }, 0.5)).toEqual({ x: 2, y: 15 });
    const copy = exports.copy_shape(shape, 99);
    expect([copy.count, copy.name, copy.big]).toEqual([99, 'square', -(2n ** 40n)]);
    expect(exports.warmer({ degrees: 20 }, 1.5)).toEqual({ degrees: 21.5 });
    expect(exports.unwrap({ inner: { degrees: 3 } })).toBe(3);
    expect(exports.length('größer')).toBe(8);
    expect(exports.length(null)).toBe(0);
    using text = app.instance.dup('shout');
    expect(app.memory.readString(exports.upper(text))).toBe('SHOUT');
    expect(() => exports.upper('literal')).toThrow(
      /upper: text has to be an offset, a buffer or null/,
    );
    expect(types.point.at(app.memory, exports.corner(2)).x).toBe(5);
    expect(
      exports.sum_points(
        [
          { x: 1, y: 2 },
          { x: 3, y: 4 },
        ],
        2,
      ),
    ).toBe(10);
    expect(exports.raw_address(1024)).toBe(1024);

    const at = exports.corner(0);
    exports.move_by(at, 10, 20);
    expect(log).toEqual([at]);
    expect(types.point.at(app.memory, at).x).toBe(11);
    exports.move_by(types.point.at(app.memory, at), -10, -20);

    expect(exports.choose(1)(6, 7)).toBe(42);
    expect(exports.apply(exports.choose(0), 6, 7)).toBe(13);
    expect(exports.apply((a: number, b: number) => a - b, 6, 7)).toBe(-1);
    expect(
      exports.each_point(
        (index: number, point: number) => index * types.point.at(app.memory, point).x,
      ),
    ).toBe(3 + 2 * 5 + 3 * 7);
    using kept = app.pointer(types.operation, (a: number, b: number) => a * 100 + b);
    expect(exports.apply(kept.index, 4, 2)).toBe(402);
    exports.apply((a: number) => a, 1, 0);
    const { length } = app.instance.table('__indirect_function_table');
    for (let i = 0; i < 20; i++) exports.apply((a: number) => a, i, 0);
    expect(app.instance.table('__indirect_function_table').length).toBe(length);

    log.length = 0;
    expect(exports.greet('world')).toBe(4);
    expect(log).toEqual(['world']);
    expect(exports.renamed(41)).toBe(42);
    expect(exports.print_all).toBeInstanceOf(Function); // as wasm has it
    const stack = app.instance.global('__stack_pointer').value;
    exports.copy_shape(shape, 1);
    expect(app.instance.global('__stack_pointer').value).toBe(stack);
    expect(() => exports.divide(1, 0)).toThrow(Trap);
    app.close();
  });

  test('without a stack pointer the allocator or the heap is used, and all of it freed', () => {
    const { app } = open(compileGuest('shapes.c', { bare: true }));
    const before = app.instance.inspect().memories[0].heap.used;
    expect(app.exports.blend({ x: 0, y: 10 }, { x: 4, y: 20 }, 0.5)).toEqual({ x: 2, y: 15 });
    expect(app.exports.length('text')).toBe(4);
    expect(app.instance.inspect().memories[0].heap.used).toBe(before);
    expect(() => app.exports.apply((a: number) => a, 1, 2)).toThrow(
      /exports no table of functions/,
    );
    app.close();
  });

  test('addresses of 64 bits', () => {
    const { app, types, log } = open(compileGuest('shapes.c', { wide: true }));
    const { exports } = app;
    expect(exports.blend({ x: 0, y: 10 }, { x: 4, y: 20 }, 0.5)).toEqual({ x: 2, y: 15 });
    expect(exports.add_long(2n ** 40n, 1n)).toBe(2n ** 40n + 1n);
    expect(exports.length('größer')).toBe(8);
    const at = exports.shape_now();
    expect(typeof at).toBe('bigint');
    const shape = types.shape_t.at(app.memory, at);
    expect([shape.name, shape.next, shape.u.i, shape.grid[1][2]]).toEqual(['first', 0n, 42, 6]);
    expect(exports.copy_shape(shape, 5).count).toBe(5);
    exports.move_by(exports.corner(0), 1, 2);
    expect(log).toEqual([exports.corner(0)]);
    expect(exports.apply((a: number, b: number) => a - b, 6, 7)).toBe(-1);
    expect(exports.apply(exports.choose(1), 6, 7)).toBe(42);
    app.close();
  });

  test('values that C would not have are refused', () => {
    const { app } = open(compileGuest('shapes.c'));
    const { exports } = app;
    expect(() => exports.add8(128, 0)).toThrow(
      'add8: a has to be a whole number from -128 to 127, not 128',
    );
    expect(() => exports.add_u32(-1, 0)).toThrow(TypeError);
    expect(() => exports.add64(1, 2n)).toThrow('add64: a has to be a bigint of type i64, not 1');
    expect(() => exports.negate(1)).toThrow('negate: value has to be true or false, not 1');
    expect(() => exports.area('text', 1)).toThrow(TypeError);
    expect(() => exports.area(1)).toThrow('area takes 2 arguments, not 1');
    expect(() => exports.blend(1, 2, 3)).toThrow('blend: a has to be an object');
    expect(() => exports.apply('x', 1, 2)).toThrow('apply: op has to be a function or null');
    app.close();
  });
});

show('C++', () => {
  test.each(builds)('%s %s', (form, flags) => {
    const guest = compileAs(form, 'shapes.cpp', flags);
    if (guest === undefined) return;
    const { exports: types, declarations } = generate(guest.file, { dwarf: guest.dwarf });
    const app = types.load(runtime, guest.file).instantiate({ heapSize: 65536 });
    const { exports } = app;
    expect(exports.dot({ x: 1, y: 2 }, { x: 3, y: 4 })).toBe(11);
    expect(exports.next_mode(types.geometry_mode.fast)).toBe(200);
    const derived = types.geometry_derived.at(app.memory, exports.first_derived());
    expect(derived.base.id).toBe(4);
    expect(derived.at.y).toBe(2);
    exports._ZN8geometry5scaleERNS_3vecIfEEf(derived.at, 3);
    expect([derived.at.x, derived.at.y]).toEqual([3, 6]);
    using counter = app.instance.malloc(types.geometry_counter, 1, { value: 5 });
    expect(exports.counter_add(counter, 2)).toBe(7);
    expect(declarations).toContain('geometry::vec<float>');
    app.close();
  });
});

show('where types come from', () => {
  test('split files that are not there', () => {
    const file = compileGuest('shapes.c', { flags: ['-O1', '-gdwarf-5', '-gsplit-dwarf'] });
    expect(generate(file).found.notes).toEqual([]);
    rmSync(file.replace('.wasm', '.dwo'));
    const { found } = generate(file);
    expect(found.notes).toEqual([
      expect.stringMatching(
        /the split file .*\.dwo is not there: what it describes has plain types/,
      ),
    ]);
    expect(found.description.functions['area']?.result).toBe('f64');
  });

  test('a package of split files that is named', () => {
    const guest = compileAs('packaged', 'shapes.c', ['-O1', '-gdwarf-5']);
    if (guest === undefined) return;
    const elsewhere = join(folder, 'elsewhere.dwp');
    renameSync(`${guest.file}.dwp`, elsewhere);
    expect(generate(guest.file).found.notes).toHaveLength(1);
    const { found } = generate(guest.file, { dwarf: elsewhere });
    expect(found.notes).toEqual([]);
    expect(found.description.types['shape_t']).toMatchObject({ kind: 'struct', size: 72 });
  });

  test('nothing but the module', () => {
    const { found, exports: types } = generate(strip(compileGuest('shapes.c')));
    expect(found.notes).toEqual([
      'there is no debugging information: types are those of WebAssembly',
    ]);
    expect(found.description.functions['area']).toEqual({
      params: [
        { name: 'p0', type: 'i32' },
        { name: 'p1', type: 'i32' },
      ],
      result: 'f64',
    });
    expect(Object.keys(types)).toEqual(['load']);
  });

  test('a module that is another one is refused, with what differs', () => {
    const { exports: types } = generate(compileGuest('shapes.c'));
    expect(() =>
      types.load(runtime, compileGuest('shapes.c', { flags: ['-O0', '-gdwarf-5'] })),
    ).toThrow(LinkError);
    expect(() => types.load(runtime, compileGuest('shapes.cpp'))).toThrow(
      /area \(i32, i32\) -> \(f64\): is not exported/,
    );
    const other = types.load(runtime, compileGuest('shapes.c', { flags: ['-O0', '-gdwarf-5'] }), {
      anyBuild: true,
    });
    other.module.close();
  });

  test('varargs and 128-bit integers have no typed caller', () => {
    const { found } = generate(compileGuest('shapes.c'));
    expect(found.description.left).toEqual({
      print_all: 'it takes any number of arguments',
      wide: expect.stringMatching(/16 bytes is not passed/) as string,
    });
  });
});

show('lines of traps', () => {
  test.each([
    ['-O2', '-gdwarf-4'],
    ['-O2', '-gdwarf-5'],
  ])('%s %s', (...flags) => {
    const { app } = open(compileGuest('shapes.c', { flags }));
    const trap = trapOf(() => app.exports.divide(1, 0));
    const source = readFileSync(join(__dirname, '../debug/shapes.c'), 'utf8').split('\n');
    const [frame] = trap.wasmStack;
    const [inner, outer] = frame?.places ?? [];
    expect(inner).toMatchObject({ function: 'helper', inlined: true });
    expect(outer).toMatchObject({ function: 'divide', inlined: false });
    expect(source[(inner?.line ?? 0) - 1]).toContain('__builtin_trap');
    expect(source[(outer?.line ?? 0) - 1]).toContain('int divide(');
    const [, first, second] = trap.stack?.split('\n') ?? [];
    expect(first).toMatch(/^ {4}at helper \[inlined\] \(.*\/test\/debug\/shapes\.c:\d+:\d+\)$/);
    expect(second).toMatch(/^ {4}at divide \(.*\/test\/debug\/shapes\.c:\d+:\d+\)$/);
    app.close();
  });

  test('a debug twin says them of a module that is stripped', () => {
    const file = compileGuest('shapes.c');
    const { exports: types } = generate(strip(file), { dwarf: file });
    const log = (): void => undefined;
    const imports = { host: { log, scale: () => 0, moved: log } };
    const module = types.load(runtime, strip(file), { debug: readFileSync(file) });
    const app = module.instantiate({ imports });
    expect(() => app.exports.divide(1, 0)).toThrow(
      expect.objectContaining({
        stack: expect.stringMatching(/at helper \[inlined\] \(.*shapes\.c:\d+:\d+\)/) as string,
      }) as Error,
    );
    const loaded = runtime.loadFile(strip(file), { debug: readFileSync(file) });
    loaded.close();
    expect(() => runtime.load(readFileSync(file), { debug: new Uint8Array(7) })).toThrow(
      CompileError,
    );
    expect(() => runtime.load(readFileSync(file), { debug: 'x' as never })).toThrow(TypeError);
    module.module.close();
  });

  test.each(['split', 'packaged'] as const)('of %s files too, which come behind it', (form) => {
    const guest = compileAs(form, 'shapes.c', ['-O2', '-gdwarf-4']);
    if (guest === undefined) return;
    const beside = form === 'split' ? guest.file.replace('.wasm', '.dwo') : `${guest.file}.dwp`;
    const bytes = readFileSync(guest.file);
    const trap = (debug?: readonly Uint8Array[]): string => {
      const module = runtime.load(bytes, { debug });
      const imports = { host: { log: () => 0, scale: () => 0, moved: () => 0 } };
      const { stack = '' } = trapOf(() =>
        module.instantiate<any>({ imports }).exports.divide(1, 0),
      );
      module.close();
      return stack;
    };
    expect(trap([bytes, readFileSync(beside)])).toMatch(/at helper \[inlined\] \(.*shapes\.c:\d+/);
    expect(trap()).toMatch(/at divide \(.*shapes\.c:\d+/);
    expect(trap()).not.toContain('helper');
    expect(() => runtime.load(bytes, { debug: [] })).toThrow(TypeError);
    expect(() => runtime.load(bytes, { debug: [bytes, bytes] })).toThrow(CompileError);
  });

  test('without debugging information they are offsets', () => {
    const file = compileGuest('shapes.c');
    const { app } = open(strip(file), { dwarf: file });
    expect(() => app.exports.divide(1, 0)).toThrow(
      expect.objectContaining({
        stack: expect.stringMatching(/at divide \(wasm-function\[\d+\]:0x/) as string,
      }) as Error,
    );
    app.close();
  });
});

show('what the compiler lets through', () => {
  test('calls that fit, and none that do not', () => {
    const { declarations } = generate(compileGuest('shapes.c'));
    const lines: Judged[] = [
      [true, 'const area: number = app.exports.area(shape, 2);'],
      [true, 'app.exports.area(shape_t.at(app.memory, app.exports.shape_now()), 2);'],
      [true, 'app.exports.area(app.exports.shape_now(), 2);'],
      [true, 'app.exports.move_by(point.at(app.memory, app.exports.shape_now() as never), 1, 2);'],
      [true, 'const x: number = app.exports.blend({ x: 1, y: 2 }, { x: 3, y: 4 }, 0.5).x;'],
      [true, 'app.exports.length("text"); app.exports.negate(true); app.exports.add64(1n, 2n);'],
      [true, 'const c: color = app.exports.next_color(color.RED);'],
      [true, 'app.exports.apply((a, b) => a + b, 1, 2);'],
      [true, 'app.exports.sum_points([{ x: 1, y: 2 }], 1);'],
      [false, 'app.exports.area(app.exports.corner(0), 2);'],
      [false, 'app.exports.area({ ...shape, name: 1 }, 2);'],
      [false, 'app.exports.move_by({ x: 1, y: 2 }, 1, 2);'],
      [false, 'app.exports.upper("text");'],
      [false, 'app.exports.negate(1);'],
      [false, 'app.exports.add64(1, 2n);'],
      [false, 'app.exports.apply((a: string) => 1, 1, 2);'],
      [false, 'app.exports.print_everything("x");'],
      [false, 'app.exports.peek(app.exports.shape_now());'],
      [false, 'load(runtime, "app.wasm").instantiate();'],
      [false, 'load(runtime, "app.wasm").instantiate({ imports: { host: { log: () => 1 } } });'],
    ];
    const head =
      "import { Runtime } from 'wembed';\nimport { load, color, point, shape_t } from './app';\n" +
      'declare const runtime: Runtime;\ndeclare const shape: shape_t;\n' +
      'const app = load(runtime, "app.wasm").instantiate({ imports: { host: {\n' +
      '  log: (caller, text, length) => void caller.readString(text, length),\n' +
      '  scale: (_caller, value, by) => value * by, moved: () => undefined } } });\n';
    expect(misjudged(declarations, head, lines)).toEqual([]);
  });
});

show('the command', () => {
  const program = [require.resolve('tsx/cli'), join(__dirname, '../../lib/cli/wembed.ts')];
  const run = (...args: string[]): { code: number; out: string } => {
    try {
      const out = execFileSync(process.execPath, [...program, ...args], {
        encoding: 'utf8',
        stdio: 'pipe',
      });
      return { code: 0, out };
    } catch (error) {
      const { status, stdout, stderr } = error as {
        status: number;
        stdout: string;
        stderr: string;
      };
      return { code: status, out: stdout + stderr };
    }
  };

  test('writes files, checks them, and takes descriptions', () => {
    const file = compileGuest('shapes.c');
    const output = join(folder, 'app.mjs');
    expect(run('types', file, '-o', output, '-q').code).toBe(0);
    expect(readFileSync(output, 'utf8').length).toBeLessThan(8192);
    expect(run('types', file, '-o', output, '-q', '--check')).toEqual({ code: 0, out: '' });
    const description = join(folder, 'app.json');
    expect(run('types', file, '--init', description, '-q').code).toBe(0);
    const api = JSON.parse(readFileSync(description, 'utf8'));
    api.functions.sum_points.params[1].lengthOf = 'points';
    const edited = join(folder, 'edited.json');
    writeFileSync(edited, JSON.stringify(api));
    const checked = run('types', file, '--describe', edited, '-o', output, '-q', '--check');
    expect(checked.code).toBe(1);
    expect(checked.out).toContain('changed  sum_points');
    const holder = join(folder, 'holder.wasm');
    expect(run('types', file, '--describe', edited, '--embed', holder, '-q').code).toBe(0);
    const { app } = open(strip(file), { describe: edited });
    expect(app.exports.sum_points([{ x: 1, y: 2 }])).toBe(3);
    const { exports: types } = generate(holder);
    expect(
      types
        .load(runtime, holder)
        .instantiate({ imports: { host: { log: () => 0, scale: () => 0, moved: () => 0 } } })
        .exports.sum_points([
          { x: 1, y: 2 },
          { x: 3, y: 4 },
        ]),
    ).toBe(10);
    app.close();
  });

  test('the page of an inspection has variables, and structs to be opened', () => {
    const page = join(folder, 'shapes.html');
    expect(run('inspect', compileGuest('shapes.c'), '--html', page, '--as', 'point@16').code).toBe(
      0,
    );
    const html = readFileSync(page, 'utf8');
    expect(html).toContain('<h2>Variables, by debugging information</h2>');
    expect(html).toMatch(
      /<td class="name mono">counter<\/td><td class="mono">i32<\/td><td class="mono">7</,
    );
    expect(html).toMatch(
      /<td class="n l">\+52<\/td><td class="name mono">origin\.y<\/td>.*?-2\.5</,
    );
    expect(html).toContain('<h2>By type</h2>');
  });

  test('says what has changed of a header for C', () => {
    const header = join(folder, 'changed.h');
    const file = compileGuest('shapes.c');
    expect(run('types', file, '--c', header, '-q').code).toBe(0);
    expect(run('types', file, '--c', header, '-q', '--check')).toEqual({ code: 0, out: '' });
    const text = readFileSync(header, 'utf8');
    const changed = text
      .replace(/shapes_c_O2_gdwarf_5_corner\(/, 'shapes_c_O2_gdwarf_5_angle(')
      .replace(/(offsetof\(\w*shape_t, count\)) == \d+/, '$1 == 99')
      .replace('float x;', 'double x;');
    writeFileSync(header, changed);
    const { code, out } = run('types', file, '--c', header, '-q', '--check');
    expect(code).toBe(1);
    expect(out).toMatch(/added {4}\w*_corner/);
    expect(out).toMatch(/removed {2}\w*_angle/);
    expect(out).toMatch(/changed {2}offsetof\(\w*shape_t, count\)\n +was {4}99/);
    expect(out).toMatch(/changed {2}\w*point\.x\n +was {4}double x;\n +is {5}float x;/);
  });

  test('inspect shows variables, and what lies at an address, by their types', () => {
    const file = compileGuest('shapes.c');
    const { out } = run('inspect', file, '--json');
    const { variables } = JSON.parse(out) as {
      variables: { name: string; address: number; value: string }[];
    };
    expect(variables.map(({ name }) => name)).toEqual(['current', 'counter', 'corners']);
    expect(variables[1]?.value).toBe('7');
    expect(variables[2]?.value).toBe(
      '[{ x: 1, y: 2 }, { x: 3, y: 4 }, { x: 5, y: 6 }, { x: 7, y: 8 }]',
    );
    const at = variables[0]?.address ?? 0;
    const stripped = strip(file);
    const shown = run(
      'inspect',
      stripped,
      '--dwarf',
      file,
      '--as',
      `shape_t@${at}`,
      '--as',
      `point@0x${(at + 48).toString(16)}`,
    );
    expect(shown.out).toContain(
      'name: "first", color: GREEN (5), points: null, count: 3, flags: 5, more: 17, delta: -7',
    );
    expect(shown.out).toContain('point: point = { x: 1.5, y: -2.5 }');
    expect(run('inspect', stripped, '--as', `shape_t@${at}`).out).toContain(
      'there is no debugging information in it',
    );
    expect(run('inspect', file, '--as', 'nothing@8').out).toContain('the program has no such type');
    expect(run('inspect', file, '--as', 'shape_t').code).toBe(2);
    expect(run('inspect', stripped, '--json').out).not.toContain('"variables"');
  });
});
