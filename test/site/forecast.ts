/** The forecast of one's own series, used in Chromium and Firefox as a person would. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ElementHandle, Page } from 'puppeteer-core';
import { expect, it } from 'vitest';
import {
  evaluate,
  forecasterOf,
  parseSeries,
  RUNGS,
  rollingProtocol,
  type Score,
} from '../../bindings/forecast/index.js';
import { createEngine } from '../../bindings/index.js';
import { Autoregression, LatentSeries, selectOrder } from '../../bindings/sequence/index.js';
import { ROOT } from '../structure/import-graph.js';
import { remembered } from '../support/remembered.js';
import { inBrowsers } from './in-browsers.js';
import { findingsAt, press, tableOf, waitForStatus } from './visit.js';

/** Ten years of months: a trend, a season, and what nobody could know. */
const TABLE = [
  'month,sales,shop',
  ...Array.from({ length: 120 }, (_, t) => {
    const noise = Math.sin(t * t * 1.7) * 3;
    const value = 100 + 0.4 * t + 12 * Math.sin((2 * Math.PI * t) / 12) + noise;
    return `${2010 + Math.floor(t / 12)}-${String((t % 12) + 1).padStart(2, '0')},${value.toFixed(2)},north`;
  }),
].join('\n');

export function describeForecast(): void {
  inBrowsers('the forecast', ({ isChromium, open }) => {
    it('forecasts what was pasted, with the figures of the library in Node', async () => {
      const { page, faults } = await open('forecast.html#horizon=12&seeds=2');
      await paste(page, TABLE);
      await waitForStatus(page, /^Done/);
      const shown = (await tableOf(page, 'hs-forecast')).map(([name, mae, , step, steps, held]) => [
        name,
        mae,
        step,
        steps,
        held,
      ]);
      expect(shown).toEqual(await figuresInNode(12, 2));
      expect(faults).toEqual([]);
      await page.close();
    }, 180_000);

    it('is worked by keyboard, keeps its state in the link, and comes back to it', async () => {
      const { page, faults } = await open('forecast.html#seeds=1');
      await page.focus('.drop .btn.main');
      await page.keyboard.press('Enter');
      await waitForStatus(page, /^Forecasting/);
      await press(page, 'Stop');
      await waitForStatus(page, /^Stopped/);
      await page.focus('.fields input[type=range]');
      await page.keyboard.press('Home');
      await page.keyboard.press('ArrowRight');
      await waitForStatus(page, /^Forecasting/);
      await waitForStatus(page, /^Done/);
      expect(await page.$eval('.seg button', (button) => button.textContent)).toBe('The last 2, held out');
      await page.evaluate(() => {
        const names = [...document.querySelectorAll<HTMLButtonElement>('.pick')];
        names.find((name) => name.textContent === 'drift')?.focus();
      });
      await page.keyboard.press('Enter');
      expect(await page.$eval('.pick[aria-pressed=true]', (name) => name.textContent)).toBe('drift');
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('drift');
      await press(page, 'The next 2');
      const hash = await page.evaluate(() => location.hash);
      for (const part of ['sample=co2', 'horizon=2', 'model=drift', 'part=next', 'season=12'])
        expect(hash).toContain(part);
      await page.close();
      const again = await open(`forecast.html${hash}`);
      await waitForStatus(again.page, /^Done/);
      expect(await again.page.$eval('.pick[aria-pressed=true]', (name) => name.textContent)).toBe('drift');
      expect([...faults, ...again.faults]).toEqual([]);
      await again.page.close();
    }, 180_000);

    it('refuses what is no series, says why, and goes on with the next', async () => {
      const { page, faults } = await open('forecast.html#seeds=1&horizon=1e9&season=-3&model-of=x&model=%3Cb%3E');
      const folder = mkdtempSync(join(tmpdir(), 'series-'));
      const refused: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
        [
          'picture.csv',
          readFileSync(join(ROOT, 'docs/house/write-light.png')),
          /^It cannot be forecast\. picture\.csv/,
        ],
        ['quote.csv', 'a,b\n1,"2\n3,4\n', /quote .* never closed/],
        ['words.csv', 'name,town\nKim,Seoul\nLee,Busan\n', /no column of numbers/],
        ['few.csv', 'x\n1\n2\n3\n', /expected at least \d+ to learn from/],
        ['empty.csv', '', /expected a row of names and rows of numbers/],
        ['ragged.csv', 'a,b\n1,2\n3\n', /line 3: got 1 column, expected 2/],
      ];
      for (const [name, content, message] of refused) {
        const path = join(folder, name);
        writeFileSync(path, content);
        const field = await page.waitForSelector('hs-forecast input[type=file]');
        await (field as ElementHandle<HTMLInputElement>).uploadFile(path);
        await page.waitForFunction(
          (text) => document.querySelector('.status')?.textContent?.includes(`forecast${text}`),
          {},
          name,
        );
        expect(await page.$eval('[role=alert]', (alert) => alert.textContent), name).toMatch(message);
        expect(await page.$$eval('hs-forecast b b, hs-forecast img', (found) => found.length)).toBe(0);
        await press(page, 'Another series');
      }
      await press(page, 'Forecast what I pasted');
      expect(await page.$eval('[role=alert]', (alert) => alert.textContent)).toContain('got nothing');
      await press(page, 'Another series');
      await drop(page, 'huge.csv', 100_000_000);
      await page.waitForSelector('[role=alert]');
      expect(await page.$eval('[role=alert]', (alert) => alert.textContent)).toContain(
        'got 100 MB, expected at most 20 MB',
      );
      await press(page, 'Another series');
      await paste(page, TABLE.replace(/^(2011-05),[^,]*/m, '$1,'));
      await page.waitForSelector('[role=alert]');
      await press(page, 'Draw a straight line');
      await waitForStatus(page, /^Done/);
      expect(await page.$eval('.status', (status) => status.textContent)).toContain(
        '1 missing: values put on a straight line',
      );
      expect(faults).toEqual([]);
      await page.close();
    }, 240_000);

    if (!isChromium) return;

    it('downloads forecasts and picture, and works without a network', async () => {
      const { page, faults } = await open('forecast.html#seeds=1&horizon=6');
      const folder = mkdtempSync(join(tmpdir(), 'forecast-'));
      const session = await page.createCDPSession();
      await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: folder });
      await page.setOfflineMode(true);
      await paste(page, TABLE);
      await waitForStatus(page, /^Done/);
      await press(page, 'Download forecasts (CSV)');
      await press(page, 'Download picture (SVG)');
      const files = await written(folder, 2);
      const csv = readFileSync(join(folder, files.find((name) => name.endsWith('.csv')) as string), 'utf8');
      const svg = readFileSync(join(folder, files.find((name) => name.endsWith('.svg')) as string), 'utf8');
      const { values } = parseSeries(TABLE);
      const { mean, lower, upper } = new Autoregression({ order: selectOrder(values, { maxOrder: 12 }).order })
        .fit(values)
        .forecast(6);
      expect(csv).toContain(`ar,1,2020-01-01,${mean[0]},${lower[0]},${upper[0]}\n`);
      expect(csv.trim().split('\n')).toHaveLength(1 + 6 * RUNGS.filter(({ name }) => name !== 'seasonal').length);
      expect(svg).toMatch(/^<svg[^>]*xmlns/);
      expect(svg).not.toContain('var(');
      expect(faults).toEqual([]);
      await page.close();
    }, 120_000);

    it('has nothing serious against it at any width, light and dark', async () => {
      const { page, faults } = await open('forecast.html#seeds=1', { judged: true });
      await page.waitForSelector('.drop');
      const found = (await findingsAt(page)).map((finding) => `empty, ${finding}`);
      await paste(page, TABLE);
      await waitForStatus(page, /^Done/);
      found.push(...(await findingsAt(page)), ...faults);
      await page.close();
      expect(found).toEqual([]);
    }, 180_000);
  });
}

async function paste(page: Page, text: string): Promise<void> {
  await page.waitForSelector('.paste textarea');
  await page.$eval(
    '.paste textarea',
    (field, value) => {
      field.value = value;
    },
    text,
  );
  await press(page, 'Forecast what I pasted');
}

/** Drops a file of so many zeros. */
async function drop(page: Page, name: string, bytes: number): Promise<void> {
  await page.evaluate(
    (file, size) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([new Uint8Array(size)], file));
      document
        .querySelector('hs-forecast')
        ?.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    },
    name,
    bytes,
  );
}

/** The names of so many whole files in a folder. */
async function written(folder: string, count: number): Promise<string[]> {
  for (let tries = 0; tries < 100; tries++) {
    const names = readdirSync(folder).filter((name) => !name.endsWith('.crdownload'));
    if (names.length >= count) return names;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`got ${readdirSync(folder).join(', ')}, expected ${count} files`);
}

/** Rows of the table, the least error first: name, MAE, one step, all steps, held. */
const figuresInNode = remembered(async (horizon: number, seeds: number): Promise<string[][]> => {
  const labels: Record<string, string> = { last: 'last value', 'whole-past': 'whole past', markov: 'Markov' };
  const { values } = parseSeries(TABLE);
  const protocol = rollingProtocol(values.length, { horizon });
  const engine = createEngine({ simd: 'baseline' });
  const rows: { readonly mae: number; readonly row: string[] }[] = [];
  for (const rung of RUNGS.filter(({ name }) => name !== 'seasonal')) {
    const network = rung.kind === 'latent';
    const scores: Score[] = [];
    for (let seed = 0; seed < (network ? seeds : 1); seed++) {
      const options = { period: undefined, order: undefined, hiddenSize: undefined, epochs: undefined, seed, engine };
      const model = rung.make(values.subarray(0, protocol.start), options);
      scores.push(await evaluate(forecasterOf(model, 'none'), values, protocol));
      if (model instanceof LatentSeries) model.dispose();
    }
    const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
    const three = (value: number, digits = 3) => String(Number(value.toPrecision(digits)));
    const maes = scores.map(({ mae }) => mae);
    const mae = mean(maes);
    const spread = Math.sqrt(maes.reduce((sum, value) => sum + (value - mae) ** 2, 0) / (seeds - 1));
    const held = mean(scores.map(({ coverage }) => coverage));
    const name = labels[rung.name] ?? (network || rung.name === 'ar' ? rung.name.toUpperCase() : rung.name);
    const steps = [0, horizon - 1].map((h) => three(mean(scores.map(({ maeByStep }) => maeByStep[h]))));
    const shown = network ? `${three(mae)} ± ${three(spread, 2)}` : three(mae);
    rows.push({ mae, row: [name, shown, ...steps, `${Math.round(100 * held)} %`] });
  }
  return rows.sort((a, b) => a.mae - b.mae).map(({ row }) => row);
});
