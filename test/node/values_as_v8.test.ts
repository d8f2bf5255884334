/** Values at their edges, in every direction, convert as they do in Node's own WebAssembly. */
import { type Instance, Runtime } from '../../lib';
import { assemble } from './assemble';

const kinds = ['i32', 'i64', 'f32', 'f64'] as const;

const text = `(module
  ${kinds.map((t) => `(import "e" "${t}" (func $${t} (param ${t}) (result ${t})))`).join('\n')}
  ${kinds.map((t) => `(global $g_${t} (export "g_${t}") (mut ${t}) (${t}.const 0))`).join('\n')}
  (memory (export "memory") 1)
  ${kinds
    .map(
      (t) => `(func (export "${t}") (param ${t}) (result ${t}) (local.get 0))
  (func (export "host_${t}") (param ${t}) (result ${t}) (call $${t} (local.get 0)))`,
    )
    .join('\n')}
  (func (export "keep32") (param i32) (result i32) (local $x f32)
    (local.set $x (f32.reinterpret_i32 (local.get 0)))
    (f32.store (i32.const 8) (local.get $x))
    (global.set $g_f32 (f32.load (i32.const 8)))
    (i32.reinterpret_f32 (select (global.get $g_f32) (f32.const 0) (i32.const 1))))
  (func (export "keep64") (param i64) (result i64) (local $x f64)
    (local.set $x (f64.reinterpret_i64 (local.get 0)))
    (f64.store (i32.const 8) (local.get $x))
    (global.set $g_f64 (f64.load (i32.const 8)))
    (i64.reinterpret_f64 (select (global.get $g_f64) (f64.const 0) (i32.const 1)))))`;

const numbers = [0, -0, 1, -1, 0.5, -1.5, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1];
numbers.push(2 ** 32 - 1, 2 ** 32, 2 ** 53, -(2 ** 53), 1e40, 1e308, 5e-324, 1e-46);
numbers.push(NaN, Infinity, -Infinity, 16777217, 3.4028235677973366e38, 1.401298464324817e-45);
const edges = [0n, 1n, 31n, 32n, 52n, 53n, 62n, 63n, 64n, 65n, 127n, 128n, 1000n].flatMap((bit) => [
  2n ** bit,
  2n ** bit - 1n,
  -(2n ** bit),
  -(2n ** bit) - 1n,
]);
const others: readonly unknown[] = [
  ...[undefined, null, true, false, '', '12', ' 7 ', '0x10', '1e3', 'text', '9'.repeat(40)],
  ...[[], [5], [1, 2], {}, Symbol('s'), () => 1, new Date(5), new Number(3), Object(4n) as unknown],
  { valueOf: () => 2 ** 33 + 1 },
  { toString: () => '8' },
  { [Symbol.toPrimitive]: () => 3n },
  { [Symbol.toPrimitive]: () => ({}) },
];
const values: readonly unknown[] = [...numbers, ...edges, ...others];

/** What comes of it: the value, or that it throws and how. */
function outcome(run: () => unknown): unknown {
  try {
    return { value: run() };
  } catch (error) {
    const cause = (error as Error).cause ?? error;
    return { threw: (cause as Error).constructor.name };
  }
}

interface Global {
  value: unknown;
}
type Functions = Record<string, (value: unknown) => unknown>;

describe.each(['mapped', 'heap'] as const)('as V8, %s memory', (backend) => {
  let runtime: Runtime;
  let ours: Instance;
  let theirs: WebAssembly.Instance;
  let given: unknown;
  const seen: { ours: unknown[]; theirs: unknown[] } = { ours: [], theirs: [] };
  beforeAll(async () => {
    const bytes = await assemble(text);
    runtime = new Runtime({ memory: { backend } });
    const mine = Object.fromEntries(
      kinds.map((kind) => [
        kind,
        (_caller: unknown, value: unknown) => (seen.ours.push(value), given),
      ]),
    );
    const own = Object.fromEntries(
      kinds.map((kind) => [kind, (value: unknown) => (seen.theirs.push(value), given)]),
    );
    ours = runtime.load(bytes).instantiate({ imports: { e: mine } });
    theirs = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(bytes)), { e: own });
  });
  afterAll(() => runtime.close());

  test.each(kinds)('%s as an argument and a result', (kind) => {
    for (const value of values) {
      const mine = outcome(() => (ours.exports as Functions)[kind]?.(value));
      expect([value, mine]).toEqual([
        value,
        outcome(() => (theirs.exports as Functions)[kind]?.(value)),
      ]);
    }
  });

  test.each(kinds)('%s to and from a host function', (kind) => {
    const name = `host_${kind}`;
    for (const value of values) {
      given = value;
      const zero = kind === 'i64' ? 0n : 0;
      const mine = outcome(() => (ours.exports as Functions)[name]?.(zero));
      expect([value, mine]).toEqual([
        value,
        outcome(() => (theirs.exports as Functions)[name]?.(zero)),
      ]);
    }
    given = kind === 'i64' ? 1n : 1;
    for (const value of kind === 'i64' ? edges : numbers) {
      (ours.exports as Functions)[name]?.(value);
      (theirs.exports as Functions)[name]?.(value);
    }
    expect(seen.ours).toEqual(seen.theirs);
    expect(seen.ours.length).toBeGreaterThan(values.length);
  });

  test.each(kinds)('%s as a global', (kind) => {
    const mine = ours.global(`g_${kind}`);
    const own = theirs.exports[`g_${kind}`] as unknown as Global;
    for (const value of values) {
      const set = (global: Global) => (): unknown => {
        global.value = value;
        return global.value;
      };
      expect([value, outcome(set(mine))]).toEqual([value, outcome(set(own))]);
    }
  });

  test('the bits of a NaN stay where nothing is calculated', () => {
    const view = new DataView(ours.memory.buffer);
    for (const bits of [0x7fc00000, 0x7f800001, 0x7fa12345, -1, -0x400000, 0x7fffffff]) {
      expect((ours.exports as Functions)['keep32']?.(bits)).toBe(bits);
      expect(view.getInt32(8, true)).toBe(bits);
    }
    for (const bits of [0x7ff8000000000000n, 0x7ff0000000000001n, 0x7ff4deadbeef0001n, -1n]) {
      expect((ours.exports as Functions)['keep64']?.(bits)).toBe(bits);
      expect(view.getBigInt64(8, true)).toBe(bits);
    }
  });
});
