import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { buildCeiling } from '../../ceiling/build.js';
import { bundle } from './bundles.js';
import { serve } from './server.js';

/** Names of executables, and the variable that wins over what is found. */
const BROWSERS = {
  chromium: {
    names: ['chromium', 'chromium-browser', 'google-chrome'],
    variable: 'CHROMIUM_PATH',
    engine: 'V8',
    label: 'Chromium',
  },
  firefox: { names: ['firefox', 'firefox-esr'], variable: 'FIREFOX_PATH', engine: 'SpiderMonkey', label: 'Firefox' },
};
const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const FIRST = ['plain', 'hiddenstate', 'onnxruntime-web', 'tensorflow-wasm', 'tensorflow-cpu'];

/**
 * A headless browser to measure in, with a server of its own. Every group gets a fresh page, every first result a fresh
 * profile, so that nothing is in a cache.
 *
 * @param name 'chromium' or 'firefox'
 */
export async function browserHost(name) {
  const path = executableOf(name);
  const server = await serve(await filesToServe());
  // A group takes minutes: the protocol must wait for it.
  const options = { executablePath: path, headless: true, protocolTimeout: 0, timeout: 120_000 };
  const browser = await puppeteer.launch(
    name === 'firefox' ? { ...options, browser: 'firefox' } : { ...options, args: CHROMIUM_FLAGS },
  );

  /** Opens a page with a script, lets `use` work with it, and closes it. Errors of the page end the run. */
  async function withPage(script, use) {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    try {
      const failed = new Promise((_, reject) => page.on('pageerror', reject));
      await page.goto(`${server.origin}/page?${script}`);
      return await Promise.race([use(page), failed]);
    } finally {
      await context.close();
    }
  }

  return {
    id: name,
    label: `${BROWSERS[name].label} ${(await browser.version()).split('/')[1]}`,
    engine: BROWSERS[name].engine,
    flags: [],
    // Browsers coarsen their clocks to as much as a millisecond.
    burstMilliseconds: 20,
    firstContenders: FIRST,
    runGroup: (cases, pace, onCase) =>
      withPage('/group.js', async (page) => {
        await page.exposeFunction('onCase', (json) => onCase(JSON.parse(json)));
        await page.evaluate((group) => globalThis.measureGroup(group), { cases, pace });
      }),
    firstResult: (contender) =>
      withPage('/first.js', (page) => page.evaluate((one) => globalThis.measureFirst(one), contender)),
    async close() {
      await browser.close();
      server.stop();
    },
  };
}

async function filesToServe() {
  const scripts = [
    ['/group.js', 'hosts/browser-page.js'],
    ['/first.js', 'hosts/first-page.js'],
    ...FIRST.map((contender) => [`/first/${contender}.js`, `first/${contender}.js`]),
  ];
  const bundles = await Promise.all(scripts.map(async ([path, entry]) => [path, await bundle(entry)]));
  const ceilings = ['baseline', 'relaxed'].map((build) => [`/ceiling/${build}.wasm`, buildCeiling(build)]);
  return new Map([...bundles, ...ceilings]);
}

function executableOf(name) {
  if (!Object.hasOwn(BROWSERS, name)) throw new RangeError(`--browser: got ${name}, expected chromium or firefox`);
  const { names, variable } = BROWSERS[name];
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const found = names.flatMap((file) => folders.map((folder) => join(folder, file))).find(isExecutable);
  const path = process.env[variable] ?? found;
  if (path === undefined) throw new Error(`--browser ${name}: found none in PATH; set ${variable}`);
  return path;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
