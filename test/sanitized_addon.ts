/** How Node is started so that it can load an addon built with gcc's sanitizers. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

const runtimes: Record<string, string> = { address: 'libasan.so', thread: 'libtsan.so' };

/**
 * Node itself is not instrumented: it leaks at its end, and its own accesses are not looked at. Nor
 * does a process wait a second at its end for what other threads may still do wrong, as is usual.
 */
const options = {
  ASAN_OPTIONS: 'detect_leaks=0:allocator_may_return_null=1:detect_stack_use_after_return=0',
  TSAN_OPTIONS: 'ignore_noninstrumented_modules=1:halt_on_error=1:exitcode=66:atexit_sleep_ms=0',
  UBSAN_OPTIONS: 'print_stacktrace=1',
};

/**
 * Environment for Node that loads the addon of a build with `list`, as gcc's -fsanitize takes it.
 * Throws without gcc's library.
 */
export function sanitizedAddon(directory: string, list: string): Record<string, string> {
  const name = list.split(',').find((part) => part in runtimes);
  const library = name === undefined ? undefined : runtimes[name];
  if (library === undefined) throw new Error(`Node cannot be run with -fsanitize=${list}.`);
  const compiler = process.env.CXX ?? 'c++';
  const found = spawnSync(compiler, [`-print-file-name=${library}`], { encoding: 'utf8' });
  const path = found.error ? '' : found.stdout.trim();
  if (!isAbsolute(path) || !existsSync(path)) {
    throw new Error(`${compiler} has no ${library}; the addon's sanitizers need gcc's.`);
  }
  return {
    ...options,
    LD_PRELOAD: path,
    WEMBED_ADDON: join(directory, 'wembed.node'),
    WEMBED_SANITIZE: list,
  };
}
