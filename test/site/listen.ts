/** The panel Listen, used in Chromium and Firefox as a person would. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HTTPRequest, JSHandle, Page } from 'puppeteer-core';
import { afterAll, expect, it } from 'vitest';
import { Amplifier, resample, speechSegments, Vad } from '../../bindings/audio/index.js';
import { readWav } from '../../bindings/cli/vad/wav.js';
import { crest, GUITAR_RATE, guitarLine } from '../../site/panels/listen/guitar.js';
import { ROOT } from '../structure/import-graph.js';
import { wavOf } from '../support/wav.js';
import { inBrowsers } from './in-browsers.js';
import { BUILT } from './site.js';
import { drop, findingsAt, giveFile, press, says } from './visit.js';

const sampleOf = (name: string) => new Uint8Array(readFileSync(join(BUILT, 'samples', name)));

/** Tests of the panel in every browser of the machine. */
export function describeListen(): void {
  const folder = mkdtempSync(join(tmpdir(), 'hiddenstate-listen-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const file = (name: string, bytes: Uint8Array | string) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };

  inBrowsers(
    'the panel Listen',
    ({ isChromium, open, newPage, addressOf }) => {
      const listen = (state = '') => open(`listen.html${state}`);
      const stretches = (page: Page) =>
        page.$$eval('.stretches button', (buttons) => buttons.map((button) => button.textContent));
      const place = (page: Page) =>
        page.$eval('canvas[role=slider]', (canvas) => canvas.getAttribute('aria-valuetext'));

      it('finds the speech that the library finds in Node, and says each probability', async () => {
        const { page, faults } = await listen('#t=1.5');
        await says(page, /Heard in/);
        const { samples, sampleRate } = await readWav(sampleOf('speech.wav'));
        expect(await stretches(page)).toEqual(await expectedStretches(samples, sampleRate, 0.5));
        expect(await says(page, /stretches/, 'figcaption')).toMatch(/^Two stretches of speech in 8\.1 seconds\./);
        const probabilities = await probabilitiesOf(samples, sampleRate);
        expect(await place(page)).toBe(`1.50 s, probability ${probabilities[46].toFixed(3)}`);
        await page.focus('canvas[role=slider]');
        for (const [key, second] of [
          ['PageUp', 2.5],
          ['ArrowRight', 2.532],
          ['ArrowLeft', 2.5],
          ['Home', 0],
        ] as const) {
          await page.keyboard.press(key);
          const frame = Math.floor((second * 16_000) / 512);
          const expected = `${second.toFixed(2)} s, probability ${probabilities[frame].toFixed(3)}`;
          await expect.poll(() => place(page), { message: key, timeout: 5000 }).toBe(expected);
        }
        expect(faults).toEqual([]);
        await page.close();
      });

      it('moves the threshold by keys, keeps it in the link, and plays by keys', async () => {
        const { page, faults } = await listen('#threshold=0.6');
        await says(page, /Heard in/);
        await page.focus('input[type=range]');
        for (let i = 0; i < 35; i++) await page.keyboard.press('ArrowRight');
        const { samples, sampleRate } = await readWav(sampleOf('speech.wav'));
        expect(await stretches(page)).toEqual(await expectedStretches(samples, sampleRate, 0.95));
        expect(await page.evaluate(() => location.hash)).toBe('#threshold=0.95');
        await page.focus('canvas[role=slider]');
        await page.keyboard.press('Enter');
        await page.waitForFunction(() => (document.querySelector('canvas')?.ariaValueNow ?? '0') > '0.5');
        await page.keyboard.press('Enter');
        await says(page, /RecordingMicrophoneA filePlay/);
        expect(Number(new URLSearchParams(new URL(page.url()).hash.slice(1)).get('t'))).toBeGreaterThan(0.4);
        expect(faults).toEqual([]);
        await page.close();
      });

      it('hears a file of two channels at another rate as the library does', async () => {
        const { samples } = await readWav(sampleOf('speech.wav'));
        const left = resample(samples, { from: 16_000, to: 44_100 });
        const right = left.map((sample) => 0.5 * sample);
        const bytes = wavOf([left, right], 44_100);
        const { page, faults } = await listen();
        await says(page, /Heard in/);
        await giveFile(page, 'A recording', file('two.wav', bytes));
        await says(page, /two\.wav, 8\.1 s, 44\.1 kHz/);
        const read = await readWav(bytes);
        expect(await stretches(page)).toEqual(await expectedStretches(read.samples, 44_100, 0.5));
        expect(faults).toEqual([]);
        await page.close();
      });

      it('refuses what is no sound, says what it is, and goes on', async () => {
        const lying = Buffer.from(wavOf([new Float32Array(100)], 16_000));
        lying.writeUInt32LE(0xffffffff, 16);
        const nan = new Float32Array(20_000);
        nan[7] = Number.NaN;
        const huge = file('huge.wav', 'RIFF');
        truncateSync(huge, 100_000_001);
        const { page, faults } = await listen();
        await says(page, /Heard in/);
        for (const [path, message] of [
          [join(ROOT, 'docs/house/write-light.png'), /write-light\.png is a PNG picture/],
          [file('empty.wav', ''), /empty\.wav is empty/],
          [file('lying.wav', lying), /lying\.wav is a RIFF file that is damaged/],
          [file('words.mp3', 'no sound at all'), /words\.mp3 holds no sound that this browser decodes/],
          [file('nan.wav', wavOf([nan], 16_000, true)), /sample 7 is NaN|holds no sound|damaged/],
          [huge, /huge\.wav has 100 MB, and this page takes 100 MB/],
        ] as const) {
          await giveFile(page, 'A recording', path);
          // Firefox makes zeros of NaN: then there is no speech, and nothing to refuse.
          await says(page, path.endsWith('nan.wav') ? /sample 7 is NaN|nan\.wav, 1\.3 s/ : message);
        }
        await press(page, 'Recording');
        await says(page, /Heard in/);
        expect(await page.$('[role=alert]')).toBeNull();
        expect(faults).toEqual([]);
        await page.close();
      });

      it('takes what is dropped on it, and no drop for what it is', async () => {
        const { page, faults } = await listen();
        await says(page, /Ready/);
        const { file: amplifier } = JSON.parse(readFileSync(join(ROOT, 'test/amplifier/cases-torch.json'), 'utf8'))[0];
        await drop(page, 'hs-listen', undefined, '');
        await drop(page, 'hs-listen', 'small.nam', JSON.stringify(amplifier));
        await says(page, /small\.nam: nam/);
        await drop(page, 'hs-listen', 'words.nam', 'no amplifier');
        await says(page, /words\.nam: .*JSON/);
        await drop(page, 'hs-listen', 'words.wav', 'no sound');
        await says(page, /words\.wav holds no sound/);
        expect(faults).toEqual([]);
        await page.close();
      });

      it('listens to the microphone, in the audio thread, until it is stopped, at any width', async () => {
        const { page, faults } = await listen('#source=microphone&threshold=0.7');
        await says(page, /Not listening/);
        await press(page, 'Listen');
        await says(page, /of speech in ([2-9]|\d\d+)\./, 'figcaption');
        await says(page, /Time a frame takes[\d,.]+ µs/);
        await page.setViewport({ width: 360, height: 700 });
        if (isChromium) await says(page, /^(?!No )\S+ stretch/, 'figcaption');
        await press(page, 'Stop');
        await says(page, /Stopped/);
        expect(await page.$eval('canvas', (canvas) => canvas.clientWidth)).toBeLessThan(340);
        // A second time it begins anew: kept as it is said, for a busy machine may look late.
        const captions = await captionsOf(page);
        await press(page, 'Listen');
        await page.waitForFunction((said) => said.some((text) => /of speech in [01]\./.test(text)), {}, captions);
        await press(page, 'Recording');
        await says(page, /Heard in/);
        expect(faults).toEqual([]);
        await page.close();
      });

      it('plays through the amplifier, measures it, and draws what it gives in Node', async () => {
        const { page, faults } = await listen('#amp=dry');
        await says(page, /Ready/);
        const line = guitarLine();
        const amplifier = await Amplifier.load(sampleOf('overdrive.nam'), { sampleRate: GUITAR_RATE });
        const wet = amplifier.push(line);
        amplifier.dispose();
        expect(await says(page, /dB/)).toContain(
          `The peak stands ${crest(line).toFixed(1)} dB above the mean in the dry line, ${crest(wet).toFixed(1)} dB after`,
        );
        const pressed = () =>
          page.$eval('[aria-label="What is played"] [aria-pressed=true]', (button) => button.textContent);
        expect(await pressed()).toBe('Dry');
        await press(page, 'Play the line');
        await says(page, /Playing/);
        await press(page, 'Amplifier');
        expect(await pressed()).toBe('Amplifier');
        expect(await page.evaluate(() => location.hash)).toBe('');
        await says(page, /Time a quantum takes[\d,.]+ µs/);
        await says(page, /Underruns(◆ )?\d/, 'section.blk');
        await press(page, 'Stop');
        await says(page, /Ready/);
        expect(faults).toEqual([]);
        await page.close();
      });

      if (isChromium) {
        it('listens when told to before all of it is there', async () => {
          const page = await newPage();
          const held: HTTPRequest[] = [];
          await page.setRequestInterception(true);
          page.on('request', (request) => {
            if (/parts\/worklet-/.test(request.url())) held.push(request);
            else void request.continue();
          });
          await page.goto(addressOf('listen.html#source=microphone'));
          await says(page, /Not listening/);
          await press(page, 'Listen');
          expect(await page.$eval('hs-listen .status b', (verb) => verb.textContent)).toBe('Not listening');
          expect(held).not.toEqual([]);
          for (const request of held.splice(0)) await request.continue();
          await says(page, /of speech in [1-9]\d*\./, 'figcaption');
          await page.close();
        });

        it('goes on without a network once it is there', async () => {
          const { page, faults } = await listen();
          await says(page, /Ready/);
          await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1500)));
          await page.setOfflineMode(true);
          await press(page, 'Play the line');
          await says(page, /Playing/);
          await says(page, /Time a quantum takes[\d,.]+ µs/);
          await press(page, 'Microphone');
          await press(page, 'Listen');
          await says(page, /of speech in [1-9]\d*\./, 'figcaption');
          await giveFile(page, 'A recording', join(BUILT, 'samples', 'speech.wav'));
          await says(page, /speech\.wav, 8\.1 s/);
          expect(faults).toEqual([]);
          await page.close();
        });

        it('has nothing serious against it, at any width, light or dark', async () => {
          const { page, faults } = await open('listen.html', { still: true, judged: true });
          await says(page, /Ready/);
          await press(page, 'Play the line');
          await says(page, /Time a quantum takes[\d,.]+ µs/);
          await press(page, 'Stop');
          await press(page, 'Microphone');
          await press(page, 'Listen');
          await says(page, /of speech in ([2-9]|\d\d+)\./, 'figcaption');
          await press(page, 'Recording');
          await says(page, /Heard in/);
          const found = [...(await findingsAt(page, { still: true })), ...faults];
          await page.close();
          expect(found).toEqual([]);
        });
      }
    },
    { timeout: 120_000, microphone: join(BUILT, 'samples', 'speech.wav') },
  );
}

/** The buttons that the panel shows for a recording. */
async function expectedStretches(samples: Float32Array, sampleRate: number, threshold: number): Promise<string[]> {
  const model = sampleOf('silero-vad-v6.onnx');
  const heard = sampleRate === 16_000 ? samples : resample(samples, { from: sampleRate, to: 16_000 });
  const found = await speechSegments(heard, { model, threshold });
  return found.map(({ start, end }) => `Play ${(start / 16_000).toFixed(2)} to ${(end / 16_000).toFixed(2)} s`);
}

async function probabilitiesOf(samples: Float32Array, sampleRate: number): Promise<number[]> {
  const probabilities: number[] = [];
  const vad = await Vad.load(sampleOf('silero-vad-v6.onnx'), {
    sampleRate,
    onFrame: (probability) => probabilities.push(probability),
  });
  vad.push(samples);
  vad.flush();
  vad.dispose();
  return probabilities;
}

/** All that the caption says from now on. */
async function captionsOf(page: Page): Promise<JSHandle<string[]>> {
  return page.evaluateHandle(() => {
    const said: string[] = [];
    const caption = document.querySelector('figcaption') as HTMLElement;
    const note = () => said.push(caption.textContent ?? '');
    new MutationObserver(note).observe(caption, { childList: true, characterData: true, subtree: true });
    return said;
  });
}
