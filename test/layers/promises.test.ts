/** docs/promises.md names tests that are there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');

interface Named {
  readonly file: string;
  readonly name: string;
}

/** Each `file`: `case`, `case` of a cell. */
function namedIn(text: string): Named[] {
  const lists = text.matchAll(/`(test\/[^`]+)`:((?:,? `[^`]+`)+)/g);
  return [...lists].flatMap(([, file = '', cases = '']) =>
    [...cases.matchAll(/`([^`]+)`/g)].map(([, name = '']) => ({ file, name })),
  );
}

function isThere({ file, name }: Named): boolean {
  const path = join(root, file);
  return existsSync(path) && readFileSync(path, 'utf8').includes(name);
}

const page = readFileSync(join(root, 'docs/promises.md'), 'utf8');

test('each promise names a test that is there', () => {
  const rows = page.split('\n').filter((line) => /^\| (?!promise |-)/.test(line));
  expect(rows.length).toBeGreaterThan(60);
  expect(rows.filter((row) => namedIn(row).length === 0)).toEqual([]);
  expect(namedIn(page).filter((named) => !isThere(named))).toEqual([]);
});

test('notices a test that is gone', () => {
  const [gone, unknown] = namedIn(
    '| x | `test/api/edges.c`: `no_such_case`; `test/none.c`: `main` |',
  );
  expect(gone && isThere(gone)).toBe(false);
  expect(unknown && isThere(unknown)).toBe(false);
});
