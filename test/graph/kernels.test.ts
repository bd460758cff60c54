import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pair } from '../../bindings/graph/abi.js';
import { graphKernels } from '../../bindings/graph/kernels.js';
import { expectSameBits } from '../kernels/bits.js';
import { trials } from '../kernels/draw.js';
import { Buffers, guard } from '../kernels/guarded-engine.js';
import { BUILDS } from '../support/builds.js';
import { mulberry32, randomArray } from '../support/random.js';

/** What each operation is, in JavaScript's own arithmetic. */
const PAIRS: Readonly<Record<keyof typeof Pair, (a: number, b: number) => number>> = {
  ADD: (a, b) => a + b,
  SUB: (a, b) => a - b,
  MUL: (a, b) => a * b,
  DIV: (a, b) => a / b,
  SQUARE: (a) => a * a,
  MIN: Math.min,
  MAX: Math.max,
  PRELU: (a, b) => (a < 0 ? a * b : a),
};

const SPECIAL = [0, -0, Infinity, -Infinity, Number.NaN, 1e-45, -1e-40, 3.4e38, -3.4e38];

/** Numbers of every size, some of them special. */
function draw(count: number, seed: number): Float32Array {
  const random = mulberry32(seed);
  return Float32Array.from({ length: count }, () =>
    random() < 0.1 ? SPECIAL[Math.floor(random() * SPECIAL.length)] : (random() - 0.5) * 10 ** (random() * 12 - 6),
  );
}

/** NaN is NaN, whatever its bits: those of a result are the machine's choice. */
function expectSame(got: Float32Array, expected: Float32Array, what: string): void {
  const plain = (values: Float32Array) => values.map((value) => (Number.isNaN(value) ? Number.NaN : value));
  expectSameBits(plain(got), plain(expected), what);
}

const pairs = fc.record({
  name: fc.constantFrom(...(Object.keys(PAIRS) as (keyof typeof Pair)[])),
  size: fc.nat(41),
  aStep: fc.nat(1),
  bStep: fc.nat(1),
  /** Floats before each operand: kernels take any alignment. */
  offset: fc.nat(3),
  inPlace: fc.boolean(),
  seed: fc.integer(),
});

const slides = fc.record({
  count: fc.integer({ min: 1, max: 23 }),
  kernel: fc.integer({ min: 1, max: 11 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  seed: fc.integer(),
});

describe.each(BUILDS)('graph kernels, $name', ({ name, create }) => {
  const engine = create();
  const kernels = graphKernels(engine);
  const { broken } = guard(engine);

  it('combine two tensors, bit by bit as JavaScript does', () => {
    fc.assert(
      fc.property(pairs, ({ name: pair, size, aStep, bStep, offset, inPlace, seed }) => {
        const [a, b] = [draw(aStep ? size : 1, seed), draw(bStep ? size : 1, seed + 1)];
        const buffers = new Buffers(engine);
        const place = (values: Float32Array) => {
          const address = buffers.zeros(values.length + offset) + offset * 4;
          engine.f32.set(values, address / 4);
          return address;
        };
        const out = place(inPlace && aStep ? a : new Float32Array(size));
        const left = inPlace && aStep ? out : place(a);
        const right = place(b);
        kernels.combine(out, left, right, Pair[pair], aStep, bStep, size);
        const expected = Float32Array.from({ length: size }, (_, i) => PAIRS[pair](a[i * aStep], b[i * bStep]));
        expectSame(engine.f32.slice(out / 4, out / 4 + size), expected, pair);
        buffers.release();
        expect(broken()).toEqual([]);
      }),
      trials(name, 600),
    );
  });

  it('take square roots, bit by bit as JavaScript does', () => {
    fc.assert(
      fc.property(pairs, ({ size, seed }) => {
        const x = draw(size, seed);
        const buffers = new Buffers(engine);
        const from = buffers.rows(x, size || 1, size || 1);
        const out = buffers.zeros(size);
        kernels.sqrtMap(out, from, size);
        expectSame(engine.f32.slice(out / 4, out / 4 + size), x.map(Math.sqrt), 'sqrt');
        buffers.release();
        expect(broken()).toEqual([]);
      }),
      trials(name, 200),
    );
  });

  it('slide taps over a row as float64 does', () => {
    fc.assert(
      fc.property(slides, ({ count, kernel, stride, dilation, seed }) => {
        const random = mulberry32(seed);
        const taps = randomArray(kernel, random);
        const x = randomArray((count - 1) * stride + (kernel - 1) * dilation + 1, random, 3);
        const [start] = randomArray(1, random);
        const buffers = new Buffers(engine);
        const [row, w] = [buffers.rows(x, x.length, x.length), buffers.rows(taps, kernel, kernel)];
        const out = buffers.zeros(count);
        kernels.slide(out, row, w, count, kernel, stride, dilation, start);
        for (let i = 0; i < count; i++) {
          let [sum, magnitude] = [start, Math.abs(start)];
          for (let k = 0; k < kernel; k++) {
            const term = taps[k] * x[i * stride + k * dilation];
            sum += term;
            magnitude += Math.abs(term);
          }
          expect(Math.abs(engine.f32[out / 4 + i] - sum)).toBeLessThanOrEqual(magnitude * (kernel + 1) * 2 ** -24);
        }
        buffers.release();
        expect(broken()).toEqual([]);
      }),
      trials(name, 300),
    );
  });
});

describe('the debug build', () => {
  it('says which precondition of a graph kernel was broken', () => {
    const kernels = graphKernels(BUILDS[2].create());
    expect(() => kernels.combine(16384, 16384, 16384, 9 as Pair, 1, 1, 4)).toThrow(/combine: pair must be one of Pair/);
    expect(() => kernels.combine(16384, 16384, 16384, Pair.ADD, 2, 1, 4)).toThrow(/combine: steps must be 0 or 1/);
  });
});
