/** Links of the documents lead somewhere: in the repository, and in the package for those it has. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const description = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  files: string[];
  homepage: string;
};
const repository = description.homepage.replace(/#.*/, '');

const documents = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'],
  {
    cwd: root,
    encoding: 'utf8',
  },
)
  .trim()
  .split('\n');

/** What is packed, by `files` and by npm's own rules. */
function isPacked(path: string): boolean {
  if (/^(README|LICENSE|package\.json)/.test(path)) return true;
  return description.files.some((entry) => path === entry || path.startsWith(`${entry}/`));
}

/** The document's targets, without code in which brackets mean something else. */
function linksOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8')
    .replace(/^```[^]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
}

/** As GitHub names the place of a heading. */
function anchorsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8').replace(/^```[^]*?^```/gm, '');
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** What is wrong with a link, or undefined. */
function problemOf(document: string, link: string): string | undefined {
  const absolute = link.startsWith(`${repository}/`);
  if (/^[a-z]+:/.test(link) && !absolute) return undefined;
  const [target = '', anchor] = link.split('#');
  const path = absolute
    ? target.replace(`${repository}/`, '').replace(/^(?:blob|tree)\/main\//, '')
    : target === ''
      ? document
      : posix.join(posix.dirname(document), target);
  if (absolute && !/\/(?:blob|tree)\/main\//.test(target)) return undefined; // issues and such
  if (!existsSync(join(root, path))) return 'does not exist';
  const isFolder = statSync(join(root, path)).isDirectory();
  if (absolute && isFolder !== target.includes('/tree/'))
    return 'is tree for folders, blob for files';
  if (!absolute && isPacked(document) && !isPacked(path)) return 'is not in the package';
  if (anchor === undefined || !path.endsWith('.md')) return undefined;
  return anchorsOf(path).includes(anchor) ? undefined : 'has no such heading';
}

test('every link leads somewhere', () => {
  expect(documents).toContain('README.md');
  const problems = documents.flatMap((document) =>
    linksOf(document).flatMap((link) => {
      const problem = problemOf(document, link);
      return problem === undefined ? [] : [`${document}: ${link} ${problem}`];
    }),
  );
  expect(problems).toEqual([]);
});
