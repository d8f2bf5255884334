/** docs/typed-modules.md: what a person wrote of ten modules is what is made of them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { compileObjects } from './assembly_script_guest';
import { compileGuest, folder, generate, missing } from './typed_guests';
import { complaintsOf } from './type_checker';

const root = resolve(__dirname, '../..');
const page = readFileSync(join(root, 'docs/typed-modules.md'), 'utf8');
const published = (path: string): string => join(root, 'node_modules', path);

interface Known {
  readonly file: () => string;
  /** Exports that have no place in the list; absent: the list has some of the exports. */
  readonly others?: readonly string[];
}

const asRuntime = ['__new', '__pin', '__unpin', '__collect'];

const modules: Readonly<Record<string, Known>> = {
  'tree-sitter': { file: () => published('web-tree-sitter/debug/web-tree-sitter.wasm') },
  shapes: { file: () => compileGuest('shapes.c'), others: ['print_all', 'wide'] },
  geometry: { file: () => compileGuest('shapes.cpp'), others: [] },
  plane: { file: () => join(root, 'test/debug/prebuilt/geometry.wasm'), others: [] },
  objects: { file: () => compileObjects('--runtime', 'incremental'), others: asRuntime },
  zstd: { file: () => published('@bokuweb/zstd-wasm/dist/common/zstd.wasm') },
  xxhash: { file: () => published('xxhash-wasm/workerd/xxhash.wasm'), others: [] },
  'source-map': { file: () => published('source-map/lib/mappings.wasm'), others: [] },
  argon2: { file: () => published('argon2-browser/dist/argon2.wasm') },
  webp: { file: () => published('@jsquash/webp/codec/dec/webp_dec.wasm') },
};
const compiled = ['shapes', 'geometry'];

/** The section of the page for a module: its types, and its description. */
function written(name: string): { types: string; description: string | undefined } {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${name}\n`)) ?? '';
  const block = (language: string): string | undefined =>
    new RegExp(`^\`\`\`${language} [^\\n]*\\n([^]*?)^\`\`\``, 'm').exec(section)?.[1];
  return { types: block('ts') ?? '', description: block('json') };
}

/** Says for each function of a list whether it takes and gives the same as the other's. */
const check = (complete: boolean, others: readonly string[]): string => `
import type * as made from './made';
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Fn = (...args: never[]) => unknown;
type Alike<A, B> = A extends Fn ? (B extends Fn
  ? [Same<Parameters<A>, Parameters<B>>, Same<ReturnType<A>, ReturnType<B>>] : false) : false;
type Wanted = { [K in keyof Exports]: [true, true] };
type Found = { [K in keyof Exports]: K extends keyof made.Exports ? Alike<Exports[K], made.Exports[K]> : 'is not there' };
declare const found: Found;
export const wanted: Wanted = found;
${complete ? `export const none: never = undefined as never as Exclude<keyof made.Exports, keyof Exports${others.map((name) => ` | '${name}'`).join('')}>;` : ''}
`;

/** The compiler's complaints about what was written, held against what is made of the module. */
function complaints(
  name: string,
  { file, others }: Known,
  change = (text: string) => text,
): string[] {
  const { types, description } = written(name);
  const describe = join(folder, `${name}.json`);
  if (description !== undefined) writeFileSync(describe, description);
  const made = generate(file(), description === undefined ? {} : { describe });
  const text = change(types.replace(/'\.\/\w+\.mjs'/, "'./made'"));
  expect(text).toContain('interface Exports {');
  const found = complaintsOf({
    'made.d.ts': made.declarations,
    'check.ts': text + check(others !== undefined, others ?? []),
  });
  return found.map((each) => each.text);
}

test('the page has ten modules', () => {
  expect(Object.keys(modules)).toHaveLength(10);
  for (const name of Object.keys(modules)) expect(page).toContain(`\n## ${name}\n`);
});

const names = Object.keys(modules).filter((name) => missing === '' || !compiled.includes(name));
if (missing !== '') console.log(`not looked at: ${compiled.join(', ')}: ${missing}`);

test.each(names)('%s', (name) => {
  const known = modules[name];
  expect(known && complaints(name, known)).toEqual([]);
});

test('a mistake on the page would be found', () => {
  const wrong = (text: string): string =>
    text.replace('digest64(state: number)', 'digest64(state: bigint)');
  const known = modules['xxhash'];
  expect(known && complaints('xxhash', known, wrong)).toEqual([
    expect.stringContaining("'digest64' are incompatible"),
  ]);
});

test('structs lie as their headers say', () => {
  const { description } = generate(published('web-tree-sitter/debug/web-tree-sitter.wasm')).found;
  const offsets = (name: string): unknown => {
    const type = description.types[name];
    if (type?.kind !== 'struct') return type;
    return [type.size, ...type.fields.map(({ name: field, at }) => `${field}@${at}`)];
  };
  expect(offsets('TSPoint')).toEqual([8, 'row@0', 'column@4']);
  expect(offsets('TSRange')).toEqual([
    24,
    ...['start_point@0', 'end_point@8', 'start_byte@16', 'end_byte@20'],
  ]);
  expect(description.types['TSSymbolType']).toMatchObject({
    values: {
      TSSymbolTypeRegular: 0,
      TSSymbolTypeAnonymous: 1,
      TSSymbolTypeSupertype: 2,
      TSSymbolTypeAuxiliary: 3,
    },
  });
});
