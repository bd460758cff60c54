/** The panel Your file, used in Chromium and Firefox as a person would. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { afterAll, expect, it } from 'vitest';
import { openModel } from '../../bindings/formats/files/index.js';
import { infoProto, intsProto, modelProto, nodeProto } from '../onnx/model-bytes.js';
import { ROOT } from '../structure/import-graph.js';
import { inBrowsers } from './in-browsers.js';
import { BUILT } from './site.js';
import { drop, findingsAt, giveFile, press, says, VIEWS } from './visit.js';

/** A narrow page in the dark: the panel is long in use. */
const FEW = VIEWS.slice(-1);

const sampleOf = (name: string) => join(BUILT, 'samples', name);

/** Runs with 1023 numbers and no others, which its input does not say. */
const PARTICULAR = modelProto({
  nodes: [nodeProto('Reshape', ['x', 'dims'], ['y'])],
  inputs: [infoProto('x', ['n'])],
  tensors: [intsProto('dims', [2], [31, 33])],
});

/** Tests of the panel in every browser of the machine. */
export function describeFile(): void {
  const folder = mkdtempSync(join(tmpdir(), 'hiddenstate-file-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const written = (name: string, bytes: Uint8Array | string) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };

  inBrowsers('the panel Your file', ({ isChromium, open }) => {
    it('opens a model, runs it as the library in Node does, and races it', async () => {
      const { page, faults } = await open('file.html#sample=silero', { judged: isChromium });
      await says(page, /It runs/);
      // Of the two branches of the file only the one for 16 kHz runs.
      const layers = await page.$$eval('.blk:nth-of-type(2) tbody tr', (rows) =>
        rows.map((row) => [...row.children].slice(1, 4).map((cell) => cell.textContent)),
      );
      expect(layers).toHaveLength(7);
      expect(layers[0]).toEqual(['Conv', '258 × 1 × 256', '258 × 4']);
      expect(layers[5]).toEqual(['LSTM', '1 × 512 × 128', '128']);
      const drawn = await page.$$eval('.blk:nth-of-type(2) svg rect', (boxes) => boxes.length);
      expect(drawn).toBe(layers.length);
      await press(page, 'On zeros');
      await says(page, /a run\./);
      const shown = await page.$eval('.blk:nth-of-type(3) tbody tr td:last-child', (cell) => cell.textContent);
      expect(shown).toBe(await probabilityOfSilence());
      await press(page, 'On the microphone');
      await says(page, /Listening, at 16 kHz/);
      await says(page, /a run\./);
      await press(page, 'Race against onnxruntime-web');
      await says(page, /Outputs agree/);
      const lanes = await page.$$eval('.lane', (all) => all.map((lane) => lane.textContent ?? ''));
      expect(lanes[0]).toMatch(/^Bytes to fetch.*hiddenstate[\d.]+ KB.*onnxruntime-web[\d.]+ MB/);
      expect(lanes[1]).toMatch(/^From nothing to the first result.*[\d,.]+ ms.*[\d,.]+ ms/);
      if (isChromium) faults.push(...(await findingsAt(page, { views: FEW })));
      expect(faults).toEqual([]);
      await page.close();
    }, 120_000);

    it('starts its worker at the first sign of a file, and not before', async () => {
      const { page, faults } = await open('file.html');
      const fetched: string[] = [];
      page.on('request', (request) => fetched.push(request.url()));
      await says(page, /Drop a model here/);
      expect(fetched.filter((url) => url.endsWith('worker.js'))).toEqual([]);
      await page.evaluate(() => document.body.dispatchEvent(new DragEvent('dragenter', { bubbles: true })));
      await page.waitForNetworkIdle({ idleTime: 200 });
      expect(fetched.filter((url) => url.endsWith('worker.js'))).toHaveLength(1);
      await give(page, sampleOf('silero-vad-v6.onnx'));
      await says(page, /It runs/);
      await give(page, sampleOf('overdrive.nam'));
      await says(page, /It runs.*overdrive\.nam.*nam/);
      expect(fetched.filter((url) => url.endsWith('worker.js'))).toHaveLength(1);
      expect(faults).toEqual([]);
      await page.close();
    }, 60_000);

    it('does not say that a model runs before it has run', async () => {
      const { page, faults } = await open('file.html');
      await give(page, written('particular.onnx', PARTICULAR));
      await says(page, /It opens/);
      expect(await page.$eval('[role=alert]', (alert) => alert.textContent)).toMatch(
        /^Whether it runs is open: a run on zeros: .*Reshape/,
      );
      await press(page, 'On zeros');
      await says(page, /It did not run\./);
      await page.$eval('[aria-label="dims of x"]', (field) => {
        (field as HTMLInputElement).value = '1023';
      });
      await press(page, 'On zeros');
      await says(page, /It runs.*a run\./);
      expect(await page.$('[role=alert]')).toBeNull();
      expect(faults).toEqual([]);
      await page.close();
    }, 60_000);

    it('refuses what is no model, says what it is, and takes the next', async () => {
      const { page, faults } = await open('file.html');
      const huge = written('huge.onnx', '');
      truncateSync(huge, 100_000_000);
      const silero = readFileSync(sampleOf('silero-vad-v6.onnx'));
      for (const [path, message, isRefused = true] of [
        [join(ROOT, 'docs/house/write-light.png'), /^It does not run\. The file is .*PNG/s],
        [written('empty.onnx', ''), /empty/],
        [written('half.onnx', silero.subarray(0, silero.length / 2)), /onnx/i],
        [join(ROOT, 'test/onnx/hostile-files/doubling-concat.onnx'), /expected/, false],
        [huge, /The file is none of the formats that are known here: ONNX/],
      ] as const) {
        await give(page, path);
        await page.waitForFunction(
          (name) =>
            document.querySelector('.status')?.textContent?.includes(name) && document.querySelector('[role=alert]'),
          { timeout: 30_000 },
          path.split('/').at(-1),
        );
        expect(await page.$eval('[role=alert]', (alert) => alert.textContent), path).toMatch(message);
        if (isRefused) expect(await page.$eval('pre', (code) => code.textContent), path).toContain('"model.onnx"');
      }
      await drop(page, 'hs-file', undefined, '');
      await give(page, sampleOf('silero-vad-v6.onnx'));
      await says(page, /It runs/);
      expect(await page.$('[role=alert]')).toBeNull();
      expect(faults).toEqual([]);
      await page.close();
    }, 120_000);

    if (isChromium)
      it('opens files without a network once it was touched', async () => {
        const { page, faults } = await open('file.html');
        await page.mouse.move(200, 200);
        await page.mouse.move(210, 210);
        await page.waitForNetworkIdle({ idleTime: 500 });
        await page.setOfflineMode(true);
        await give(page, sampleOf('silero-vad-v6.onnx'));
        await says(page, /It runs/);
        await give(page, sampleOf('overdrive.nam'));
        await says(page, /It runs.*overdrive\.nam/);
        await press(page, 'On noise');
        await says(page, /a run\./);
        expect(faults).toEqual([]);
        await page.close();
      }, 60_000);
  });
}

async function give(page: Page, path: string): Promise<void> {
  await giveFile(page, 'A model', path);
}

/** What Silero says of a window of zeros, in the digits of the panel. */
async function probabilityOfSilence(): Promise<string> {
  const model = await openModel(readFileSync(join(BUILT, 'samples', 'silero-vad-v6.onnx')));
  const { output } = model.run({
    input: { data: new Float32Array(576), dims: [1, 576] },
    state: { data: new Float32Array(256), dims: [2, 1, 128] },
    sr: { data: BigInt64Array.of(16_000n), dims: [] },
  });
  model.dispose();
  return String(Number((output.data[0] as number).toPrecision(4)));
}
