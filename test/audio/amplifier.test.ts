import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Amplifier, amplify } from '../../bindings/audio/index.js';
import { BUILDS } from '../support/builds.js';
import { littered } from '../support/garbage.js';

interface Case {
  readonly name: string;
  readonly file: unknown;
  readonly input: number[];
  readonly output: number[];
}

interface RateCase extends Omit<Case, 'file'> {
  readonly of: string;
  readonly sampleRate: number;
  readonly modelRate: number;
  readonly prewarm: number;
  readonly controls: number[];
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`../amplifier/${name}`, import.meta.url), 'utf8'));
const FILES: Case[] = [...read('cases-torch.json'), ...read('cases-keras.json')];
const RATES: RateCase[] = read('cases-rates.json');

/** A file as bytes. */
function bytesOf(name: string): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(FILES.find((each) => each.name === name)?.file));
}

/** Blocks of unlike lengths that make up `count` samples. */
function* blocks(count: number): Generator<[from: number, to: number]> {
  for (let at = 0, size = 1; at < count; at += size, size = (size * 3) % 17) yield [at, Math.min(count, at + size)];
}

function expectClose(got: Float32Array, expected: readonly number[], tolerance: number): void {
  expect(got.length).toBe(expected.length);
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - got[i])));
  expect(worst).toBeLessThan(tolerance);
}

describe.each(BUILDS)('Amplifier on $name', ({ create }) => {
  const engine = create();

  it.each(FILES.filter(({ name }) => name !== 'guitarml-knob').map((each) => [each.name, each] as const))(
    'gives what PyTorch and Keras give in float64, in blocks of any length: %s',
    (name, { input, output }) => {
      const amplifier = Amplifier.loadSync(bytesOf(name), { engine, prewarmMs: 0 });
      const x = Float32Array.from(input);
      const y = new Float32Array(x.length);
      for (let round = 0; round < 2; round++) {
        for (const [from, to] of blocks(x.length)) amplifier.push(x.subarray(from, to), y.subarray(from, to));
        expectClose(y, output, 2e-6);
        amplifier.reset();
      }
      amplifier.dispose();
    },
  );

  it.each(RATES.map((each) => [each.name, each] as const))(
    'delays states as RTNeural does, after silence, and again after reset(): %s',
    (_, { of, sampleRate, modelRate, prewarm, controls, input, output }) => {
      const prewarmMs = (1000 * prewarm) / sampleRate;
      const amplifier = Amplifier.loadSync(bytesOf(of), { engine, sampleRate, modelRate, prewarmMs, controls });
      expect(amplifier.stateDelay).toBe(Math.max(1, sampleRate / modelRate));
      const x = Float32Array.from(input);
      for (let round = 0; round < 2; round++) {
        const y = new Float32Array(x.length);
        for (const [from, to] of blocks(x.length)) amplifier.push(x.subarray(from, to), y.subarray(from, to));
        expectClose(y, output, 2e-6);
        amplifier.reset();
      }
      amplifier.dispose();
    },
  );

  it('gives all its memory back', () => {
    const before = engine.bytesInUse;
    for (const { of, sampleRate, modelRate, controls } of RATES) {
      Amplifier.loadSync(bytesOf(of), { engine, sampleRate, modelRate, controls, prewarmMs: 1 }).dispose();
    }
    expect(() => Amplifier.loadSync(bytesOf('guitarml-knob'), { engine })).toThrow(/controls: got 0, expected 1/);
    expect(engine.bytesInUse).toBe(before);
  });
});

describe('Amplifier', () => {
  const sine = Float32Array.from({ length: 3000 }, (_, t) => Math.sin(t / 9) / 2);

  it('takes the rate of its file, and the half second of silence that NeuralAmpModelerCore lets it hear', () => {
    const amplifier = Amplifier.loadSync(bytesOf('nam-5-two-layers'));
    expect([amplifier.format, amplifier.sampleRate, amplifier.modelRate, amplifier.stateDelay]).toEqual([
      'nam',
      44100,
      44100,
      1,
    ]);
    const cold = Amplifier.loadSync(bytesOf('nam-5-two-layers'), { prewarmMs: 0 });
    cold.push(new Float32Array(22_050));
    expect(amplifier.push(sine)).toEqual(cold.push(sine));
  });

  it('gives the same offline, in place and in a new array', async () => {
    const model = bytesOf('rtneural-lstm');
    const whole = await amplify(sine, { model, sampleRate: 48_000, modelRate: 44_100 });
    const amplifier = await Amplifier.load(model, { sampleRate: 48_000, modelRate: 44_100 });
    const block = sine.slice();
    expect(amplifier.push(block, block)).toBe(block);
    expect(block).toEqual(whole);
  });

  it('does not correct below the rate of the model, nor where told not to, nor where no rate is known', () => {
    const delayOf = (name: string, options: object) => Amplifier.loadSync(bytesOf(name), options).stateDelay;
    expect(delayOf('nam-8', { sampleRate: 44_100 })).toBe(1);
    expect(delayOf('nam-8', { sampleRate: 96_000, rateCorrection: false })).toBe(1);
    expect(delayOf('guitarml-lstm', { sampleRate: 96_000 })).toBe(1);
    expect(delayOf('guitarml-lstm', { sampleRate: 96_000, modelRate: 48_000 })).toBe(2);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('hears silence from a sample of %s on, says so once', (bad) => {
    const said: string[] = [];
    const onError = ({ message }: Error) => said.push(message);
    const amplifier = Amplifier.loadSync(bytesOf('nam-8'), { onError });
    const quiet = Amplifier.loadSync(bytesOf('nam-8'));
    const broken = sine.slice();
    broken[100] = bad;
    const silenced = sine.slice().fill(0, 100);
    expect(amplifier.push(broken)).toEqual(quiet.push(silenced));
    expect(amplifier.push(broken)).toEqual(quiet.push(new Float32Array(3000)));
    expect(said).toEqual([expect.stringMatching(new RegExp(`got a sample of ${bad}, .*until reset\\(\\)`))]);
    amplifier.reset();
    quiet.reset();
    expect(amplifier.push(sine)).toEqual(quiet.push(sine));
  });

  it('turns knobs between blocks', () => {
    const amplifier = Amplifier.loadSync(bytesOf('guitarml-knob'), { controls: [0], prewarmMs: 0 });
    const other = Amplifier.loadSync(bytesOf('guitarml-knob'), { controls: [1], prewarmMs: 0 });
    expect(amplifier.push(sine)).not.toEqual(other.push(sine));
    amplifier.setControls([1]);
    amplifier.reset();
    other.reset();
    expect(amplifier.push(sine)).toEqual(other.push(sine));
  });

  it.each([
    [{ sampleRate: 0 }, /sampleRate: got 0, expected a whole number of Hz/],
    [{ sampleRate: Number.NaN }, /sampleRate: got NaN/],
    [{ sampleRate: 1 }, /sampleRate: got 1,/],
    [{ sampleRate: 768_000, modelRate: 1000 }, /sampleRate: got 768000, expected at most 64 times the model's 1000/],
    [{ prewarmMs: -1 }, /prewarmMs: got -1/],
    [{ controls: [1] }, /controls: got 1, expected 0/],
    [{ controls: 'x' as never }, /controls: got "x"/],
    [{ onError: 1 as never }, /onError: got 1, expected a function/],
    [{ rate: 1 } as never, /rate/],
  ])('refuses %j', async (options, message) => {
    await expect(Amplifier.load(bytesOf('nam-8'), options)).rejects.toThrow(message);
  });

  it('refuses blocks of other kinds and lengths, and any after dispose()', () => {
    const amplifier = Amplifier.loadSync(bytesOf('nam-8'));
    expect(() => amplifier.push([1] as never)).toThrow(/block: got Array\(1\)/);
    expect(() => amplifier.push(sine, new Float32Array(1))).toThrow(/out: got 1 samples, expected 3000/);
    expect(amplifier.push(new Float32Array(0)).length).toBe(0);
    expect(amplifier.push(new Float32Array(1_000_000)).every(Number.isFinite)).toBe(true);
    amplifier.dispose();
    amplifier.dispose();
    expect(() => amplifier.push(sine)).toThrow(/disposed/);
    expect(() => amplifier.reset()).toThrow(/disposed/);
  });
});

describe.each([
  ['at its own rate', 48_000],
  ['at another', 96_000],
])('Amplifier %s', (_, sampleRate) => {
  it('allocates nothing in 10^4 blocks', async () => {
    const amplifier = Amplifier.loadSync(bytesOf('nam-8'), { sampleRate });
    const block = new Float32Array(128).fill(0.1);
    const out = new Float32Array(128);
    const run = (count: number) => {
      for (let i = 0; i < count; i++) amplifier.push(block, out);
    };
    run(2000);
    // Of two: on a busy machine the first may still be compiled while it is counted.
    const counts = [await littered(() => run(10_000)), await littered(() => run(10_000))];
    expect(Math.min(...counts) / 10_000).toBeLessThan(16);
  });
});
