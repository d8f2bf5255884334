/** The page of figures is there when there are figures, and the site is whole when there are none. */
import { join } from 'node:path';
import { figuresPage } from '../../tools/docs/benchmarks';
import { sitePages } from '../../tools/docs/stage';
import { root } from './blocks';

const path = 'bench/figures.md';
const none = join(root, 'out/no/such/file.json');

test('without figures there is no page, and nothing leads to one', () => {
  const pages = sitePages(root, none);
  expect(pages.length).toBeGreaterThan(60);
  expect(pages.map((page) => page.path)).not.toContain(path);
  const leading = pages.filter(({ text }) => /[(/]figures\.md/.test(text));
  expect(leading.map((page) => page.path)).toEqual([]);
  expect(figuresPage(none)).toBeUndefined();
});

test('with figures there is one, beside the others', () => {
  const pages = sitePages(root, join(__dirname, 'figures.json'));
  const page = pages.find((each) => each.path === path);
  expect(page?.isTop).toBe(true);
  expect(pages).toHaveLength(sitePages(root, none).length + 1);
  expect(page?.text).toContain('A processor, 2 processors, Linux 6.1, 2026-01-02.');
  expect(page?.text).toContain(
    '| `kernel/sieve` | primes below 2^20 | 2.00 ms | 1.00 ms | 2.00 | no more than 3 times V8 (met) |',
  );
  expect(page?.text).toContain('| `kernel/fib` | calls | - | - | - | (it was stopped) |');
  expect(page?.text).toContain('a &lt;module> of 1 \\| 2 functions');
});
