/** Spectra of sound beside PyTorch, librosa and torchaudio in float64: whole, and as streams of blocks of any length. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  amplitudeToDb,
  type ForwardStftOptions,
  InverseStft,
  istft,
  MelSpectrogram,
  type MelSpectrogramOptions,
  Mfcc,
  makeWindow,
  melFilters,
  melSpectrogram,
  mfcc,
  powerToDb,
  RealFft,
  Stft,
  stft,
  type WholeMfccOptions,
  type WindowName,
} from '../../bindings/audio/index.js';
import { createEngine } from '../../bindings/index.js';

interface WindowCase {
  name: WindowName;
  size: number;
  periodic: boolean;
  beta?: number;
  values: string;
}
interface StftCase {
  options: ForwardStftOptions;
  samples: number;
  dims: number[];
  spectrum: string;
  /** `amplifies`: by how much the sample that windows reach least multiplies the rounding of its frames. */
  inverses: Record<string, { length: number | null; samples: string; amplifies: number }>;
}
interface MelCase {
  by: 'librosa' | 'torchaudio';
  options: MelSpectrogramOptions;
  samples: number;
  dims: number[];
  mel: string;
  /** Of few cases: what they do shows in the mel spectra of all. */
  filters: string | null;
  decibels: string;
  amplitudes: string;
  mfccs: { options: WholeMfccOptions; coefficients: string }[];
}

const { windows, stfts, mels }: { windows: WindowCase[]; stfts: StftCase[]; mels: MelCase[] } = JSON.parse(
  readFileSync(new URL('spectra.json', import.meta.url), 'utf8'),
);

/** Of the greatest number that is expected. */
const TOLERANCE = 1e-6;

const floats = (base64: string) => new Float32Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer);

/** As generate-spectra.py makes it. */
function signal(count: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}

/** The greatest difference, of the greatest number that is expected. */
function distance(got: Float32Array, expected: Float32Array): number {
  expect(got.length).toBe(expected.length);
  let [most, scale] = [0, 1e-30];
  for (let i = 0; i < got.length; i++) {
    const difference = Math.abs(got[i] - expected[i]);
    if (!(difference <= most)) most = difference;
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return most / scale;
}

/** What a stream of blocks gives, one frame after the other. */
function streamed(
  samples: Float32Array,
  size: number,
  stream: { push: Stft['push']; flush: Stft['flush'] },
): Float32Array[] {
  const frames: Float32Array[] = [];
  const keep = (frame: Float32Array) => void frames.push(frame.slice());
  for (let at = 0; at < samples.length; at += size) stream.push(samples.subarray(at, at + size), keep);
  stream.flush(keep);
  return frames;
}

/** Element [k, t] of [bins, frames, numbers], a frame of its own. */
function column(data: Float32Array, frames: number, t: number, numbers: number): Float32Array {
  const bins = data.length / frames / numbers;
  return Float32Array.from({ length: bins * numbers }, (_, i) => {
    return data[(Math.floor(i / numbers) * frames + t) * numbers + (i % numbers)];
  });
}

describe('makeWindow', () => {
  test.each(windows)('$name of $size, periodic $periodic, as torch', ({ name, size, periodic, beta, values }) => {
    const got = makeWindow(name, size, { periodic, ...(beta && { beta }) });
    const expected = floats(values);
    expect(got.length).toBe(size);
    got.forEach((value, n) => {
      expect(Math.abs(value - expected[n])).toBeLessThan(6e-8);
    });
  });
});

describe.each(stfts)('a transform of $options', ({ options, samples, dims, spectrum, inverses }) => {
  const x = signal(samples);
  const expected = floats(spectrum);

  test('is torch.stft', () => {
    const got = stft(x, options);
    expect(got.dims).toEqual(dims);
    expect(distance(got.data, expected)).toBeLessThan(TOLERANCE);
  });

  test('is the same as a stream, whatever the blocks, and begins anew', () => {
    using stream = new Stft(options);
    const whole = stft(x, options).data;
    for (const size of [1, 7, samples]) {
      const frames = streamed(x, size, stream);
      expect(frames.length).toBe(dims[1]);
      frames.forEach((frame, t) => {
        expect(frame).toEqual(column(whole, dims[1], t, 2));
      });
    }
  });

  const { padMode: _, ...inverseOptions } = options;
  const bent = expected.map((part, i) => {
    const frame = Math.floor(i / 2) % dims[1];
    return part * (0.5 + (dims[1] > 1 ? frame / (dims[1] - 1) : 0));
  });

  test.each(Object.entries(inverses))(
    'has the inverse of torch.istft, %s',
    (_key, { length, samples: base64, amplifies }) => {
      const got = istft({ data: bent, dims }, { ...inverseOptions, ...(length !== null && { length }) });
      expect(distance(got, floats(base64))).toBeLessThan(TOLERANCE * amplifies);
    },
  );

  // Torch refuses what a window leaves out at the edges; here it is zero. Both refuse gaps between frames.
  const { hopLength = 1, nFft } = options;
  if (hopLength > nFft) {
    test('has no inverse', () => {
      expect(() => new InverseStft(inverseOptions)).toThrow(/InverseStft: hopLength: got 55, expected/);
    });
  } else
    test('has the same inverse as a stream', () => {
      using stream = new InverseStft(inverseOptions);
      const whole = istft({ data: bent, dims }, inverseOptions);
      const room = new Float32Array(stream.room);
      for (let round = 0; round < 2; round++) {
        const parts: number[] = [];
        for (let t = 0; t < dims[1]; t++) {
          const count = stream.push(column(bent, dims[1], t, 2), room);
          expect(count).toBeLessThanOrEqual(stream.hopLength);
          parts.push(...room.subarray(0, count));
        }
        parts.push(...stream.flush());
        expect(Float32Array.from(parts)).toEqual(whole);
      }
    });
});

describe.each(mels)('$by: $options', ({ options, samples, dims, mel, filters, decibels, amplitudes, mfccs, by }) => {
  const x = signal(samples);
  const expected = floats(mel);

  if (filters)
    test('filters', () => {
      const { sampleRate, nFft, nMels, fMin, fMax, melScale, norm } = options;
      const given = { sampleRate, nFft, nMels, fMin, fMax, melScale, norm };
      const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const got = melFilters(named as never);
      expect(got.dims).toEqual([nMels, Math.floor(nFft / 2) + 1]);
      expect(distance(got.data, floats(filters))).toBeLessThan(TOLERANCE);
    });

  test('mel spectrogram, whole and streamed', () => {
    const got = melSpectrogram(x, options);
    expect(got.dims).toEqual(dims);
    expect(distance(got.data, expected)).toBeLessThan(TOLERANCE);
    using stream = new MelSpectrogram(options);
    for (const size of [1, 100, samples]) {
      streamed(x, size, stream).forEach((frame, t) => {
        expect(frame).toEqual(column(got.data, dims[1], t, 1));
      });
    }
  });

  test('decibels', () => {
    const ref = by === 'librosa' ? 2 : 1;
    expect(distance(powerToDb(expected, { ref, topDb: 30 }), floats(decibels))).toBeLessThan(TOLERANCE);
    const amin = by === 'librosa' ? 1e-5 : 1e-10;
    expect(distance(amplitudeToDb(expected, { amin, topDb: null }), floats(amplitudes))).toBeLessThan(TOLERANCE);
  });

  test.each(mfccs)('cepstrum of $options', ({ options: own, coefficients }) => {
    const all = { ...options, ...own };
    const got = mfcc(x, all);
    expect(got.dims).toEqual([own.nMfcc, dims[1]]);
    expect(distance(got.data, floats(coefficients))).toBeLessThan(TOLERANCE);
    const { topDb: _, ...streaming } = all;
    const whole = mfcc(x, { ...all, topDb: null });
    using stream = new Mfcc(streaming);
    streamed(x, 333, stream).forEach((frame, t) => {
      expect(frame).toEqual(column(whole.data, dims[1], t, 1));
    });
  });
});

describe('spectra', () => {
  test('of a frame and back', () => {
    for (const size of [2, 9, 30, 64, 480]) {
      using fft = new RealFft(size);
      const frame = signal(size);
      const spectrum = fft.forward(frame);
      expect(spectrum.length).toBe(2 * (Math.floor(size / 2) + 1));
      expect(spectrum[0]).toBeCloseTo(frame.reduce((a, b) => a + b));
      expect(distance(fft.inverse(spectrum), frame)).toBeLessThan(TOLERANCE);
    }
  });

  test('give their memory back, and are refused after that', () => {
    const engine = createEngine();
    const before = engine.bytesInUse;
    const options = { nFft: 64, engine };
    const all = [
      new Stft(options),
      new InverseStft(options),
      new MelSpectrogram({ ...options, sampleRate: 16_000, nMels: 8 }),
      new Mfcc({ ...options, sampleRate: 16_000, nMels: 8 }),
      new RealFft(64, { engine }),
    ];
    expect(engine.bytesInUse).toBeGreaterThan(before);
    for (const each of all) each.dispose();
    expect(engine.bytesInUse).toBe(before);
    expect(() => (all[0] as Stft).push(new Float32Array(1), () => {})).toThrow(/Stft.push: got a disposed transform/);
    expect(() => (all[1] as InverseStft).push(new Float32Array(66))).toThrow(/InverseStft.push: got a disposed/);
    expect(() => (all[4] as RealFft).forward(new Float32Array(64))).toThrow(/RealFft.forward: got a disposed/);
  });

  test('a sample that is no number spoils the frames it is in, and no others', () => {
    using stream = new Stft({ nFft: 16, hopLength: 16, center: false });
    const x = signal(64);
    x[20] = Number.NaN;
    const frames = streamed(x, 9, stream);
    expect(frames.map((frame) => frame.some(Number.isNaN))).toEqual([false, true, false, false]);
  });

  test('take a block of a million samples, and of none', () => {
    using stream = new Stft({ nFft: 512, hopLength: 256, center: false });
    let count = 0;
    stream.push(new Float32Array(0), () => count++);
    stream.push(new Float32Array(1_000_000), () => count++);
    expect(count).toBe(1 + Math.floor((1_000_000 - 512) / 256));
  });

  test.each([
    [() => new Stft({ nFft: 0 }), 'Stft: nFft: got 0, expected an integer from 2'],
    [() => new Stft({ nFft: 882 }), 'Stft: nFft: got 882, expected no prime factors but 2, 3 and 5: 864 or 900'],
    [() => new Stft({ nFft: Number.NaN }), 'Stft: nFft: got NaN'],
    [() => new Stft({ nFft: 16, hopLength: 0 }), 'Stft: hopLength: got 0'],
    [() => new Stft({ nFft: 16, winLength: 17 }), 'Stft: winLength: got 17, expected an integer from 1 to 16'],
    [() => new Stft({ nFft: 16, winLength: 8, window: new Float32Array(9) }), 'Stft: window: got 9 numbers'],
    [() => new Stft({ nFft: 16, window: 'han' as never }), 'makeWindow: name: got "han", expected hann, '],
    [() => new Stft({ nFft: 16, padMode: 'circular' as never }), 'Stft: padMode: got "circular", expected reflect, '],
    [() => new Stft({ nFft: 16, normalized: 2 as never }), 'Stft: normalized: got 2, expected true, false or "window"'],
    [() => new Stft({ n_fft: 16 } as never), 'Stft: got option "n_fft", expected only nFft, '],
    [() => new Stft(undefined as never), 'Stft: got options undefined'],
    [() => stft(new Float32Array(8), { nFft: 16 }), 'Stft.flush: got a signal of 8 samples, expected at least 9'],
    [() => stft(new Float32Array(0), { nFft: 16 }), 'stft: samples: got 0, expected enough for a frame of 16'],
    [() => new InverseStft({ nFft: 16, hopLength: 17 }), 'InverseStft: hopLength: got 17, expected a window that'],
    [() => istft({ data: new Float32Array(4), dims: [2, 1, 2] }, { nFft: 16 }), 'istft: spectra: got dims [2, 1, 2]'],
    [() => istft(3 as never, { nFft: 16 }), 'istft: spectra: got 3, expected a tensor of [bins, frames, 2]'],
    [() => melFilters({ sampleRate: 1, nFft: 16 }), 'melFilters: sampleRate: got 1'],
    [() => melFilters({ sampleRate: 16_000, nFft: 16, fMax: 9000 }), 'melFilters: fMax: got 9000'],
    [() => melSpectrogram(signal(9), { sampleRate: 1e6, nFft: 16 }), 'MelSpectrogram: sampleRate: got 1000000'],
    [() => mfcc(signal(9), { sampleRate: 16_000, nFft: 16, nMels: 4, nMfcc: 5 }), 'mfcc: nMfcc: got 5'],
    [() => new RealFft(7), 'RealFft: size: got 7, expected no prime factors'],
  ])('refuse %s', (make, message) => {
    expect(make).toThrow(message);
  });
});
