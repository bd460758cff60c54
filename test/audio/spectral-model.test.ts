/** Denoisers beside PyTorch: torch.stft, the network over all frames, torch.istft; in blocks of any length, and after NaN. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { makeWindow, SpectralModel, type SpectralModelOptions } from '../../bindings/audio/index.js';
import { loadOnnxSync } from '../../bindings/formats/onnx/index.js';
import { createEngine, LSTM } from '../../bindings/index.js';

const read = (name: string) => readFileSync(new URL(`denoisers/${name}`, import.meta.url));
const EXPECTED: Record<string, string> = JSON.parse(read('expected.json').toString());
const SAMPLES = 1500;
const engine = createEngine();

/** As denoisers/generate.py makes it. */
const SOUND = (() => {
  let state = 1;
  return Float32Array.from({ length: SAMPLES }, (_, n) => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    const tone = ((n % 40) / 20 - 1) * (Math.floor(n / 300) % 2);
    return 0.2 * (state / 2 ** 32 - 0.5) + 0.3 * tone;
  });
})();

const streamOf = (name: string, states: Record<string, string>, output: string) =>
  loadOnnxSync(new Uint8Array(read(`${name}.onnx`)), { engine }).stream({ states, output });

const VORBIS = Float32Array.from({ length: 48 }, (_, n) =>
  Math.sin((Math.PI / 2) * Math.sin((Math.PI * (n + 0.5)) / 48) ** 2),
);

/** Weight of bin k in band b: RNNoise's triangles. */
const triangle = (k: number, b: number) => Math.max(0, 1 - Math.abs(k / 4 - b));

const sampleRate = 16_000;
const CASES: Record<string, { options: SpectralModelOptions; latency: number }> = {
  gtcrn: {
    options: {
      sampleRate,
      nFft: 64,
      hopLength: 32,
      window: makeWindow('hann', 64).map(Math.sqrt),
      stages: [
        {
          stream: streamOf(
            'gtcrn',
            { conv_cache: 'conv_cache_out', inter_cache: 'inter_cache_out', tra_cache: 'tra_cache_out' },
            'enh',
          ),
          input: 'complex',
          output: 'complex',
        },
      ],
    },
    latency: 63,
  },
  dtln: {
    options: {
      sampleRate,
      nFft: 64,
      hopLength: 16,
      window: 'rectangular',
      overlap: 'sum',
      center: false,
      stages: [
        { stream: streamOf('dtln-1', { state: 'state_out' }, 'y'), input: 'magnitude', output: 'mask' },
        { stream: streamOf('dtln-2', { state: 'state_out' }, 'y'), input: 'frame', output: 'frame' },
      ],
    },
    latency: 63,
  },
  nsnet: {
    options: {
      sampleRate,
      nFft: 40,
      hopLength: 10,
      normalized: true,
      stages: [
        {
          stream: streamOf('nsnet', { h0: 'hn', g0: 'gn' }, 'mask'),
          input: (spectrum, x) => {
            for (let k = 0; k < x.length; k++) {
              x[k] = Math.log10(Math.max(1e-12, spectrum[2 * k] ** 2 + spectrum[2 * k + 1] ** 2));
            }
          },
          output: 'mask',
        },
      ],
    },
    latency: 39,
  },
  rnnoise: {
    options: {
      sampleRate: 48_000,
      nFft: 48,
      hopLength: 24,
      window: VORBIS,
      center: false,
      stages: [
        {
          stream: streamOf('rnnoise', { h0: 'hn', g0: 'gn' }, 'gains'),
          input: (spectrum, x) => {
            for (let b = 0; b < 7; b++) {
              let energy = 1e-2;
              for (let k = 0; k < 25; k++) {
                energy += triangle(k, b) * (spectrum[2 * k] ** 2 + spectrum[2 * k + 1] ** 2);
              }
              x[b] = Math.log10(energy);
            }
          },
          output: (gains, spectrum) => {
            for (let k = 0; k < 25; k++) {
              let gain = 0;
              for (let b = 0; b < 7; b++) gain += triangle(k, b) * gains[b];
              spectrum[2 * k] *= gain;
              spectrum[2 * k + 1] *= gain;
            }
          },
        },
      ],
    },
    latency: 47,
  },
};

describe.each(Object.entries(CASES))('%s', (name, { options, latency }) => {
  const expected = new Float32Array(new Uint8Array(Buffer.from(EXPECTED[name], 'base64')).buffer);
  const model = new SpectralModel({ ...options, engine });
  afterAll(() => model.dispose());
  const whole = model.process(SOUND);

  test('makes of a recording what PyTorch makes of it', () => {
    expect(whole.length).toBe(SAMPLES);
    const most = Math.max(...whole.map((y, n) => Math.abs(y - expected[n])));
    console.log(`${name}: ${most.toExponential(1)} from PyTorch in float64`);
    expect(most).toBeLessThan(2e-6);
    expect(Math.max(...expected.map((y, n) => Math.abs(y - SOUND[n])))).toBeGreaterThan(0.1);
  });

  test('says by how much it comes later', () => {
    expect(model.latency).toBe(latency);
    expect(model.latencyMs).toBeCloseTo((1000 * latency) / model.sampleRate);
  });

  test('gives the same in blocks of any length, into the block or not', () => {
    for (const size of [1, 17, 128, SAMPLES]) {
      const heard: number[] = [];
      for (let at = 0; at < SAMPLES; at += size) {
        const block = SOUND.slice(at, at + size);
        const out = model.push(block, size === 17 ? block : undefined);
        expect(out.length).toBe(block.length);
        heard.push(...out);
      }
      heard.push(...model.flush());
      expect(Float32Array.from(heard.slice(latency))).toEqual(whole);
      expect(heard.slice(0, latency).every((y) => y === 0)).toBe(true);
    }
  });

  test('is unharmed by a sample that is no number, once it is reset', () => {
    const errors: string[] = [];
    using own = new SpectralModel({ ...options, engine, onError: ({ message }) => errors.push(message) });
    const spoilt = SOUND.slice();
    spoilt[500] = Number.NaN;
    spoilt[900] = Number.POSITIVE_INFINITY;
    const out = own.push(spoilt);
    expect(out.every(Number.isFinite)).toBe(true);
    expect(errors).toEqual([
      'SpectralModel.push: block: got a sample of NaN, expected finite numbers; silence is heard until reset()',
    ]);
    own.reset();
    expect(own.process(SOUND)).toEqual(whole);
    expect(errors.length).toBe(1);
  });
});

describe('SpectralModel', () => {
  const net = new LSTM({ inputSize: 9, hiddenSize: 9, engine });
  const identity = { stream: net.stream(), input: 'magnitude', output: () => {} } as const;
  const plain = { sampleRate, nFft: 16, hopLength: 4, engine, stages: [identity] };

  test.each([
    [{ hopLength: 8 }, 1, 15],
    [{ hopLength: 8 }, 8, 8],
    [{ hopLength: 8 }, 12, 12],
    [{ hopLength: 4 }, 4, 12],
    [{ hopLength: 4 }, 6, 14],
    [{ hopLength: 5, window: 'hamming' }, 1, 15],
    [{ hopLength: 5, window: 'hamming' }, 10, 13],
    [{ hopLength: 12, window: 'hamming' }, 1, 19],
    [{ hopLength: 8, center: false, window: 'hamming' }, 8, 8],
    [{ hopLength: 6, center: false, window: 'hamming' }, 4, 14],
    [{ hopLength: 12, center: false, window: 'hamming' }, 1, 15],
  ] as const)('%j in blocks of %d comes %d samples later, and whole', (options, blockSize, latency) => {
    using model = new SpectralModel({ ...plain, ...options, blockSize });
    expect(model.latency).toBe(latency);
    const count = 5 * 12 * blockSize;
    const sound = SOUND.subarray(0, count);
    const out = new Float32Array(count + latency);
    for (let at = 0; at < count; at += blockSize) {
      model.push(sound.subarray(at, at + blockSize), out.subarray(at, at + blockSize));
    }
    out.set(model.flush(), count);
    for (let n = 0; n < count; n++) expect(Math.abs(out[n + latency] - sound[n])).toBeLessThan(2e-7);
  });

  test('cannot come sooner', () => {
    // A hop that ends with a block is given with it, and no sample before.
    using model = new SpectralModel({ ...plain, hopLength: 8, blockSize: 8 });
    const sound = new Float32Array(64).fill(1);
    const out = model.push(sound);
    expect(out.findIndex((y) => y !== 0)).toBe(8);
  });

  test.each([0, 1, 3, 8, 9])('of %d samples gives as many', (count) => {
    using model = new SpectralModel(plain);
    const sound = SOUND.subarray(0, count);
    expect(model.process(sound).length).toBe(count);
    model.push(sound);
    expect(model.flush().length).toBe(15);
  });

  test('takes blocks of a million samples, and multiples that are longer than what it takes at a time', () => {
    using model = new SpectralModel({ ...plain, blockSize: 10_000 });
    expect(model.latency).toBe(12);
    const out = model.push(new Float32Array(1_000_000).fill(0.5));
    expect(out.subarray(100).every((y) => Math.abs(y - 0.5) < 1e-6)).toBe(true);
  });

  test('passes sound unchanged from where its network gives numbers that are not finite, and says so once', () => {
    const errors: string[] = [];
    let calls = 0;
    const input = (_: Float32Array, x: Float32Array) => void x.fill(++calls === 5 ? Number.NaN : 0);
    const stages = [{ stream: net.stream(), input, output: (_: unknown, s: Float32Array) => void s.fill(0) }];
    using model = new SpectralModel({ ...plain, stages, onError: ({ message }) => errors.push(message) });
    const out = model.process(SOUND);
    expect(errors).toEqual([
      'SpectralModel: stages[0]: got numbers of its network that are not finite; the sound passes unchanged until reset()',
    ]);
    expect(out[0]).toBe(0);
    expect(out.subarray(40).every((y, n) => Math.abs(y - SOUND[40 + n]) < 1e-6)).toBe(true);
    model.process(SOUND);
    expect(errors.length).toBe(1);
  });

  test('gives its memory back', () => {
    const before = engine.bytesInUse;
    const model = new SpectralModel(plain);
    model.dispose();
    expect(engine.bytesInUse).toBe(before);
    expect(() => model.push(new Float32Array(1))).toThrow('SpectralModel.push: got a disposed model');
    expect(() => new SpectralModel({ ...plain, stages: [{ ...identity, input: 'complex' }] })).toThrow();
    expect(engine.bytesInUse).toBe(before);
  });

  test.each([
    [{ sampleRate: 0 }, 'SpectralModel: sampleRate: got 0'],
    [{ sampleRate: Number.NaN }, 'SpectralModel: sampleRate: got NaN'],
    [{ sampleRate: 1 }, 'SpectralModel: sampleRate: got 1,'],
    [{ sampleRate: 1e6 }, 'SpectralModel: sampleRate: got 1000000'],
    [{ blockSize: 0 }, 'SpectralModel: blockSize: got 0'],
    [{ stages: [] }, 'SpectralModel: stages: got Array(0), expected an array of stages'],
    [
      { stages: [{ ...identity, input: 'spectrum' }] },
      'SpectralModel: stages[0].input: got "spectrum", expected a function',
    ],
    [{ stages: [{ ...identity, output: 'gain' }] }, 'SpectralModel: stages[0].output: got "gain"'],
    [
      { stages: [{ ...identity, input: 'complex' }] },
      'stages[0].input: got a stream of 9 numbers, expected 18 for "complex"',
    ],
    [
      { stages: [{ ...identity, stream: net }] },
      'SpectralModel: stages[0].stream: got Object, expected a stream of a model',
    ],
    [{ stages: [{ ...identity, stream: net.stream({ batch: 2 }) }] }, 'stages[0].stream: got a batch of 2, expected 1'],
    [{ onError: 3 }, 'SpectralModel: onError: got 3, expected a function'],
    [{ onesided: false }, 'SpectralModel: got option "onesided"'],
  ] as [object, string][])('refuses options: case %#', (options, message) => {
    expect(() => new SpectralModel({ ...plain, ...options } as never)).toThrow(message);
  });

  test('refuses blocks that do not fit, and takes nothing', () => {
    using model = new SpectralModel({ ...plain, blockSize: 4 });
    expect(() => model.push(new Float32Array(6))).toThrow('block: got 6 samples, expected a multiple of 4');
    expect(() => model.push(new Float32Array(8), new Float32Array(4))).toThrow('out: got 4 samples, expected 8');
    expect(() => model.push([1] as never)).toThrow(/^SpectralModel.push: block: got/);
    expect(() => model.flush(new Float32Array(3))).toThrow('SpectralModel.flush: out: got 3 samples');
  });
});
