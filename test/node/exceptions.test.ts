/** Exceptions of guests in JavaScript: tags, what guests catch, what goes through them. */
import {
  Exception,
  type ImportValue,
  type Imports,
  type Instance,
  InstancePool,
  JSTag,
  type Module,
  Runtime,
  Tag,
  Trap,
  UsageError,
  fresh,
} from '../../lib/index';
import { assemble } from './assemble';

const text = `(module
  (import "env" "host" (func $host (param i32) (result i32)))
  (import "env" "js" (tag $js (param externref)))
  (import "env" "given" (tag $given (param i32 i64)))
  (tag $own (export "own") (param i32 f64 externref))
  (func (export "throwOwn") (param i32 externref)
    (throw $own (local.get 0) (f64.const 2.5) (local.get 1)))
  (func (export "callHost") (param i32) (result i32) (call $host (local.get 0)))
  ;; What JavaScript has thrown.
  (func (export "catchJs") (param i32) (result externref)
    (block $caught (result externref)
      (try_table (catch $js $caught) (drop (call $host (local.get 0))))
      (ref.null extern)))
  ;; The number of what was thrown with the host's tag; -1: another one.
  (func (export "catchGiven") (param i32) (result i32)
    (block $rest
      (block $caught (result i32 i64)
        (try_table (catch $given $caught) (catch_all $rest)
          (return (call $host (local.get 0))))
        (unreachable))
      (return (i32.add (i32.wrap_i64))))
    (i32.const -1))
  ;; Thrown again as it was, by both forms.
  (func (export "throwAgain") (param i32) (result i32)
    (block $caught (result exnref)
      (try_table (catch_all_ref $caught) (return (call $host (local.get 0))))
      (unreachable))
    (throw_ref))
  (func (export "rethrow") (param i32) (result i32)
    (try (result i32)
      (do (call $host (local.get 0)))
      (catch_all (rethrow 0))))
  (func (export "countdown") (param i32) (result i32)
    (try (result i32)
      (do (call $host (local.get 0)))
      (catch_all (i32.const 100))))
  (func (export "exn") (result exnref) (ref.null exn))
  (func (export "trap") (param i32) (result i32) (i32.div_u (i32.const 1) (i32.const 0))))`;

interface Guest {
  throwOwn(value: number, reference: unknown): void;
  callHost(value: number): number;
  catchJs(value: number): unknown;
  catchGiven(value: number): number;
  throwAgain(value: number): number;
  rethrow(value: number): number;
  countdown(value: number): number;
  exn(): unknown;
  trap(value: number): number;
}

const runtime = new Runtime();
const given = new Tag({ parameters: ['i32', 'i64'] });
let loaded: Module;
let host: (value: number) => unknown = () => 0;

beforeAll(async () => {
  loaded = runtime.load(await assemble(text));
});
afterAll(() => {
  runtime.close();
});

function imports(
  tags: Partial<Record<'js' | 'given', ImportValue<undefined>>> = {},
): Imports<undefined> {
  return {
    env: {
      host: (_: unknown, value: number) => host(value),
      js: tags.js === undefined ? JSTag : tags.js,
      given: tags.given === undefined ? given : tags.given,
    },
  };
}

function guest(tags?: Partial<Record<'js' | 'given', ImportValue<undefined>>>): Instance<Guest> {
  return loaded.instantiate<Guest>({ imports: imports(tags) });
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** A host function that throws the value. */
function throwing(value: unknown): () => never {
  return () => {
    throw value;
  };
}

describe('what nobody catches', () => {
  test('is an Exception with tag, values and stack', () => {
    const { exports, tag } = ((one) => ({ exports: one.exports, tag: one.tag('own') }))(guest());
    const reference = { some: 'object' };
    const error = thrownBy(() => {
      exports.throwOwn(7, reference);
    });
    expect(error).toBeInstanceOf(Exception);
    const exception = error as Exception;
    expect(exception.message).toBe('uncaught wasm exception: own(i32 7, f64 2.5, externref)');
    expect(exception.code).toBe('Exception');
    expect(exception.function).toBe('throwOwn');
    expect(exception.is(tag)).toBe(true);
    expect(exception.tag).toBe(tag);
    expect(exception.getArg(tag, 0)).toBe(7);
    expect(exception.getArg(tag, 1)).toBe(2.5);
    expect(exception.getArg(tag, 2)).toBe(reference);
    expect(exception.is(given)).toBe(false);
    expect(() => exception.getArg(given, 0)).toThrow(TypeError);
    expect(() => exception.getArg(tag, 3)).toThrow(RangeError);
    expect(() => exception.getArg(tag, -1)).toThrow(RangeError);
    expect(exception.wasmStack.map((frame) => frame.function)).toEqual(['throwOwn']);
    expect(exception.stack).toContain('    at throwOwn (wasm-function[1]:0x');
    expect(exception).not.toBeInstanceOf(Trap);
  });

  test('the instance goes on', () => {
    const { exports } = guest();
    host = (value) => value + 1;
    expect(() => {
      exports.throwOwn(1, null);
    }).toThrow(Exception);
    expect(exports.callHost(1)).toBe(2);
  });

  test('a promise is rejected with it', async () => {
    const one = guest();
    const error = await one.callAsync('throwOwn', [8, null]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Exception);
    expect((error as Exception).getArg(one.tag('own'), 0)).toBe(8);
  });
});

describe('what host functions throw', () => {
  test.each([
    ['an Error', new Error('x')],
    ['a number', 5],
    ['null', null],
    ['undefined', undefined],
  ])('%s is caught with JSTag as it is', (_, value: unknown) => {
    host = throwing(value);
    expect(guest().exports.catchJs(0)).toBe(value);
  });

  test.each(['callHost', 'throwAgain', 'rethrow'] as const)(
    'goes through %s as it is, as the cause of a Trap',
    (name) => {
      const error = new RangeError('mine');
      host = throwing(error);
      const trap = thrownBy(() => guest().exports[name](0));
      expect(trap).toBeInstanceOf(Trap);
      expect((trap as Trap).cause).toBe(error);
      expect((trap as Trap).code).toBe('HostException');
      expect((trap as Trap).message).toMatch(/^host function failed, in .*: RangeError: mine$/);
    },
  );

  test('is caught by catch_all, and without a tag of its own', () => {
    host = throwing('text');
    expect(guest().exports.countdown(0)).toBe(100);
    expect(guest().exports.catchGiven(0)).toBe(-1);
    // Another tag of the same type is another tag.
    const other = guest({ js: new Tag({ parameters: ['externref'] }) });
    const trap = thrownBy(() => other.exports.catchJs(0));
    expect((trap as Trap).cause).toBe('text');
  });

  test('an Exception of ours is caught by its tag', () => {
    host = throwing(new Exception(given, [30, 4n]));
    expect(guest().exports.catchGiven(0)).toBe(34);
  });

  test.each(['callHost', 'throwAgain', 'rethrow'] as const)(
    'an Exception goes through %s as the same object',
    (name) => {
      const one = guest();
      const mine = new Exception(given, [1, 2n]);
      host = throwing(mine);
      for (let round = 0; round < 3; round += 1) {
        expect(thrownBy(() => one.exports[name](0))).toBe(mine);
      }
      expect(mine.getArg(given, 1)).toBe(2n);
    },
  );

  test('an Exception of a guest goes through another guest as the same object', () => {
    const inner = guest();
    const outer = guest();
    let seen: unknown;
    host = (value) => {
      try {
        inner.exports.throwOwn(value, 'deep');
      } catch (error) {
        seen = error;
        throw error;
      }
      return 0;
    };
    expect(thrownBy(() => outer.exports.throwAgain(3))).toBe(seen);
    expect((seen as Exception).getArg(inner.tag('own'), 2)).toBe('deep');
    expect(outer.exports.countdown(3)).toBe(100);
  });

  test('guest, host and guest nest', () => {
    const one = guest();
    host = (value) => (value === 0 ? throwing('bottom')() : one.exports.rethrow(value - 1));
    const trap = thrownBy(() => one.exports.rethrow(20));
    expect((trap as Trap).cause).toBe('bottom');
    host = (value) => (value === 0 ? throwing('bottom')() : one.exports.countdown(value - 1) + 1);
    expect(one.exports.countdown(20)).toBe(100 + 20);
  });

  test('traps are not caught on their way through a host function', () => {
    const one = guest();
    host = () => one.exports.trap(0);
    for (const name of ['countdown', 'catchGiven', 'rethrow', 'throwAgain'] as const) {
      const trap = thrownBy(() => one.exports[name](0));
      expect(trap).toBeInstanceOf(Trap);
      expect((trap as Trap).code).toBe('DivideByZero');
    }
  });

  test('what was caught is no cause of a later trap', () => {
    const source = guest();
    host = throwing(new Error('caught'));
    expect(source.exports.countdown(0)).toBe(100);
    const trap = thrownBy(() => source.exports.trap(0)) as Trap;
    expect(trap.code).toBe('DivideByZero');
    expect(trap.cause).toBeUndefined();
  });

  test('promises that are rejected are exceptions too', async () => {
    const one = guest();
    host = () => Promise.reject(new Exception(given, [3, 4n]));
    expect(await one.callAsync('catchGiven', [0])).toBe(7);
    const error = new Error('later');
    host = async () => Promise.reject(error);
    expect(await one.callAsync('catchJs', [0])).toBe(error);
    const trap = await one.callAsync('rethrow', [0]).catch((reason: unknown) => reason);
    expect((trap as Trap).cause).toBe(error);
    host = throwing(error);
    expect(await one.callAsync('catchJs', [0])).toBe(error);
    const mine = new Exception(given, [5, 6n]);
    host = throwing(mine);
    expect(await one.callAsync('throwAgain', [0]).catch((reason: unknown) => reason)).toBe(mine);
  });

  test('start functions throw and catch', async () => {
    const start = (body: string): Promise<Uint8Array> =>
      assemble(`(module (import "env" "host" (func $host (param i32) (result i32)))
        (import "env" "given" (tag $given (param i32 i64)))
        (global (export "got") (mut i32) (i32.const 0))
        (func $start ${body}) (start $start))`);
    const run = (bytes: Uint8Array): Instance =>
      runtime.load(bytes).instantiate({ imports: imports() });
    const mine = new Exception(given, [6, 1n]);
    host = throwing(mine);
    const catching = await start(`(block $c (result i32 i64)
      (try_table (catch $given $c) (drop (call $host (i32.const 0)))) (unreachable))
      (drop) (global.set 0)`);
    expect(run(catching).global('got').value).toBe(6);
    const not = await start('(try (do (drop (call $host (i32.const 0)))) (catch_all (rethrow 0)))');
    expect(thrownBy(() => run(not))).toBe(mine);
    const error = new Error('start');
    host = throwing(error);
    expect((thrownBy(() => run(not)) as Trap).cause).toBe(error);
    const own = thrownBy(() => run(catching));
    expect((own as Trap).cause).toBe(error);
  });
});

describe('tags', () => {
  test('say their types', () => {
    expect(given.parameters).toEqual(['i32', 'i64']);
    expect(JSTag.parameters).toEqual(['externref']);
    expect(() => new Exception(JSTag, [1])).toThrow(TypeError);
    const wanted = loaded.imports.find((entry) => entry.name === 'given');
    expect(wanted?.type).toEqual({ kind: 'tag', parameters: ['i32', 'i64'] });
    expect(wanted?.signature).toBe('tag (i32, i64)');
    expect(loaded.exports.find((entry) => entry.name === 'own')?.type).toEqual({
      kind: 'tag',
      parameters: ['i32', 'f64', 'externref'],
    });
  });

  test('exported ones are the same object each time, and can be imported', () => {
    const one = guest();
    const own = one.tag('own');
    expect(one.tag('own')).toBe(own);
    expect(one.export('own')).toBe(own);
    expect(guest().tag('own')).not.toBe(own);
    expect(() => guest({ given: own })).toThrow(
      'import "env" "given": wanted tag (i32, i64), got tag (i32, f64, externref)',
    );
    expect(() => one.tag('none')).toThrow(UsageError);
    expect(guest({ given: fresh }).closed).toBe(false);
  });

  test('misuse', () => {
    expect(() => new Tag(undefined as never)).toThrow(TypeError);
    expect(() => new Tag({ parameters: ['i33' as never] })).toThrow("'i33' is no value type");
    expect(() => new Tag({ parameters: Array<'i32'>(1001).fill('i32') })).toThrow(RangeError);
    expect(() => new Exception(Object.create(null) as Tag, [])).toThrow('not a Tag of wembed');
    expect(() => new Exception(given, [1])).toThrow('the tag takes 2 values, not 1');
    expect(() => new Exception(given, [1, 2])).toThrow(TypeError);
    const vector = new Tag({ parameters: ['v128'] });
    expect(() => new Exception(vector, [1])).toThrow(TypeError);
    expect(() => guest({ given: 5 })).toThrow('wanted tag (i32, i64), got number');
    expect(() => guest().exports.exn()).toThrow('type exnref');
  });

  test('one of another runtime stops the guest like any error', () => {
    using other = new Runtime();
    const foreign = other.load(bytesOfOther);
    const tag = foreign.instantiate().tag('own');
    const mine = new Exception(tag, [1]);
    host = throwing(mine);
    const trap = thrownBy(() => guest().exports.countdown(0));
    expect((trap as Trap).cause).toBe(mine);
    expect(() => guest({ given: tag })).toThrow('the tag belongs to another runtime');
  });

  test('traceStack captures where it was made', () => {
    expect(new Exception(given, [1, 2n]).stack).not.toContain('exceptions.test');
    expect(new Exception(given, [1, 2n], { traceStack: true }).stack).toContain('exceptions.test');
  });
});

const bytesOfOther = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 0x60, 1, 0x7f, 0, 13, 3, 1, 0, 0, 7, 7, 1, 3, 111, 119, 110,
  4, 0,
]);

describe('what exists goes on to hold', () => {
  test('a pool hands nothing of the last holder on', async () => {
    using pool = new InstancePool<Guest>(loaded, { max: 1, instantiate: { imports: imports() } });
    const error = new Error('of the first');
    host = throwing(error);
    await pool.use((one) => {
      expect((thrownBy(() => one.exports.callHost(0)) as Trap).cause).toBe(error);
      expect(() => {
        one.exports.throwOwn(1, error);
      }).toThrow(Exception);
    });
    host = (value) => value;
    await pool.use((one) => {
      expect(one.exports.callHost(3)).toBe(3);
      expect((thrownBy(() => one.exports.trap(0)) as Trap).cause).toBeUndefined();
    });
  });

  test('a reset forgets what was thrown', () => {
    const one = guest();
    expect(() => {
      one.exports.throwOwn(1, null);
    }).toThrow(Exception);
    one.reset();
    host = (value) => value;
    expect(one.exports.callHost(9)).toBe(9);
  });

  test('deadlines and fuel hold for who throws and catches for ever', async () => {
    const bytes = await assemble(`(module (tag $t)
      (func (export "table") (loop $l (try_table (catch_all $l) (throw $t))))
      (func (export "legacy") (loop $l (try (do (throw $t)) (catch_all (br $l))))))`);
    const one = runtime.load(bytes).instantiate<{ table(): void; legacy(): void }>();
    for (const name of ['table', 'legacy'] as const) {
      expect((thrownBy(() => one.call(name, [], { deadline: 20 })) as Trap).code).toBe('Deadline');
      expect((thrownBy(() => one.call(name, [], { fuel: 10_000 })) as Trap).code).toBe(
        'InstructionLimit',
      );
    }
  });

  test('each form can be switched off', async () => {
    const bytes = await assemble('(module (tag) (func (try (do) (catch_all))))');
    expect(() => runtime.load(bytes, { without: ['legacyExceptions'] })).toThrow(
      'legacy exception handling, which is switched off',
    );
    expect(() => runtime.load(bytes, { without: ['exceptions'] })).not.toThrow();
  });

  test('closing a runtime takes exceptions and tags along', async () => {
    const own = new Runtime();
    const bytes = await assemble('(module (tag $t (export "t")) (func (export "f") (throw $t)))');
    const one = own.load(bytes).instantiate<{ f(): void }>();
    const tag = one.tag('t');
    const error = thrownBy(() => {
      one.exports.f();
    }) as Exception;
    own.close();
    expect(error.is(tag)).toBe(true);
    expect(error.wasmStack).toHaveLength(1);
  });
});
