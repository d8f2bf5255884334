/**
 * The page of an inspection in a real browser: Chromium, found at WEMBED_CHROMIUM or the usual
 * places. Without one these tests are left out, and say so.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Playwright from 'playwright-core';
import { chromiumPath, launchChromium } from '../chromium';
import { type Program, hostile, program } from './inspect_program';

if (chromiumPath === undefined) {
  console.warn(
    'The inspection page was not looked at: there is no Chromium (see WEMBED_CHROMIUM).',
  );
}
const inBrowser = chromiumPath === undefined ? describe.skip : describe;

inBrowser('the page in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wembed-page-'));
  const file = join(folder, 'page.html');
  let shown: Program;
  let browser: Playwright.Browser;
  let page: Playwright.Page;
  let problems: string[];
  let requests: string[];

  beforeAll(async () => {
    shown = await program();
    shown.instance.exports.push(9000);
    shown.instance.exports.grow(2);
    writeFileSync(file, shown.instance.inspect().toHtml());
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    shown.runtime.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(width: number, colorScheme: 'light' | 'dark' = 'light'): Promise<void> {
    problems = [];
    requests = [];
    page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    page.on('console', (message) => problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('dialog', (dialog) => problems.push(dialog.message()));
    page.on('request', (request) => requests.push(request.url()));
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.goto(pathToFileURL(file).href);
  }
  afterEach(async () => {
    expect(problems).toEqual([]);
    expect(requests).toEqual([pathToFileURL(file).href]);
    await page.close();
  });

  /** Runs in the page: an expression, for DOM types are not known here. */
  function inPage<T>(expression: string): Promise<T> {
    return page.evaluate<T>(expression);
  }

  /** Widths of the regions that are shown, as parts of the map's. */
  function shares(): Promise<Record<string, number>> {
    return inPage(`(() => {
      const bar = document.querySelector('.bar');
      const width = (item) => item.getBoundingClientRect().width;
      return Object.fromEntries([...bar.querySelectorAll('.r:not([hidden])')].map((region) =>
        [region.className.match(/k-([\\w-]+)/)[1], width(region) / width(bar)]));
    })()`);
  }

  test('the map is to scale', async () => {
    await open(1200);
    const now = await shares();
    const size = 5 * 65536;
    expect(now['stack']).toBeCloseTo(65536 / size, 2);
    expect(now['guest-heap']).toBeCloseTo(64432 / size, 2);
    expect(now['grown']).toBeCloseTo((2 * 65536) / size, 2);
    expect(now['static']).toBeGreaterThan(0); // too small to see, and seen
    expect(Object.keys(now)).not.toContain('reach');
    expect(await page.locator('.lane .r.k-data').count()).toBe(2);
    expect(await page.locator('.tick').allTextContents()).toEqual(
      [0, 1, 2, 3, 4].map((i) => `0x${((size / 4) * i).toString(16).padStart(8, '0')}`),
    );
  });

  test('a small region is zoomed in on, by mouse', async () => {
    await open(1200);
    await page.locator('.bar .k-static').click();
    expect(await shares()).toEqual({ static: expect.closeTo(1, 2) as number });
    expect(await page.locator('.tools .at').textContent()).toBe('0x00000400 to 0x00000450');
    await page.locator('[data-act=all]').click();
    expect(Object.keys(await shares())).toHaveLength(6);
    await page.locator('tr', { hasText: 'allocation, 50 u8' }).first().click();
    expect(Object.keys(await shares())).toEqual(['host-heap']);
  });

  test('and by keyboard', async () => {
    await open(1200);
    await page.keyboard.press('Tab');
    expect(await inPage('document.activeElement.id')).toBe('map-0');
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    const zoomed = await page.locator('.tools .at').textContent();
    expect(zoomed).toBe('0x0001e000 to 0x00032000');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('.tools .at').textContent()).toBe('0x00023000 to 0x00037000');
    await page.keyboard.press('Escape');
    expect(await page.locator('.tools .at').textContent()).toBe('all of it');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(Object.keys(await shares())).toEqual(['static']);
  });

  test('names are text and nothing else', async () => {
    await open(1200);
    expect(await page.locator('h1').textContent()).toBe(hostile);
    expect(await page.locator('img, iframe, link').count()).toBe(0);
    expect(await inPage(`'hacked' in window`)).toBe(false);
    expect(await page.title()).toContain(hostile);
  });

  test('no script runs but its own', async () => {
    await open(1200);
    const ran = await inPage<boolean>(`(() => {
      const script = document.createElement('script');
      script.textContent = 'window.hacked = 1';
      document.body.append(script);
      return 'hacked' in window;
    })()`);
    expect(ran).toBe(false);
    expect(problems.splice(0)).toHaveLength(1); // the browser says that it refused
  });

  test.each([340, 360, 600, 768, 1600])('fits %i pixels', async (width) => {
    await open(width);
    const wide = await inPage<number>('document.documentElement.scrollWidth');
    expect(wide).toBeLessThanOrEqual(width);
    expect(await page.locator('.map').isVisible()).toBe(true);
    const apart = await inPage<boolean>(`(() => {
      const ticks = [...document.querySelectorAll('.tick')].map((t) => t.getBoundingClientRect());
      return ticks.every((tick, i) => i === 0 || ticks[i - 1].right <= tick.left);
    })()`);
    expect(apart).toBe(true);
  });

  test('light and dark, with enough contrast', async () => {
    const contrasts = (): Promise<number[]> =>
      inPage(`(() => {
        const light = (color) => {
          const [r, g, b] = color.match(/[\\d.]+/g).map((value) => {
            const part = Number(value) / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        return [document.body, ...document.querySelectorAll('.bar .r, .lane .r')].map((item) => {
          const { color, backgroundColor } = getComputedStyle(item);
          const [a, b] = [light(color), light(backgroundColor)];
          return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        });
      })()`);
    const papers: string[] = [];
    for (const scheme of ['light', 'dark'] as const) {
      if (papers.length > 0) await page.close();
      await open(1200, scheme);
      papers.push(await inPage('getComputedStyle(document.body).backgroundColor'));
      expect(Math.min(...(await contrasts()))).toBeGreaterThan(4.5);
    }
    expect(new Set(papers).size).toBe(2);
  });
});
