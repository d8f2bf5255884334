/** Every way in which an asynchronous host function can end, with every type of result. */
import { type Instance, Runtime, Trap } from '../../lib';
import { assemble } from './assemble';

const types = ['i32', 'i64', 'f32', 'f64', 'externref', 'funcref'] as const;

const text = `(module
  ${types.map((t) => `(import "e" "${t}" (func $${t} (result ${t})))`).join('\n')}
  (import "e" "none" (func $none))
  (import "e" "two" (func $two (result i64 f64)))
  (memory (export "memory") 1)
  ${types.map((t) => `(func (export "${t}") (result ${t}) (call $${t}))`).join('\n')}
  (func (export "none") (call $none))
  (func (export "two") (result i64 f64) (call $two))
  (func (export "plus") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))`;

const thing = { a: 'thing' };
const later = <T>(value: T): Promise<T> =>
  new Promise((resolve) => {
    setTimeout(resolve, 1, value);
  });

describe.each(['mapped', 'heap'] as const)('%s memory', (backend) => {
  let runtime: Runtime;
  let instance: Instance;
  let give: () => unknown;
  const values: Record<string, unknown> = {};
  beforeAll(async () => {
    runtime = new Runtime({ memory: { backend } });
    const names = [...types, 'none', 'two'];
    const e = Object.fromEntries(names.map((name) => [name, () => give()]));
    instance = runtime.load(await assemble(text)).instantiate({ imports: { e } });
    const funcref = instance.exports['plus'];
    Object.assign(values, { i32: -7, i64: 2n ** 62n, f32: 0.5, f64: 1e300, externref: thing });
    Object.assign(values, { funcref, none: undefined, two: [-1n, 0.25] });
  });
  afterAll(() => runtime.close());

  const error = new Error('on purpose');
  /** What the host function does, and what becomes of the call: the value, or a Trap's cause. */
  const good: Record<string, (value: unknown) => unknown> = {
    'returns it': (value) => value,
    'has it at once': (value) => Promise.resolve(value),
    'has it later': (value) => later(value),
    'has it after another promise': (value) => Promise.resolve(later(value)),
    'is a thenable': (value) => ({ then: (done: (value: unknown) => void) => done(value) }),
    'is a thenable that settles twice': (value) => ({
      then: (done: (value: unknown) => void, failed: (error: unknown) => void) => {
        setImmediate(() => {
          done(value);
          failed(error);
          done(5);
        });
      },
    }),
    'calls the guest first': async (value) => {
      await instance.callAsync('plus', [1]).catch(() => undefined);
      return value;
    },
  };
  const bad: Record<string, () => unknown> = {
    throws: () => {
      throw error;
    },
    rejects: () => Promise.reject(error),
    'rejects later': () => later(0).then(() => Promise.reject(error)),
    'is a thenable that throws': () => ({
      then: () => {
        throw error;
      },
    }),
    'is a thenable that fails': () => ({
      then: (_: unknown, failed: (e: Error) => void) => failed(error),
    }),
    'has a getter that throws': () => ({
      get then() {
        throw error;
      },
    }),
  };
  const names = [...types, 'none', 'two'];

  test.each(Object.entries(good))('%s', async (_, how) => {
    for (const name of names) {
      give = () => how(values[name]);
      expect([name, await instance.callAsync(name)]).toEqual([name, values[name]]);
    }
  });

  test.each(Object.entries(bad))('%s', async (_, how) => {
    for (const name of names) {
      give = how;
      const trap: unknown = await instance.callAsync(name).catch((thrown: unknown) => thrown);
      expect([name, trap]).toEqual([name, expect.any(Trap)]);
      expect((trap as Trap).cause).toBe(error);
      expect(instance.exports['plus']?.(1)).toBe(2);
    }
  });

  test('is of another type', async () => {
    const wrong = { i32: 1n, i64: 1, f32: 1n, f64: Symbol('s'), funcref: {}, two: [1n] };
    for (const [name, value] of Object.entries(wrong)) {
      for (const how of ['returns it', 'has it at once', 'has it later']) {
        give = () => good[how]?.(value);
        const trap: unknown = await instance.callAsync(name).catch((thrown: unknown) => thrown);
        expect([name, how, (trap as Trap).cause]).toEqual([name, how, expect.any(TypeError)]);
      }
    }
  });

  test.each(['before', 'meanwhile', 'in the host function'])('is aborted %s', async (when) => {
    for (const name of names) {
      const controller = new AbortController();
      const abort = (): void => {
        controller.abort(error);
      };
      give = () => {
        if (when === 'in the host function') abort();
        else setImmediate(abort);
        return later(later(values[name]).then(() => new Promise(() => undefined)));
      };
      if (when === 'before') abort();
      const call = instance.callAsync(name, [], { signal: controller.signal });
      const thrown: unknown = await call.catch((reason: unknown) => reason);
      expect([name, when === 'before' ? thrown : (thrown as Trap).cause]).toEqual([name, error]);
      expect(instance.exports['plus']?.(1)).toBe(2);
    }
  });
});
