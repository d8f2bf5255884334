/** Doc comments are complete: every public function of C, every export of the package. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFunctions, readPorting } from '../abi/compat';
import { headersOf } from '../../tools/docs/contents';
import { type Group, readHeader } from '../../tools/docs/header';
import { root } from './blocks';

const headers = headersOf(root);
const read = new Map(
  headers.map((name) => [name, readHeader(readFileSync(join(root, 'include', name), 'utf8'))]),
);

interface Found {
  name: string;
  header: string;
  group: Group;
  /** The comment, that of the section, and what stands above the header. */
  said: string;
}

const found: Found[] = [...read].flatMap(([header, { sections }]) =>
  sections.flatMap((section) =>
    section.groups.flatMap((group) =>
      group.functions.map(({ name }) => ({
        name,
        header,
        group,
        said: `${group.comment}\n${group.code.match(/\/\*[^]*?\*\//g)?.join('\n') ?? ''}\n${section.text}`,
      })),
    ),
  ),
);

test('the reference has every function that the library has', () => {
  const names = new Set(found.map(({ name }) => name));
  const implemented = readFunctions(root).filter((row) =>
    /^(?:Implemented|Absent)$/.test(row.state),
  );
  const declared = headers
    .map((name) => readFileSync(join(root, 'include', name), 'utf8'))
    .join('');
  const wanted = [
    ...implemented
      .map(({ name }) => name)
      .filter((name) => new RegExp(`\\b${name}\\b`).test(declared) || !name.startsWith('aot_')),
    ...[...readPorting(root).values()].flat(),
  ];
  expect(wanted.length).toBeGreaterThan(300);
  expect(wanted.filter((name) => !names.has(name))).toEqual([]);
  expect(found.filter(({ header }) => header.startsWith('wembed')).length).toBeGreaterThan(150);
});

/** What a comment has to say by what a function gives: how it fails, or that it says what another does. */
function gapsOf({ name, header, said, group }: Found): string[] {
  const { result = '' } = group.functions.find((item) => item.name === name) ?? {};
  const isSame = /\b(?:same|as for|as wasm_\w+|as the)\b/i.test(said);
  const gaps: string[] = [];
  if (said.trim() === '') gaps.push('has no comment');
  else if (result === 'bool' && !isSame && !/true|false|whether/i.test(said)) {
    gaps.push('does not say what false means');
  } else if (result.endsWith('*') && !isSame && !/NULL|until|as long as/.test(said)) {
    gaps.push('does not say when it gives NULL, or how long the result stays');
  }
  return gaps.map((gap) => `${header}: ${name} ${gap}`);
}

/** What these declare is the standard's and the system's: their sections say the rest. */
const ofOthers = ['wasm_c_api.h', 'bh_platform.h'];

test('every function says what its result means', () => {
  const ours = found.filter(({ header }) => !ofOthers.includes(header));
  expect(ours.length).toBeGreaterThan(250);
  expect(ours.flatMap(gapsOf)).toEqual([]);
});

test('every section of the others says what is common to its functions', () => {
  const silent = ofOthers.flatMap((header) =>
    (read.get(header)?.sections ?? [])
      .filter(({ title, text, groups }) => {
        const said = groups.filter(({ functions }) => functions.length > 0);
        return title !== '' && text === '' && said.some(({ comment }) => comment === '');
      })
      .map(({ title }) => `${header}: ${title}`),
  );
  expect(silent).toEqual([]);
});

test('it is said since when all of it is there', () => {
  expect(read.get('wembed.h')?.text).toMatch(/since 0\.1\.0/);
});
