import { type Instance, Runtime, Trap, UsageError } from '../../lib';
import { longEnough, patience } from '../yardstick';
import { assemble } from './assemble';
import { trapOf } from './trap_of';

const text = `(module
  (import "env" "host" (func $host))
  (memory (export "memory") 1)
  (func (export "forever") (loop $again (br $again)))
  (func $down (export "recurse") (call $down))
  (func (export "ask") (loop $again (call $host) (br $again)))
  (func (export "once") (call $host))
  (func (export "count") (param i32) (result i32) (local i32)
    (loop $again
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get 1) (local.get 0))))
    (local.get 1)))`;

const starting = `(module
  (import "env" "host" (func $host))
  (func $main (call $host) (loop $again (br $again)))
  (start $main))`;

interface Functions {
  forever(): void;
  recurse(): void;
  ask(): void;
  once(): void;
  count(to: number): number;
}

const backends = [['mapped'], ['heap']] as const;

describe.each(backends)('limits, %s memory', (backend) => {
  let runtime: Runtime;
  let instance: Instance<Functions>;
  let host: () => void;
  const env = { host: () => host() };

  beforeAll(async () => {
    runtime = new Runtime({ memory: { backend } });
    instance = runtime.load(await assemble(text)).instantiate({ imports: { env } });
  });
  beforeEach(() => {
    host = () => undefined;
  });
  afterAll(() => runtime.close());

  test('a deadline stops a loop, and the instance goes on', () => {
    const { error, over } = longEnough(50, (deadline) => {
      const before = performance.now();
      const trap = trapOf(() => instance.call('forever', [], { deadline }));
      const begun = trap.wasmStack.length > 0;
      return begun ? { error: trap, over: performance.now() - before - deadline } : undefined;
    });
    expect(error.message).toMatch(/^deadline exceeded, in forever \(/);
    expect(error.wasmStack[0]?.function).toBe('forever');
    expect(over).toBeGreaterThanOrEqual(-10);
    expect(over).toBeLessThan(patience(1000));
    expect(instance.exports.count(1000)).toBe(1000);
    expect(instance.call('count', [1000], { deadline: 60_000 })).toBe(1000);
  });

  test('a deadline stops endless recursion or the stack ends', () => {
    trapOf(() => instance.call('recurse', [], { deadline: 60_000 }));
    expect(instance.exports.count(10)).toBe(10);
  });

  test('fuel', () => {
    const error = trapOf(() => instance.call('forever', [], { fuel: 100_000 }));
    expect(error.message).toMatch(/^instruction limit exceeded, in \w+ \(/);
    expect(instance.call('count', [10], { fuel: 100_000 })).toBe(10);
    trapOf(() => instance.call('count', [1_000_000], { fuel: 1000 }));
    trapOf(() => instance.call('count', [10], { fuel: 0 }));
    expect(instance.exports.count(1_000_000)).toBe(1_000_000);
  });

  test('a signal that is aborted by a host function', () => {
    const controller = new AbortController();
    let calls = 0;
    host = () => {
      calls += 1;
      if (calls === 5) controller.abort(new Error('enough'));
    };
    const error = trapOf(() => instance.call('ask', [], { signal: controller.signal }));
    expect(error.message).toContain('terminated by user');
    expect((error.cause as Error).message).toBe('enough');
    expect(calls).toBe(5);
    expect(instance.exports.count(10)).toBe(10);
  });

  test('a signal that was aborted before', () => {
    const reason = new Error('too late');
    expect(() => instance.call('once', [], { signal: AbortSignal.abort(reason) })).toThrow(reason);
  });

  test('a signal is not listened to after the call', () => {
    const controller = new AbortController();
    instance.call('once', [], { signal: controller.signal });
    controller.abort();
    expect(instance.exports.count(10)).toBe(10);
    expect(instance.call('count', [10], { deadline: 60_000 })).toBe(10);
  });

  test('a reason that came too late is not the next trap’s', () => {
    const controller = new AbortController();
    host = () => {
      controller.abort(new Error('too late'));
    };
    // The guest may end before it is stopped.
    try {
      instance.call('once', [], { signal: controller.signal });
    } catch {
      // Or not.
    }
    expect(trapOf(() => instance.call('forever', [], { fuel: 100 })).cause).toBeUndefined();
  });

  test('bounds hold for calls nested in a bounded one', () => {
    const other = instance.module.instantiate<Functions>({ imports: { env } });
    host = () => {
      other.exports.forever();
    };
    const names = longEnough(50, (deadline) => {
      const error = trapOf(() => instance.call('once', [], { deadline }));
      expect(error.message).toMatch(/^deadline exceeded/);
      const stack = error.wasmStack.map((frame) => frame.function);
      return stack.includes('forever') ? stack : undefined;
    });
    expect(names).toContain('once');
    // The outer bound is gone with the outer call, and one's own may be shorter.
    host = () => {
      trapOf(() => other.call('forever', [], { deadline: 20 }));
    };
    instance.call('once', [], { deadline: 60_000 });
    expect(other.exports.count(5)).toBe(5);
  });

  test('start functions are bounded too', async () => {
    const module = runtime.load(await assemble(starting));
    const imports = { env };
    const late = longEnough(30, (deadline) => {
      const trap = trapOf(() => module.instantiate({ imports, deadline }));
      return trap.message === 'deadline exceeded' ? undefined : trap;
    });
    expect(late.message).toMatch(/^deadline exceeded, in \w+ \(/);
    const spent = trapOf(() => module.instantiate({ imports, fuel: 10_000 }));
    expect(spent.message).toMatch(/^instruction limit exceeded, in \w+ \(/);
    const controller = new AbortController();
    host = () => {
      controller.abort();
    };
    const stopped = trapOf(() => module.instantiate({ imports, signal: controller.signal }));
    expect(stopped.cause).toBe(controller.signal.reason);
  });

  test('limits of the runtime hold where a call has none', async () => {
    using limited = new Runtime({ memory: { backend }, limits: { deadline: 30 } });
    const guest = limited.load(await assemble(text)).instantiate<Functions>({ imports: { env } });
    expect(trapOf(() => guest.call('forever')).message).toMatch(/^deadline exceeded, in \w+ \(/);
    expect(trapOf(() => guest.exports.forever()).message).toMatch(/^deadline exceeded, in \w+ \(/);
    expect(guest.exports.count(10)).toBe(10);
    const module = limited.load(await assemble(starting));
    trapOf(() => module.instantiate({ imports: { env } }));
  });

  test('what is undefined is no option', async () => {
    using limited = new Runtime({ memory: { backend }, limits: { fuel: 10_000 } });
    const guest = limited.load(await assemble(text)).instantiate<Functions>({ imports: { env } });
    const nothing = { fuel: undefined, deadline: undefined };
    expect(trapOf(() => guest.call('count', [100_000], nothing)).code).toBe('InstructionLimit');
    await expect(guest.callAsync('count', [100_000], nothing)).rejects.toThrow(Trap);
    expect(guest.call('count', [100_000], { fuel: Infinity })).toBe(100_000);
    const module = limited.load(await assemble(starting));
    trapOf(() => module.instantiate({ imports: { env }, ...nothing }));
  });

  test.each([2 ** 31, Number.MAX_SAFE_INTEGER, 2 ** 63, Number.MAX_VALUE])(
    'a deadline in %p ms',
    async (deadline) => {
      expect(instance.call('count', [1e6], { deadline })).toBe(1e6);
      await expect(instance.callAsync('count', [1e6], { deadline })).resolves.toBe(1e6);
      instance.reset({ deadline });
    },
  );

  test('the reason of a signal whose group has become another one', async () => {
    const other = runtime.load(await assemble('(module (func (export "f")))')).instantiate();
    const module = runtime.load(
      await assemble(`(module (import "env" "host" (func $host)) (table (export "t") 1 funcref)
        (func (export "ask") (call $host) (loop $again (br $again))))`),
    );
    const guest = module.instantiate({ imports: { env } });
    const controller = new AbortController();
    host = () => {
      controller.abort(new Error('enough'));
      guest.table('t').set(0, other.exports['f']);
    };
    const { signal } = controller;
    expect(trapOf(() => guest.call('ask', [], { signal })).cause).toBe(signal.reason);
  });

  test.each([
    [{ deadline: 0 }],
    [{ deadline: -5 }],
    [{ deadline: NaN }],
    [{ fuel: -1 }],
    [{ fuel: NaN }],
  ])('%p makes no sense', (options) => {
    expect(() => instance.call('once', [], options)).toThrow(UsageError);
  });

  test('no bound is no bound', () => {
    expect(instance.call('count', [7], { deadline: Infinity, fuel: Infinity })).toBe(7);
  });
});
