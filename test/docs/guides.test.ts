/** Every block of code in a guide is what it says: it compiles, runs, and prints what stands there. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  blocksOf,
  hasWasmClang,
  needsLibrary,
  needsWasmClang,
  root,
  runPage,
  unclear,
  writeFiles,
} from './blocks';
import loadWabt from 'wabt';
import { chapters } from '../../tools/docs/contents';
import { renderErrors } from '../../tools/docs/codes';
import { installPackage } from './package_folder';

const folder = join(root, 'out/docs/blocks');
/** Pages of which every block is run. */
const guides = [
  ...readdirSync(join(root, 'docs/guides')).map((name) => `docs/guides/${name}`),
  'docs/types.md',
];
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');
const placeOf = (page: string): string => join(folder, basename(page, '.md'));

test.each(guides)('%s says of every block what it is for', (page) => {
  expect(unclear(blocksOf(textOf(page))).map(({ line }) => `${page}:${line}`)).toEqual([]);
});

test('the tables of errors are those of the code', () => {
  expect(textOf('docs/guides/errors.md')).toBe(renderErrors());
});

// Pages with pieces of programs say where the whole is; a block without a language is a figure.
const manual = chapters
  .flatMap(({ pages }) => pages)
  .filter((page) => page.startsWith('docs/') && !guides.includes(page));
const inside = ['docs/design.md', 'docs/rationale.md', 'docs/promises.md', 'docs/wamr-compat.md'];
test.each(manual.filter((page) => !inside.includes(page)))('%s likewise', (page) => {
  const blocks = blocksOf(textOf(page)).filter(({ language }) => !/^(?:text)?$/.test(language));
  expect(unclear(blocks).map(({ line }) => `${page}:${line}`)).toEqual([]);
});

// Those that use the C library are run by ctest, which has built it: see run.ts.
const pages = guides.filter((page) => !needsLibrary(textOf(page)));
const canCompile = hasWasmClang();
const skipped = canCompile ? [] : pages.filter((page) => needsWasmClang(textOf(page)));
if (skipped.length > 0) {
  console.warn(`Not run, without clang and lld for guests: ${skipped.join(', ')}`);
}

beforeAll(() => {
  for (const page of guides) rmSync(placeOf(page), { recursive: true, force: true });
  installPackage(folder);
});

test.each(pages.filter((page) => !skipped.includes(page)))('%s', (page) => {
  runPage(page, { folder: placeOf(page) });
});

// After they were run: some have declarations made by the package's command.
test('what is in TypeScript is so by its types', () => {
  const others = guides.filter((page) => !existsSync(placeOf(page)));
  for (const page of others) writeFiles(page, placeOf(page));
  const config = join(folder, 'tsconfig.json');
  writeFileSync(
    config,
    JSON.stringify({
      extends: './first-node/tsconfig.json',
      include: ['*/*.ts', '*/*.mts'],
      exclude: skipped.map((page) => basename(page, '.md')),
    }),
  );
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  let output = '';
  try {
    execFileSync(process.execPath, [tsc, '-p', config], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    output = (error as { stdout: string }).stdout;
  }
  expect(output).toBe('');
});

test('the guests of the starters are their texts', async () => {
  const wabt = await loadWabt();
  const starters = readdirSync(join(root, 'examples/starters'));
  const texts = starters.map((name) => textOf(`examples/starters/${name}/app.wat`));
  expect(new Set(texts).size).toBe(1);
  const module = wabt.parseWat('app.wat', texts[0] ?? '');
  const bytes = Buffer.from(module.toBinary({}).buffer);
  for (const name of starters) {
    expect(readFileSync(join(root, 'examples/starters', name, 'app.wasm')).equals(bytes)).toBe(
      true,
    );
  }
});
