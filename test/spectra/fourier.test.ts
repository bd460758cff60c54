/** The real Fourier transform and its inverse against NumPy's in float64, on every build, with sentinels around every buffer. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { spectraKernels } from '../../bindings/spectra/kernels.js';
import {
  frameRoom,
  frameTables,
  hasFastTransform,
  hasFrameTransform,
  transformRoom,
  transformTable,
} from '../../bindings/spectra/tables.js';
import { Buffers, guard } from '../kernels/guarded-engine.js';
import { BUILDS } from '../support/builds.js';

interface Case {
  readonly size: number;
  readonly window: number[];
  readonly frames: number[][];
  /** Real and imaginary part of each bin of each frame. */
  readonly spectra: [number, number][][];
}

const CASES: Case[] = JSON.parse(readFileSync(new URL('fourier.json', import.meta.url), 'utf8'));

/** Of the root of the frame's energy: rounding of float32 grows with the passes. */
const TOLERANCE = 4e-7;

describe.each(BUILDS)('spectra on the $name build', ({ create }) => {
  const engine = create();
  const kernels = spectraKernels(engine);
  const { broken } = guard(engine);

  it.each(CASES)('of frames of $size are those of NumPy, and their inverse the frames', (given) => {
    const { size, window, frames, spectra } = given;
    const bins = Math.floor(size / 2) + 1;
    const count = frames.length;
    const buffers = new Buffers(engine);
    const place = (values: ArrayLike<number>) => {
      const address = buffers.zeros(values.length);
      engine.f32.set(values, address / 4);
      return address;
    };
    const windowed = frames.map((frame) => frame.map((x, n) => x * window[n]));
    const [x, w, table] = [place(frames.flat()), place(window), place(transformTable(size))];
    const [work, out, back] = [transformRoom(size), count * 2 * bins, count * size].map((n) => buffers.zeros(n));
    // Bins of a frame side by side, and frames of a bin.
    for (const [outFrame, outBin] of [
      [2 * bins, 1],
      [1, count],
    ]) {
      kernels.realFft(out, x, w, table, work, size, bins, count, size, outFrame, outBin, 1);
      for (let f = 0; f < count; f++) {
        const scale = Math.max(1, Math.hypot(...windowed[f]));
        for (let k = 0; k < bins; k++) {
          for (const part of [0, 1]) {
            const got = engine.f32[out / 4 + f * outFrame + (part * bins + k) * outBin];
            expect(Math.abs(got - spectra[f][k][part]) / scale).toBeLessThan(TOLERANCE);
          }
        }
      }
      kernels.inverseRealFft(back, out, table, work, size, count, size, outFrame, outBin);
      for (let i = 0; i < count * size; i++) {
        const frame = windowed[Math.floor(i / size)];
        expect(Math.abs(engine.f32[back / 4 + i] - frame[i % size])).toBeLessThan(
          TOLERANCE * Math.max(1, Math.hypot(...frame)),
        );
      }
    }
    buffers.release();
    expect(broken()).toEqual([]);
  });

  it.each(CASES.filter(({ size }) => hasFrameTransform(size)))('of one frame of $size are too', (given) => {
    const { size, window, frames, spectra } = given;
    const buffers = new Buffers(engine);
    const place = (values: ArrayLike<number>) => {
      const address = buffers.zeros(values.length);
      engine.f32.set(values, address / 4);
      return address;
    };
    const { table, turns } = frameTables(size);
    const [w, passes, twists] = [window, table.length ? table : [0], turns].map(place);
    const [work, x, out, back] = [frameRoom(size), size, size + 2, size].map((n) => buffers.zeros(n));
    frames.forEach((frame, f) => {
      const windowed = frame.map((sample, n) => sample * window[n]);
      const most = TOLERANCE * Math.max(1, Math.hypot(...windowed));
      engine.f32.set(frame, x / 4);
      kernels.frameFft(out, x, w, passes, twists, work, size);
      spectra[f].flat().forEach((expected, i) => {
        expect(Math.abs(engine.f32[out / 4 + i] - expected)).toBeLessThan(most);
      });
      engine.f32.set(windowed, x / 4);
      kernels.frameFft(out, x, 0, passes, twists, work, size);
      // Imaginary parts of bins that are real do not count.
      engine.f32[out / 4 + 1] = 7;
      engine.f32[out / 4 + size + 1] = 7;
      for (const by of [0, w]) {
        kernels.inverseFrameFft(back, out, by, passes, twists, work, size);
        windowed.forEach((expected, n) => {
          expect(Math.abs(engine.f32[back / 4 + n] - expected * (by ? window[n] : 1))).toBeLessThan(most);
        });
      }
    });
    buffers.release();
    expect(broken()).toEqual([]);
  });

  it('are told from other products by their weights', () => {
    const [size, bins] = [20, 9];
    const turn = (n: number) => (2 * Math.PI * n) / size;
    const cosines = Array.from({ length: size }, (_, n) => Math.cos(turn(n)));
    const sines = Array.from({ length: size }, (_, n) => Math.sin(turn(n)));
    const basis = (sign: number) =>
      Array.from({ length: 2 * bins * size }, (_, i) => {
        const [row, n] = [Math.floor(i / size), i % size];
        const scale = Math.fround(0.2 + n / 31);
        return row < bins ? scale * cosines[(row * n) % size] : sign * scale * sines[((row - bins) * n) % size];
      });
    const buffers = new Buffers(engine);
    const [w, c, s] = [2 * bins * size, size, size].map((n) => buffers.zeros(n));
    engine.f32.set(cosines, c / 4);
    engine.f32.set(sines, s / 4);
    for (const sign of [-1, 1]) {
      engine.f32.set(basis(sign), w / 4);
      expect(kernels.isFourier(w, c, s, size, bins, 1e-6)).toBe(-sign);
    }
    engine.f32[w / 4 + 11 * size + 3] += 1e-5;
    expect(kernels.isFourier(w, c, s, size, bins, 1e-6)).toBe(0);
    engine.f32[w / 4 + 11 * size + 3] = Number.NaN;
    expect(kernels.isFourier(w, c, s, size, bins, 1e-6)).toBe(0);
    buffers.release();
    expect(broken()).toEqual([]);
  });
});

it('sizes have a fast transform if 2, 3 and 5 are their factors', () => {
  expect([0, 1, 2, 7, 14, 30, 480, 2 ** 20, 1.5, -4, Number.NaN].map(hasFastTransform)).toEqual([
    false,
    false,
    true,
    false,
    false,
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
