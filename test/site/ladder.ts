/** The ladder, used in Chromium and Firefox as a person would, and its figures worked out again in Node. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElementHandle, Page } from 'puppeteer-core';
import { expect, it } from 'vitest';
import { createEngine, RNN } from '../../bindings/index.js';
import {
  Autoregression,
  LatentSymbols,
  MarkovChain,
  Naive,
  NGram,
  type SeriesModel,
  type SymbolModel,
  Unbounded,
} from '../../bindings/sequence/index.js';
import { gradientFlow } from '../../bindings/train/index.js';
import { TEXTS } from '../../site/panels/ladder/texts.js';
import { ROOT } from '../structure/import-graph.js';
import { remembered } from '../support/remembered.js';
import { inBrowsers } from './in-browsers.js';
import { keepPicture } from './keep-picture.js';
import { findingsAt, press, tableOf, VIEWS, waitForStatus } from './visit.js';

type Language = 'en' | 'ko';

export function describeLadder(): void {
  inBrowsers('the ladder', ({ isChromium, open, newPage, addressOf }) => {
    it('has the figures of the library in Node, in both languages', async () => {
      const { page, faults } = await open('ladder.html#order=3&seed=1');
      await waitForStatus(page, /^Learnt/);
      expect(await figuresOf(page)).toEqual(await figuresInNode('en', 3, 1));
      await press(page, '한국어');
      await waitForStatus(page, /^배웠습니다/);
      expect(await figuresOf(page)).toEqual(await figuresInNode('ko', 3, 1));
      expect(await page.$eval('h1', (heading) => heading.innerText)).toBe('게이트는 왜 필요했을까?');
      expect(await page.evaluate(() => location.hash)).toContain('lang=ko');
      expect(faults).toEqual([]);
      await page.close();
    }, 180_000);

    it('is worked by keyboard: order, matrix, gradients, rungs', async () => {
      const { page, faults } = await open('ladder.html#order=2');
      await waitForStatus(page, /^Learnt/);
      await page.focus('[data-slot=autoregressive] input');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowRight');
      const bits = (await classicalInNode('en', 4))[1][0];
      await page.waitForFunction(
        (text) => document.querySelector('[data-bits=autoregressive]')?.textContent === text,
        {},
        bits,
      );
      await page.focus('.matrix');
      await page.keyboard.press('Home');
      for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
      const said = await page.$eval('.matrix', (matrix) => matrix.getAttribute('aria-valuetext'));
      expect(said).toMatch(/^After h comes e \d/);
      await press(page, 'fresh');
      await page.waitForFunction(() =>
        /Fresh weights/.test(document.querySelector('[data-slot=gradients]')?.textContent ?? ''),
      );
      expect(await page.$eval('[data-slot=gradients] figcaption', (caption) => caption.textContent)).toContain(
        `After 50 steps ${powerLeft()} of the RNN`,
      );
      await page.focus('.steps a[href="#lstm"]');
      await page.keyboard.press('Enter');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('lstm');
      const hash = await page.evaluate(() => location.hash);
      for (const part of ['order=4', 'letter=h', 'fresh=1', 'at=lstm']) expect(hash).toContain(part);
      expect(faults).toEqual([]);
      await page.close();
    }, 120_000);

    it('walks along the belt, from unit to unit, and a link brings back what was seen', async () => {
      const { page, faults } = await open('ladder.html');
      await waitForStatus(page, /^Learnt/);
      const caption = () => page.$eval('[data-slot=lstm] > figure figcaption', (each) => each.textContent);
      const strip = () => page.$eval('[data-slot=lstm] > figure svg', (each) => each.getAttribute('aria-label'));
      const [unit, text] = [await caption(), await strip()];
      await clickWithin(page, '[data-slot=lstm]', 'Another unit');
      await clickWithin(page, '[data-slot=lstm]', 'Later');
      const [nextUnit, nextText] = [await caption(), await strip()];
      expect(nextUnit).toMatch(/^Unit \d+ of 48\. Its forget gate shuts most at .+: \d\.\d\d open there/);
      expect(nextUnit).not.toBe(unit);
      expect(nextText).not.toBe(text);
      const hash = await page.evaluate(() => location.hash);
      await page.close();
      const again = await open(`ladder.html${hash}`);
      await waitForStatus(again.page, /^Learnt/);
      expect(await again.page.$eval('[data-slot=lstm] > figure figcaption', (each) => each.textContent)).toBe(nextUnit);
      expect([...faults, ...again.faults]).toEqual([]);
      await again.page.close();
    }, 120_000);

    it('goes on without a network, and takes a link that somebody broke', async () => {
      const { page, faults } = await open(
        'ladder.html#order=1e9&seed=x&lang=%3Cb%3E&at=%22%5D&lstm-unit=-7&scale=NaN&letter=',
      );
      await waitForStatus(page, /^Learnt/);
      expect(await page.$eval('[data-slot=autoregressive] .val', (value) => value.textContent)).toBe('12 steps');
      if (isChromium) await page.setOfflineMode(true);
      await press(page, '한국어');
      await waitForStatus(page, /^배웠습니다/);
      await press(page, '다른 시드로 다시');
      await waitForStatus(page, /^배우는/);
      await press(page, '멈추기');
      await waitForStatus(page, /^(멈춤|아직)/);
      expect(faults).toEqual([]);
      await page.close();
    }, 120_000);

    if (!isChromium) return;

    it('waits where motion is unwanted, and learns when told to', async () => {
      const { page, faults } = await open('ladder.html', { still: true });
      await waitForStatus(page, /^Not learnt yet/);
      await press(page, 'Let them learn');
      await waitForStatus(page, /^Learnt/);
      expect(faults).toEqual([]);
      await page.close();
    }, 60_000);

    it('can be read without JavaScript, in both languages', async () => {
      const page = await newPage();
      await page.setJavaScriptEnabled(false);
      await page.goto(addressOf('ladder.html'));
      const text = await page.evaluate(() => document.body.innerText);
      expect(text).toContain('Picture a conveyor belt');
      expect(text).toContain('컨베이어 벨트');
      await page.close();
    }, 60_000);

    it('has nothing serious against it at any width, light and dark', async () => {
      const { page, faults } = await open('ladder.html', { judged: true });
      await waitForStatus(page, /^Learnt/);
      const found = await findingsAt(page);
      if (process.env.PICTURES) {
        await page.setViewport({ width: 1200, height: 900 });
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
        await new Promise((resolve) => setTimeout(resolve, 500));
        const belt = (await page.$('[data-slot=lstm] > figure')) as ElementHandle;
        keepPicture('belt-light', await belt.screenshot());
      }
      await press(page, '한국어');
      await page.waitForFunction(() => document.activeElement?.textContent === '한국어');
      await waitForStatus(page, /^배웠습니다/);
      found.push(...(await findingsAt(page, { views: VIEWS.slice(-2) })), ...faults);
      await page.close();
      expect(found).toEqual([]);
    }, 180_000);
  });
}

/** Bits, dollars a month ahead, dollars 25 months ahead, intervals: the columns that do not depend on a clock. */
async function figuresOf(page: Page): Promise<string[][]> {
  return (await tableOf(page, '[data-slot=all]'))
    .slice(0, 6)
    .map((row, i) => (i < 3 ? row.slice(1, 5) : row.slice(1, 2)));
}

/** Classical rungs whole; of the networks those of the text, which are the ones that take their time. */
async function figuresInNode(language: Language, order: number, seed: number): Promise<string[][]> {
  return [...(await classicalInNode(language, order)), ...(await networksInNode(language, seed))];
}

function textOf(language: Language) {
  const all = [...TEXTS[language].replaceAll('\n', ' ').normalize('NFD')];
  const cut = Math.floor(all.length * 0.85);
  const [known, held] = [all.slice(0, cut), all.slice(cut)];
  const bits = (model: SymbolModel) =>
    (-model.logLikelihood(held, { past: known }) / held.length / Math.LN2).toFixed(2);
  return { known, symbols: [...new Set(all)].sort(), bits };
}

const classicalInNode = remembered(async (language: Language, order: number): Promise<string[][]> => {
  const prices = readFileSync(join(ROOT, 'node_modules/vega-datasets/data/stocks.csv'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('MSFT,'))
    .map((line) => Number(line.split(',')[2]));
  const [past, future] = [prices.slice(0, 98), prices.slice(98)];
  const { known, symbols, bits } = textOf(language);
  const dollars = (model: SeriesModel) => {
    const { mean, lower, upper } = model.forecast(25);
    const off = (guesses: ArrayLike<number>) =>
      (future.reduce((sum, value, i) => sum + Math.abs(value - guesses[i]), 0) / 25).toFixed(2);
    const next = future.map((_, i) => model.predict([...past, ...future.slice(0, i)]).mean);
    const within = future.filter((value, i) => lower[i] <= value && value <= upper[i]).length;
    return [off(next), off(mean), `${within} / 25`];
  };
  const rungs: readonly (readonly [SymbolModel, SeriesModel])[] = [
    [new Unbounded({ symbols }), new Naive({ kind: 'last' })],
    [new NGram({ order: order + 1, symbols }), new Autoregression({ order })],
    [new MarkovChain({ symbols, smoothing: 0.05 }), new Autoregression({ order: 1 })],
  ];
  const rows: string[][] = [];
  for (const [text, series] of rungs) {
    await text.fit(known);
    await series.fit(past);
    rows.push([bits(text), ...dollars(series)]);
  }
  return rows;
});

const networksInNode = remembered(async (language: Language, seed: number): Promise<string[][]> => {
  const { known, symbols, bits } = textOf(language);
  const engine = createEngine({ simd: 'baseline' });
  const rows: string[][] = [];
  for (const cell of ['rnn', 'lstm', 'gru'] as const) {
    const options = { hiddenSize: 48, epochs: 60, learningRate: 0.01, steps: 48, batch: 8, patience: 12 };
    const model = await new LatentSymbols({ cell, seed, symbols, ...options, engine }).fit(known);
    rows.push([bits(model)]);
    model.dispose();
  }
  return rows;
});

/** What is left after 50 steps of the gradient of a fresh RNN, as the panel writes a small share. */
function powerLeft(): string {
  const layer = new RNN({ inputSize: 48, hiddenSize: 48, seed: 0, engine: createEngine({ simd: 'baseline' }) });
  const [norms] = gradientFlow(layer, { steps: 50, batch: 8, seed: 0 }).logarithms.h;
  layer.dispose();
  const exponent = Math.round(norms[50] - norms[0]);
  return `10⁻${[...String(-exponent)].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('')}`;
}

async function clickWithin(page: Page, place: string, name: string): Promise<void> {
  await page.evaluate(
    (within, text) => {
      const buttons = [...document.querySelectorAll<HTMLButtonElement>(`${within} button`)];
      buttons.find((button) => button.textContent === text)?.click();
    },
    place,
    name,
  );
}
