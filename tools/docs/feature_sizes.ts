/**
 * The table of docs/rationale.md that says what each part of WebAssembly takes of the core: builds
 * the small library with all of them, with all but one and with none, below out/features.
 *   npm run docs:features
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readElf } from '../prebuild/elf.js';
import { build, configure } from '../../test/native_build.js';
import { markdownTable, withTables } from './markdown_table.js';

const root = resolve(__dirname, '../..');
const page = join(root, 'docs/rationale.md');

interface Feature {
  option: string;
  /** As a sentence about a module begins with it. */
  words: string;
}

function features(): Feature[] {
  const rows = readFileSync(join(root, 'native/isa/features.def'), 'utf8');
  return [...rows.matchAll(/^FEATURE\(\w+, *\d+, *([a-z0-9-]+), *"(.*), which/gm)].map(
    ([, option = '', words = '']) => ({ option, words }),
  );
}

/** What cannot be there without the other, as CMakeLists.txt has it. */
function dependents(): Map<string, string[]> {
  const settings = readFileSync(join(root, 'CMakeLists.txt'), 'utf8');
  const [, pairs = ''] = /^foreach\(needs ([^)]*)\)/m.exec(settings) ?? [];
  const found = new Map<string, string[]>();
  for (const [, name = '', other = ''] of pairs.matchAll(/(\S+):(\S+)/g)) {
    found.set(other, [...(found.get(other) ?? []), name]);
  }
  if (found.size === 0) throw new Error('CMakeLists.txt does not say what needs what');
  return found;
}

/** What the small library takes with those features, stripped. */
function bytesWith(name: string, wanted: readonly string[]): number {
  const directory = join(root, 'out/features', name);
  configure(directory, [
    '-DWEMBED_SMALL=ON',
    '-DWEMBED_BUILD_TESTS=OFF',
    '-DWEMBED_BUILD_EXAMPLES=OFF',
    `-DWEMBED_FEATURES=${wanted.join(';')}`,
  ]);
  build(directory, ['wembed']);
  const { sections } = readElf(join(directory, 'libwembed.so'));
  return sections.reduce((sum, { size, isKept }) => sum + (isKept ? size : 0), 0);
}

const kibibytes = (bytes: number): string => (bytes / 1024).toFixed(1);

function table(): string {
  const all = features();
  const names = all.map(({ option }) => option);
  const needing = dependents();
  const without = (left: readonly string[]): readonly string[] =>
    names.filter((name) => !left.includes(name));
  const full = bytesWith('all', names);
  const none = bytesWith('none', []);
  const row = ({ option, words }: Feature): readonly string[] => {
    const others = needing.get(option) ?? [];
    const base = others.length === 0 ? full : bytesWith(others.join('_'), without(others));
    const less = bytesWith(option, without([option, ...others]));
    console.log(`${option}: ${String(base - less)} bytes`);
    return [`\`${option}\``, words, kibibytes(base - less)];
  };
  const rows = all.map(row);
  rows.push(
    ['all of them', '', kibibytes(full - none)],
    ['the library without any', '', kibibytes(none)],
  );
  return markdownTable([['`WEMBED_FEATURES`', 'part', 'KiB'], ...rows], [2]);
}

writeFileSync(page, withTables(readFileSync(page, 'utf8'), { features: table() }));
