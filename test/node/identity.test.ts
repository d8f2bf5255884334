/** What several instances export, or one under several names, is one object. */
import { type Instance, type Module, Runtime, fresh } from '../../lib';
import { assemble } from './assemble';

let runtime: Runtime;
let owner: Module;
let user: Module;

beforeAll(async () => {
  runtime = new Runtime();
  owner = runtime.load(
    await assemble(`(module
      (memory (export "memory") (export "again") 1)
      (table (export "table") (export "list") 2 funcref)
      (global (export "count") (export "number") (mut i32) (i32.const 7))
      (global (export "fixed") i32 (i32.const 7))
      (tag (export "tag") (export "label") (param i32)))`),
  );
  user = runtime.load(
    await assemble(`(module
      (import "owner" "memory" (memory 1))
      (import "owner" "table" (table 2 funcref))
      (import "owner" "count" (global (mut i32)))
      (import "owner" "tag" (tag (param i32)))
      (export "m" (memory 0)) (export "t" (table 0)) (export "g" (global 0)) (export "x" (tag 0)))`),
  );
});
afterAll(() => runtime.close());

const pairs = [
  ['memory', 'again', 'm'],
  ['table', 'list', 't'],
  ['count', 'number', 'g'],
  ['tag', 'label', 'x'],
] as const;

function linked(): [Instance, Instance] {
  const first = owner.instantiate();
  const imports = Object.fromEntries(pairs.map(([name]) => [name, first.export(name)]));
  return [first, user.instantiate({ imports: { owner: imports as never } })];
}

test.each(pairs)('%s', (name, alias, there) => {
  const [first, second] = linked();
  const object = first.export(name);
  expect(first.export(alias) === object).toBe(true);
  expect(second.export(there) === object).toBe(true);
  const third = user.instantiate({ imports: { owner: first } });
  expect(third.export(there) === object).toBe(true);
  const [other] = linked();
  expect(other.export(name) === object).toBe(false);
  first.close();
  second.close();
  third.close();
  other.close();
});

test('another global of the same value is another one', () => {
  const first = owner.instantiate();
  expect(first.export('fixed') === first.export('count')).toBe(false);
  first.close();
});

test('what imports brought for others is one as well', () => {
  const imports = { memory: fresh, table: fresh, count: fresh, tag: fresh } as const;
  const first = user.instantiate({ imports: { owner: imports } });
  const second = user.instantiate({
    imports: {
      owner: {
        memory: first.memoryNamed('m'),
        table: first.table('t'),
        count: first.global('g'),
        tag: first.export('x') as never,
      },
    },
  });
  for (const [, , name] of pairs) expect(second.export(name) === first.export(name)).toBe(true);
  second.close();
  first.close();
});

test('after its first owner is closed there is a new object, which serves', () => {
  const [first, second] = linked();
  const global = first.global('count');
  global.value = 5;
  first.close();
  const again = second.global('g');
  expect(again === global).toBe(false);
  expect(again.value).toBe(5);
  expect(second.table('t').length).toBe(2);
  expect(second.memoryNamed('m').bytes).toHaveLength(65536);
  second.close();
});
