/** Programs in C, compiled with wasi-libc: they do here what they do under Node's own WASI. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Output, Runtime, hostDirectory, memoryDirectory } from '../../lib';

const folder = join(__dirname, '../wasi/programs');

/** What is missing to compile them. */
function missing(): string {
  if (spawnSync('clang', ['--version']).error !== undefined) return 'clang';
  if (spawnSync('wasm-ld', ['--version']).error !== undefined) return 'lld';
  if (!existsSync('/usr/include/wasm32-wasi/stdio.h')) return 'wasi-libc';
  const runtime = execFileSync('clang', [
    '--target=wasm32-wasi',
    '--print-libgcc-file-name',
  ]).toString();
  return existsSync(runtime.trim()) ? '' : 'libclang-rt-14-dev-wasm32';
}

const lacks = missing();
const reason =
  lacks === ''
    ? ''
    : ` (not run: apt-get install clang lld wasi-libc libclang-rt-14-dev-wasm32; there is no ${lacks})`;
const maybe = lacks === '' ? describe : describe.skip;

/** Node's, in a process of its own: it has no other way to be given streams. */
const underNode = `
const { WASI } = require('node:wasi');
const [file, directory, ...args] = process.argv.slice(1);
const wasi = new WASI({ version: 'preview1', args, env: { HOME: '/home' }, preopens: { '/dir': directory }, returnOnExit: true });
const module = new WebAssembly.Module(require('node:fs').readFileSync(file));
process.exitCode = wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()));
`;

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const input = '1 2 3\n40 50\n';
const args = ['program', 'first', 'last'];

maybe(`programs${reason}`, () => {
  let scratch: string;
  let bytes: Uint8Array;
  let calls: Uint8Array;
  let wanted: Ended;

  function compile(name: string): string {
    const file = join(scratch, `${name}.wasm`);
    const source = join(folder, `${name}.c`);
    execFileSync('clang', ['--target=wasm32-wasi', '-O1', '-o', file, source]);
    return file;
  }

  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'wembed-programs-'));
    const file = compile('files');
    bytes = readFileSync(file);
    calls = readFileSync(compile('calls'));
    const directory = mkdtempSync(join(scratch, 'node-'));
    const ran = spawnSync(
      process.execPath,
      ['--no-warnings', '-e', underNode, '--', file, directory, ...args],
      { input, encoding: 'utf8' },
    );
    wanted = { exitCode: ran.status, stdout: ran.stdout, stderr: ran.stderr };
  });
  afterAll(() => {
    rmSync(scratch, { recursive: true });
  });

  function run(inMemory: boolean, program = bytes, name = '/dir'): Ended {
    using runtime = new Runtime();
    const stdout = new Output();
    const stderr = new Output();
    const directory = inMemory
      ? memoryDirectory()
      : hostDirectory(mkdtempSync(join(scratch, 'here-')));
    const wasi = {
      args,
      env: { HOME: '/home' },
      preopens: { [name]: directory },
      stdin: input,
      stdout,
      stderr,
    };
    const { exitCode } = runtime.load(program).instantiate({ wasi }).start();
    return { exitCode, stdout: stdout.text, stderr: stderr.text };
  }

  test.each([false, true])('files in memory: %s', (inMemory) => {
    expect(wanted.exitCode).toBe(3);
    expect(wanted.stdout).toContain('the sum of the input is 96');
    expect(run(inMemory)).toEqual(wanted);
  });

  test.each([false, true])('bare calls give the errors they may; in memory: %s', (inMemory) => {
    const { exitCode, stdout } = run(inMemory, calls, '/');
    expect(stdout).toMatch(/^0 of \d{4} otherwise\n$/);
    expect(exitCode).toBe(0);
  });
});
