/**
 * Lays the site's sources out in a folder, as they lie in the repository: its Markdown, with a head
 * that says title and chapter; the reference of the C API; the examples. Links to files that are on
 * the site lead there.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, posix } from 'node:path';
import { figuresPage } from './benchmarks.js';
import { type ReferencePage, anchorsOf, referencePages } from './c_reference.js';
import { chapters, headersOf, made } from './contents.js';
import { readHeader } from './header.js';

export interface Page {
  /** In the folder, and for the repository's own pages in it too. */
  path: string;
  title: string;
  chapter: string;
  text: string;
  children: string[];
  /** Whether a chapter lists it; else its parent does. */
  isTop: boolean;
}

const titleOf = (text: string, path: string): string =>
  /^# (.+)$/m.exec(text)?.[1]?.replaceAll('`', '') ?? basename(path);

/** The pages of the table of contents that are there. */
function ownPages(root: string): Page[] {
  return chapters.flatMap(({ title: chapter, pages }) =>
    pages
      .filter((path) => existsSync(join(root, path)))
      .map((path) => {
        const text = readFileSync(join(root, path), 'utf8');
        return { path, title: titleOf(text, path), chapter, text, children: [], isTop: true };
      }),
  );
}

/** Where the benchmarks' figures are kept; there need not be any. */
const measured = 'bench/measured.json';

function figures(file: string): Page[] {
  const text = figuresPage(file);
  if (text === undefined) return [];
  const page = { path: 'bench/figures.md', title: 'Figures', chapter: 'Manual', children: [] };
  return [{ ...page, text, isTop: true }];
}

function cPages(root: string): (Page & Pick<ReferencePage, 'declares'>)[] {
  return headersOf(root).flatMap((name) => {
    const header = readHeader(readFileSync(join(root, 'include', name), 'utf8'));
    return referencePages(name, header).map((page, i) => ({
      ...page,
      path: `c/${page.path}`,
      children: page.children,
      chapter: made.c,
      isTop: i === 0,
    }));
  });
}

const languages: Record<string, string> = { '.ts': 'ts', '.c': 'c', '.wat': 'wasm', '.mjs': 'js' };

/** A page for each example: the program, and the guest it runs. */
function examplePages(root: string): Page[] {
  const folders = ['examples/node', 'examples/c'];
  return folders.flatMap((folder) => {
    const files = readdirSync(join(root, folder));
    return files
      .filter((file) => ['.ts', '.c'].includes(extname(file)))
      .map((file) => {
        const stem = basename(file, extname(file));
        const parts = files.filter((other) => basename(other, extname(other)) === stem);
        const order = [file, ...parts.filter((part) => part !== file)];
        const blocks = order.map((part) => {
          const text = readFileSync(join(root, folder, part), 'utf8').trimEnd();
          return `\`\`\`${languages[extname(part)] ?? 'text'}\n${text}\n\`\`\``;
        });
        return {
          path: `${folder}/${file}.md`,
          title: file,
          chapter: made.examples,
          text: [`# ${file}`, `\`${folder}/${file}\` of the repository.`, ...blocks].join('\n\n'),
          children: [],
          isTop: true,
        };
      });
  });
}

/** As TypeDoc wants it: a head in YAML. */
function head(page: Page): string {
  const children = page.children.map((path) => `  - ${JSON.stringify(`./${path}`)}`);
  return [
    '---',
    `title: ${JSON.stringify(page.title)}`,
    `group: ${JSON.stringify(page.chapter)}`,
    ...(children.length > 0 ? ['children:', ...children] : []),
    '---',
    '',
    '',
  ].join('\n');
}

/** Text between blocks of code, changed. */
function outsideCode(text: string, change: (part: string) => string): string {
  return text
    .split(/(^```[^]*?^```$)/m)
    .map((part) => (part.startsWith('```') ? part : change(part)))
    .join('');
}

/** What the names of fences mean: the language is all that a highlighter wants. */
const plainFences = (text: string): string =>
  text.replace(/^```(\w*)[^\n]*\n([^]*?)^```$/gm, (_, language: string, body: string) => {
    const known = { wat: 'wasm', mjs: 'js', cjs: 'js', mts: 'ts' }[language] ?? language;
    return `\`\`\`${known === '' ? 'text' : known}\n${body}\`\`\``;
  });

/** `wembed_call` in a text leads to where the header has it. */
function linkedNames(text: string, from: string, anchors: Map<string, string>): string {
  const seen = new Set<string>();
  const linked = (part: string): string =>
    part.replace(
      /(^|[^[`\w])`(\w+)(?:\(\))?`(?![`\]])/gm,
      (whole, before: string, name: string) => {
        const target = anchors.get(name);
        if (target === undefined || seen.has(name)) return whole;
        const [page = '', anchor = ''] = target.split('#');
        if (page === from) return whole;
        seen.add(name); // the first of a section leads there
        return `${before}[\`${name}\`](${posix.relative(posix.dirname(from), page)}#${anchor})`;
      },
    );
  // Headings are places to link to, and table rows may be wide enough.
  return outsideCode(text, (part) =>
    part
      .split('\n')
      .map((line) => {
        if (line.startsWith('#')) {
          seen.clear();
          return line;
        }
        return linked(line);
      })
      .join('\n'),
  );
}

/** Links to the repository's files lead to their pages here, those to others into the repository. */
function linkedFiles(text: string, from: string, paths: Set<string>, repository: string): string {
  return outsideCode(text, (part) =>
    part.replace(/\]\(([^)\s#]+)(#[^)\s]*)?\)/g, (whole, target: string, anchor = '') => {
      const isOurs = target.startsWith(`${repository}/blob/main/`);
      if (!isOurs && /^[a-z]+:/.test(target)) return whole;
      const path = isOurs
        ? target.slice(`${repository}/blob/main/`.length)
        : posix.join(posix.dirname(from), target);
      const page = [path, `${path}.md`].find((candidate) => paths.has(candidate));
      if (page !== undefined) {
        return `](${posix.relative(posix.dirname(from), page)}${String(anchor)})`;
      }
      return isOurs ? whole : `](${repository}/blob/main/${path}${String(anchor)})`;
    }),
  );
}

/** Everything the site is made of. */
export function sitePages(root: string, figuresFile = join(root, measured)): Page[] {
  return [...ownPages(root), ...figures(figuresFile), ...cPages(root), ...examplePages(root)];
}

/** Writes the folder anew; the result is the pages that chapters list, by their paths in it. */
export function stage(
  root: string,
  folder: string,
  figuresFile?: string,
): { readme: string; documents: string[] } {
  const pages = sitePages(root, figuresFile);
  const { homepage } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    homepage: string;
  };
  const repository = homepage.replace(/#.*/, '');
  const anchors = new Map(
    // Names that are words elsewhere lead nowhere.
    [...anchorsOf(cPages(root))].filter(([name]) => /^(?:wembed|wasm|bh|os)_|^WEMBED_/i.test(name)),
  );
  const paths = new Set([...pages.map(({ path }) => path), 'README.md']);
  const finish = (text: string, path: string): string =>
    plainFences(linkedNames(linkedFiles(text, path, paths, repository), path, anchors));

  rmSync(folder, { recursive: true, force: true });
  const write = (path: string, text: string): string => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  const documents = pages
    .filter((page) => {
      write(page.path, head(page) + finish(page.text, page.path));
      return page.isTop;
    })
    .map(({ path }) => join(folder, path));
  // The site has the title already.
  const readme = readFileSync(join(root, 'README.md'), 'utf8').replace(/^# .*\n+/, '');
  return { readme: write('README.md', finish(readme, 'README.md')), documents };
}

/** The commit the sources are of, for links to them. */
export function revisionOf(root: string): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  } catch {
    return 'main'; // packed sources have no history
  }
}
