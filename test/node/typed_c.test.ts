/** The header for hosts in C: it compiles as C and as C++, and its callers reach the guest. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { emitC } from '../../lib/types/emit_c';
import { Runtime } from '../../lib';
import { findTypes } from '../../lib/types/sources';
import { assemble } from './assemble';
import { compileObjects } from './assembly_script_guest';
import { builds, compileAs, compileGuest, folder, missing } from './typed_guests';

const root = resolve(__dirname, '../..');
const library = process.env['WEMBED_LIBRARY'] ?? join(root, 'out/cmake/libwembed.so');
const compilers = (process.env['CC'] ?? 'cc').split(' ').slice(-1);
const compiler = compilers[0] ?? 'cc';
const show = missing === '' ? describe : describe.skip;
if (missing !== '') console.log(`not looked at: ${missing}`);

const runtime = new Runtime({ log: () => undefined });
afterAll(() => {
  runtime.close();
});

function header(file: string, name: string, dwarf?: string): string {
  const bytes = readFileSync(file);
  const found = findTypes(runtime, { file, bytes, dwarf });
  return emitC(found.description, found.file, name);
}

const hash = /"([0-9a-f]{64})"/;
/** The same for each build of a source: which one it is for is said when a host is run. */
const withoutHash = (text: string): string =>
  `#include <stdlib.h>\n${text.replace(hash, 'getenv("GUEST_SHA256")')}`;

const strict = ['-Wall', '-Wextra', '-Werror', '-Wno-unused-function'];

/** Compiles headers by themselves, as C and as C++. */
function compileAlone(text: string): void {
  const file = join(folder, 'alone.h');
  writeFileSync(file, text);
  for (const language of [
    ['-x', 'c', '-std=c11'],
    ['-x', 'c++', '-std=c++11'],
  ]) {
    const flags = [...strict, '-fsyntax-only', `-I${root}/include`];
    execFileSync(compiler, [...flags, ...language, file], { stdio: 'pipe' });
  }
}

const programs = new Map<string, string>();

/** The host of test/debug/hosts with this header; one program for headers that are the same. */
function hostOf(source: string, text: string, ...flags: string[]): string {
  const known = programs.get(text);
  if (known !== undefined) return known;
  const place = mkdtempSync(join(folder, 'host-'));
  const program = join(place, 'host');
  writeFileSync(join(place, `${source.replace('.', '_')}.h`), text);
  const language = source.endsWith('.c') ? '-std=c11' : '-std=c++20';
  execFileSync(compiler, [
    ...[language, ...strict, ...flags, `-I${root}/include`, `-I${place}`],
    ...[join(root, 'test/debug/hosts', source), '-o', program],
    ...[
      library,
      `-Wl,-rpath,${dirname(library)}`,
      ...(language === '-std=c11' ? [] : ['-lstdc++']),
    ],
  ]);
  programs.set(text, program);
  return program;
}

const call = (program: string, file: string, ...options: string[]): string =>
  execFileSync(program, [file, ...options], { encoding: 'utf8' });

/** What a host says that was compiled with this header, of the guest that the header is for. */
function roundTrip(source: string, text: string, file: string, ...flags: string[]): string {
  const program = hostOf(source, withoutHash(text), ...flags);
  const env = { ...process.env, GUEST_SHA256: hash.exec(text)?.[1] };
  return execFileSync(program, [file], { encoding: 'utf8', env });
}

show('round trips of a host', () => {
  const run = existsSync(library) ? test : test.skip;
  run.each(builds)('C, %s %s', (form, flags) => {
    const guest = compileAs(form, 'shapes.c', flags);
    if (guest === undefined) return;
    const text = header(guest.file, 'shapes.c', guest.dwarf);
    expect(roundTrip('shapes.c', text, guest.file)).toBe('39 checks, 0 failures\n');
  });

  run.each(builds)('C++, %s %s', (form, flags) => {
    const guest = compileAs(form, 'shapes.cpp', flags);
    if (guest === undefined) return;
    const text = header(guest.file, 'shapes.cpp', guest.dwarf);
    expect(roundTrip('shapes.cpp', text, guest.file)).toBe('9 checks, 0 failures\n');
  });

  run('AssemblyScript', () => {
    const file = compileObjects('--runtime', 'incremental');
    const text = header(file, 'objects.wasm');
    expect(roundTrip('objects.c', text, file)).toBe('6 checks, 0 failures\n');
  });

  run('addresses of 64 bits', () => {
    const file = compileGuest('shapes.c', { wide: true });
    const text = header(file, 'shapes.c');
    expect(roundTrip('shapes.c', text, file, '-DWIDE')).toBe('39 checks, 0 failures\n');
  });

  run('a module that is another one is refused, and what differs is named', () => {
    const made = compileGuest('shapes.c');
    const text = header(made, 'shapes.c');
    const program = hostOf('shapes.c', text);
    expect(call(program, made)).toBe('39 checks, 0 failures\n');
    const other = (said: string): unknown =>
      expect.objectContaining({ status: 3, stdout: expect.stringMatching(said) as string });
    const misfit =
      '^TypesDoNotFit: the module is not the one its types were made for ' +
      `\\(run wembed types again\\): SHA-256 [0-9a-f]{64}, not ${hash.exec(text)?.[1] ?? ''}\n`;
    const otherBuild = compileGuest('shapes.c', { flags: ['-O0'] });
    expect(() => call(program, otherBuild)).toThrow(
      other(`${misfit}  its functions have the same types\n$`) as Error,
    );
    expect(call(program, otherBuild, 'any')).toBe('39 checks, 0 failures\n');
    const otherModule = compileGuest('shapes.cpp');
    const differences = '  negate \\(i32\\) -> \\(i32\\): is not exported\n  add8 ';
    expect(() => call(program, otherModule)).toThrow(other(`${misfit}${differences}`) as Error);
    expect(() => call(program, otherModule, 'any')).toThrow(
      other(`\\(run wembed types again\\)\n${differences}`) as Error,
    );
  });
});

show('headers for C', () => {
  test.each(['shapes.c', 'shapes.cpp'])('%s compiles as C and as C++', (source) => {
    const text = header(compileGuest(source), source);
    expect(text).toContain('_SHA256');
    expect(text).toContain('Generated by wembed types');
    compileAlone(text);
  });
});

test('names that C has no place for, or that are taken', async () => {
  const file = join(folder, 'names.wasm');
  const names = [
    'open',
    'bind',
    'copy',
    't',
    'point',
    'a-b',
    'a_b',
    'env',
    'at_point',
    'point_get_low',
  ];
  const functions = names.map(
    (name) => `(func (export "${name}") (param i32) (result i32) local.get 0)`,
  );
  writeFileSync(
    file,
    await assemble(`(module (memory (export "memory") 1) ${functions.join('\n')})`),
  );
  const fields = ['class', 'class_', 'int', 'gap_20', 'a-b', 'a_b'].map((name, i) => ({
    ...{ name, at: i * 4, type: 'i32' },
  }));
  const low = { name: 'low', at: 24, type: 'i32', bits: [0, 3] };
  const shade = { name: 'shade', at: 28, type: 'color' }; // which is declared behind it
  const point = { kind: 'struct', size: 32, align: 4, fields: [...fields, low, shade] };
  const color = { kind: 'enum', of: 'i32', values: { point: 1, 'a-b': 2, a_b: 3 } };
  const describe = join(folder, 'names.json');
  const types = { point, t: color, color };
  const taken = { params: [{ name: 'class', type: 'point*' }], result: 'i32' };
  writeFileSync(
    describe,
    JSON.stringify({ version: 1, types, functions: { point: taken }, imports: {} }),
  );
  const found = findTypes(runtime, { file, bytes: readFileSync(file), describe });
  const text = emitC(found.description, found.file, 'app.wasm');
  compileAlone(text);
  expect(text).toContain('  int32_t class_; /* class */\n');
  expect(text).toContain(
    'static inline bool app_point_(app_t* app, app_at_point class_0, int32_t* result) {',
  );
  expect(text).toContain('static inline bool app_open(app_t* app, wasm_exec_env_t env, ');
  expect(text).toContain('static inline bool app_open_(app_t* app, int32_t');
});
