import { describe, expect, it } from 'vitest';
import type { Engine } from '../../bindings/core.js';
import { BUILDS } from '../support/builds.js';
import { Buffers } from './guarded-engine.js';

const CHUNK = 1 << 16;
const BOUND = 2e-7;

type Name = 'tanhMap' | 'sigmoidMap' | 'reluMap';

const TRUTH: Record<Name, (x: number) => number> = {
  tanhMap: Math.tanh,
  sigmoidMap: (x) => 1 / (1 + Math.exp(-x)),
  reluMap: (x) => Math.max(x, 0),
};

/** Runs a map over chunks of one buffer. */
function mapper(engine: Engine, name: Name): (x: Float32Array) => Float32Array {
  const buffers = new Buffers(engine);
  const [x, out] = [buffers.zeros(CHUNK), buffers.zeros(CHUNK)];
  return (values) => {
    engine.f32.set(values, x / 4);
    engine.kernels[name](out, x, values.length);
    return engine.f32.slice(out / 4, out / 4 + values.length);
  };
}

/** Every `stride`-th of all 2^32 float32 bit patterns: all exponents, both signs, denormals, infinities, NaNs. */
function* patterns(stride: number): Generator<Float32Array> {
  const bits = new Uint32Array(CHUNK);
  for (let next = 0; next < 2 ** 32; ) {
    for (let i = 0; i < CHUNK; i++, next += stride) bits[i] = Math.min(next, 2 ** 32 - 1);
    yield new Float32Array(bits.buffer);
  }
}

/** Evenly spaced numbers. */
function* grid(low: number, high: number, count: number): Generator<Float32Array> {
  for (let done = 0; done < count; done += CHUNK) {
    yield Float32Array.from({ length: CHUNK }, (_, i) => low + ((done + i) / count) * (high - low));
  }
}

interface Greatest {
  error: number;
  at: number;
}

/** Compares a map with float64 over chunks of values; NaN must come where NaN went in, and nowhere else. */
function measure(name: Name, map: (x: Float32Array) => Float32Array, chunks: Iterable<Float32Array>) {
  const absolute: Greatest = { error: 0, at: 0 };
  const relative: Greatest = { error: 0, at: 0 };
  let outside = 0;
  let misplacedNaN = 0;
  for (const chunk of chunks) {
    const got = map(chunk);
    for (let i = 0; i < chunk.length; i++) {
      const x = chunk[i];
      if (Number.isNaN(got[i]) !== Number.isNaN(x)) misplacedNaN++;
      if (Number.isNaN(x)) continue;
      const expected = TRUTH[name](x);
      const error = got[i] === expected ? 0 : Math.abs(got[i] - expected);
      if (!(error <= absolute.error)) Object.assign(absolute, { error, at: x });
      const magnitude = Math.abs(x);
      // Below, a float32's own spacing is no longer a fixed part of it.
      if (magnitude < 0.1 && magnitude > 1e-36 && !(error / magnitude <= relative.error)) {
        Object.assign(relative, { error: error / Math.abs(expected), at: x });
      }
      if (name !== 'reluMap' && (got[i] > 1 || got[i] < (name === 'tanhMap' ? -1 : 0))) outside++;
    }
  }
  return { absolute, relative, outside, misplacedNaN };
}

const show = ({ error, at }: Greatest) => `${error.toExponential(3)} at ${at}`;

describe.each(BUILDS)('element-wise functions, $name', ({ name: build, create }) => {
  const engine = create();
  const [stride, points] = build === 'debug' ? [997 * 16, 1 << 17] : [997, 1 << 20];

  it.each(['tanhMap', 'sigmoidMap', 'reluMap'] as const)('%s equals float64 over the whole float32 range', (name) => {
    const map = mapper(engine, name);
    const sweeps = { all: patterns(stride), dense: grid(-20, 20, points), near: grid(-1, 1, points) };
    for (const [title, chunks] of Object.entries(sweeps)) {
      const { absolute, relative, outside, misplacedNaN } = measure(name, map, chunks);
      const ratio = name === 'tanhMap' && title !== 'dense' ? `, relative below 0.1 ${show(relative)}` : '';
      console.log(`${name}, ${build}, ${title}: greatest absolute error ${show(absolute)}${ratio}`);
      expect(absolute.error).toBeLessThanOrEqual(name === 'reluMap' ? 0 : BOUND);
      if (name === 'tanhMap') expect(relative.error).toBeLessThanOrEqual(1e-6);
      expect({ outside, misplacedNaN }).toEqual({ outside: 0, misplacedNaN: 0 });
    }
  });

  it.each([
    ['tanhMap', [-1, 1, 0, 0, -1, 1]],
    ['sigmoidMap', [0, 1, 0.5, 0.5, 0, 1]],
    ['reluMap', [0, Number.POSITIVE_INFINITY, 0, 0, 0, 3.4028234663852886e38]],
  ] as const)('%s reaches its limits exactly', (name, limits) => {
    const greatest = 3.4028234663852886e38;
    const x = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0, -0, -greatest, greatest, 0, 0];
    const got = mapper(engine, name)(Float32Array.from(x));
    for (const [i, limit] of limits.entries()) expect(got[i] === limit, `${name}(${x[i]}) = ${got[i]}`).toBe(true);
  });

  it.each(['tanhMap', 'sigmoidMap', 'reluMap'] as const)('%s keeps NaN of every kind', (name) => {
    const bits = Uint32Array.of(0x7fc00000, 0xffc00000, 0x7f800001, 0xff800001, 0x7fffffff, 0xffffffff, 0x7fc12345, 0);
    const got = mapper(engine, name)(new Float32Array(bits.buffer));
    expect([...got.slice(0, 7)].every(Number.isNaN)).toBe(true);
    expect(got[7]).not.toBeNaN();
  });

  it.each(['tanhMap', 'sigmoidMap', 'reluMap'] as const)('%s may write over its input', (name) => {
    const buffers = new Buffers(engine);
    const values = Float32Array.from({ length: 1024 }, (_, i) => (i - 512) / 37);
    const at = buffers.rows(values, 1024, 1024);
    const apart = mapper(engine, name)(values);
    engine.kernels[name](at, at, 1024);
    expect(buffers.read(at, 1, 1024, 1024)).toEqual(apart);
    buffers.release();
  });

  it('leaves a row of nothing alone', () => {
    const buffers = new Buffers(engine);
    const at = buffers.rows([1, 2, 3, 4], 4, 4);
    for (const name of ['tanhMap', 'sigmoidMap', 'reluMap'] as const) engine.kernels[name](at, at, 0);
    expect([...buffers.read(at, 1, 4, 4)]).toEqual([1, 2, 3, 4]);
    buffers.release();
  });
});
