import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sileroBytes } from '../audio/silero.js';
import { ROOT } from '../structure/import-graph.js';
import { readSpeech, SPEECH } from '../vad/speech.js';
import { importBuilt } from './answers.js';
import type { SystemBrowser } from './browsers.js';
import { noise } from './pages/noise.js';
import { fromBits, toBits } from './pages/run-cases.js';
import { serve } from './server.js';

type Audio = typeof import('../../bindings/audio/index.js');

interface Told {
  readonly name: string;
  readonly bits?: number[];
  readonly probability?: number;
  readonly message?: string;
  readonly code?: string;
}

interface Said {
  readonly name: string;
  readonly message: string;
  readonly code: string;
}

const PAGE = '/test/browser/pages/sound.js';
const STRICT = "default-src 'none'; connect-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
const PROCESSOR = '/dist/worklet-processor.js';
const QUANTUM = 128;

const cases: { name: string; file: unknown }[] = JSON.parse(
  readFileSync(join(ROOT, 'test/amplifier/cases-torch.json'), 'utf8'),
);
const fileOf = (name: string) =>
  new TextEncoder().encode(JSON.stringify(cases.find((each) => each.name === name)?.file));

const wholeQuanta = (samples: Float32Array) => {
  const padded = new Float32Array(Math.ceil(samples.length / QUANTUM) * QUANTUM);
  padded.set(samples);
  return padded;
};

/** Sounds, and models of one's own, as files that the pages fetch. */
async function files(library: Awaited<ReturnType<typeof importBuilt>>): Promise<[string, Uint8Array][]> {
  const { GRU, LSTM, Linear, Embedding, Sequential } = library;
  const asBytes = (samples: Float32Array) => new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  // Spoken once, between silences: the second one is long enough for the speech to end.
  const speech = SPEECH[0] ? await readSpeech(SPEECH[0]) : new Float32Array(0);
  const spoken = new Float32Array(speech.length + 3 * 16_000);
  spoken.set(speech, 16_000);
  const broken = noise(4096);
  broken[1000] = Number.NaN;
  return [
    ['/models/amp.nam', fileOf('nam-8')],
    ['/models/guitarml.json', fileOf('guitarml-lstm-skip')],
    ['/models/silero.onnx', sileroBytes('v5')],
    ['/models/broken.onnx', Uint8Array.of(8, 9, 10)],
    [
      '/models/sample.safetensors',
      new Sequential([
        new GRU({ inputSize: 1, hiddenSize: 8, seed: 1 }),
        new Linear({ inFeatures: 8, outFeatures: 1, seed: 2 }),
      ]).save(),
    ],
    ['/models/frame.safetensors', new Sequential([new LSTM({ inputSize: 160, hiddenSize: 160, seed: 3 })]).save()],
    ['/models/tells.safetensors', new Sequential([new GRU({ inputSize: 128, hiddenSize: 3, seed: 4 })]).save()],
    ['/models/gtcrn.onnx', new Uint8Array(readFileSync(join(ROOT, 'test/audio/denoisers/gtcrn.onnx')))],
    ['/models/fails.safetensors', new Sequential([new Embedding({ numEmbeddings: 2, embeddingDim: 1 })]).save()],
    ['/sounds/spoken.f32', asBytes(wholeQuanta(spoken))],
    ['/sounds/broken.f32', asBytes(broken)],
  ];
}

/** Runs hiddenstate/worklet in a browser, and compares what comes out with Node. */
export function soundSuite(system: SystemBrowser): void {
  let browser: Browser;
  let server: Server;
  let origin: string;
  let library: Awaited<ReturnType<typeof importBuilt>>;
  let audio: Audio;
  let served: Map<string, Uint8Array>;
  let shared: Page;

  async function open(csp = ''): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(`${origin}/page?script=${PAGE}&csp=${encodeURIComponent(csp)}`);
    await page.waitForFunction(() => (globalThis as { results?: unknown }).results === 'ready', { timeout: 20_000 });
    return page;
  }

  /** Calls a function of the page. */
  const call = <T>(name: string, argument: unknown = {}, page = shared): Promise<T> =>
    page.evaluate(
      (name, argument) =>
        (globalThis as never as Record<string, Record<string, (x: unknown) => unknown>>).sound[name](argument),
      name,
      argument,
    ) as Promise<T>;

  /**
   * Holds that these events were told. When an offline context has rendered, Firefox ends the audio thread with what it posted last:
   * there the events may break off.
   */
  function expectTold(events: Told[], expected: Told[]): void {
    const mayEnd = system.name === 'Firefox' && events.length > 0;
    expect(events).toEqual(mayEnd ? expected.slice(0, events.length) : expected);
  }

  const bytesOf = (path: string) => served.get(path) as Uint8Array;
  const engine = () => library.createEngine({ simd: 'baseline' });
  const floatsOf = (path: string) => new Float32Array(bytesOf(path).slice().buffer);

  describe.skipIf(system.path === undefined)(`hiddenstate/worklet in ${system.name}`, { timeout: 60_000 }, () => {
    beforeAll(async () => {
      library = await importBuilt(ROOT);
      audio = await import(/* @vite-ignore */ pathToFileURL(join(ROOT, 'dist/audio.js')).href);
      served = new Map(await files(library));
      ({ server, origin } = await serve(served));
      browser = await system.launch();
      shared = await open();
    }, 180_000);

    afterAll(async () => {
      await browser?.close();
      server?.close();
    });

    it.each([
      ['.nam at its rate', '/models/amp.nam', 48_000, {}],
      ['.nam at twice its rate', '/models/amp.nam', 96_000, {}],
      ['GuitarML at another rate', '/models/guitarml.json', 44_100, { modelRate: 32_000, prewarmMs: 5 }],
    ])('amplifies with the bits of Node: %s', async (_, model, rate, rest) => {
      const options = { kind: 'amplifier', model, ...rest };
      const { rendered, events, latency } = await call<{ rendered: number[]; events: Told[]; latency: number }>(
        'offline',
        { options, rate, samples: 128 * 64 },
      );
      const amplifier = audio.Amplifier.loadSync(bytesOf(model), { ...rest, sampleRate: rate, engine: engine() });
      expect(rendered).toEqual(toBits(amplifier.push(noise(128 * 64))));
      expect([events, latency]).toEqual([[], 0]);
    });

    it.runIf(SPEECH[0])('hears speech with the bits of Node, and lets it through', async () => {
      const path = '/sounds/spoken.f32';
      const expected: Told[] = [];
      const vad = audio.Vad.loadSync(bytesOf('/models/silero.onnx'), {
        engine: engine(),
        redemptionMs: 300,
        onFrame: (probability) => expected.push({ name: 'frame', probability }),
        onSpeechStart: () => expected.push({ name: 'speechstart' }),
        onSpeechRealStart: () => expected.push({ name: 'speechrealstart' }),
        onSpeechEnd: (samples) => expected.push({ name: 'speechend', bits: toBits(samples) }),
        onVADMisfire: () => expected.push({ name: 'misfire' }),
      });
      vad.push(floatsOf(path));
      const options = { kind: 'vad', model: '/models/silero.onnx', redemptionMs: 300, frames: true };
      const { rendered, events } = await call<{ rendered: number[]; events: Told[] }>('offline', {
        options,
        rate: 16_000,
        path,
        count: expected.length,
      });
      expect(expected.map(({ name }) => name)).toContain('speechend');
      expectTold(events, expected);
      expect(rendered).toEqual(toBits(floatsOf(path)));
    });

    it("plays a model of one's own, by the sample and by frames that fit no block", async () => {
      for (const [model, size, latency] of [
        ['/models/sample.safetensors', 1, 0],
        ['/models/frame.safetensors', 160, 128],
      ] as const) {
        const samples = noise(128 * 40);
        const answer = await call<{ rendered: number[]; latency: number }>('offline', {
          options: { kind: 'model', model },
          rate: 48_000,
          samples: samples.length,
        });
        const stream = library.loadModel(bytesOf(model), { engine: engine() }).stream();
        const expected = stream.steps(samples);
        expect(answer.latency).toBe(latency);
        expect(answer.rendered.slice(latency), `${size}`).toEqual(toBits(expected.slice(0, samples.length - latency)));
      }
    });

    it('tells the outputs of a model that gives no sound', async () => {
      const model = '/models/tells.safetensors';
      const options = { kind: 'model', model, outputs: true };
      const { rendered, events } = await call<{ rendered: number[]; events: Told[] }>('offline', {
        options,
        rate: 48_000,
        samples: 1280,
        count: 10,
      });
      const stream = library.loadModel(bytesOf(model), { engine: engine() }).stream();
      const expected = stream.steps(noise(1280));
      const rows = Array.from({ length: 10 }, (_, t) => expected.slice(t * 3, t * 3 + 3));
      expectTold(
        events,
        rows.map((row) => ({ name: 'output', bits: toBits(row) })),
      );
      expect(rendered).toEqual(toBits(noise(1280)));
    });

    it('takes the noise out of sound with the bits of Node: GTCRN', async () => {
      const model = '/models/gtcrn.onnx';
      const states = { conv_cache: 'conv_cache_out', inter_cache: 'inter_cache_out', tra_cache: 'tra_cache_out' };
      const stream = { states, output: 'enh' };
      const window = audio.makeWindow('hann', 64).map(Math.sqrt);
      const rest = { sampleRate: 16_000, nFft: 64, hopLength: 32 };
      const { rendered, latency } = await call<{ rendered: number[]; latency: number }>('offline', {
        options: { kind: 'spectral', ...rest, stages: [{ model, input: 'complex', output: 'complex', stream }] },
        window: toBits(window),
        rate: 16_000,
        samples: 1280,
      });
      const kernels = engine();
      const onnx = await import(/* @vite-ignore */ pathToFileURL(join(ROOT, 'dist/onnx.js')).href);
      const net = onnx.loadOnnxSync(bytesOf(model), { engine: kernels }).stream(stream);
      const spectral = new audio.SpectralModel({
        ...rest,
        window,
        engine: kernels,
        blockSize: QUANTUM,
        stages: [{ stream: net, input: 'complex', output: 'complex' }],
      });
      expect(latency).toBe(spectral.latency);
      expect(rendered).toEqual(toBits(spectral.push(noise(1280))));
    });

    it('says so once when a model fails, and lets sound through from then on', async () => {
      const options = { kind: 'model', model: '/models/fails.safetensors' };
      const { rendered, events } = await call<{ rendered: number[]; events: Told[] }>('offline', {
        options,
        rate: 48_000,
        samples: 1280,
        count: 1,
      });
      expect(events).toEqual([expect.objectContaining({ name: 'error', code: 'HIDDENSTATE_RANGE' })]);
      expect(rendered).toEqual(toBits(noise(1280)));
    });

    it('hears silence from a sample that is NaN on, and says so once', async () => {
      const options = { kind: 'amplifier', model: '/models/amp.nam' };
      const { rendered, events } = await call<{ rendered: number[]; events: Told[] }>('offline', {
        options,
        rate: 48_000,
        path: '/sounds/broken.f32',
        count: 1,
      });
      expect(events).toEqual([
        expect.objectContaining({ name: 'error', message: expect.stringMatching(/a sample of NaN/) }),
      ]);
      expect(fromBits(rendered).every(Number.isFinite)).toBe(true);
    });

    it.each([
      ['a broken model', { kind: 'vad', model: '/models/broken.onnx' }, '', 'FILE', /ONNX/],
      ['a model that is not there', { kind: 'vad', model: '/models/none.onnx' }, '', 'HOST', /HTTP status 404/],
      [
        'an option of the model',
        { kind: 'amplifier', model: '/models/amp.nam', prewarmMs: -1 },
        '',
        'RANGE',
        /prewarm/,
      ],
      ['an unknown option', { kind: 'amplifier', model: '/models/amp.nam', gain: 1 }, '', 'TYPE', /gain/],
      ['an unknown kind', { kind: 'reverb', model: '/models/amp.nam' }, '', 'RANGE', /"vad", "amplifier"/],
      ['no context', { kind: 'vad', model: '/models/silero.onnx' }, 'none', 'TYPE', /expected an AudioContext/],
      ['a closed context', { kind: 'vad', model: '/models/silero.onnx' }, 'closed', 'HOST', /was closed/],
      [
        'a processor that is not there',
        { kind: 'amplifier', model: '/models/amp.nam', processorUrl: '/none.js' },
        '',
        'HOST',
        /processorUrl: got \/none\.js, which cannot be loaded/,
      ],
    ])('refuses %s', async (_, options, state, code, message) => {
      const said = await call<Said>('refused', { options, state });
      expect(said).toMatchObject({ code: `HIDDENSTATE_${code}`, message: expect.stringMatching(message) });
    });

    it('works under a strict policy where the processor is served, and says what to do where it is not', async () => {
      const page = await open(STRICT);
      const options = { kind: 'amplifier', model: '/models/amp.nam' };
      const said = await call<Said>('refused', { options }, page);
      expect(said).toMatchObject({
        code: 'HIDDENSTATE_HOST',
        message: expect.stringMatching(/expected { processorUrl }/),
      });
      const answer = await call<{ rendered: number[] }>(
        'offline',
        { options: { ...options, processorUrl: PROCESSOR }, rate: 48_000, samples: 1280 },
        page,
      );
      const amplifier = audio.Amplifier.loadSync(bytesOf('/models/amp.nam'), { engine: engine() });
      expect(answer.rendered).toEqual(toBits(amplifier.push(noise(1280))));
      await page.close();
    });

    it('says which file is expected where another is served', async () => {
      const options = { kind: 'amplifier', model: '/models/amp.nam', processorUrl: '/test/browser/pages/noise.js' };
      const said = await call<Said>('refused', { options });
      const expected = /expected the address of hiddenstate\/worklet\/processor\.js/;
      expect(said).toMatchObject({ code: 'HIDDENSTATE_HOST', message: expect.stringMatching(expected) });
    });

    it('lives through contexts that are closed', async () => {
      const { after, making } = await call<{ after: Said; making: Said }>('closing', {
        options: { kind: 'amplifier', model: '/models/amp.nam' },
      });
      expect(after.code).toBe('HIDDENSTATE_DISPOSED');
      expect(making).toMatchObject({ code: 'HIDDENSTATE_HOST', message: expect.stringMatching(/was closed/) });
    });

    it('lives through contexts that are suspended and nodes that are cut off', async () => {
      const { made, counts, after, errors } = await call<{
        made: string;
        counts: Record<string, number>;
        after: Said;
        errors: Told[];
      }>('interrupted', { options: { kind: 'model', model: '/models/tells.safetensors', outputs: true } });
      expect(made).toBe('suspended');
      expect(errors).toEqual([]);
      expect(counts).toMatchObject({ suspended: 0, disposed: 0 });
      for (const name of ['unplayed', 'connected', 'cutOff', 'again', 'resumed']) {
        expect(counts[name], name).toBeGreaterThan(10);
      }
      expect(after.code).toBe('HIDDENSTATE_DISPOSED');
    });

    it('makes and disposes many nodes in one context', async () => {
      const options = { kind: 'amplifier', model: '/models/amp.nam', prewarmMs: 1 };
      expect(await call('many', { options, count: 40 })).toBe('running');
    });

    it('goes on while the page is hidden', async () => {
      const page = await open();
      await call('count', { options: { kind: 'amplifier', model: '/models/amp.nam' } }, page);
      const other = await browser.newPage();
      await other.bringToFront();
      const counted = async () => (await call<unknown[]>('counted', {}, page)).length;
      const before = await counted();
      await new Promise((resolve) => setTimeout(resolve, 2600));
      expect((await counted()) - before).toBeGreaterThanOrEqual(1);
      await other.close();
      await page.close();
    });

    it.runIf(SPEECH[0]).each(['worklet', 'worker'])('hears somebody speak, live: %s', async (way) => {
      const options = { model: '/models/silero.onnx', redemptionMs: 300 };
      const { events, after } = await call<{ events: Told[]; after: Said }>('listen', {
        options,
        path: '/sounds/spoken.f32',
        way,
      });
      expect(events.map(({ name }) => name)).toEqual(['speechstart', 'speechrealstart', 'speechend']);
      const heard: Float32Array[] = [];
      const vad = audio.Vad.loadSync(bytesOf('/models/silero.onnx'), {
        engine: engine(),
        redemptionMs: 300,
        onSpeechEnd: (samples) => heard.push(samples),
      });
      vad.push(floatsOf('/sounds/spoken.f32'));
      // Frames begin elsewhere: a frame at each end.
      expect(Math.abs((events[2].bits as number[]).length - heard[0].length)).toBeLessThanOrEqual(2 * 512);
      expect(after.code).toBe('HIDDENSTATE_DISPOSED');
    });
  });
}
