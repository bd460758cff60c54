/** `openModel` in a page: every format is opened by its own reader, and nothing else comes over the wire. */
import type { Server } from 'node:http';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOwnReader, readerFiles } from '../package/reader-files.js';
import { findChromium } from './browsers.js';
import { serve } from './server.js';

const chromium = findChromium();
const files = readerFiles();

describe.skipIf(chromium.path === undefined)('a page that opens a model', { timeout: 90_000 }, () => {
  let browser: Browser;
  let server: Server;
  let origin: string;

  beforeAll(async () => {
    const served = files.flatMap((each) => Object.entries(each.files));
    ({ server, origin } = await serve(new Map(served.map(([path, bytes]) => [`/files/${path}`, bytes]))));
    browser = await chromium.launch();
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it.each(files.map((each) => [each.format, each.path, each] as const))('%s: %s', async (format, path, each) => {
    const page = await browser.newPage();
    const query = new URLSearchParams({
      script: '/test/browser/pages/open-model.js',
      file: `/files/${path}`,
      layers: each.layers ?? '',
    });
    await page.goto(`${origin}/page?${query}`);
    const answer = JSON.parse((await page.evaluate(() => (globalThis as { results?: unknown }).results)) as string);
    await page.close();
    expect(answer.error).toBeUndefined();
    expect(answer.format).toBe(format);
    expectOwnReader(answer.loaded, each);
  });
});
