/** The documentation as a site: it is built, nothing in it leads nowhere, and it needs no network. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Playwright from 'playwright-core';
import { chapters } from '../../tools/docs/contents';
import { chromiumPath, launchChromium } from '../chromium';

const root = resolve(__dirname, '../..');
const site = join(root, 'out/docs/site');

let files: string[];
const texts = new Map<string, string>();

beforeAll(() => {
  const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
  // What TypeDoc warns of is an error there.
  const figures = join(root, 'test/docs/figures.json');
  const program = [tsx, 'tools/docs/site.mts', '--figures', figures];
  execFileSync(process.execPath, program, { cwd: root, stdio: 'pipe' });
  files = readdirSync(site, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files) {
    if (/\.(?:html|css|js)$/.test(file)) texts.set(file, readFileSync(file, 'utf8'));
  }
});

const pages = (): string[] => files.filter((file) => file.endsWith('.html'));

/** Where a page has something to lead to. */
const anchorsOf = (page: string): Set<string> =>
  new Set(
    [...(texts.get(page) ?? '').matchAll(/\s(?:id|name)="([^"]+)"/g)].map(([, id = '']) => id),
  );

const unescaped = (text: string): string => text.replaceAll('&amp;', '&').replaceAll('&#39;', "'");

test('every link of every page leads somewhere', () => {
  expect(pages().length).toBeGreaterThan(150);
  const anchors = new Map(pages().map((page) => [page, anchorsOf(page)]));
  const problems = pages().flatMap((page) =>
    [...(texts.get(page) ?? '').matchAll(/\s(?:href|src)="([^"]*)"/g)].flatMap(([, link = '']) => {
      if (link === '#' || /^[a-z]+:/.test(link)) return [];
      const [path = '', anchor] = unescaped(link).split('#');
      const target = path === '' ? page : join(dirname(page), decodeURIComponent(path));
      const isThere =
        existsSync(target) &&
        (anchor === undefined || anchors.get(target)?.has(decodeURIComponent(anchor)) !== false);
      return isThere ? [] : [`${relative(site, page)}: ${link}`];
    }),
  );
  expect(problems).toEqual([]);
});

test('the page of figures has charts and tables', () => {
  const page = texts.get(join(site, 'documents/Figures.html')) ?? '';
  expect(page.match(/<figure class="wembed-chart"/g)).toHaveLength(2);
  expect(page).toContain('<code>kernel/sieve</code>');
  expect(page).toContain('2.00 ms');
  expect(page).toContain('a &lt;module&gt; of 1 | 2 functions');
});

test('a page is in one chapter', () => {
  const listed = chapters.flatMap((chapter) => chapter.pages);
  expect(listed).toEqual([...new Set(listed)]);
});

test('nothing is loaded from elsewhere', () => {
  const loads = [...texts].flatMap(([file, text]) =>
    [
      ...text.matchAll(/<(?:script|img|iframe)[^>]*\ssrc="((?:https?:)?\/\/[^"]*)"/g),
      ...text.matchAll(/<link[^>]*\shref="((?:https?:)?\/\/[^"]*)"/g),
      ...text.matchAll(/url\(["']?((?:https?:)?\/\/[^)]*)\)|@import/g),
    ].map(([found]) => `${relative(site, file)}: ${found}`),
  );
  expect(loads).toEqual([]);
});

if (chromiumPath === undefined) {
  console.warn('The site was not looked at: there is no Chromium (see WEMBED_CHROMIUM).');
}

(chromiumPath === undefined ? describe.skip : describe)('in Chromium, from a folder', () => {
  let browser: Playwright.Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  const open = async (path: string, width: number): Promise<Playwright.Page> => {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    page.on('pageerror', (error) => {
      throw error;
    });
    page.on('request', (request) => expect(request.url()).toMatch(/^(?:file|data|blob):/));
    await page.goto(pathToFileURL(join(site, path)).href);
    return page;
  };

  test.each([
    ['wembed_instance_reset', /wembed_instance\.h\.html/],
    ['InstancePool', /wembed\.InstancePool\.html/],
  ])('a search for %s finds it', async (words, target) => {
    const page = await open('index.html', 1280);
    await page.click('#tsd-search-trigger');
    await page.locator('#tsd-search-input').fill(words);
    // The list is there before the index is.
    const found = page.locator('#tsd-search-results a');
    await found.first().waitFor({ timeout: 200_000 });
    const links: string[] = [];
    for (const link of await found.all()) links.push((await link.getAttribute('href')) ?? '');
    expect(links.some((link) => target.test(link))).toBe(true);
    await page.close();
  });

  test.each([1280, 400])('no page is wider than a screen of %i pixels', async (width) => {
    for (const path of [
      'index.html',
      'documents/Memory.html',
      'documents/wembed_instance.h.html',
      'documents/Figures.html',
      'classes/wembed.Runtime.html',
    ]) {
      const page = await open(path, width);
      const wide = await page.evaluate('document.documentElement.scrollWidth');
      expect({ path, wide }).toEqual({ path, wide: width });
      await page.close();
    }
  });
});
