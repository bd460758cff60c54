/** The built site in the browsers of the machine, for timings. */
import { existsSync } from 'node:fs';
import puppeteer from 'puppeteer-core';
import { serve } from '../../site/serve.mjs';

const BROWSERS = [
  {
    name: 'Chromium',
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
    ],
  },
  {
    name: 'Firefox',
    browser: 'firefox',
    executablePath: process.env.FIREFOX_PATH ?? '/usr/bin/firefox-esr',
    extraPrefsFirefox: {
      'media.cubeb.force_mock_context': true,
      'media.autoplay.default': 0,
      'media.autoplay.blocking_policy': 0,
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
    },
  },
];

/**
 * Does some work in each browser that is there.
 *
 * @param work called with the site's address and with `newPage()`, which gives a page in a context of its own: nothing is cached
 */
export async function inBrowsers(work) {
  const server = await serve(0);
  const address = `http://localhost:${server.address().port}/`;
  for (const { name, ...options } of BROWSERS) {
    if (!existsSync(options.executablePath)) continue;
    const browser = await puppeteer.launch({ headless: true, timeout: 120_000, ...options });
    const newPage = async () => {
      const page = await (await browser.createBrowserContext()).newPage();
      await page.setViewport({ width: 1440, height: 900 });
      return page;
    };
    const version = (await browser.version()).replace(/^\D*/, '');
    await work({ name: `${name} ${version}`, isChromium: name === 'Chromium', newPage, address });
    await browser.close();
  }
  server.close();
}

export function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
