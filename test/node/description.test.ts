/** The shape of descriptions: the schema and the reader refuse the same, and say where. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Ajv from 'ajv';
import { DescriptionError, readDescription } from '../../lib/types/description';
import { assemble } from './assemble';

const root = resolve(__dirname, '../..');
const schema = JSON.parse(readFileSync(join(root, 'schema/types.schema.json'), 'utf8')) as object;
const valid = new Ajv({ allErrors: false, strict: false }).compile(schema);

const whole = {
  $schema: './types.schema.json',
  version: 1,
  types: {
    point: {
      ...{ kind: 'struct', size: 8, align: 4, called: 'geometry::point', source: 'a.c:1' },
      fields: [
        { name: 'x', at: 0, type: 'f32' },
        { name: 'y', at: 4, type: 'u32', bits: [0, 3] },
      ],
    },
    color: { kind: 'enum', of: 'u32', values: { RED: 0 } },
    operation: { kind: 'function', params: [{ name: 'a', type: 'i32' }], result: 'i32' },
    hidden: { kind: 'opaque' },
    Points: { kind: 'managed', as: 'array', id: 4, element: 'f64' },
  },
  functions: {
    sum: {
      params: [
        { name: 'points', type: 'const point*' },
        { name: 'count', type: 'u32', lengthOf: 'points' },
      ],
      ...{ result: 'char*', text: true, frees: true },
    },
  },
  imports: { host: { log: { params: [] } } },
  left: { other: 'why' },
};

type Json = Record<string, never>;
const changed = (change: (copy: Json) => void): unknown => {
  const copy = JSON.parse(JSON.stringify(whole)) as Json;
  change(copy);
  return copy;
};
/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-member-access -- what is broken on purpose has no type */
const broken: [what: unknown, message: RegExp][] = [
  [[], /^it has to be an object, not a list$/],
  [changed((d: any) => delete d.version), /^it has no "version"$/],
  [changed((d: any) => (d.version = 2)), /version has to be 1/],
  [changed((d: any) => (d.function = {})), /^it cannot have "function"; is "functions" meant\?$/],
  [
    changed((d: any) => (d.functions.sum.parmas = [])),
    /^it\.functions\.sum cannot have "parmas"; is "params" meant\?$/,
  ],
  [
    changed((d: any) => (d.functions.sum.params = {})),
    /^it\.functions\.sum\.params has to be a list/,
  ],
  [
    changed((d: any) => (d.functions.sum.params[1].type = 4)),
    /^it\.functions\.sum\.params\[1\]\.type has to be text, not a number$/,
  ],
  [
    changed((d: any) => (d.functions.sum.text = 'yes')),
    /\.text has to be true or false, not a string/,
  ],
  [changed((d: any) => delete d.types.point.size), /^it\.types\.point has no "size"$/],
  [changed((d: any) => (d.types.point.size = -8)), /size has to be a whole number from 0, not -8/],
  [changed((d: any) => (d.types.point.fields[1].bits = [1])), /bits has to be two numbers/],
  [
    changed((d: any) => (d.types.color.kind = 'enums')),
    /kind has to be one of struct, .*not "enums"/,
  ],
  [changed((d: any) => (d.types.color.values.RED = 'r')), /values\.RED has to be a number/],
  [changed((d: any) => (d.types.Points.as = 'list')), /as has to be one of string, /],
  [
    changed((d: any) => (d.imports.host = [])),
    /^it\.imports\.host has to be an object, not a list$/,
  ],
  [changed((d: any) => (d.types.point = null)), /^it\.types\.point has to be an object, not null$/],
  [changed((d: any) => (d.functions.sum.result = 'a b')), /"a b" is no type/],
];

test('what is whole is read, by the schema too', () => {
  expect(valid(whole)).toBe(true);
  expect(readDescription(JSON.stringify(whole)).functions['sum']?.frees).toBe(true);
});

test.each(broken)('%# %s', (given, message) => {
  expect(valid(given)).toBe(false);
  expect(() => readDescription(JSON.stringify(given))).toThrow(message);
  expect(() => readDescription(JSON.stringify(given))).toThrow(DescriptionError);
});

test('names that are not there are said by the reader', () => {
  const given = changed((d: any) => (d.functions.sum.params[0].type = 'const pont*'));
  expect(() => readDescription(JSON.stringify(given))).toThrow(
    'sum, points: there is no type "pont"',
  );
  const length = changed((d: any) => (d.functions.sum.params[1].lengthOf = 'list'));
  expect(() => readDescription(JSON.stringify(length))).toThrow(
    'sum: count is the length of list, which is not there',
  );
});

test('--init names the schema, that of the project before that of the command', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wembed-schema-'));
  try {
    writeFileSync(join(folder, 'app.wasm'), await assemble('(module (func (export "run")))'));
    const init = (): { $schema: string } => {
      const program = [require.resolve('tsx/cli'), join(root, 'lib/cli/wembed.ts')];
      const args = ['types', 'app.wasm', '-q', '--init', 'app.types.json'];
      execFileSync(process.execPath, [...program, ...args], { cwd: folder });
      const made: unknown = JSON.parse(readFileSync(join(folder, 'app.types.json'), 'utf8'));
      expect(valid(made)).toBe(true);
      return made as { $schema: string };
    };
    expect(init().$schema).toMatch(/^file:.*\/schema\/types\.schema\.json$/);
    const installed = join(folder, 'node_modules/wembed/schema');
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(installed, 'types.schema.json'), '{}');
    expect(init().$schema).toBe('./node_modules/wembed/schema/types.schema.json');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
