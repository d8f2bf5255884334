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

test('what is printed goes to a function, as bytes', async () => {
  const said: string[] = [];
  const decoder = new TextDecoder();
  const print = (bytes: Uint8Array): void => {
    said.push(decoder.decode(bytes, { stream: true }));
  };
  using runtime = new Runtime({ libc: true, print });
  const { exports } = runtime.load(await assemble(text)).instantiate<Functions>();
  expect(exports.print()).toBe(18);
  expect(said).toEqual(['number 2 of three\n']);
  expect(() => new Runtime({ print: 'console' as never })).toThrow('print has to be a function');
});

test('what the function throws is lost', async () => {
  const print = (): void => {
    throw new Error('not today');
  };
  using runtime = new Runtime({ libc: true, print });
  const { exports } = runtime.load(await assemble(text)).instantiate<Functions>();
  expect(exports.print()).toBe(18);
});

test('a call on another thread is printed by the JavaScript thread', async () => {
  const said: string[] = [];
  const print = (bytes: Uint8Array): void => {
    said.push(Buffer.from(bytes).toString());
  };
  using runtime = new Runtime({ libc: true, print });
  const instance = runtime.load(await assemble(text)).instantiate<Functions>();
  expect(await instance.callAsync('print', [])).toBe(18);
  await new Promise((resolve) => setImmediate(resolve));
  expect(said).toEqual(['number 2 of three\n']);
});

test('a memory that moves while its text is printed ends the call', async () => {
  const growing = (size: string) => `(module
    (import "env" "printf" (func $printf (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 16) "%5000d%s\\00")
    (data (i32.const 128) "\\02\\00\\00\\00\\10\\00\\00\\00")
    (func (export "grow") (result i32) (memory.grow (i32.const ${size})))
    (func (export "print") (result i32) (call $printf (i32.const 16) (i32.const 128))))`;
  let grow: () => unknown = () => 0;
  using runtime = new Runtime({
    libc: true,
    memory: { backend: 'heap' },
    print: () => grow(),
  });
  const { exports } = runtime
    .load(await assemble(growing('100')))
    .instantiate<{ grow(): number; print(): number }>();
  grow = () => exports.grow();
  expect(() => exports.print()).toThrow('what the host prints with has moved the memory');
  grow = () => 0;
  expect(exports.print()).toBe(5008);
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
