/** Some 320 calls in situations, each with the answer that is expected of it, from TypeScript. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PreopenDirectory, Runtime, hostDirectory, memoryDirectory } from '../../lib';

const folder = join(__dirname, '../wasi');

const compiles = ['clang', 'wasm-ld'].every(
  (program) => spawnSync(program, ['--version']).error === undefined,
);
const reason = compiles ? '' : ' (not run: apt-get install clang lld)';
const maybe = compiles ? describe : describe.skip;

maybe(`the probe of WASI${reason}`, () => {
  let scratch: string;
  let bytes: Uint8Array;

  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'wembed-probe-'));
    const object = join(scratch, 'probe.o');
    const file = join(scratch, 'probe.wasm');
    const freestanding = ['--target=wasm32', '-O1', '-ffreestanding', '-fno-builtin'];
    execFileSync('clang', [...freestanding, '-c', join(folder, 'probe.c'), '-o', object]);
    execFileSync('wasm-ld', [object, '-o', file]);
    bytes = readFileSync(file);
  });
  afterAll(() => {
    rmSync(scratch, { recursive: true });
  });

  /** What it prints. */
  function probe(directory: PreopenDirectory): string[] {
    const path = join(scratch, 'out');
    const stdin = openSync('/dev/null', 'r');
    const stdout = openSync(path, 'w');
    try {
      using runtime = new Runtime();
      const wasi = { preopens: { '.': directory }, stdin, stdout, stderr: stdout };
      expect(runtime.load(bytes).instantiate({ wasi }).start()).toEqual({ exitCode: 0 });
    } finally {
      closeSync(stdin);
      closeSync(stdout);
    }
    return readFileSync(path, 'utf8').trimEnd().split('\n');
  }

  test.each(['a directory of the system', 'files in memory'])('%s', (kind) => {
    const root = join(scratch, 'root');
    mkdirSync(root, { recursive: true });
    const isInMemory = kind === 'files in memory';
    const got = probe(isInMemory ? memoryDirectory() : hostDirectory(root));
    const wanted = readFileSync(join(folder, 'probe.tsv'), 'utf8').trimEnd().split('\n');
    expect(got.length).toBeGreaterThan(300);
    expect(got).toEqual(wanted);
  });
});
