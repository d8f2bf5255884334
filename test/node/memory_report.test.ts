/** Strategies, the report about them, and what happens where memory or address space is short. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type MemoryReport,
  ResourceError,
  Runtime,
  type RuntimeMemoryOptions,
  UsageError,
} from '../../lib';
import { assemble } from './assemble';
import { ControlGroup } from './control_group';

const run = promisify(execFile);
const page = 65536;
const mebibyte = 1 << 20;

function quiet(memory: RuntimeMemoryOptions): Runtime {
  return new Runtime({ memory, log: () => undefined });
}

/** The code of the ResourceError that it throws. */
function codeOf(make: () => unknown): string | undefined {
  try {
    make();
  } catch (error) {
    return error instanceof ResourceError ? error.code : String(error);
  }
  return undefined;
}

async function moduleIn(runtime: Runtime, pages = '1 10') {
  return runtime.load(await assemble(`(module (memory (export "memory") ${pages}))`));
}

describe('the memory report', () => {
  test('without a wish nothing is tried', () => {
    using runtime = new Runtime();
    const report = runtime.memoryReport;
    expect(report).toMatchObject({
      wish: 'on-demand',
      wishSource: 'default',
      taken: 'on-demand',
      pool: undefined,
      system: undefined,
    });
    expect(report.steps.map(({ strategy }) => strategy)).toEqual([
      'pool',
      'small-pool',
      'on-demand',
    ]);
    expect(report.steps[0]?.outcome).toBe('not-tried');
    expect(report.text).toContain('on-demand');
    // Plain data.
    expect(JSON.parse(JSON.stringify(report))).toMatchObject({ taken: 'on-demand' });
  });

  test('a pool and its counters', async () => {
    using runtime = quiet({
      strategy: 'small-pool',
      pool: { slots: 3, slotBytes: 4 * page, keepResident: page },
    });
    const module = await moduleIn(runtime);
    // The memory that was made to see whether the pool works does not count.
    expect(runtime.memoryReport.pool).toMatchObject({ hits: 0, peak: 0 });
    const instances = [1, 2, 3, 4].map(() => module.instantiate());
    expect(instances.map(({ memory }) => memory.backend)).toEqual(
      expect.arrayContaining(['pool', 'pool', 'pool']),
    );
    expect(instances[3]?.memory.backend).not.toBe('pool');
    expect(runtime.memoryReport.pool).toMatchObject({
      guarded: false,
      strict: false,
      slots: 3,
      slotBytes: 4 * page,
      live: 3,
      peak: 3,
      hits: 3,
      misses: 1,
      foundFull: 1,
      neverFitted: 0,
      outgrown: 0,
    });
    instances[0]?.memory.grow(6);
    expect(runtime.memoryReport.pool?.outgrown).toBe(1);
    expect(instances[0]?.memory.size).toBe(7 * page);
    (await moduleIn(runtime, '8')).instantiate();
    expect(runtime.memoryReport.pool?.neverFitted).toBe(1);
    for (const instance of instances) instance.close();
    expect(runtime.memoryReport.pool).toMatchObject({ live: 0, peak: 3 });
    expect(runtime.memoryReport.wishSource).toBe('option');
    expect(runtime.memoryReport.text).toContain('small-pool, 3 slots');
  });

  test('what the system said', () => {
    using runtime = quiet({ strategy: 'ladder' });
    const { system, taken, steps } = runtime.memoryReport;
    expect(system?.processors).toBeGreaterThan(0);
    expect(system?.addressLimit).toBeGreaterThan(0);
    expect(system?.groupLimit).toBeGreaterThan(0);
    expect(steps.find(({ outcome }) => outcome === 'taken')?.strategy).toBe(taken);
  });

  test('only a step down is a warning', () => {
    const lines: string[] = [];
    using runtime = new Runtime({
      memory: { strategy: 'ladder' },
      log: (_level, line) => lines.push(line),
    });
    const { taken } = runtime.memoryReport;
    expect(lines).toHaveLength(taken === 'pool' ? 0 : 1);
    expect(lines.join()).toContain(taken === 'pool' ? '' : taken);
  });

  test('a closed runtime has none', () => {
    const runtime = new Runtime();
    runtime.close();
    expect(() => runtime.memoryReport).toThrow(UsageError);
    expect(() => runtime.trim()).toThrow(UsageError);
  });
});

describe('a pool that cannot serve', () => {
  test('full now and never are different errors', async () => {
    using runtime = quiet({
      strategy: 'small-pool',
      pool: { slots: 2, slotBytes: 4 * page, strict: true },
    });
    const module = await moduleIn(runtime);
    const first = module.instantiate();
    module.instantiate();
    expect(() => module.instantiate()).toThrow(ResourceError);
    expect(codeOf(() => module.instantiate())).toBe('PoolFull');
    first.close();
    module.instantiate().close();
    const large = await moduleIn(runtime, '5 10');
    expect(codeOf(() => large.instantiate())).toBe('MemoryNeverFits');
    expect(() => large.instantiate()).toThrow(ResourceError);
    expect(runtime.memoryReport.pool).toMatchObject({ strict: true, misses: 0, neverFitted: 2 });
    // Growing ends at the slot.
    const grown = module.instantiate();
    expect(grown.memory.grow(3)).toBe(1);
    expect(() => grown.memory.grow(1)).toThrow(RangeError);
  });

  test('an instance that asks for a slot', async () => {
    using runtime = quiet({ strategy: 'small-pool', pool: { slots: 1 } });
    const module = await moduleIn(runtime);
    using held = module.instantiate({ memory: { backend: 'pool' } });
    expect(held.memory.backend).toBe('pool');
    expect(codeOf(() => module.instantiate({ memory: { backend: 'pool' } }))).toBe('PoolFull');
    expect(module.instantiate().memory.backend).not.toBe('pool');
    expect(module.instantiate({ memory: { backend: 'heap' } }).memory.backend).toBe('heap');
    using none = new Runtime();
    const other = await moduleIn(none);
    expect(() => other.instantiate({ memory: { backend: 'pool' } })).toThrow(UsageError);
  });

  test('trimming gives storage back', async () => {
    using runtime = quiet({
      strategy: 'small-pool',
      pool: { slots: 4, keepResident: 4 * mebibyte },
    });
    const module = await moduleIn(runtime, '64 64');
    for (let round = 0; round < 2; round += 1) {
      const instances = [1, 2, 3, 4].map(() => module.instantiate());
      for (const instance of instances) {
        instance.memory.bytes.fill(1);
        instance.close();
      }
      expect(runtime.trim()).toBeGreaterThanOrEqual(0);
      expect(runtime.trim()).toBe(0);
      using after = module.instantiate();
      expect(after.memory.bytes.every((byte) => byte === 0)).toBe(true);
    }
  });
});

describe('options', () => {
  test.each([
    [{ backend: 'buffer' }],
    [{ backend: 'functions' }],
    [{ backend: 'fast' }],
    [{ strategy: 'default' }],
    [{ strategy: 'large' }],
    [{ pool: { slots: 0 } }],
    [{ pool: { slots: 1.5 } }],
    [{ pool: { slots: 2 ** 32 } }],
    [{ pool: { slotBytes: -1 } }],
    [{ pool: { slotBytes: Infinity } }],
    [{ pool: { keepResident: NaN } }],
  ])('%p is refused', (memory) => {
    expect(() => new Runtime({ memory: memory as object })).toThrow(UsageError);
  });

  test('an impossible wish is an error that says why', () => {
    // More than any address space has.
    const wish = () => quiet({ strategy: 'pool', pool: { slots: 1 << 20 } });
    expect(wish).toThrow(ResourceError);
    expect(wish).toThrow(/pool is impossible/);
    using ladder = quiet({ strategy: 'ladder', pool: { slots: 1 << 20, slotBytes: page } });
    const [pool] = ladder.memoryReport.steps;
    expect(pool).toMatchObject({ strategy: 'pool', outcome: 'refused' });
    expect(pool?.reason).not.toBe('');
  });
});

/** What a process of its own tells: under limits, or with the environment variable. */
interface Outcome {
  report?: MemoryReport;
  error?: { name: string; code: string; message: string };
  backend?: string;
  sum?: number;
  limit?: number;
}

interface Conditions {
  room?: number;
  group?: ControlGroup | undefined;
  env?: NodeJS.ProcessEnv;
}

async function elsewhere(
  options: RuntimeMemoryOptions,
  { room, group, env = {} }: Conditions = {},
): Promise<Outcome> {
  const script = join(__dirname, 'programs', 'limited.ts');
  const args = ['--require', 'tsx/cjs', script, JSON.stringify(options)];
  if (room !== undefined) args.push(String(room));
  const [file, first] = group
    ? ['sh', ['-c', `${group.join} && exec "$0" "$@"`, process.execPath]]
    : [process.execPath, []];
  const { stdout } = await run(file, [...first, ...args], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    timeout: 200_000,
  });
  const line = stdout.split('\n').find((text) => text.startsWith('{'));
  return JSON.parse(line ?? '{}') as Outcome;
}

describe('the environment variable', () => {
  test.each([
    ['small-pool', 'small-pool'],
    ['on-demand', 'on-demand'],
  ])('%s', async (WEMBED_MEMORY, taken) => {
    const { report, sum } = await elsewhere({}, { env: { WEMBED_MEMORY } });
    expect(report).toMatchObject({ wish: taken, wishSource: 'environment', taken });
    expect(sum).toBe(3);
  });

  test('the option wins', async () => {
    const env = { WEMBED_MEMORY: 'small-pool' };
    const { report } = await elsewhere({ strategy: 'on-demand' }, { env });
    expect(report).toMatchObject({ wish: 'on-demand', wishSource: 'option', taken: 'on-demand' });
  });

  test('a misspelt one is an error', async () => {
    const { error } = await elsewhere({}, { env: { WEMBED_MEMORY: 'smallpool' } });
    expect(error?.message).toContain('WEMBED_MEMORY');
  });
});

(process.platform === 'linux' ? describe : describe.skip)('less address space', () => {
  // A GiB in small slots; rooms are in MiB.
  const pool = { slots: 64, slotBytes: 16 * mebibyte };

  test.each([
    [24 * 1024, 'small-pool'],
    [1536, 'small-pool'],
    [160, 'on-demand'],
  ])('%d MiB more: the ladder steps down to %s', async (room, taken) => {
    const { report, sum, limit, backend } = await elsewhere({ strategy: 'ladder', pool }, { room });
    expect(sum).toBe(3);
    expect(report?.taken).toBe(taken);
    expect(report?.system?.addressLimit).toBe(limit);
    const [large, small] = report?.steps ?? [];
    expect(large).toMatchObject({ strategy: 'pool', outcome: 'refused' });
    expect(large?.wanted).toBeGreaterThan(large?.available ?? Infinity);
    expect(small?.outcome).toBe(taken === 'small-pool' ? 'taken' : 'refused');
    expect(small?.reason === '').toBe(taken === 'small-pool');
    expect(backend).toBe(taken === 'small-pool' ? 'pool' : 'heap');
  });

  test.each([
    ['pool', 6 * 1024],
    ['small-pool', 100],
  ] as const)('%s in %d MiB is an error with its numbers', async (strategy, room) => {
    const { error, report } = await elsewhere({ strategy, pool }, { room });
    expect(report).toBeUndefined();
    expect(error).toMatchObject({ name: 'ResourceError' });
    expect(error?.message).toContain(strategy);
    expect(error?.message).toMatch(/\d{6,}/);
  });

  test('a mapped memory that finds no room', async () => {
    const { error, backend } = await elsewhere({ backend: 'mapped' }, { room: 3 * 1024 });
    expect(backend).toBeUndefined();
    expect(error).toMatchObject({ name: 'ResourceError' });
  });

  test('on demand goes on without reservations', async () => {
    const { sum, backend } = await elsewhere({}, { room: 3 * 1024 });
    expect(sum).toBe(3);
    expect(backend).toBe('heap');
  });
});

// Two levels: the outer one is the tighter.
const outer = ControlGroup.make(1024 * mebibyte);
const inner = outer?.inside(2048 * mebibyte);
if (!outer) console.warn('not tested: the limit of a control group, as none can be made here');

(outer ? describe : describe.skip)('less memory in a control group', () => {
  afterAll(() => {
    inner?.remove();
    outer?.remove();
  });

  test.each([
    ['its own', outer],
    ['of a group around it', inner],
  ])('the limit %s decides how many small slots there are', async (_, group) => {
    const { report, sum, backend } = await elsewhere({ strategy: 'small-pool' }, { group });
    expect(sum).toBe(3);
    expect(backend).toBe('pool');
    const { groupLimit = 0, groupUsed = 0 } = report?.system ?? {};
    expect(groupLimit).toBe(1024 * mebibyte);
    expect(groupUsed).toBeGreaterThan(0);
    expect(groupUsed).toBeLessThan(groupLimit);
    // Half of what is left, where there would be 256 slots.
    const slots = report?.pool?.slots ?? 0;
    expect(slots).toBeGreaterThanOrEqual(4);
    expect(slots).toBeLessThanOrEqual((groupLimit - groupUsed) / 2 / (16 * mebibyte));
  });
});
