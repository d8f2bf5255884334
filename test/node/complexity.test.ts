/**
 * What takes long takes so in proportion: each piece of work is done at sizes that double, and its
 * processor time may not grow faster than the size does. The least of several rounds counts, so that
 * others that use the machine do no harm; what grows with the square misses the bound by far.
 */
import { type Instance, type Module, Runtime, hostFunction } from '../../lib';
import { assemble } from './assemble';
import {
  CODE,
  EXPORTS,
  FUNCTIONS,
  GLOBALS,
  IMPORTS,
  TYPES,
  body,
  count,
  counted,
  exported,
  list,
  moduleOf,
  repeated,
} from './sections';

const doublings = 4;
/** In rounds that are best. Shorter is not measured well. */
const leastMs = 0.4;
/**
 * How much more than its size a work may grow: caches end somewhere, and from some size on each round
 * has a collection of V8's in it, whose threads count. The square is 16 times the size here.
 */
const slack = 4;
const rounds = 10;

/** Makes work of a size; what is returned is measured, and then given up. */
type Work = (size: number) => { run: () => unknown; end?: () => void };

function cpuMs(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function once(work: Work, size: number): number {
  const { run, end } = work(size);
  const took = cpuMs(run);
  end?.();
  return took;
}

function caught(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not throw');
}

/** The least of some rounds for each size, and no more of them than it takes to keep the bound. */
function check(work: Work, size: number, growth = 1): void {
  const sizes = Array.from({ length: doublings + 1 }, (_, step) => size * 2 ** step);
  const least = sizes.map(() => Infinity);
  const bound = slack * 2 ** (doublings * growth);
  for (let round = 0; round < rounds; round += 1) {
    for (const [step, each] of sizes.entries()) {
      least[step] = Math.min(least[step] ?? Infinity, once(work, each));
    }
    const ratio = (least.at(-1) ?? 0) / Math.max(least[0] ?? 0, leastMs);
    if (round > 0 && ratio <= bound) return;
  }
  const told = sizes.map((each, step) => `${each}: ${(least[step] ?? 0).toFixed(2)} ms`);
  throw new Error(`grows faster than it may: ${told.join(', ')}`);
}

test('what grows with the square is found', () => {
  const square: Work = (size) => ({
    run: () => {
      let sum = 0;
      for (let i = 0; i < size * size; i += 1) sum = (sum + i * i) | 0;
      return sum;
    },
  });
  expect(() => {
    check(square, 300);
  }).toThrow(/grows faster than it may/);
});

const unary = Buffer.from([0x60, 1, 0x7f, 1, 0x7f]);

/** One function of i32 to i32 with that body. */
const one = (...parts: readonly (Uint8Array | readonly number[])[]): Buffer =>
  moduleOf({
    [TYPES]: list(1, () => unary),
    [FUNCTIONS]: list(1, () => [0]),
    [EXPORTS]: list(1, () => exported('f', 0)),
    [CODE]: list(1, () => body(...parts)),
  });

const nested = (size: number): Buffer =>
  one(repeated(size, [0x20, 0, 0x04, 0x40]), repeated(size, [0x0b]), [0x20, 0]);
const branches = (size: number): Buffer =>
  one(
    repeated(size, [0x02, 0x40]),
    repeated(size, [0x20, 0, 0x0d, 0]),
    repeated(size, [0x0b]),
    [0x20, 0],
  );
const straight = (size: number): Buffer =>
  one(repeated(size, [0x20, 0, 0x41, 1, 0x6a, 0x21, 0]), [0x20, 0]);
const many = (size: number): Buffer =>
  moduleOf({
    [TYPES]: list(1, () => unary),
    [FUNCTIONS]: list(size, () => [0]),
    [EXPORTS]: list(size, (index) => exported(`f${index}`, index)),
    [CODE]: list(size, () => body([0x20, 0])),
  });
const imports = (size: number): Buffer =>
  moduleOf({
    [TYPES]: list(1, () => unary),
    [IMPORTS]: list(size, (index) =>
      Buffer.concat([counted('e'), counted(`f${index}`), Buffer.from([0, 0])]),
    ),
    [GLOBALS]: list(size, () => [0x7f, 1, 0x41, 0, 0x0b]),
  });
const sections = (size: number): Buffer =>
  Buffer.concat([moduleOf({}), repeated(size, [0, 2, 1, 0x78])]);

describe('grows as its size does:', () => {
  let runtime: Runtime;
  let plugin: Module;
  let library: Module;
  let thrower: Module;
  beforeAll(async () => {
    runtime = new Runtime();
    plugin = runtime.load(
      await assemble(`(module (import "m" "add" (func $add (param i32) (result i32)))
        (func (export "f") (param i32) (result i32) (call $add (local.get 0))))`),
    );
    library = runtime.load(
      await assemble(`(module (table (export "table") 1 1000000 funcref)
        (memory (export "memory") 1)
        (func (export "add") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
        (func (export "take") (param externref)))`),
    );
    thrower = runtime.load(
      await assemble(`(module (import "e" "f" (func $f))
        (func $down (export "down") (param i32)
          (if (local.get 0)
            (then (call $down (i32.sub (local.get 0) (i32.const 1))))
            (else (call $f)))))`),
    );
  });
  afterAll(() => runtime.close());

  test.each([
    ['nested ifs', nested, 2000],
    ['branches out of nested blocks', branches, 1500],
    ['straight code', straight, 5000],
    ['functions and exports', many, 1000],
    ['imports and globals', imports, 1000],
    ['empty sections', sections, 20_000],
  ])('load and first call of %s', (_what, make, size) => {
    check((each) => {
      const bytes = make(each);
      let module: Module | undefined;
      return {
        run: () => {
          module = runtime.load(bytes);
          if (make !== imports) module.instantiate().exports['f']?.(0);
        },
        end: () => module?.close(),
      };
    }, size);
  });

  test('instantiate, with every import a host function', () => {
    const bytes = new Map<number, Module>();
    const env = new Map<number, Record<string, () => number>>();
    check((size) => {
      const module = bytes.get(size) ?? runtime.load(imports(size));
      bytes.set(size, module);
      const e =
        env.get(size) ??
        Object.fromEntries(Array.from({ length: size }, (_, index) => [`f${index}`, () => index]));
      env.set(size, e);
      let instance: Instance | undefined;
      return {
        run: () => (instance = module.instantiate({ imports: { e } })),
        end: () => instance?.close(),
      };
    }, 250);
  });

  test('link, call and close: many instances that use one', () => {
    check((size) => {
      const host = library.instantiate();
      return {
        run: () => {
          const all = Array.from({ length: size }, () =>
            plugin.instantiate({ imports: { m: host } }),
          );
          for (const each of all) each.exports['f']?.(1);
          for (const each of all) each.close();
        },
        end: () => {
          host.close();
        },
      };
    }, 100);
  });

  test('put functions of many instances into one table', () => {
    check((size) => {
      const host = library.instantiate();
      const table = host.table('table');
      table.grow(size);
      const made: Instance[] = [];
      return {
        run: () => {
          for (let index = 0; index < size; index += 1) {
            const instance = plugin.instantiate({
              imports: { m: { add: (_caller, x: number) => x } },
            });
            made.push(instance);
            table.set(index, instance.exports['f']);
          }
        },
        end: () => {
          for (const each of made) each.close();
          host.close();
        },
      };
    }, 100);
  });

  test.each([
    ['put in', (index: number) => index],
    ['overwritten', () => 0],
  ])('host functions in a table, %s', (_what, place) => {
    check((size) => {
      const host = library.instantiate();
      const table = host.table('table');
      table.grow(size);
      return {
        run: () => {
          for (let index = 0; index < size; index += 1) {
            table.set(
              place(index),
              hostFunction({ results: ['i32'] }, () => index),
            );
          }
        },
        end: () => {
          host.close();
        },
      };
    }, 200);
  });

  test('grow a table, one by one', () => {
    check((size) => {
      const host = library.instantiate();
      return {
        run: () => {
          for (let index = 0; index < size; index += 1) host.table('table').grow(1);
        },
        end: () => {
          host.close();
        },
      };
    }, 1000);
  });

  test('references to fresh objects', () => {
    check((size) => {
      const host = library.instantiate();
      return {
        run: () => {
          for (let index = 0; index < size; index += 1) host.exports['take']?.({ index });
        },
        end: () => {
          host.close();
        },
      };
    }, 1000);
  });

  test('throw through many frames, and read where it was', () => {
    const instance = thrower.instantiate({
      imports: {
        e: {
          f: () => {
            throw new Error('on purpose');
          },
        },
      },
    });
    check((size) => ({ run: () => caught(() => instance.exports['down']?.(size)).stack }), 500);
    instance.close();
  });

  test('throwing costs the same through a large function as through a small one', () => {
    // As it is translated again only for who asks where it was.
    const made = new Map<number, Instance>();
    const throwing = (size: number): Instance => {
      const bytes = moduleOf({
        [TYPES]: list(
          2,
          (index) =>
            [
              [0x60, 0, 0],
              [0x60, 1, 0x7f, 1, 0x7f],
            ][index] ?? [],
        ),
        [IMPORTS]: list(1, () => Buffer.concat([counted('e'), counted('f'), Buffer.from([0, 0])])),
        [FUNCTIONS]: list(1, () => [1]),
        [EXPORTS]: list(1, () => exported('f', 1)),
        [CODE]: list(1, () =>
          body([0x10, ...count(0)], repeated(size, [0x20, 0, 0x41, 1, 0x6a, 0x21, 0]), [0x20, 0]),
        ),
      });
      const f = (): never => {
        throw new Error('on purpose');
      };
      return runtime.load(bytes).instantiate({ imports: { e: { f } } });
    };
    check(
      (size) => {
        const instance = made.get(size) ?? throwing(size);
        made.set(size, instance);
        return {
          run: () => {
            for (let round = 0; round < 100; round += 1) {
              caught(() => instance.exports['f']?.(0));
            }
          },
        };
      },
      500,
      0,
    );
  });

  test('close: a runtime with many modules and instances', () => {
    const bytes = one([0x20, 0]);
    check((size) => {
      const own = new Runtime();
      for (let index = 0; index < size; index += 1) own.load(bytes).instantiate();
      return {
        run: () => {
          own.close();
        },
      };
    }, 100);
  });

  test('share and open: many modules, and one many times', () => {
    const bytes = one([0x20, 0]);
    check((size) => {
      const own = new Runtime();
      const opened: Module[] = [];
      return {
        run: () => {
          const shared = own.load(bytes);
          for (let index = 0; index < size; index += 1) {
            opened.push(Runtime.open(shared.share()), Runtime.open(own.load(bytes).share()));
          }
          for (const each of opened) each.close();
        },
        end: () => {
          own.close();
        },
      };
    }, 50);
  });
});
