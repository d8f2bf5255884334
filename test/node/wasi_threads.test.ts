/** Threads that guests start by WASI. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Instance,
  LinkError,
  Output,
  Runtime,
  Trap,
  UsageError,
  type WasiOptions,
} from '../../lib';
import { assemble } from './assemble';

type Calls = Record<string, (...args: number[]) => number | undefined>;

const runtime = new Runtime();
let bytes: Uint8Array;

beforeAll(async () => {
  bytes = await assemble(readFileSync(join(__dirname, '../modules/wasi_spawn.wat'), 'utf8'));
});
afterAll(() => {
  runtime.close();
});

/** What threads are told, see the module. */
const Thread = { ADDS: 0, TRAPS: 1, EXITS: 2, LOOPS: 3, SLEEPS: 4, WAITS: 5, PRINTS: 7 } as const;
/** What the first one does then. */
const Then = { AWAITS: 0, LOOPS: 1, RETURNS: 3, WAITS: 4 } as const;

function guestOf(wasi: WasiOptions = {}): Instance<Calls, unknown> {
  const memory = runtime.newMemory({ initial: 2, maximum: 4, shared: true });
  const imports = { env: { memory } };
  return runtime.load(bytes).instantiate<Calls>({ imports, wasi });
}

test('threads share the memory', async () => {
  const stdout = new Output();
  const guest = guestOf({ stdout });
  guest.call('plan', [Thread.ADDS, 4, Then.AWAITS]);
  expect(await guest.startAsync()).toEqual({ exitCode: 0 });
  expect(guest.call('sum')).toBe(1 + 2 + 3 + 4);
  expect(stdout.text).toBe('hello\n');
  guest.close();
  // The same in one go, as nothing is asked of this thread meanwhile.
  const other = guestOf();
  other.call('plan', [Thread.ADDS, 3, Then.AWAITS]);
  expect(other.start()).toEqual({ exitCode: 0 });
  other.close();
});

test('one that ends ends all', async () => {
  const run = async (thread: number, count: number, then: number): Promise<unknown> => {
    const guest = guestOf();
    guest.call('plan', [thread, count, then]);
    try {
      return await guest.startAsync();
    } finally {
      guest.close();
    }
  };
  for (const then of [Then.LOOPS, Then.WAITS]) {
    expect(await run(Thread.EXITS, 2, then)).toEqual({ exitCode: 9 });
    await expect(run(Thread.TRAPS, 1, then)).rejects.toThrow('unreachable');
  }
  for (const thread of [Thread.LOOPS, Thread.SLEEPS, Thread.WAITS]) {
    expect(await run(thread, 4, Then.RETURNS)).toEqual({ exitCode: 0 });
  }
});

test('there may be so many, and they end with their instance', () => {
  const guest = guestOf({ maxThreads: 2 });
  expect(guest.call('spawn', [Thread.LOOPS])).toBe(1);
  expect(guest.call('spawn', [Thread.SLEEPS])).toBe(2);
  expect(guest.call('spawn', [Thread.ADDS])).toBe(-1);
  guest.close();
});

test('a call that ends early leaves threads that end with the instance', () => {
  const guest = guestOf();
  guest.call('plan', [Thread.LOOPS, 2, Then.LOOPS]);
  expect(() => guest.start({ deadline: 30 })).toThrow(Trap);
  guest.close();
});

test('a function that serves a thread may end its instance', async () => {
  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) await new Promise((resolve) => setImmediate(resolve));
  };
  let serve = (): void => undefined;
  let served = 0;
  const guest = guestOf({
    stdout: () => {
      serve();
      served++;
    },
  });
  serve = () => {
    guest.reset();
  };
  expect(guest.call('spawn', [Thread.PRINTS])).toBe(1);
  await until(() => served === 1);
  expect(guest.call('added')).toBe(0);
  serve = () => {
    guest.close();
  };
  expect(guest.call('spawn', [Thread.PRINTS])).toBe(2);
  await until(() => served === 2);
  expect(() => guest.call('added')).toThrow(UsageError);
});

test('without settings there are none', () => {
  const memory = runtime.newMemory({ initial: 2, maximum: 4, shared: true });
  expect(() => runtime.load(bytes).instantiate({ imports: { env: { memory } } })).toThrow(
    LinkError,
  );
});
