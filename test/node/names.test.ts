/** Names of the name section, and the objects of an instance by the names of their types. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GuestObject, type Module, type NameKind, Runtime, Trap, UsageError } from '../../lib';
import { assemble } from './assemble';
import { assembleLater } from '../assemble_later';

const text = readFileSync(join(__dirname, '../modules/names.wat'), 'utf8');

let runtime: Runtime;
let named: Module;

beforeAll(() => {
  runtime = new Runtime();
  named = runtime.load(assembleLater(text));
});
afterAll(() => runtime.close());

test('all kinds of names', () => {
  const names = (kind: NameKind): string[] =>
    named
      .names(kind)
      .map(
        ({ index, inner, name }) =>
          `${inner === undefined ? '' : `${index}.`}${inner ?? index} ${name}`,
      );
  expect(names('module')).toEqual(['0 shapes']);
  expect(names('function')).toEqual(['0 make', '1 pass']);
  expect(names('local')).toEqual(['0.0 x', '0.1 y', '0.2 made', '1.0 distance']);
  expect(names('label')).toEqual([]);
  expect(names('type')).toEqual(['0 point', '1 list']);
  expect(names('table')).toEqual(['0 shown']);
  expect(names('memory')).toEqual(['0 pixels']);
  expect(names('global')).toEqual(['0 origin', '1 all']);
  expect(names('element')).toEqual(['0 first']);
  expect(names('data')).toEqual(['0 title']);
  expect(names('field')).toEqual(['0.0 x', '0.1 y']);
  expect(names('tag')).toEqual(['0 too_far']);
  expect(() => named.names('labels' as NameKind)).toThrow(UsageError);
});

test('a name of any length, with any letter', async () => {
  const long = 'ä'.repeat(5000);
  const module = runtime.load(await assemble(`(module (func $a) (func $${'x'.repeat(5000)}))`));
  expect(module.names('function')[1]?.name).toHaveLength(5000);
  const bytes = await assemble('(module)');
  const body = [...Buffer.from(long)];
  const leb = (value: number): number[] =>
    value < 128 ? [value] : [(value & 127) | 128, ...leb(value >> 7)];
  const map = [1, 0, ...leb(body.length), ...body];
  const content = [4, ...Buffer.from('name'), 7, ...leb(map.length), ...map];
  const loaded = runtime.load(Uint8Array.from([...bytes, 0, ...leb(content.length), ...content]));
  expect(loaded.names('global')).toEqual([{ index: 0, name: long }]);
});

test('what an inspection says of objects', () => {
  const instance = named.instantiate<{ make(x: number, y: number): GuestObject }>();
  expect(instance.inspect().objects).toBeUndefined();
  expect(instance.inspect().memories[0]?.name).toBe('pixels');
  const made = instance.exports.make(1, 2);
  const inspection = instance.inspect();
  expect(inspection.objects).toMatchObject({
    objects: 2,
    limit: 64 << 20,
    types: [
      { type: 0, name: 'point', array: false, objects: 1 },
      { type: 1, name: 'list', array: true, objects: 1 },
    ],
  });
  expect(inspection.toString()).toContain('structs of type 0 $point');
  expect(inspection.toString()).toContain('memory 0 $pixels');
  expect(inspection.toHtml()).toContain('<td class="name mono">list</td>');
  expect(made).toBeInstanceOf(GuestObject);
  instance.close();
});

test('names in errors', () => {
  const instance = named.instantiate<{ pass(distance: number): void }>();
  let caught: unknown;
  try {
    instance.exports.pass(3);
  } catch (error) {
    caught = error;
  }
  expect(String(caught)).toContain('too_far');
  expect(caught).not.toBeInstanceOf(Trap);
  const user = readFileSync(join(__dirname, '../modules/names_user.wat'), 'utf8');
  const origin = instance.global('origin');
  expect(() =>
    runtime.load(assembleLater(user)).instantiate({ imports: { names: { origin } } }),
  ).toThrow(/ref null \$circle.*ref null \$point/);
  instance.close();
});
