import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import puppeteer from 'puppeteer-core';
import { bundle, libraryBundle, ORT } from './bundles.js';
import { MODELS } from './silero.js';

const ROOT = join(import.meta.dirname, '../..');
const TYPES = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
const PAGE =
  '<!doctype html><html lang="en"><link rel="icon" href="data:,"><script type="module" src="/page.js"></script></html>';

/** Beside a new window Chromium loads pages of its own, which keep a core busy for a second and more. */
const SETTLE_MILLISECONDS = 2000;

/** Chromium, with a server for the page, the contenders' bundles and the models. Every call gets a fresh profile. */
export async function chromiumHost() {
  const files = new Map([
    ['/page.js', await bundle({ entryPoints: ['./page.js'] })],
    ['/hiddenstate.js', await libraryBundle()],
    ['/onnxruntime.js', await bundle({ entryPoints: ['onnxruntime-web/wasm'] })],
    ...MODELS.map(({ file }) => [
      `/models/${file}`,
      readFileSync(join(ROOT, 'node_modules/@ricky0123/vad-web/dist', file)),
    ]),
  ]);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://127.0.0.1');
    response.setHeader('content-type', TYPES[extname(pathname)] ?? 'text/html; charset=utf-8');
    if (pathname.startsWith('/ort/'))
      response.end(readFileSync(join(ORT, pathname.slice('/ort/'.length).replaceAll('/', ''))));
    else response.end(files.get(pathname) ?? PAGE);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  const browser = await puppeteer.launch({
    executablePath,
    headless: true,
    protocolTimeout: 0,
    args: ['--no-sandbox'],
  });
  const call = async (name, ...args) => {
    const context = await browser.createBrowserContext();
    try {
      const page = await context.newPage();
      page.on('pageerror', (error) => console.error(`page: ${error}`));
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      await page.waitForFunction('globalThis.measureFirst !== undefined', { polling: 50, timeout: 10_000 });
      await setTimeout(SETTLE_MILLISECONDS);
      return await page.evaluate((method, given) => globalThis[method](...given), name, args);
    } finally {
      await context.close();
    }
  };
  return {
    id: 'chromium',
    label: `Chromium ${(await browser.version()).split('/')[1]}`,
    frames: (model, pace) => call('measureFrames', model.name, { ...pace, burstMilliseconds: 20 }),
    lstm: (size, pace) => call('measureLstm', size, { ...pace, burstMilliseconds: 20 }),
    first: (contender, model) => call('measureFirst', contender, model.name),
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}
