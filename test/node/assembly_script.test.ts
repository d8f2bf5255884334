/** Programs compiled by AssemblyScript, with its own compiler, and what they import. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AssemblyScriptOptions, type Caller, Runtime, assemblyScript } from '../../lib';
import { assemble } from './assemble';
import { trapOf } from './trap_of';

const root = join(__dirname, '../..');
const program = `
export function fail(x: i32): i32 {
  assert(x > 0, "x has to be more than 0: \\u00e9\\u{1F600}");
  return x;
}
export function thrown(): void { throw new Error("thrown"); }
export function tell(a: f64, b: f64): void { trace("values", 2, a, b); trace("none"); }
export function dice(): f64 { return Math.random(); }
`;

let bytes: Uint8Array;
let runtime: Runtime;

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'wembed-'));
  try {
    writeFileSync(join(folder, 'program.ts'), program);
    const compiler = join(root, 'node_modules/assemblyscript/bin/asc.js');
    const files = ['program.ts', '--outFile', 'program.wasm', '--runtime', 'stub'];
    execFileSync(process.execPath, [compiler, ...files], { cwd: folder });
    bytes = readFileSync(join(folder, 'program.wasm'));
  } finally {
    rmSync(folder, { recursive: true });
  }
  runtime = new Runtime();
}, 60_000);

afterAll(() => {
  runtime.close();
});

interface Program {
  fail(x: number): number;
  thrown(): void;
  tell(a: number, b: number): void;
  dice(): number;
}

function start(options?: AssemblyScriptOptions) {
  const module = runtime.load(bytes);
  return module.instantiate<Program>({ imports: { env: assemblyScript(options) } });
}

test('an assertion that fails is the cause of a Trap, with its text and place', () => {
  const { exports } = start();
  expect(exports.fail(3)).toBe(3);
  expect(trapOf(() => exports.fail(0)).cause).toEqual(
    new Error('x has to be more than 0: é😀 (program.ts:3:3)'),
  );
  expect(trapOf(() => exports.thrown()).cause).toEqual(new Error('thrown (program.ts:6:34)'));
});

test('functions of the host get texts', () => {
  const aborts: unknown[] = [];
  const traces: unknown[] = [];
  const { exports } = start({
    abort: (...place) => aborts.push(place),
    trace: (...line) => traces.push(line),
    seed: () => 1,
  });
  exports.tell(1.5, -2);
  expect(traces).toEqual([
    ['values', [1.5, -2]],
    ['none', []],
  ]);
  // The program ends, whatever the host does.
  expect(trapOf(() => exports.fail(-1)).code).toBe('Unreachable');
  expect(aborts).toEqual([['x has to be more than 0: é😀', 'program.ts', 3, 3]]);
  const first = exports.dice();
  expect(start({ seed: () => 1 }).exports.dice()).toBe(first);
  expect(start({ seed: () => 2 }).exports.dice()).not.toBe(first);
  expect(start().exports.dice()).not.toBe(start().exports.dice());
});

test('what is traced is printed', () => {
  const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    start().exports.tell(1, 2.5);
    expect(log.mock.calls).toEqual([['trace: values 1, 2.5'], ['trace: none']]);
  } finally {
    log.mockRestore();
  }
});

test('pointers that are none give empty texts, and lengths that are none what there is', async () => {
  const text = `(module
    (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 65526) "\\ff\\ff\\ff\\ff" "a\\00b\\00c")
    (func (export "abort") (param i32 i32)
      (call $abort (local.get 0) (local.get 1) (i32.const -1) (i32.const 7))))`;
  const seen: unknown[] = [];
  const module = runtime.load(await assemble(text));
  const abort = (...place: unknown[]): void => void seen.push(place);
  const { exports } = module.instantiate<{ abort(a: number, b: number): void }>({
    imports: { env: assemblyScript({ abort }) },
  });
  exports.abort(0, 3);
  exports.abort(-1, 65537);
  exports.abort(65536, 65530);
  expect(seen).toEqual([
    ['', '', 4294967295, 7],
    ['', '', 4294967295, 7],
    ['', 'abc', 4294967295, 7],
  ]);
});

test('options are checked', () => {
  expect(() => assemblyScript({ aborts: () => undefined } as AssemblyScriptOptions)).toThrow(
    'assemblyScript has no option aborts (did you mean abort?)',
  );
  const env = assemblyScript();
  expect(() => env.abort(undefined as unknown as Caller, 0, 0, 1, 2)).toThrow(
    'abort (unknown:1:2)',
  );
});
