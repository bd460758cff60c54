/** The panels of the built site, used in Chromium and Firefox as a person would. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadModel, sampler } from '../../bindings/index.js';
import { inBrowsers } from './in-browsers.js';
import { keepPicture } from './keep-picture.js';
import { BUILT } from './site.js';
import { findingsAt, press, says, VIEWS, waitForStatus } from './visit.js';

/** A narrow page in the dark, for panels that are long in use. */
const FEW = VIEWS.slice(-1);

/** Tests of the panels in every browser of the machine. */
export function describePanels(): void {
  inBrowsers('the site', ({ isChromium, open }) => {
    it('writes what the library writes in Node, from the same prompt and seed', async () => {
      const { page, faults } = await open('write.html#prompt=The%20whale&seed=3&temperature=0.6&unit=5');
      await page.waitForFunction(() => (document.querySelector('.said')?.textContent ?? '').length > 100, {
        timeout: 30_000,
      });
      const said = await page.$eval('.said', (element) => element.textContent ?? '');
      expect(written('The whale', 3, 400)).toContain(said.slice(0, 60));
      expect(await page.$eval('.side section:nth-of-type(3) h3', (element) => element.textContent)).toBe('Unit 5');
      expect(faults).toEqual([]);
      await page.close();
    }, 60_000);

    it('holds a unit where it is told, keeps that in the link, and lets it go', async () => {
      const { page, faults } = await open('write.html#seed=3&unit=5');
      await page.waitForSelector('.said i');
      const press = (label: string) =>
        page.evaluate(
          (text) => [...document.querySelectorAll('button')].find((button) => button.textContent === text)?.click(),
          label,
        );
      await press('Pause');
      await press('Remove (hold at 0)');
      await press('Step');
      const heading = () => page.$eval('.side section:nth-of-type(3) h3', (element) => element.textContent);
      expect(await heading()).toBe('Unit 5, held at 0.00');
      expect(await page.evaluate(() => location.hash)).toContain('pin=5%3A0');
      await page.waitForFunction(() => /gradient of/.test(document.querySelector('.score')?.textContent ?? ''));
      await press('Let it go');
      expect(await heading()).toBe('Unit 5');
      await page.setViewport({ width: 360, height: 900 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      expect(faults).toEqual([]);
      await page.close();
    }, 60_000);

    it('measures this machine, with results compared first', async () => {
      const { page, faults } = await open(`measure.html#ort=1&cell=${isChromium ? 'GRU' : 'LSTM'}`, {
        judged: isChromium,
      });
      await page.waitForSelector('.btn.main');
      await page.click('.btn.main');
      await page.waitForFunction(() => document.querySelector('.status b')?.textContent === 'Done', {
        timeout: 90_000,
      });
      const names = await page.$$eval('table tbody td:first-child', (cells) => cells.map((cell) => cell.textContent));
      expect(names).toEqual(expect.arrayContaining(['hiddenstate, int8', 'plain JavaScript', 'onnxruntime-web takes']));
      if (isChromium) faults.push(...(await findingsAt(page, { views: FEW })));
      expect(faults).toEqual([]);
      await page.close();
    }, 120_000);

    if (isChromium)
      it('writes and measures without a network once it is there', async () => {
        const writes = await open('write.html#seed=3');
        await writes.page.waitForSelector('.said i');
        await writes.page.waitForNetworkIdle();
        await writes.page.setOfflineMode(true);
        await writes.page.type('textarea', ' And');
        await press(writes.page, 'Pause');
        await says(writes.page, /gradient of/, '.score');
        const measures = await open('measure.html');
        await says(measures.page, /Ready/);
        await measures.page.waitForNetworkIdle();
        await measures.page.setOfflineMode(true);
        await press(measures.page, 'Measure');
        await says(measures.page, /1 of 5 sizes/);
        await press(measures.page, 'Stop');
        await says(measures.page, /Stopped/);
        await press(measures.page, 'Measure again');
        await waitForStatus(measures.page, /^Done/);
        expect(await measures.page.$$eval('table tbody tr', (rows) => rows.length)).toBeGreaterThan(2);
        expect([...writes.faults, ...measures.faults]).toEqual([]);
        await writes.page.close();
        await measures.page.close();
      }, 60_000);

    it('finds a section while one types, and leads to it', async () => {
      const { page, faults } = await open('search.html');
      await page.waitForSelector('#query');
      await page.type('#query', 'denormal');
      await page.waitForSelector('.found a');
      const [answer] = await Promise.all([page.waitForNavigation(), page.click('.found a')]);
      expect(answer?.ok()).toBe(true);
      expect(faults).toEqual([]);
      await page.close();
    }, 60_000);

    if (isChromium)
      it('has nothing serious against it for those who do not see or use a mouse', async () => {
        const found: string[] = [];
        for (const path of [
          'index.html',
          'write.html',
          'search.html',
          'guides/start.html',
          'guides/int8.html',
          'api/index.html',
        ]) {
          const { page, faults } = await open(path, { judged: true });
          found.push(...[...(await findingsAt(page)), ...faults].map((finding) => `${path}: ${finding}`));
          await page.close();
        }
        expect(found).toEqual([]);
      }, 180_000);

    if (isChromium && process.env.PICTURES)
      it('draws the picture of the README', async () => {
        const { page } = await open('write.html#seed=6', { width: 1100, scheme: 'light' });
        await page.waitForFunction(() => document.querySelectorAll('.said i').length > 160);
        await page.evaluate(() => document.querySelector<HTMLButtonElement>('.btn.main')?.click());
        await page.waitForFunction(() => /The gates of unit/.test(document.querySelector('.score')?.textContent ?? ''));
        const picture = await page.screenshot({ clip: { x: 0, y: 0, width: 1100, height: 1060 } });
        keepPicture('write-light', picture);
        await page.close();
      }, 60_000);
  });
}

/** The same network in Node: characters after the prompt, as the panel draws them. */
function written(prompt: string, seed: number, characters: number): string {
  const model = loadModel(readFileSync(join(BUILT, 'samples', 'moby-dick.safetensors')));
  const vocabulary = JSON.parse(model.metadata.vocabulary) as string[];
  const stream = model.stream();
  const next = sampler({ temperature: 0.6, seed });
  let text = prompt;
  let logits = new Float32Array() as Float32Array;
  for (const character of prompt) logits = stream.step(Float32Array.of(vocabulary.indexOf(character)));
  for (let i = 0; i < characters; i++) {
    const id = next(logits);
    text += vocabulary[id] === '\n' ? ' ' : vocabulary[id];
    logits = stream.step(Float32Array.of(id));
  }
  return text;
}
