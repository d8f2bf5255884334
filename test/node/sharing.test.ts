/** Modules that several threads of the process use. */
import { execFile } from 'node:child_process';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Module, type ModuleToken, Runtime, UsageError } from '../../lib';
import { assemble } from './assemble';

const run = promisify(execFile);

const text = `(module
  (memory (export "memory") 1 4)
  (func $add (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1)))
  (func (export "forever") (loop $again (br $again))))`;

describe('a shared module', () => {
  let bytes: Uint8Array;
  let runtime: Runtime;
  beforeAll(async () => {
    bytes = await assemble(text);
    runtime = new Runtime({ limits: { deadline: 50, maxMemoryPages: 3 } });
  });
  afterAll(() => runtime.close());

  test('is opened by its token, which can be cloned', () => {
    using module = runtime.load(bytes, { name: 'shared' });
    const token = structuredClone(module.share());
    using opened = Runtime.open(token);
    expect(opened.name).toBe('shared');
    expect(opened.runtime).toBe(runtime);
    expect(opened.instantiate().exports['add']?.(1, 2)).toBe(3);
    expect(opened.exports).toEqual(module.exports);
  });

  test('has one token, and so has what was opened', () => {
    using module = runtime.load(bytes);
    const token = module.share();
    using opened = Runtime.open(token);
    expect(opened.share()).toEqual(token);
    expect(module.share()).toEqual(token);
    using other = runtime.load(bytes);
    expect(other.share().wembedModule).not.toBe(token.wembedModule);
  });

  test('lives as long as somebody has it open', () => {
    const module = runtime.load(bytes);
    const token = module.share();
    const opened = Runtime.open(token);
    module.close();
    expect(opened.instantiate().exports['add']?.(1, 2)).toBe(3);
    const again = Runtime.open(token);
    opened.close();
    again.close();
    expect(() => Runtime.open(token)).toThrow(
      /the shared module is gone: nobody in this process has it open/,
    );
  });

  test('is closed with the runtime of its thread', () => {
    const own = new Runtime();
    const module = own.load(bytes);
    const token = module.share();
    own.close();
    expect(() => Runtime.open(token)).toThrow(UsageError);
    expect(() => module.share()).toThrow('the module is closed: its runtime was closed');
  });

  test('links with what else is loaded into its runtime', async () => {
    const user = await assemble(`(module
      (import "m" "add" (func $add (param i32 i32) (result i32)))
      (func (export "three") (result i32) (call $add (i32.const 1) (i32.const 2))))`);
    using module = runtime.load(bytes);
    using opened = Runtime.open(module.share());
    using other = opened.runtime.load(user);
    const instance = other.instantiate({ imports: { m: opened.instantiate() } });
    expect(instance.exports['three']?.()).toBe(3);
  });

  test('keeps the limits of its runtime', () => {
    using module = runtime.load(bytes);
    using opened = Runtime.open(module.share());
    const instance = opened.instantiate();
    expect(instance.memory.maximum).toBe(3);
    expect(() => instance.exports['forever']?.()).toThrow('deadline');
  });

  test('uses no bytes of one thread', () => {
    using transferred = runtime.load(Uint8Array.from(bytes), { ownership: 'transfer' });
    expect(() => transferred.share()).toThrow(/belong to this thread: load it with/);
    const folder = mkdtempSync(join(tmpdir(), 'wembed-'));
    try {
      const path = join(folder, 'm.wasm');
      writeFileSync(path, bytes);
      using mapped = runtime.loadFile(path);
      using opened = Runtime.open(mapped.share());
      expect(opened.instantiate().exports['add']?.(3, 4)).toBe(7);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each([[undefined], [null], [{}], ['text'], [{ wembedModule: 1 }]])(
    'a token of %p is refused',
    (token) => {
      expect(() => Runtime.open(token as unknown as ModuleToken)).toThrow(
        'open takes a token, which module.share() gives',
      );
    },
  );

  test('a token of another process opens nothing', () => {
    using module = runtime.load(bytes);
    const token = { ...module.share(), wembedModule: '00000000-0000-4000-8000-000000000000' };
    expect(() => Runtime.open(token)).toThrow('the shared module is gone');
  });

  test('itself is not cloned, and says so', () => {
    using module: Module = runtime.load(bytes);
    expect(() => structuredClone(module)).toThrow(/a Module belongs to one thread/);
  });
});

const programs: Record<string, readonly string[]> = {
  'workers open one module': ['many'],
  'it outlives the thread that loaded it': ['survivor'],
  'threads end while others open': ['churn'],
};

test.each(Object.entries(programs))('%s', async (_, args) => {
  const script = join(__dirname, 'programs', 'sharing.ts');
  const { stdout } = await run(
    process.execPath,
    ['--expose-gc', '--require', 'tsx/cjs', script, ...args],
    { env: { ...process.env, NODE_OPTIONS: '' }, timeout: 200_000 },
  );
  expect(stdout).toContain('ok\n');
});
