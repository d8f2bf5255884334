/** What is done to modules' bytes before they are loaded: see programs.ts. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CompileError, type Feature, type Runtime } from 'wembed';

/** Features that a module has to use for the program to be worth its name. */
const missing = new Set(
  (process.env.WEMBED_TEST_FEATURES ?? '').split(',').filter((name) => name !== '') as Feature[],
);

process.on('exit', () => {
  if (missing.size === 0) return;
  console.error(`no module uses: ${[...missing].join(', ')}`);
  process.exitCode = 1;
});

function uses(runtime: Runtime, bytes: Uint8Array, feature: Feature): boolean {
  try {
    runtime.load(bytes, { without: [feature] }).close();
    return false;
  } catch (error) {
    if (error instanceof CompileError) return true;
    throw error;
  }
}

/** By binaryen's wasm-opt, with `try_table` in place of `try`. */
function converted(bytes: Uint8Array): Uint8Array {
  const binaryen = dirname(createRequire(__filename).resolve('binaryen'));
  const folder = mkdtempSync(join(tmpdir(), 'wembed-packages-'));
  try {
    const [from, to] = [join(folder, 'from.wasm'), join(folder, 'to.wasm')];
    writeFileSync(from, bytes);
    const optimiser = join(binaryen, 'bin', 'wasm-opt');
    const args = ['--all-features', '--translate-to-exnref', from, '-o', to];
    execFileSync(process.execPath, [optimiser, ...args], { env: { ...process.env, NODE_OPTIONS: '' } });
    return readFileSync(to);
  } finally {
    rmSync(folder, { recursive: true });
  }
} // prettier-ignore

/** The bytes to load. */
export function prepared(runtime: Runtime, bytes: Uint8Array): Uint8Array {
  const converts = process.env.WEMBED_TEST_EXNREF === '1';
  const given = converts && uses(runtime, bytes, 'legacyExceptions') ? converted(bytes) : bytes;
  for (const feature of missing) if (uses(runtime, given, feature)) missing.delete(feature);
  return given;
}
