/** A page of the built site that is watched while it is used. */
import axe from 'axe-core';
import type { Browser, ElementHandle, Page } from 'puppeteer-core';
import { overBudget, watchBudgets } from './budgets.js';

/** What went wrong on a page, and what it asked of anybody else. */
export interface Visited {
  readonly page: Page;
  readonly faults: string[];
}

export interface VisitOptions {
  readonly width?: number;
  /** Colours and motion can be asked for in Chromium alone. */
  readonly scheme?: 'light' | 'dark';
  readonly still?: boolean;
  /** Whether `findingsAt` judges what it cost to look at it; in Chromium alone. */
  readonly judged?: boolean;
}

/** Opens a page; errors, and requests to anybody but the site, are kept as faults. */
export async function visit(
  browser: Browser,
  address: string,
  path: string,
  { width = 1440, scheme, still, judged }: VisitOptions = {},
): Promise<Visited> {
  const page = await browser.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    // Browsers ask for the icon again whenever the address changes, without a network too.
    if (message.type() === 'error' && !message.location().url?.endsWith('/mark.svg')) faults.push(message.text());
  });
  page.on('request', (request) => {
    if (!/^(blob:|data:)/.test(request.url()) && (!request.url().startsWith(address) || request.method() !== 'GET'))
      faults.push(`asked ${request.method()} ${request.url()}`);
  });
  await page.setViewport({ width, height: 900 });
  const features = [
    ...(scheme ? [{ name: 'prefers-color-scheme', value: scheme }] : []),
    ...(still ? [{ name: 'prefers-reduced-motion', value: 'reduce' }] : []),
  ];
  if (features.length > 0) await page.emulateMediaFeatures(features);
  if (judged) await watchBudgets(page);
  await page.goto(address + path);
  return { page, faults };
}

/** Presses the button of a name, as a screen reader would. */
export async function press(page: Page, name: string): Promise<void> {
  const pressed = await page.evaluate((text) => {
    const button = [...document.querySelectorAll('button')].find((each) => each.textContent === text);
    Object.assign((globalThis as { budgets?: object }).budgets ?? {}, { pressed: performance.now() });
    button?.click();
    return button !== undefined;
  }, name);
  if (!pressed) throw new Error(`there is no button ${name}`);
}

/** Waits until the status begins with a word. */
export async function waitForStatus(page: Page, verb: RegExp): Promise<void> {
  await page.waitForFunction(
    (source) => new RegExp(source).test(document.querySelector('.status b')?.textContent ?? ''),
    { timeout: 90_000 },
    verb.source,
  );
}

/** Waits until a part of the page says something, and gives all that it says. */
export async function says(page: Page, pattern: RegExp, selector = 'main'): Promise<string> {
  await page.waitForFunction(
    (source, place) => new RegExp(source).test(document.querySelector(place)?.textContent ?? ''),
    { timeout: 90_000 },
    pattern.source,
    selector,
  );
  return page.$eval(selector, (element) => element.textContent ?? '');
}

/** Gives a file to the field of a name, as its dialogue would. */
export async function giveFile(page: Page, name: string, path: string): Promise<void> {
  const field = await page.waitForSelector(`input[aria-label="${name}"]`);
  await (field as ElementHandle<HTMLInputElement>).uploadFile(path);
}

/** Drops a file on an element; without a name, nothing. */
export async function drop(page: Page, selector: string, name: string | undefined, content: string): Promise<void> {
  await page.evaluate(
    (place, called, text) => {
      const dataTransfer = new DataTransfer();
      if (called !== undefined) dataTransfer.items.add(new File([text], called));
      document.querySelector(place)?.dispatchEvent(new DragEvent('drop', { dataTransfer }));
    },
    selector,
    name,
    content,
  );
}

/** Cells of the only table within a place, row by row. */
export async function tableOf(page: Page, place: string): Promise<string[][]> {
  return page.$$eval(`${place} tbody tr`, (rows) =>
    rows.map((row) => [...row.children].map((cell) => cell.textContent?.trim() ?? '')),
  );
}

/** Widths and colours that a page is judged at. */
export const VIEWS = [1440, 768, 360].flatMap((width) => [[width, 'light'] as const, [width, 'dark'] as const]);

/** What is against a page at some widths and colours, one after the other, as it stands: whoever turns a device changes both. */
export async function findingsAt(
  page: Page,
  { views = VIEWS, still = false }: { views?: typeof VIEWS; still?: boolean } = {},
): Promise<string[]> {
  const found = await overBudget(page);
  for (const [width, scheme] of views) {
    await page.setViewport({ width, height: 900 });
    await page.emulateMediaFeatures([
      { name: 'prefers-color-scheme', value: scheme },
      { name: 'prefers-reduced-motion', value: still ? 'reduce' : 'no-preference' },
    ]);
    // Charts draw themselves anew in the next frames.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
    found.push(...(await findingsOn(page)).map((finding) => `${width} ${scheme}: ${finding}`));
  }
  return found;
}

/** Serious findings of axe-core, what is wider than the page, and words of a chart that are cut off at its sides. */
async function findingsOn(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const excess = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  const cut = await page.$$eval('svg.chart', (charts) =>
    charts.flatMap((chart) => {
      const { left, right, width } = chart.getBoundingClientRect();
      const words = width > 0 ? [...chart.querySelectorAll('text')] : [];
      return words
        .filter((word) => {
          const box = word.getBoundingClientRect();
          return box.left < left - 2 || box.right > right + 2;
        })
        .map((word) => word.textContent);
    }),
  );
  return [
    ...cut.map((words) => `a chart cuts off “${words}”`),
    ...serious.map(({ id, nodes }) => `${id} ${nodes[0].html.slice(0, 160)}`),
    ...(excess > 0 ? [`${excess} px too wide`] : []),
  ];
}
