/**
 * The table of docs/rationale.md that says what each part of WebAssembly takes of the core: builds
 * the small library with all of them, with all but one and with none, below out/features.
 *   npm run docs:features
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readElf } from '../prebuild/elf.js';
import { build, configure } from '../../test/native_build.js';

const root = resolve(__dirname, '../..');
const page = join(root, 'docs/rationale.md');
const begin = '<!-- begin: npm run docs:features -->\n';
const end = '<!-- end -->\n';

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
  const list = wanted.length === 0 ? '' : wanted.join(';');
  configure(directory, [
    '-DWEMBED_SMALL=ON',
    '-DWEMBED_BUILD_TESTS=OFF',
    '-DWEMBED_BUILD_EXAMPLES=OFF',
    `-DWEMBED_FEATURES=${list}`,
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
  return format([['`WEMBED_FEATURES`', 'part', 'KiB'], ...rows]);
}

/** As prettier has it. */
function format(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1, 2].map((at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, at) => (at === 2 ? (cells[at] ?? '').padStart(width) : (cells[at] ?? '').padEnd(width))).join(' | ')} |\n`;
  const rule = `| ${widths.map((width, at) => (at === 2 ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |\n`;
  const [head = [], ...body] = rows;
  return `\n${line(head)}${rule}${body.map(line).join('')}\n`;
}

function main(): void {
  const text = readFileSync(page, 'utf8');
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf(end, from);
  if (from < begin.length || to < 0) throw new Error(`${page} has no place for the table`);
  writeFileSync(page, text.slice(0, from) + table() + text.slice(to));
}

main();
