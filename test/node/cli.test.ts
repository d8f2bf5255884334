/** The `wembed` command, as a process of its own. */
import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Inspection } from '../../lib';
import { version } from '../../lib';
import { assemble } from './assemble';

const program = resolve(__dirname, '../../lib/cli/wembed.ts');
const node = ['--require', require.resolve('tsx/cjs'), program];
const folder = mkdtempSync(join(tmpdir(), 'wembed-cli-'));
const file = (name: string): string => join(folder, name);

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

function wembed(args: string[], input?: Uint8Array, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawn(process.execPath, [...node, ...args], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  child.stdin.on('error', () => undefined); // it may end without having read all
  child.stdin.end(input);
  return new Promise((done) => child.on('close', (code) => done({ code, out, err })));
}

const text = `(module
  (import "env" "log" (func $log (param i32)))
  (import "env" "limit" (global $limit i32))
  (import "env" "table" (table 2 funcref))
  (memory (export "memory") 1 4)
  (global $calls (export "calls") (mut i32) (i32.const 0))
  (data (i32.const 64) "some data")
  (func $start (global.set $calls (i32.const 100)))
  (func (export "add") (param i32 i64 f64) (result f64)
    (global.set $calls (i32.add (global.get $calls) (local.get 0)))
    (f64.add (f64.convert_i64_s (local.get 1)) (local.get 2)))
  (func (export "log") (call $log (i32.const 1)))
  (func (export "spin") (loop (br 0)))
  (start $start))`;

let bytes: Uint8Array;

beforeAll(async () => {
  bytes = await assemble(text);
  writeFileSync(file('app.wasm'), bytes);
  writeFileSync(file('broken.wasm'), bytes.subarray(0, bytes.length - 20));
  writeFileSync(file('text.txt'), 'no module at all');
  const outside = '(module (memory 1) (data (i32.const 65530) "does not fit"))';
  writeFileSync(file('outside.wasm'), await assemble(outside));
  const startCalls = '(module (import "env" "f" (func $f)) (memory 1) (start $f))';
  writeFileSync(file('start.wasm'), await assemble(startCalls));
  const colours = '(module (import "env" "\\1b[31m" (func $f)) (func (export "f") (call $f)))';
  writeFileSync(file('colours.wasm'), await assemble(colours));
  const loop =
    '(module (import "env" "putchar" (func $put (param i32) (result i32)))' +
    '(func (export "spin") (loop (drop (call $put (i32.const 10))) (br 0))))';
  writeFileSync(file('loop.wasm'), await assemble(loop));
  mkdirSync(file('folder'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('shows a module as text', async () => {
  const { code, out, err } = await wembed(['inspect', 'app.wasm', '--heap-size', '8k']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const lines = out.split('\n');
  expect(lines[0]).toBe(`app.wasm  ${bytes.length} B`);
  expect(lines).toContain('  0x00000040        9 B    data 0');
  expect(lines).toContain("  0x00010000     64 KiB  host's heap");
  expect(lines).toContain('  env.log (i32) -> ()');
  expect(out).toMatch(/ start \(not run\)\n/);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(out).not.toContain('\u001b');
});

const globals = (out: string): string | undefined =>
  (JSON.parse(out) as Inspection).globals.find(({ name }) => name === 'calls')?.value;

test('the sample in README is what it prints', async () => {
  const root = resolve(__dirname, '../..');
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const sample = /\n\$ npx (wembed inspect inspect\.wasm[^\n]*)\n([^`]*)```/.exec(readme);
  const source = readFileSync(join(root, 'examples/c/inspect.wat'), 'utf8');
  writeFileSync(file('inspect.wasm'), await assemble(source));
  const { out } = await wembed((sample?.[1] ?? '').split(' ').slice(1));
  // What depends on the system and on the build.
  const steady = (lines: string): string =>
    lines
      .replace(/bookkeeping: .*/, 'bookkeeping')
      .replace(/^ {2}\w+, accesses .*/m, 'backend')
      .replace(/^inspect\.wasm .*/, 'size');
  const wanted = steady(sample?.[2] ?? '');
  expect(wanted.split('\n').length).toBeGreaterThan(15);
  expect(steady(out).slice(0, wanted.length)).toBe(wanted);
});

test('runs nothing, the start function, or exports', async () => {
  const json = ['inspect', 'app.wasm', '--json'];
  const still = await wembed(json);
  expect(globals(still.out)).toBe('0');
  expect((JSON.parse(still.out) as Inspection).functions.translated).toBe(0);
  expect(globals((await wembed([...json, '--start'])).out)).toBe('100');
  const run = await wembed([
    ...json,
    '--run',
    'add=5,-3,1.5',
    '--run',
    'add=-7,9007199254740993,nan',
  ]);
  expect(run.err).toBe('');
  expect(globals(run.out)).toBe('-2');
});

test('prints what calls return, and the memory after one that fails', async () => {
  const calls = ['--run', 'add=5,-3,1.5', '--run', 'log', '--run', 'add=1,1,1'];
  const { code, out, err } = await wembed(['inspect', 'app.wasm', ...calls]);
  expect(code).toBe(1);
  expect(out).toMatch(/^add=5,-3,1\.5 -> -1\.5\nlog -> failed\n\napp\.wasm/);
  expect(out).toMatch(/\n {4}1 {2}mut i32 {2}5 +calls\n/); // of the calls before the failing one
  expect(err).toMatch(/^wembed: --run log: .*env\.log is not there/);
  const json = await wembed(['inspect', 'app.wasm', '--json', ...calls.slice(0, 2)]);
  expect((JSON.parse(json.out) as { runs: unknown }).runs).toEqual([
    { call: 'add=5,-3,1.5', results: ['-1.5'] },
  ]);
  const page = await wembed(['inspect', 'app.wasm', '--html', 'run.html', ...calls.slice(0, 2)]);
  expect(page.err).toBe('add=5,-3,1.5 -> -1.5\n');
});

test('the native command is given what is its', async () => {
  const command = resolve(__dirname, '../../out/cmake/bin/wembed');
  if (!existsSync(command)) throw new Error(`${command} is missing: npm test builds it`);
  const add =
    '(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))';
  writeFileSync(file('add.wasm'), await assemble(add));
  const sum = { code: 0, out: '0x3:i32\n', err: '' };
  expect(await wembed(['run', '-f', 'add', 'add.wasm', '1', '2'])).toEqual(sum);
  expect(await wembed(['-f', 'add', 'add.wasm', '1', '2'])).toEqual(sum);
  expect(await wembed(['-f', 'add', '-', '1', '2'], readFileSync(file('add.wasm')))).toEqual(sum);
  const [alone, run] = [await wembed(['add.wasm']), await wembed(['run', 'add.wasm'])];
  expect(alone).toEqual(run);
  expect([alone.code, alone.err]).toEqual([1, '']);
  expect(alone.out).toMatch(/^Exception: lookup the /);
  expect((await wembed(['missing.wasm'])).err).toMatch(/^wembed: missing\.wasm cannot be read/);
  expect((await wembed(['validate', 'add.wasm', 'broken.wasm'])).code).toBe(1);
  expect((await wembed(['exports', 'add.wasm'])).out).toBe('add func (i32, i32) -> (i32)\n');
  expect((await wembed(['run', '--help'])).out).toMatch(/^Usage: wembed run /);
  const gone = await wembed(['add.wasm'], undefined, { WEMBED_COMMAND: '/no/such/file' });
  expect(gone.code).toBe(1);
  expect(gone.err).toMatch(/^wembed: \/no\/such\/file: .*ENOENT/);
});

test('signals are passed on, and how it ended', async () => {
  const child = spawn(process.execPath, [...node, '--env=A=1', '-f', 'spin', 'loop.wasm'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((done) => child.on('close', (code, signal) => done([code, signal])));
  await new Promise((done) => child.stdout.once('data', done));
  child.kill('SIGTERM');
  expect(await ended).toEqual([null, 'SIGTERM']);
});

test('lists all of what there is much of, when asked to', async () => {
  const names = Array.from({ length: 50 }, (_, i) => `(import "env" "f${i}" (func))`);
  writeFileSync(file('many.wasm'), await assemble(`(module ${names.join('')})`));
  const cut = await wembed(['inspect', 'many.wasm']);
  expect(cut.out).toContain('... and 18 more (--all)\n');
  expect(cut.out).not.toContain('env.f49');
  const { out } = await wembed(['inspect', 'many.wasm', '--all']);
  expect(out).toContain('  env.f49 () -> ()\n');
  expect(out).not.toContain(' more');
});

test('no line ends in blanks, sizes have one form', async () => {
  const { out } = await wembed(['inspect', 'app.wasm', '--requirements']);
  expect(out).not.toMatch(/ \n/);
  expect(out).not.toMatch(/\.0 [KMG]iB/);
});

test('measures what a block has to have', async () => {
  const { out, err } = await wembed(['inspect', 'app.wasm', '--requirements']);
  expect(err).toBe('');
  expect(out).toMatch(/\nneeds, of one block\n {2}Block +[\d.]+ [KM]iB {2}the smallest/);
  const page = await wembed(['inspect', 'app.wasm', '--requirements', '--html', '-']);
  expect(page.out).toContain('What it needs of one block');
});

test('reads standard input', async () => {
  const { code, out } = await wembed(['inspect', '-', '--backend', 'heap'], bytes);
  expect(code).toBe(0);
  expect(out).toMatch(/^standard input {2}/);
  expect(out).toContain('  heap, accesses checked');
});

test('writes a page, whole or not at all', async () => {
  const done = await wembed(['inspect', 'app.wasm', '--html', 'app.html']);
  expect(done).toEqual({ code: 0, out: '', err: '' });
  expect(readFileSync(file('app.html'), 'utf8')).toMatch(/^<!doctype html>[^]*<\/html>\n$/);
  expect((await wembed(['inspect', 'app.wasm', '--html', '-'])).out).toMatch(/^<!doctype html>/);
  const before = readdirSync(folder);
  const bad = await wembed(['inspect', 'broken.wasm', '--html', 'broken.html']);
  expect(bad.code).toBe(1);
  expect(existsSync(file('broken.html'))).toBe(false);
  const target = await wembed(['inspect', 'app.wasm', '--html', 'folder']);
  expect(target.code).toBe(1);
  expect(target.err).toMatch(/^wembed: folder cannot be written: /);
  expect((await wembed(['inspect', 'app.wasm', '--html', 'no/such.html'])).code).toBe(1);
  expect(readdirSync(folder)).toEqual(before);
});

test('a page goes through links, keeps permissions, and replaces no pipe', async () => {
  writeFileSync(file('page.html'), 'before', { mode: 0o600 });
  symlinkSync('page.html', file('link.html'));
  expect((await wembed(['inspect', 'app.wasm', '--html', 'link.html'])).code).toBe(0);
  expect(lstatSync(file('link.html')).isSymbolicLink()).toBe(true);
  expect(readFileSync(file('page.html'), 'utf8')).toMatch(/<\/html>\n$/);
  expect(statSync(file('page.html')).mode & 0o777).toBe(0o600);
  execFileSync('mkfifo', [file('pipe')]);
  const reader = spawn('cat', [file('pipe')]);
  let read = '';
  reader.stdout.on('data', (data: Buffer) => (read += data.toString()));
  const ended = new Promise((done) => reader.on('close', done));
  expect((await wembed(['inspect', 'app.wasm', '--html', 'pipe'])).code).toBe(0);
  expect(lstatSync(file('pipe')).isFIFO()).toBe(true);
  await ended;
  expect(read).toMatch(/<\/html>\n$/);
});

test.each([
  [['inspect', 'missing.wasm'], /^wembed: missing\.wasm cannot be read: ENOENT/],
  [['inspect', 'folder'], /^wembed: folder cannot be read: EISDIR/],
  [['inspect', 'text.txt'], /^wembed: text\.txt: magic header not detected/],
  [['inspect', 'broken.wasm'], /^wembed: broken\.wasm: /],
  [['inspect', 'outside.wasm'], /^wembed: outside\.wasm: out of bounds memory access/],
  [['inspect', 'start.wasm', '--start'], /^wembed: start\.wasm: .*the import env\.f is not there/],
  [['inspect', '-'], /^wembed: standard input: /],
])('%j ends with 1', async (args, message) => {
  const { code, out, err } = await wembed(args);
  expect(code).toBe(1);
  expect(out).toBe('');
  expect(err).toMatch(message);
  expect(err.split('\n')).toHaveLength(2);
});

test.each([
  [['inspect', 'app.wasm', '--run', 'log'], /^wembed: --run log: .*env\.log is not there/],
  [['inspect', 'colours.wasm', '--run', 'f'], /env\.\\u001b\[31m is not there/],
  [
    ['inspect', 'app.wasm', '--run', 'spin', '--deadline', '50'],
    /^wembed: --run spin: deadline exceeded/,
  ],
])('%j shows what there is and ends with 1', async (args, message) => {
  const { code, out, err } = await wembed(args);
  expect(code).toBe(1);
  expect(out).toContain(' -> failed\n');
  expect(err).toMatch(message);
  expect(err.split('\n')).toHaveLength(2);
});

test.each([
  [[]],
  [['inspect']],
  [['inspect', 'app.wasm', 'other.wasm']],
  [['inspect', 'app.wasm', '--nonsense']],
  [['inspect', 'app.wasm', '--heap-size', 'much']],
  [['inspect', 'app.wasm', '--heap-size', '5g']],
  [['inspect', 'app.wasm', '--backend', 'attic']],
  [['inspect', 'app.wasm', '--run', 'nothing']],
  [['inspect', 'app.wasm', '--run', 'memory']],
  [['inspect', 'app.wasm', '--run', 'add=1,2']],
  [['inspect', 'app.wasm', '--run', 'add=1,two,3']],
  [['inspect', 'app.wasm', '--run', 'add=4294967296,2,3']],
  [['inspect', 'app.wasm', '--run', 'add=1.5,2,3']],
  [['inspect', 'app.wasm', '--run', 'add=1,,3']],
  [['inspect', 'app.wasm', '--run', 'add=1,18446744073709551616,3']],
  [['inspect', 'app.wasm', '--html', '-', '--json']],
  [['dance']],
])('%j ends with 2', async (args) => {
  const { code, out, err } = await wembed(args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).not.toBe('');
});

test('help and version', async () => {
  expect(await wembed(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  const help = await wembed(['inspect', '--help']);
  expect(help.code).toBe(0);
  for (const option of ['--html', '--json', '--heap-size', '--run', 'Exit codes']) {
    expect(help.out).toContain(option);
  }
  const { out } = await wembed(['--help']);
  for (const name of ['inspect', 'doctor', 'run', 'validate', 'imports', 'exports']) {
    expect(out).toMatch(new RegExp(`^ +${name} `, 'm'));
  }
});

test('without the addon it says so', async () => {
  const { code, err } = await wembed(['inspect', 'app.wasm'], undefined, { WEMBED_ADDON: 'gone' });
  expect(code).toBe(1);
  expect(err).toMatch(
    /^wembed: there is no addon that can be loaded on .*\n {2}gone: there is no such file\n/,
  );
  expect(err).not.toContain('    at ');
});

test('output that cannot be written is told', async () => {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [...node, 'inspect', 'app.wasm'], {
    cwd: folder,
    stdio: ['ignore', full, 'pipe'],
  });
  let err = '';
  child.stderr?.on('data', (data: Buffer) => (err += data.toString()));
  const code = await new Promise((done) => child.on('close', done));
  closeSync(full);
  expect(code).toBe(1);
  expect(err).toMatch(/^wembed: standard output cannot be written: ENOSPC[^\n]*\n$/);
});

test('a reader that stops early is no error', async () => {
  const child = spawn(process.execPath, [...node, 'inspect', 'app.wasm'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  child.stdout.destroy();
  const code = await new Promise((done) => child.on('close', done));
  expect({ code, err }).toEqual({ code: 0, err: '' });
});
