/** Tests of the site in every browser of the machine. */
import type { Server } from 'node:http';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { findChromium, findFirefox } from '../browser/browsers.js';
import { serveSite } from './site.js';
import { type Visited, type VisitOptions, visit } from './visit.js';

/** The site, open in one browser. */
export interface InBrowser {
  readonly isChromium: boolean;
  /** Opens a page of the site that is watched. */
  open(path: string, options?: VisitOptions): Promise<Visited>;
  /** Opens a page that shows nothing yet. */
  newPage(): Promise<Page>;
  /** Where a page of the site is. */
  addressOf(path: string): string;
}

export interface InBrowsersOptions {
  /** A recording that the microphone hears. */
  readonly microphone?: string;
  /** Milliseconds that a test may take. Default 30 000. */
  readonly timeout?: number;
}

/** Describes `what` in Chromium and in Firefox; a browser that is not there is skipped. */
export function inBrowsers(
  what: string,
  tests: (browser: InBrowser) => void,
  { microphone, timeout = 30_000 }: InBrowsersOptions = {},
): void {
  let server: Server;
  let address: string;
  beforeAll(async () => {
    ({ server, address } = await serveSite());
  });
  afterAll(() => server?.close());

  for (const { name, path, launch } of [findChromium(), findFirefox()]) {
    describe.skipIf(path === undefined)(`${what} in ${name}`, { timeout }, () => {
      let running: Browser;
      beforeAll(async () => {
        running = await launch(microphone);
      }, 120_000);
      afterAll(async () => running?.close());

      tests({
        isChromium: name === 'Chromium',
        open: (page, options) => visit(running, address, page, options),
        newPage: () => running.newPage(),
        addressOf: (page) => address + page,
      });
    });
  }
}
