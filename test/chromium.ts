/** A real browser for tests of pages: Chromium, at WEMBED_CHROMIUM or in the usual places. */
import { existsSync } from 'node:fs';
import type * as Playwright from 'playwright-core';

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const named = process.env.WEMBED_CHROMIUM ?? '';
const found = named === '' ? usual.find((path) => existsSync(path)) : named;

/** Undefined: there is none, or nothing that could drive it, which needs Node 20. */
export const chromiumPath = Number(process.versions.node.split('.')[0]) >= 20 ? found : undefined;

const args =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking ' +
  '--disable-component-update --disable-sync';

/** To be closed by the caller. */
export function launchChromium(): Promise<Playwright.Browser> {
  // Only now: older versions of Node cannot even load it.
  const { chromium } = jest.requireActual<typeof Playwright>('playwright-core');
  // A sanitizer that is loaded into this process is none of the browser's.
  const env = { ...process.env, LD_PRELOAD: '' };
  return chromium.launch({ executablePath: chromiumPath ?? '', args: args.split(' '), env });
}
