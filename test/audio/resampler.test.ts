/** Sines in, sines out, against the analytic ones; the stop band measured; blocks of any length. */
import { describe, expect, test } from 'vitest';
import { Resampler, resample } from '../../bindings/audio/index.js';
import { seededRandom } from '../../bindings/random.js';

/** From, to: with tables of every phase, and with interpolated ones (44 101 Hz, 192 001 Hz). */
const RATIOS: readonly (readonly [from: number, to: number])[] = [
  ...[8000, 11_025, 22_050, 44_100, 44_101, 48_000, 96_000].map((from) => [from, 16_000] as const),
  ...[8000, 16_000, 44_100].map((from) => [from, 48_000] as const),
  [48_000, 44_100],
  [16_000, 44_101],
  [192_001, 8000],
  [1000, 48_000],
];

function tone(rate: number, hertz: number, seconds = 1): Float32Array {
  return Float32Array.from({ length: rate * seconds }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate));
}

/** The middle, where the recording's ends are not felt. */
const middle = (samples: Float32Array) => samples.subarray(samples.length / 4, (samples.length * 3) / 4);

const decibels = (ratio: number) => 20 * Math.log10(ratio);

const power = (samples: Float32Array) => Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);

function noise(length: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => random() * 2 - 1);
}

describe('Resampler', () => {
  test.each(RATIOS)('from %d to %d Hz keeps what both rates hold, in time', (from, to) => {
    const highest = 0.87 * (Math.min(from, to) / 2);
    let worst = Number.NEGATIVE_INFINITY;
    for (const hertz of [50, 0.3 * highest, 0.7 * highest, highest]) {
      const got = resample(tone(from, hertz), { from, to });
      expect(got.length).toBe(to);
      const expected = tone(to, hertz);
      const error = got.map((value, i) => value - expected[i]);
      worst = Math.max(worst, decibels(power(middle(error)) / power(middle(expected))));
    }
    expect(worst).toBeLessThan(-80);
  });

  test.each(RATIOS.filter(([from, to]) => from > to))(
    'from %d to %d Hz drops what the lower cannot hold',
    (from, to) => {
      const edge = to / 2;
      const found = [1, 1.003, 1.01, 1.1, 1.3, 1.9]
        .map((part) => edge * part)
        .filter((hertz) => hertz < from / 2)
        // At the edge itself the sine may fall on its zeros: a little above it.
        .map((hertz) =>
          decibels(power(middle(resample(tone(from, hertz + 0.5), { from, to }))) / power(tone(from, hertz + 0.5))),
        );
      expect(Math.max(...found)).toBeLessThan(-80);
    },
  );

  test.each(RATIOS.filter(([from, to]) => from < to))('from %d to %d Hz adds no images', (from, to) => {
    const hertz = 0.8 * (from / 2);
    const got = middle(resample(tone(from, hertz), { from, to }));
    // What is left without the sine itself: its projections on sine and cosine.
    let [a, b] = [0, 0];
    const phase = (i: number) => (2 * Math.PI * hertz * (i + Math.floor(to / 4))) / to;
    got.forEach((x, i) => {
      a += (2 * x * Math.sin(phase(i))) / got.length;
      b += (2 * x * Math.cos(phase(i))) / got.length;
    });
    const rest = got.map((x, i) => x - a * Math.sin(phase(i)) - b * Math.cos(phase(i)));
    expect(decibels(power(rest) / power(got))).toBeLessThan(-80);
  });

  test.each(RATIOS)('from %d to %d Hz: the borders of blocks leave no trace', (from, to) => {
    const samples = noise(Math.min(9011, from), 5);
    const whole = resample(samples, { from, to });
    expect(whole.length).toBe(Math.ceil((samples.length * to) / from));
    const resampler = new Resampler({ from, to });
    for (const size of [1, 441, 5000, 1_000_000]) {
      const out = new Float32Array(resampler.room(size));
      const parts: number[] = [...resampler.push(new Float32Array(0))];
      for (let at = 0; at < samples.length; at += size) {
        const count = resampler.push(samples.subarray(at, at + size), out);
        for (let i = 0; i < count; i++) parts.push(out[i]);
      }
      parts.push(...resampler.flush());
      expect(Float32Array.from(parts), `blocks of ${size}`).toEqual(whole);
    }
  });

  test('gives an output as soon as the inputs within its delay are there', () => {
    const resampler = new Resampler({ from: 48_000, to: 16_000 });
    expect(resampler.delay).toBe(166);
    expect(resampler.push(new Float32Array(resampler.delay)).length).toBe(0);
    expect(resampler.push(new Float32Array(1)).length).toBe(1);
    expect(resampler.push(new Float32Array(3)).length).toBe(1);
  });

  test('copies between equal rates', () => {
    const samples = noise(300, 1);
    const got = resample(samples, { from: 16_000, to: 16_000 });
    expect(got).toEqual(samples);
    expect(got.buffer).not.toBe(samples.buffer);
  });

  test('is spoilt by NaN within its reach only', () => {
    const samples = noise(4000, 2);
    const whole = resample(samples, { from: 44_100, to: 16_000 });
    const bad = samples.slice();
    bad[2000] = Number.NaN;
    const got = resample(bad, { from: 44_100, to: 16_000 });
    const spoilt = [...got.keys()].filter((i) => Number.isNaN(got[i]));
    expect(spoilt.length).toBeGreaterThan(80);
    expect(spoilt.length).toBeLessThan(120);
    expect(got.filter((x) => !Number.isNaN(x))).toEqual(whole.filter((_, i) => !Number.isNaN(got[i])));
  });

  test.each([0, Number.NaN, 1, 1e6, -16_000, 44_100.5, Number.POSITIVE_INFINITY])('refuses a rate of %d', (rate) => {
    expect(() => new Resampler({ from: rate, to: 16_000 })).toThrow(
      /^Resampler: from: got .*, expected a whole number of Hz from 1000 to 768000$/,
    );
    expect(() => new Resampler({ from: 16_000, to: rate })).toThrow(RangeError);
  });

  test('refuses what is no block, or no room', () => {
    const resampler = new Resampler({ from: 8000, to: 16_000 });
    expect(() => resampler.push([1, 2] as never)).toThrow(TypeError);
    expect(() => resampler.push(new Float32Array(100), new Float32Array(200))).toThrow(
      'Resampler.push: out: got 200 samples, expected room for 201',
    );
    expect(() => resampler.flush(new Float32Array(3))).toThrow(RangeError);
    expect(() => new Resampler({ from: '8000' as never, to: 16_000 })).toThrow(TypeError);
  });
});
