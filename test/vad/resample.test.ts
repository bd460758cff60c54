import { describe, expect, test } from 'vitest';
import { resample } from '../../bindings/cli/vad/resample.js';

const RATE = 16_000;

function tone(rate: number, hertz: number): Float32Array {
  return Float32Array.from({ length: rate }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate));
}

/** The middle, where the recording's ends are not felt. */
const middle = (samples: Float32Array) => samples.subarray(samples.length / 4, (samples.length * 3) / 4);

const decibels = (ratio: number) => 20 * Math.log10(ratio);

const power = (samples: Float32Array) => Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);

describe('resampling to 16 kHz', () => {
  const rates = [8000, 11_025, 22_050, 44_100, 48_000, 96_000];

  test.each(rates)('from %d Hz keeps what both rates hold', (rate) => {
    const highest = 0.87 * (Math.min(rate, RATE) / 2);
    for (const hertz of [50, 440, 1000, highest / 2, highest]) {
      const got = resample(tone(rate, hertz), rate, RATE);
      expect(got.length).toBe(RATE);
      const expected = tone(RATE, hertz);
      const error = got.map((value, i) => value - expected[i]);
      expect(decibels(power(middle(error)) / power(middle(expected))), `${hertz} Hz`).toBeLessThan(-60);
    }
  });

  test.each(rates.filter((rate) => rate > RATE))('from %d Hz drops what 16 kHz cannot hold', (rate) => {
    for (const hertz of [8600, 9000, 10_500]) {
      const got = resample(tone(rate, hertz), rate, RATE);
      expect(decibels(power(middle(got)) / power(tone(rate, hertz))), `${hertz} Hz`).toBeLessThan(-80);
    }
  });

  test('between equal rates changes nothing', () => {
    const samples = tone(RATE, 300);
    expect(resample(samples, RATE, RATE)).toBe(samples);
  });
});
