/**
 * What needs a process of its own: the collector, the end of the process, workers, switches of
 * the environment. Each file of programs/ has to print "ok" and end with 0.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface Program {
  /** Its file, when that has another name. */
  file?: string;
  flags?: string[];
  env?: NodeJS.ProcessEnv;
}

const programs: Record<string, Program> = {
  bytes_memory: { flags: ['--expose-gc'] },
  gc_handles: { flags: ['--expose-gc'] },
  gc_references: { flags: ['--expose-gc'] },
  gc_pools: { flags: ['--expose-gc'] },
  gc_views: { flags: ['--expose-gc'] },
  leak_warnings: { flags: ['--expose-gc'] },
  exit_live: {},
  exit_inside: {},
  exit_async: {},
  pending_async: {},
  pending_promise: {},
  many_instances: {},
  many_workers: { flags: ['--expose-gc'] },
  workers: {},
  tier_ends: {},
  terminated: {},
  stopped: {},
  'stopped in machine code': { file: 'stopped', env: { WEMBED_TIER: 'first_call' } },
  copying: { env: { WEMBED_NO_EXTERNAL_BUFFERS: '1' } },
};

/** A sanitizer needs memory of its own. */
const unmeasurable = process.env.WEMBED_SANITIZE === undefined ? [] : ['bytes_memory'];
const chosen = Object.entries(programs).filter(([name]) => !unmeasurable.includes(name));

test.each(chosen)('%s', async (name, { file = name, flags = [], env = {} }) => {
  const script = join(__dirname, 'programs', `${file}.ts`);
  const { stdout } = await run(process.execPath, [...flags, '--require', 'tsx/cjs', script], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    timeout: 200_000,
  });
  expect(stdout).toContain('ok\n');
});
