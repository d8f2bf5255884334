/** Numbers that are sizes or times say in what: by their name, or by their comment. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { headersOf } from '../../tools/docs/contents';
import { readHeader } from '../../tools/docs/header';
import { root } from './blocks';

const isSize =
  /deadline|timeout|delay|interval|time|size|length|capacity|offset|pages|depth|fuel|stack|heap|limit/i;
const unit = new RegExp(
  '\\b(?:bytes?|pages?|(?:milli|micro|nano)?seconds?|ms|[KMG]i?B|elements?|values?|entries|frames?|slots?|' +
    'cells?|words?|instructions?|characters?|blocks?|index|offset|address|how many|number of)\\b',
  'i',
);
/** What the name says already. */
const named = /bytes|pages|_(?:ms|us|ns)$/i;

/** What users of the package see. */
const library = [
  'call',
  'core',
  'guest',
  'host',
  'inspect',
  'instance',
  'load',
  'pool',
  'runtime',
  'typed',
  'wasi',
];
const exported = new Set(readFileSync(join(root, 'lib/index.ts'), 'utf8').match(/\w+/g));

function membersWithout(file: string): string[] {
  const path = join(root, file);
  const source = ts.createSourceFile(
    path,
    readFileSync(path, 'utf8'),
    ts.ScriptTarget.ES2022,
    true,
  );
  const found: string[] = [];
  for (const item of source.statements) {
    if (!ts.isInterfaceDeclaration(item) && !ts.isClassDeclaration(item)) continue;
    if (item.name === undefined || !exported.has(item.name.text)) continue;
    for (const member of item.members) {
      const name = member.name?.getText() ?? '';
      const isField = ts.isPropertySignature(member) || ts.isPropertyDeclaration(member);
      const type = isField ? (member.type?.getText() ?? '') : '';
      const isNumber = /^(?:number|bigint)(?: \| undefined)?$/.test(type);
      if (!isNumber || name.startsWith('#') || !isSize.test(name) || named.test(name)) continue;
      const said = ts
        .getJSDocCommentsAndTags(member)
        .map((each) => each.getText())
        .join(' ');
      if (said.includes('@internal') || unit.test(said)) continue;
      found.push(`${relative(root, path)}: ${item.name.text}.${name}`);
    }
  }
  return found;
}

test('in TypeScript', () => {
  const files = library.flatMap((folder) =>
    readdirSync(join(root, 'lib', folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `lib/${folder}/${name}`),
  );
  expect(files.length).toBeGreaterThan(60);
  expect(files.flatMap(membersWithout)).toEqual([]);
});

test('in C: the comment of a function, or of what it belongs to, has the units of its parameters', () => {
  const ours = headersOf(root).filter((name) => name.startsWith('wembed'));
  const gaps = ours.flatMap((header) =>
    readHeader(readFileSync(join(root, 'include', header), 'utf8')).sections.flatMap(
      ({ text, groups }) =>
        groups.flatMap(({ functions, comment, code }) => {
          const said = [comment, text, ...(code.match(/\/\*[^]*?\*\//g) ?? [])].join(' ');
          return functions.flatMap(({ name }) => {
            const [, params = ''] = new RegExp(`\\b${name}\\(([^)]*)\\)`).exec(code) ?? [];
            return params
              .split(',')
              .map(
                (param) => /\b(?:u?int(?:32|64)_t|size_t)\s+(\w+)$/.exec(param.trim())?.[1] ?? '',
              )
              .filter((param) => isSize.test(param) && !named.test(param))
              .filter(() => !unit.test(said) && !/\b(?:same|as for|as wembed_\w+)\b/i.test(said))
              .map((param) => `${header}: ${name}, ${param}`);
          });
        }),
    ),
  );
  expect(gaps).toEqual([]);
});
