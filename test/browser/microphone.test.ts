/** A page with a microphone: vad-web and hiddenstate side by side, and the examples. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, ElementHandle } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../structure/import-graph.js';
import { SPEECH } from '../vad/speech.js';
import { findChromium } from './browsers.js';
import { writeMicrophone } from './microphone.js';
import { fromBits } from './pages/run-cases.js';
import { serve } from './server.js';

interface Heard {
  readonly name: 'start' | 'end' | 'misfire';
  readonly at: number;
  readonly bits?: number[];
}

/** Samples of a frame at 16 kHz. */
const FRAME = 512;

/** Two resamplers: what one has come out later than the other. */
const SLACK = 64;

/** By how many samples the same sound comes later in `b` than in `a`: where the two are most alike. */
function shiftOf(a: Float32Array, b: Float32Array): number {
  const middle = Math.floor(Math.min(a.length, b.length) / 2);
  const size = Math.min(4000, middle - 3000);
  let best = { shift: 0, alike: Number.NEGATIVE_INFINITY };
  for (let shift = -2500; shift <= 2500; shift++) {
    let alike = 0;
    for (let i = 0; i < size; i++) alike += a[middle + i] * (b[middle + shift + i] ?? 0);
    if (alike > best.alike) best = { shift, alike };
  }
  return best.shift;
}

const chromium = findChromium();

describe.skipIf(chromium.path === undefined)('a page with a microphone', { timeout: 90_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'hiddenstate-microphone-'));
  let browser: Browser;
  let server: Server;
  let origin: string;

  beforeAll(async () => {
    const entry = join(ROOT, 'test/browser/pages/vad-web.js');
    const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: 'esm', write: false });
    ({ server, origin } = await serve(new Map([['/bundles/vad-web.js', outputFiles[0].text]])));
    const microphone = join(folder, 'microphone.wav');
    await writeMicrophone(microphone);
    browser = await chromium.launch(microphone);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.runIf(SPEECH.length > 1)('hears the utterances that vad-web hears, each end within one frame', async () => {
    const page = await browser.newPage();
    await page.goto(`${origin}/page?script=/bundles/vad-web.js`);
    await page.waitForFunction(() => (globalThis as { results?: unknown }).results === 'ready');
    const { theirs, ours } = await page.evaluate(
      (argument) =>
        (globalThis as never as { compare(x: unknown): Promise<Record<'theirs' | 'ours', Heard[]>> }).compare(argument),
      { utterances: 3 },
    );
    await page.close();
    const ends = (heard: Heard[]) => heard.filter(({ name }) => name === 'end');
    const pairs = ends(theirs).flatMap((their) => {
      const our = ends(ours).find(({ at }) => Math.abs(at - their.at) < 400);
      return our ? [{ their, our }] : [];
    });
    // The first one may have begun before one of the two did.
    const whole = pairs.slice(1);
    expect(whole.length).toBeGreaterThanOrEqual(2);
    for (const { their, our } of whole) {
      const [a, b] = [fromBits(their.bits as number[]), fromBits(our.bits as number[])];
      const shift = shiftOf(a, b);
      console.log(`vad-web ${a.length} samples, here ${b.length}; begins ${shift} samples earlier`);
      expect(Math.abs(shift), 'beginning').toBeLessThanOrEqual(FRAME + SLACK);
      expect(Math.abs(b.length - shift - a.length), 'end').toBeLessThanOrEqual(FRAME + SLACK);
    }
    const starts = (heard: Heard[]) => heard.filter(({ name }) => name === 'start').map(({ at }) => at);
    const later = starts(theirs).flatMap((at) => {
      const our = starts(ours).find((each) => Math.abs(each - at) < 400);
      return our === undefined ? [] : [our - at];
    });
    console.log(`onSpeechStart comes ${later.map((ms) => ms.toFixed(0)).join(', ')} ms after vad-web's`);
  });

  /** Opens an example and does what a user does. */
  async function example(name: string) {
    const source = readFileSync(join(ROOT, 'examples', name, 'index.html'), 'utf8');
    expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    await page.goto(`${origin}/examples/${name}/index.html`);
    return { page, faults };
  }

  it.runIf(SPEECH.length > 0)('examples/microphone-vad lists what was said', async () => {
    const { page, faults } = await example('microphone-vad');
    await page.click('button');
    await page.waitForSelector('li', { timeout: 40_000 });
    const said = await page.$eval('li', (item) => item.textContent);
    expect(said).toMatch(/^\d+\.\d\d s$/);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('examples/guitar-amplifier plays a .nam file, and says what is wrong with another', async () => {
    const { page, faults } = await example('guitar-amplifier');
    const [{ file }] = JSON.parse(readFileSync(join(ROOT, 'test/amplifier/cases-torch.json'), 'utf8'));
    const input = (await page.$('input')) as ElementHandle<HTMLInputElement>;
    const choose = async (name: string, content: string) => {
      const path = join(folder, name);
      writeFileSync(path, content);
      await input.uploadFile(path);
    };
    const shows = (pattern: string) =>
      page.waitForFunction(
        (text) => new RegExp(text).test(document.querySelector('p')?.textContent ?? ''),
        {},
        pattern,
      );
    await choose('amp.nam', JSON.stringify(file));
    await shows('^playing$');
    await shows('^\\d+\\.\\d % of the time');
    await choose('none.nam', 'no amplifier');
    await shows('not JSON');
    expect(faults).toEqual([]);
    await page.close();
  });

  it("examples/own-model plays through a network of the page's own", async () => {
    const { page, faults } = await example('own-model');
    await page.click('button');
    await page.waitForFunction(() => /loudness [1-9]/.test(document.querySelector('p')?.textContent ?? ''));
    expect(faults).toEqual([]);
    await page.close();
  });
});
