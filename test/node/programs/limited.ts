/**
 * Of memory_report.test.ts: makes a runtime with the options of argument 2 and tells about it. With
 * an argument 3 the process may take that many MiB of address space more than it has by then:
 * Node and its loaders need some GiB themselves.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Runtime, type RuntimeMemoryOptions, WembedError } from '../../../lib';
import { patience } from '../../yardstick';

// (module (memory 1) (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1
// i32.add)): without the assembler, which wants much address space itself.
const bytes = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1],
  ...[7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11],
);

const limiter =
  'import resource,sys; n=int(sys.argv[2]); resource.prlimit(int(sys.argv[1]), resource.RLIMIT_AS, (n,n))';

/** Returns the limit in bytes. */
function leave(mebibytes: number): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  const kibibytes = Number(/VmSize:\s*(\d+)/.exec(status)?.[1]);
  const limit = kibibytes * 1024 + mebibytes * 1024 * 1024;
  execFileSync('python3', ['-c', limiter, String(process.pid), String(limit)]);
  return limit;
}

function look(memory: RuntimeMemoryOptions): object {
  try {
    const runtime = new Runtime({ memory, log: () => undefined });
    const instance = runtime.load(bytes).instantiate();
    const sum = instance.exports['add']?.(1, 2);
    return { report: runtime.memoryReport, backend: instance.memory.backend, sum };
  } catch (error) {
    if (!(error instanceof WembedError)) throw error;
    const { name, code, message } = error;
    return { error: { name, code, message } };
  }
}

async function main(): Promise<void> {
  const [, , options = '{}', room] = process.argv;
  // What translates this file starts a WebAssembly module of its own meanwhile.
  await wait(patience(200));
  const limit = room === undefined ? undefined : leave(Number(room));
  console.log(JSON.stringify({ limit, ...look(JSON.parse(options) as RuntimeMemoryOptions) }));
}

void main();
