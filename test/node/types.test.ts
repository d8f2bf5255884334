/** What the types let through and what they stop, checked by the compiler itself. */
import ts from 'typescript';
import * as wembed from '../../lib';
import { assemble } from './assemble';
import { type Complaint, complaintsOf } from './type_checker';

/** The first example of the README, as a user writes it. */
const firstExample = `
import { Runtime, f32 } from 'wembed';
export function main(bytes: Uint8Array, log: (text: string) => void): number {
  const runtime = new Runtime();
  const module = runtime.load(bytes);
  const instance = module.instantiate({
    heapSize: 65536,
    imports: { env: { log: (caller, ptr, len) => log(caller.readString(ptr, len)) } },
  });
  using samples = instance.malloc(f32, 5);
  samples.view.set([1, 2, 3, 4, 5]);
  const total = instance.exports.sum(samples.offset, 5);
  return total as number;
}
`;

/** A host function as one writes it for WebAssembly. */
const mistake = `
import { type Module } from 'wembed';
declare const module: Module;
module.instantiate({ imports: { env: { log: (value: number) => value } } });
`;

const files = {
  'accepted.ts': undefined,
  'rejected.ts': undefined,
  'first_example.ts': firstExample,
  'mistake.ts': mistake,
};
let found: Complaint[];
beforeAll(() => {
  found = complaintsOf(files);
});

const textsOf = (name: string): string[] =>
  found.filter(({ file }) => file === name).map(({ text }) => text);

test.each(['accepted.ts', 'rejected.ts', 'first_example.ts'])('%s', (name) => {
  expect(textsOf(name)).toEqual([]);
});

test('a host function without a caller is told so', () => {
  const [complaint, ...others] = textsOf('mistake.ts');
  expect(others).toEqual([]);
  expect(complaint).toContain("Types of parameters 'value' and 'caller' are incompatible");
  expect(complaint).not.toContain('asyncOnly');
});

test('the first example runs as written', async () => {
  const bytes = await assemble(`(module
    (import "env" "log" (func $log (param i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 8) "adding")
    (func (export "sum") (param $at i32) (param $count i32) (result f32) (local $total f32)
      (call $log (i32.const 8) (i32.const 6))
      (loop $next
        (local.set $total (f32.add (local.get $total) (f32.load (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
      (local.get $total)))`);
  const { outputText } = ts.transpileModule(firstExample, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
  });
  const exports: { main?: (bytes: Uint8Array, log: (text: string) => void) => number } = {};
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the example is text here
  const run = new Function('require', 'exports', outputText) as (
    require: (name: string) => unknown,
    exports: object,
  ) => void;
  run((name) => (name === 'wembed' ? wembed : undefined), exports);
  const said: string[] = [];
  expect(exports.main?.(bytes, (text) => said.push(text))).toBe(15);
  expect(said).toEqual(['adding']);
});
