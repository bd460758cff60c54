import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Amplifier, SpectralModel, Vad } from '../../bindings/audio/index.js';
import { identify } from '../../bindings/formats/files/identify.js';
import { loadOnnxSync } from '../../bindings/formats/onnx/index.js';
import { createEngine, Embedding, GRU, Linear, LSTM, loadModel, Sequential, Sigmoid } from '../../bindings/index.js';
import { openAmplifier } from '../../bindings/worklet/amplifier-unit.js';
import type { Report, UnitPlan } from '../../bindings/worklet/messages.js';
import { type OpenedFile, openLayers } from '../../bindings/worklet/open-file.js';
import { openOwn } from '../../bindings/worklet/own-model.js';
import { scopeEngine } from '../../bindings/worklet/scope-engine.js';
import { openSpectral } from '../../bindings/worklet/spectral-unit.js';
import { Station } from '../../bindings/worklet/station.js';
import type { Stock } from '../../bindings/worklet/unit.js';
import { openVad } from '../../bindings/worklet/vad-unit.js';
import { sileroBytes } from '../audio/silero.js';

const QUANTUM = 128;
const [{ file }] = JSON.parse(readFileSync(new URL('../amplifier/cases-torch.json', import.meta.url), 'utf8'));
const nam = new TextEncoder().encode(JSON.stringify(file));
const sound = Float32Array.from({ length: 40 * QUANTUM }, (_, t) => Math.sin(t / 9) / 2);
const engine = createEngine({ simd: 'baseline' });

/** A plan with files as they are. */
interface Given extends Partial<Omit<UnitPlan, 'model' | 'stages'>> {
  readonly model?: Uint8Array;
  readonly stages?: readonly { model: Uint8Array; input: string; output: string }[];
}

const fileOf = (bytes: Uint8Array) => ({ bytes, format: identify(bytes).format });

/** What processors of all files have. */
const STOCK: Stock = {
  units: { vad: openVad, amplifier: openAmplifier, spectral: openSpectral, model: openOwn },
  openFile: (file) => {
    if (file.format !== 'onnx') return openLayers(file);
    return loadOnnxSync(file.bytes, { engine: scopeEngine() }) as unknown as OpenedFile;
  },
};

function planOf({ model = new Uint8Array(), stages = [], ...rest }: Given): UnitPlan {
  return {
    kind: 'model',
    model: fileOf(model),
    stages: stages.map((stage) => ({ ...stage, model: fileOf(stage.model) })),
    sampleRate: 48_000,
    quantum: QUANTUM,
    options: {},
    wanted: [],
    meterMs: 0,
    live: false,
    ...rest,
  };
}

/** A station, and what it reports. */
function stationOf(plan: Given) {
  const reports: Report[] = [];
  const station = new Station(STOCK, (report) => reports.push(report));
  station.begin(planOf(plan));
  return { station, reports };
}

function play(station: Station, samples = sound): Float32Array {
  const out = new Float32Array(samples.length);
  for (let at = 0; at < samples.length; at += QUANTUM) {
    station.push(samples.subarray(at, at + QUANTUM), out.subarray(at, at + QUANTUM), (1000 * at) / 48_000);
  }
  return out;
}

const seeded = (...[modules]: ConstructorParameters<typeof Sequential>) => new Sequential(modules).save();
const gru = () =>
  seeded([new GRU({ inputSize: 1, hiddenSize: 8, seed: 1 }), new Linear({ inFeatures: 8, outFeatures: 1, seed: 2 })]);

describe('Station', () => {
  it('gives the sound of an amplifier, and begins anew', () => {
    const { station, reports } = stationOf({ kind: 'amplifier', model: nam, options: { prewarmMs: 10 } });
    expect(reports).toEqual([{ type: 'ready', latency: 0 }]);
    const expected = Amplifier.loadSync(nam, { engine, sampleRate: 48_000, prewarmMs: 10 }).push(sound);
    expect(play(station)).toEqual(expected);
    station.obey({ type: 'reset' });
    expect(play(station)).toEqual(expected);
  });

  it('tells what a Vad tells, and lets sound through', () => {
    const { station, reports } = stationOf({ kind: 'vad', model: sileroBytes('v5'), wanted: ['frame'] });
    const probabilities: number[] = [];
    const onFrame = (probability: number) => void probabilities.push(probability);
    const vad = Vad.loadSync(sileroBytes('v5'), { engine, sampleRate: 48_000, onFrame });
    vad.push(sound);
    expect(play(station)).toEqual(sound);
    const told = reports.flatMap((report) => (report.type === 'event' ? [report] : []));
    expect(probabilities.length).toBeGreaterThan(0);
    expect(told.map(({ detail }) => (detail as { probability: number }).probability)).toEqual(probabilities);
  });

  it.each([
    ['one sample a step', 1, 0],
    ['a block a step', 128, 0],
    ['frames that fit no block', 160, 128],
  ])("plays a model of one's own: %s", (_, size, latency) => {
    const layer = new LSTM({ inputSize: size, hiddenSize: size, seed: 3 });
    const { station, reports } = stationOf({ model: seeded([layer]) });
    expect(reports).toEqual([{ type: 'ready', latency }]);
    const whole = Math.floor(sound.length / size);
    const input = { data: sound.slice(0, whole * size), dims: [whole, size] };
    const copy = new LSTM({ inputSize: size, hiddenSize: size, seed: null, engine });
    copy.loadStateDict(layer.stateDict());
    const stream = copy.stream();
    const expected = stream.steps(input.data);
    for (let round = 0; round < 2; round++) {
      const got = play(station);
      const count = Math.min(expected.length, got.length - latency);
      expect(got.slice(latency, latency + count)).toEqual(expected.slice(0, count));
      station.obey({ type: 'reset' });
    }
  });

  it('gives the sound of a SpectralModel', () => {
    const options = { sampleRate: 48_000, nFft: 64, hopLength: 32 };
    const mask = [
      new GRU({ inputSize: 33, hiddenSize: 33, seed: 9 }),
      new Linear({ inFeatures: 33, outFeatures: 33, seed: 8 }),
      new Sigmoid(),
    ];
    const model = seeded(mask);
    const stages = [{ model, input: 'magnitude', output: 'mask' }];
    const { station, reports } = stationOf({ kind: 'spectral', stages, options });
    const stream = loadModel(model, { engine }).stream();
    const spectral = new SpectralModel({
      ...options,
      engine,
      blockSize: QUANTUM,
      stages: [{ stream, input: 'magnitude', output: 'mask' }],
    });
    expect(reports).toEqual([{ type: 'ready', latency: spectral.latency }]);
    expect(play(station)).toEqual(spectral.push(sound));
    const { reports: refused } = stationOf({ kind: 'spectral', stages, options, sampleRate: 44_100 });
    expect(refused).toMatchObject([{ error: { message: expect.stringMatching(/of 44100 Hz, expected 48000/) } }]);
  });

  it('tells the outputs of a model that gives no sound', () => {
    const model = seeded([new GRU({ inputSize: 256, hiddenSize: 4, seed: 1 })]);
    const { station, reports } = stationOf({ model, wanted: ['output'] });
    expect(play(station)).toEqual(sound);
    const outputs = reports.flatMap((report) => (report.type === 'event' ? [report.detail as Float32Array] : []));
    expect(outputs.length).toBe(sound.length / 256);
    expect(outputs.every((output) => output.length === 4)).toBe(true);
    expect(stationOf({ model, options: { play: true } }).reports).toMatchObject([
      { type: 'failed', error: { message: expect.stringMatching(/play: got a model of 256 inputs and 4 outputs/) } },
    ]);
  });

  it.each([
    ['a broken file', { model: Uint8Array.of(1, 2, 3) }, 'FILE', /expected layers or ONNX/],
    ['an amplifier that is none', { kind: 'amplifier', model: Uint8Array.of(1) }, 'FILE', /not JSON/],
    ['an option out of range', { kind: 'amplifier', model: nam, options: { prewarmMs: -1 } }, 'RANGE', /prewarmMs/],
    ['a VAD without its model', { kind: 'vad', model: gru() }, 'FILE', /ONNX/],
  ] as const)('says why there is nothing, and lets sound through: %s', (_, plan, code, message) => {
    const { station, reports } = stationOf(plan as Given);
    expect(reports).toEqual([
      {
        type: 'failed',
        error: expect.objectContaining({ code: `HIDDENSTATE_${code}`, message: expect.stringMatching(message) }),
      },
    ]);
    expect(play(station)).toEqual(sound);
  });

  it('lets sound through from the block on that a model fails at, and says so once', () => {
    const model = seeded([new Embedding({ numEmbeddings: 2, embeddingDim: 1, seed: 1 })]);
    const { station, reports } = stationOf({ model });
    const played = sound.slice().fill(1, 0, QUANTUM);
    const out = play(station, played);
    expect(out.slice(0, QUANTUM)).not.toEqual(played.slice(0, QUANTUM));
    expect(out.slice(QUANTUM)).toEqual(played.slice(QUANTUM));
    expect(reports.slice(1)).toMatchObject([{ type: 'event', name: 'error', detail: { code: 'HIDDENSTATE_RANGE' } }]);
  });

  it('says that a sample is NaN, and recovers by reset()', () => {
    const { station, reports } = stationOf({ kind: 'amplifier', model: nam });
    const clean = play(station);
    station.obey({ type: 'reset' });
    const broken = sound.slice();
    broken[300] = Number.NaN;
    expect(play(station, broken).every(Number.isFinite)).toBe(true);
    expect(reports.slice(1)).toMatchObject([{ name: 'error', detail: { message: expect.stringMatching(/NaN/) } }]);
    station.obey({ type: 'reset' });
    expect(play(station)).toEqual(clean);
  });

  it('tells of knobs that there are not, and plays on', () => {
    const { station, reports } = stationOf({ kind: 'amplifier', model: nam });
    station.obey({ type: 'controls', controls: [1] });
    expect(reports.slice(1)).toMatchObject([{ name: 'error', detail: { message: expect.stringMatching(/controls/) } }]);
    expect(play(station)).not.toEqual(sound);
  });

  it('gives all memory back', () => {
    const plans: Given[] = [
      { kind: 'amplifier', model: nam },
      { kind: 'amplifier', model: nam, sampleRate: 96_000 },
      { kind: 'vad', model: sileroBytes('v6') },
      { model: gru() },
      {
        kind: 'spectral',
        stages: [{ model: seeded([new GRU({ inputSize: 9, hiddenSize: 9 })]), input: 'magnitude', output: 'mask' }],
        options: { sampleRate: 48_000, nFft: 16 },
      },
      {
        kind: 'spectral',
        stages: [{ model: gru(), input: 'magnitude', output: 'mask' }],
        options: { sampleRate: 48_000, nFft: 16 },
      },
      { kind: 'amplifier', model: Uint8Array.of(1) },
      { kind: 'vad', model: gru() },
    ];
    const use = () => {
      for (const plan of plans) {
        const { station } = stationOf(plan);
        play(station);
        station.obey({ type: 'dispose' });
        expect(station.open).toBe(false);
        station.obey({ type: 'reset' });
      }
    };
    use();
    const before = scopeEngine().bytesInUse;
    use();
    use();
    expect(scopeEngine().bytesInUse).toBe(before);
  });
});
