/** The panel Train, used in Chromium and Firefox as a person would. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { afterAll, expect, it } from 'vitest';
import { GRU, Linear, loadModel, Sequential } from '../../bindings/index.js';
import { Adam, fit, mse, windows } from '../../bindings/train/index.js';
import { ROOT } from '../structure/import-graph.js';
import { remembered } from '../support/remembered.js';
import { inBrowsers } from './in-browsers.js';
import { BUILT } from './site.js';
import { drop, findingsAt, giveFile, press, says, waitForStatus } from './visit.js';

const SUNSPOTS = 'train.html#data=sunspots&cell=GRU&units=16';
/** Long enough to be stopped on the way, short enough to be learnt in seconds. */
const TEXT = 'The tide comes in, and the tide goes out. '.repeat(100);

/** Tests of the panel in every browser of the machine. */
export function describeTrain(): void {
  const folder = mkdtempSync(join(tmpdir(), 'hiddenstate-train-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const file = (name: string, bytes: Uint8Array | string) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };

  inBrowsers(
    'the panel Train',
    ({ isChromium, open }) => {
      const caption = (page: Page) => page.$eval('hs-train .cap', (element) => element.textContent ?? '');

      it('learns a series as the library does in Node', async () => {
        const { page, faults } = await open(SUNSPOTS);
        await waitForStatus(page, /^Ready/);
        await press(page, 'Train');
        await waitForStatus(page, /^Done/);
        const [, left] = (await caption(page)).match(/^([\d.]+) of the variance/) ?? [];
        // Sums in another order than this build's may differ in the last place of each step.
        expect(Number(left)).toBeCloseTo(await sunspotsInNode(), 2);
        expect(await page.$eval('.sample svg', (picture) => picture.getAttribute('aria-label'))).toMatch(/^GRU: /);
        expect(faults).toEqual([]);
        await page.close();
      });

      it('stops, goes on to where it would have ended, saves, and loads', async () => {
        const { page, faults } = await open('train.html#cell=LSTM&units=32');
        await waitForStatus(page, /^Ready/);
        await press(page, 'My own');
        await page.type('textarea', TEXT);
        await press(page, 'Use this');
        await says(page, /What you pasted: 4,200 characters/);
        await keepDownloads(page);
        await press(page, 'Train');
        await waitForStatus(page, /^Done/);
        const straight = await caption(page);
        await press(page, 'Train again');
        await says(page, /Trainingstep [1-9]/);
        await press(page, 'Stop');
        await waitForStatus(page, /^Stopped/);
        await press(page, 'Go on');
        await waitForStatus(page, /^Done/);
        expect(await caption(page)).toBe(straight);
        expect(await page.$eval('.wrote', (text) => text.textContent)).toContain('tide');
        await press(page, 'Save');
        const bytes = await downloaded(page);
        const model = loadModel(bytes);
        expect(JSON.parse(model.metadata.vocabulary)).toEqual([...new Set(TEXT)].sort());
        expect(model.metadata).toMatchObject({ task: 'text', cell: 'LSTM', units: '32' });
        model.dispose();
        await giveFile(page, 'A saved model', file('mine.safetensors', bytes));
        await says(page, /Loaded mine\.safetensors/);
        await press(page, 'Train');
        await waitForStatus(page, /^Done/);
        expect(faults).toEqual([]);
        await page.close();
      });

      it('refuses what it cannot learn from, and says why', async () => {
        const huge = file('huge.txt', '');
        truncateSync(huge, 100_000_000);
        const { page, faults } = await open('train.html');
        await waitForStatus(page, /^Ready/);
        await drop(page, 'hs-train', undefined, '');
        await drop(page, 'hs-train', 'short.txt', 'too short');
        await says(page, /short\.txt: That is a text of 9 characters/);
        await drop(page, 'hs-train', 'few.csv', 'a,b\n1,2\n3,4\n'.repeat(9));
        await says(page, /few\.csv: That is a (series|text)/);
        await drop(page, 'hs-train', 'empty.txt', '');
        await says(page, /empty\.txt: That is a text of 0 characters/);
        for (const [label, path, message] of [
          ['A text or a series', join(ROOT, 'docs/house/write-light.png'), /write-light\.png: That is not a text/],
          ['A text or a series', huge, /huge\.txt has 100 MB, and this page takes 5\.00 MB/],
          ['A saved model', file('broken.safetensors', Buffer.alloc(64, 255)), /broken\.safetensors is no safetensors/],
          ['A saved model', file('none.safetensors', ''), /none\.safetensors is empty/],
        ] as const) {
          await giveFile(page, label, path);
          await says(page, message);
        }
        await press(page, 'Moby-Dick');
        await waitForStatus(page, /^Ready/);
        expect(await page.$('[role=alert]')).toBeNull();
        expect(faults).toEqual([]);
        await page.close();
      });

      it('races the three cells on a task, and says who has learnt it', async () => {
        const { page, faults } = await open('train.html#over=10');
        await waitForStatus(page, /^Ready/);
        await page.focus('#race .btn.main');
        await page.keyboard.press('Enter');
        const said = await says(page, /has learnt it after [\d,]+ steps/, '#race figcaption');
        expect(said).toMatch(/^(RNN|LSTM|GRU) has learnt it/);
        await page.setViewport({ width: 360, height: 700 });
        await page.keyboard.press('Enter');
        await says(page, /Stopped|Done/, '#race .status');
        const shown = await page.$eval('#race svg', (picture) => picture.getAttribute('aria-label'));
        expect(shown).toMatch(/^RNN \d+ % right, LSTM \d+ % right, GRU \d+ % right$/);
        await press(page, 'Copying');
        expect(await page.evaluate(() => location.hash)).toBe('#over=10&task=copying');
        expect(faults).toEqual([]);
        await page.close();
      });

      if (isChromium) {
        it('goes on without a network once it is there', async () => {
          const { page, faults } = await open(SUNSPOTS);
          await waitForStatus(page, /^Ready/);
          await page.waitForNetworkIdle();
          await page.setOfflineMode(true);
          await press(page, 'Train');
          await waitForStatus(page, /^Done/);
          await press(page, 'Race');
          await says(page, /steps: RNN [1-9]/, '#race .status');
          expect(faults).toEqual([]);
          await page.close();
        });

        it('has nothing serious against it, at any width, light or dark', async () => {
          const { page, faults } = await open(SUNSPOTS, { still: true, judged: true });
          await waitForStatus(page, /^Ready/);
          await press(page, 'Train');
          await waitForStatus(page, /^Done/);
          const found = [...(await findingsAt(page, { still: true })), ...faults];
          await page.close();
          expect(found).toEqual([]);
        });
      }
    },
    { timeout: 180_000 },
  );
}

/** The program that the panel shows, on the same numbers. */
const sunspotsInNode = remembered(async (): Promise<number> => {
  const lines = readFileSync(join(BUILT, 'samples', 'sunspots.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  const values = Float32Array.from(lines, (line) => Number(line.split(',')[1]));
  const end = Math.round(values.length * 0.9);
  const past = values.subarray(0, end);
  const mean = past.reduce((sum, value) => sum + value, 0) / end;
  const deviation = Math.sqrt(past.reduce((sum, value) => sum + (value - mean) ** 2, 0) / end);
  const numbers = values.map((value) => (value - mean) / deviation);
  const series = (data: Float32Array) => ({ data, dims: [data.length, 1] });
  const model = new Sequential([
    new GRU({ inputSize: 1, hiddenSize: 16, seed: 2 }),
    new Linear({ inFeatures: 16, outFeatures: 1, seed: 3 }),
  ]);
  const { loss } = await fit(
    model,
    windows(series(numbers.subarray(0, end)), { steps: 32, batch: 16, stride: 8, shuffle: 1 }),
    {
      loss: mse(),
      epochs: 200,
      optimizer: (parameters) => new Adam(parameters, { learningRate: 0.005 }),
      clipNorm: 1,
      validation: windows(series(numbers.subarray(end - 32)), { steps: 32, batch: 16, stride: 8 }),
      patience: 20,
    },
  );
  model.dispose();
  return loss;
});

/** Keeps what the page makes to be saved. */
async function keepDownloads(page: Page): Promise<void> {
  await page.evaluate(() => {
    const make = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (blob: Blob) => {
      (globalThis as unknown as { kept: Promise<ArrayBuffer> }).kept = blob.arrayBuffer();
      return make(blob);
    };
    HTMLAnchorElement.prototype.click = () => undefined;
  });
}

async function downloaded(page: Page): Promise<Uint8Array> {
  await page.waitForFunction(() => 'kept' in globalThis);
  const numbers = await page.evaluate(async () => [
    ...new Uint8Array(await (globalThis as unknown as { kept: Promise<ArrayBuffer> }).kept),
  ]);
  return Uint8Array.from(numbers);
}
