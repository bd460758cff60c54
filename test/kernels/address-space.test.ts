import { describe, expect, it } from 'vitest';
import { type Engine, GRU, Linear, LSTM, RNN, Tanh, type Tensor } from '../../bindings/core.js';
import type { Slab } from '../../bindings/engine/arena.js';
import { BUILDS } from '../support/builds.js';
import { mulberry32, randomArray } from '../support/random.js';
import { expectSameBits } from './bits.js';
import { arenaOf } from './guarded-engine.js';

const GIB = 2 ** 30;

function tensor(...dims: number[]): Tensor {
  return {
    data: randomArray(
      dims.reduce((a, b) => a * b),
      mulberry32(9),
    ),
    dims,
  };
}

/** Outputs of one of each, forward and stream; `width` decides how a stream copies its input. */
function results(engine: Engine, width: number): Float32Array[] {
  const options = { inputSize: width, hiddenSize: 6, engine, seed: 4 };
  const layers = [new LSTM(options), new GRU(options), new GRU({ ...options, resetAfter: false }), new RNN(options)];
  const linear = new Linear({ inFeatures: width, outFeatures: 5, engine, seed: 4 });
  const input = tensor(4, 2, width);
  const x = input.data.subarray(0, width);
  const out = layers.flatMap((layer) => {
    using one = layer.stream();
    using two = layer.stream({ batch: 2 });
    return [layer.run(input).output.data, one.step(x), one.step(x), two.step(input.data.slice(0, 2 * width))];
  });
  using stream = linear.stream();
  out.push(linear.forward(input).data, stream.step(x), new Tanh({ engine }).forward(input).data);
  for (const layer of [...layers, linear]) layer.dispose();
  return out;
}

/** Takes all that an arena can give, the largest slabs first. */
function takeEverything(engine: Engine): Slab[] {
  const taken: Slab[] = [];
  for (let bytes = 2 * GIB; bytes >= 16; ) {
    try {
      taken.push(arenaOf(engine).allocate(bytes, 'test'));
    } catch {
      bytes /= 2;
    }
  }
  return taken.sort((a, b) => a.address - b.address);
}

/**
 * Takes everything but the last `bytes`. Pages that nobody writes to cost nothing, so this takes address space, not
 * memory.
 */
function leaveTheLast(engine: Engine, bytes: number): void {
  const arena = arenaOf(engine);
  const taken = takeEverything(engine);
  let free = 0;
  while (free < bytes) {
    const last = taken.pop() as Slab;
    arena.release(last);
    free += last.bytes;
  }
  if (free > bytes) arena.allocate(free - bytes, 'test');
}

describe.each(BUILDS)('addresses that are negative as 32-bit integers, $name', ({ create }) => {
  it.each([1, 5, 100])('give the same bits as low ones, inputs of %i', (width) => {
    const [low, high] = [create(), create()];
    const taken = takeEverything(high);
    const [middle] = taken.filter(({ address, bytes }) => address >= 2 * GIB && bytes >= 2 ** 24);
    arenaOf(high).release(middle);
    const expected = results(low, width);
    for (const [i, got] of results(high, width).entries()) expectSameBits(got, expected[i], `result ${i}`);
  });
});

describe.each(BUILDS)('the last bytes of a full memory, $name', ({ create }) => {
  // Enough inputs that a stream does not copy them one by one.
  const options = { inputSize: 128, hiddenSize: 8, seed: 1 };
  const x = tensor(128).data;

  it.each([
    ['LSTM', (engine: Engine) => new LSTM({ ...options, engine }), 2 * 32],
    ['GRU', (engine: Engine) => new GRU({ ...options, engine }), 32],
    ['RNN', (engine: Engine) => new RNN({ ...options, engine }), 32],
  ])('serve a stream of %s like any other', (_, make, stateBytes) => {
    const [low, high] = [create(), create()];
    const [layer, twin] = [make(high), make(low)];
    layer.stream().dispose();
    leaveTheLast(high, stateBytes + 512);
    using stream = layer.stream();
    using expected = twin.stream();
    expect(high.memory.buffer.byteLength).toBeGreaterThan(4 * GIB - 2 ** 18);
    for (let t = 0; t < 3; t++) expectSameBits(stream.step(x), expected.step(x), `step ${t}`);
  });
});
