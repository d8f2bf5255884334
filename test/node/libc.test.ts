/** Guests that import their C library from `env`. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { LinkError, Runtime, Trap } from '../../lib';
import { assemble } from './assemble';

const text = `(module
  (import "env" "strlen" (func $strlen (param i32) (result i32)))
  (import "env" "printf" (func $printf (param i32 i32) (result i32)))
  (import "env" "exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "number %d of %s\\0a\\00")
  (data (i32.const 64) "three\\00")
  (data (i32.const 128) "\\02\\00\\00\\00\\40\\00\\00\\00")
  (func (export "length") (param i32) (result i32) (call $strlen (local.get 0)))
  (func (export "print") (result i32) (call $printf (i32.const 16) (i32.const 128)))
  (func (export "exit") (call $exit (i32.const 3))))`;

interface Functions {
  length(at: number): number;
  print(): number;
  exit(): void;
}

test('they are missing unless the runtime is asked for them', async () => {
  const bytes = await assemble(text);
  using plain = new Runtime();
  expect(() => plain.load(bytes).instantiate()).toThrow(LinkError);
  using runtime = new Runtime({ libc: true });
  const { exports } = runtime.load(bytes).instantiate<Functions>();
  expect(exports.length(64)).toBe(5);
  expect(() => exports.length(65536)).toThrow('out of bounds memory access');
});

test('imports that are given come first', async () => {
  using runtime = new Runtime({ libc: true });
  const { exports } = runtime.load(await assemble(text)).instantiate<Functions>({
    imports: { env: { strlen: () => 77 } },
  });
  expect(exports.length(64)).toBe(77);
});

test('exit is a Trap', async () => {
  using runtime = new Runtime({ libc: true });
  const { exports } = runtime.load(await assemble(text)).instantiate<Functions>();
  expect(() => exports.exit()).toThrow(Trap);
  expect(() => exports.exit()).toThrow('env.exit(3)');
});

test('printf writes to standard output in order with JavaScript', async () => {
  const program = `
    const { Runtime } = require(${JSON.stringify(join(__dirname, '../../lib'))});
    const bytes = Buffer.from(${JSON.stringify(Buffer.from(await assemble(text)).toString('base64'))}, 'base64');
    const runtime = new Runtime({ libc: true });
    const { exports } = runtime.load(bytes).instantiate();
    const { writeSync } = require('node:fs');
    writeSync(1, 'before\\n');
    writeSync(1, exports.print() + '\\n');`;
  const tsx = join(__dirname, '../../node_modules/tsx/dist/cli.mjs');
  const out = execFileSync(process.execPath, [tsx, '--eval', program], { encoding: 'utf8' });
  expect(out).toBe('before\nnumber 2 of three\n18\n');
});
