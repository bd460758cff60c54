import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GRU, LSTM, LSTMState, RNN, Stream, Tensor } from '../../bindings/core.js';
import { padToLanes } from '../../bindings/engine/abi.js';
import { BUILDS } from '../support/builds.js';
import { mulberry32, randomArray } from '../support/random.js';
import { expectFilled, expectSameBits } from './bits.js';
import { draw, type LayerCase, layerCases, makeLayer, stateIn, trials } from './draw.js';

type AnyLayer = RNN | LSTM | GRU;
type State = { h: Tensor; c?: Tensor };
type AnyStream = Stream<State>;

/** Opens a stream on a layer of any kind: the state of a case fits its layer. */
const open = (layer: AnyLayer, batch = 1, state?: State) =>
  layer.stream({ batch, state: state as LSTMState }) as AnyStream;

/** Steps t of [T, B, I]. */
function stepOf({ data, dims: [, batch, width] }: Tensor, t: number): Float32Array {
  return data.slice(t * batch * width, (t + 1) * batch * width);
}

/** Steps `from` to `to` of [T, B, I]. */
function part({ data, dims: [, batch, width] }: Tensor, from: number, to: number): Tensor {
  return { data: data.slice(from * batch * width, to * batch * width), dims: [to - from, batch, width] };
}

/** Sequence b of the batch of [A, B, W] as [A, 1, W]. */
function sequence({ data, dims: [outer, batch, width] }: Tensor, b: number): Tensor {
  const rows = Array.from({ length: outer }, (_, a) =>
    data.slice((a * batch + b) * width, (a * batch + b + 1) * width),
  );
  return { data: Float32Array.from(rows.flatMap((row) => [...row])), dims: [outer, 1, width] };
}

/** The state of one sequence of a batch. */
function stateAt(state: State, b: number): State {
  return Object.fromEntries(Object.entries(state).map(([name, tensor]) => [name, sequence(tensor, b)])) as State;
}

function expectSameState(got: State, expected: State, what: string): void {
  expectSameBits(got.h.data, expected.h.data, `${what}: h`);
  expect(got.h.dims).toEqual(expected.h.dims);
  if (expected.c) expectSameBits((got.c as Tensor).data, expected.c.data, `${what}: c`);
}

/** Where a recurrent stream keeps h and c, to look at their padding. */
interface StageInside {
  readonly h: number;
  readonly c: number;
}

function expectZeroPadding(
  stream: AnyStream,
  { options, kind, batch }: LayerCase,
  f32: Float32Array,
  what: string,
): void {
  const { h, c } = (stream as unknown as { stage: StageInside }).stage;
  const cells = options.numLayers ?? 1;
  const check = (at: number, width: number, name: string) => {
    const stride = padToLanes(width);
    for (let row = 0; row < cells * batch; row++) {
      const start = at / 4 + row * stride;
      expectFilled(f32, start + width, start + stride, 0, `${what}: padding of ${name}`);
    }
  };
  check(h, options.projSize || options.hiddenSize, 'h');
  if (kind === 'LSTM') check(c, options.hiddenSize, 'c');
}

describe.each(BUILDS)('streams, $name', ({ name, create }) => {
  const engine = create();
  const cases = layerCases({ streamable: true });

  function property(title: string, runs: number, body: (layer: AnyLayer, drawn: LayerCase, numbers: Numbers) => void) {
    it(title, () => {
      fc.assert(
        fc.property(cases, (drawn) => {
          const { dict, input, state } = draw(drawn);
          using layer = makeLayer(engine, drawn, dict);
          body(layer, drawn, { input, state });
        }),
        trials(name, runs),
      );
      expect(engine.bytesInUse).toBe(0);
    });
  }
  interface Numbers {
    readonly input: Tensor;
    readonly state: State | undefined;
  }

  property('a sequence has the bits of its repeated steps', 150, (layer, drawn, { input, state }) => {
    const { output, state: last } = layer.run(input, { state });
    using stream = open(layer, drawn.batch, state);
    for (let t = 0; t < drawn.steps; t++) {
      expectSameBits(stream.step(stepOf(input, t)), stepOf(output, t), `step ${t}`);
    }
    expectSameState(stream.state, last as State, 'state');
  });

  property('two halves, the state carried over, have the bits of the whole', 100, (layer, drawn, { input, state }) => {
    const whole = layer.run(input, { state });
    const middle = 1 + ((drawn.seed >>> 1) % drawn.steps);
    const first = layer.run(part(input, 0, middle), { state });
    expectSameBits(first.output.data, part(whole.output, 0, middle).data, 'first half');
    if (middle === drawn.steps) return;
    const second = layer.run(part(input, middle, drawn.steps), { state: first.state });
    expectSameBits(second.output.data, part(whole.output, middle, drawn.steps).data, 'second half');
    expectSameState(second.state as State, whole.state as State, 'state');
  });

  property('a sequence of a batch has the bits of the same sequence alone', 100, (layer, drawn, { input, state }) => {
    const whole = layer.run(input, { state });
    for (let b = 0; b < drawn.batch; b++) {
      const own = state && stateAt(state, b);
      const alone = layer.run(sequence(input, b), { state: own });
      expectSameBits(alone.output.data, sequence(whole.output, b).data, `sequence ${b}`);
      const flat = { ...drawn, batch: 1, unbatched: true };
      const { data, dims } = sequence(input, b);
      const unbatched = layer.run({ data, dims: [dims[0], dims[2]] }, { state: stateIn(flat, own as never) });
      expectSameBits(unbatched.output.data, alone.output.data, `sequence ${b}, unbatched`);
      expectSameBits((unbatched.state as State).h.data, (alone.state as State).h.data, `h of sequence ${b}, unbatched`);
    }
  });

  property('reset begins anew, wherever the stream has been', 80, (layer, drawn, { input, state }) => {
    using fresh = open(layer, drawn.batch);
    using used = open(layer, drawn.batch, state);
    const x = stepOf(input, 0);
    for (const poison of [1, 1e30, Number.POSITIVE_INFINITY, Number.NaN]) {
      used.step(x.map(() => poison));
      expectZeroPadding(used, drawn, engine.f32, `after ${poison}`);
      used.reset();
      const { h, c } = used.state;
      expectFilled(h.data, 0, h.data.length, 0, 'h');
      if (c) expectFilled(c.data, 0, c.data.length, 0, 'c');
      fresh.reset();
      for (let t = 0; t < drawn.steps; t++) {
        expectSameBits(used.step(stepOf(input, t)), fresh.step(stepOf(input, t)), `step ${t} after ${poison}`);
      }
    }
    used.reset(state);
    if (state) expectSameState(used.state, state, 'state handed to reset');
  });

  property('poisoned lanes stay out of the padding and out of the other sequences', 80, (layer, drawn, { input }) => {
    const dirty = input.data.slice();
    const [, batch, width] = input.dims;
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3.4e38];
    for (let t = 0; t < drawn.steps; t++) dirty[t * batch * width + (t % width)] = values[t % 4];
    using clean = open(layer, batch);
    using stream = open(layer, batch);
    for (let t = 0; t < drawn.steps; t++) {
      const got = stream.step(stepOf({ ...input, data: dirty }, t));
      const expected = clean.step(stepOf(input, t));
      const own = expected.length / batch;
      expectSameBits(got.subarray(own), expected.subarray(own), `the others at step ${t}`);
      expectZeroPadding(stream, drawn, engine.f32, `step ${t}`);
    }
  });

  property('streams of one layer, and its forward, leave each other alone', 80, (layer, drawn, { input, state }) => {
    const { output } = layer.run(input, { state });
    const random = mulberry32(drawn.seed);
    using stream = open(layer, drawn.batch, state);
    using other = open(layer, 1 + (drawn.seed & 3));
    for (let t = 0; t < drawn.steps; t++) {
      other.step(randomArray(other.batch * other.inputSize, random, 1e3));
      if (random() < 0.5) {
        const dims = [1 + Math.floor(random() * 12), 1 + Math.floor(random() * 9), stream.inputSize];
        layer.run({ data: randomArray(dims[0] * dims[1] * dims[2], random, 1e3), dims });
      }
      if (random() < 0.3) open(layer, 1 + Math.floor(random() * 20)).dispose();
      expectSameBits(stream.step(stepOf(input, t)), stepOf(output, t), `step ${t}`);
    }
  });

  property('step fills the array it is given, and reads x before it writes', 60, (layer, drawn, { input, state }) => {
    using stream = open(layer, drawn.batch, state);
    using twin = open(layer, drawn.batch, state);
    const out = new Float32Array(drawn.batch * stream.outputSize + 2).fill(9);
    const window = out.subarray(1, out.length - 1);
    for (let t = 0; t < drawn.steps; t++) {
      const x = stepOf(input, t);
      const kept = x.slice();
      expect(stream.step(x, window)).toBe(window);
      expectSameBits(x, kept, 'x');
      expectSameBits(window, twin.step(x), `step ${t}`);
      expect([out[0], out.at(-1)]).toEqual([9, 9]);
    }
    if (stream.inputSize !== stream.outputSize) return;
    const both = stepOf(input, 0);
    expectSameBits(stream.step(both, both), twin.step(stepOf(input, 0)), 'in place');
  });

  property('the state of a stream is a copy, and continues another stream', 60, (layer, drawn, { input }) => {
    using stream = open(layer, drawn.batch);
    stream.step(stepOf(input, 0));
    const { state } = stream;
    using next = open(layer, drawn.batch, state);
    const expected = stream.step(stepOf(input, drawn.steps - 1));
    state.h.data.fill(77);
    expectSameBits(next.step(stepOf(input, drawn.steps - 1)), expected, 'continued');
    expect(stream.state.h.data.includes(77)).toBe(false);
  });

  /** A batch of streams that has run for a while, its twin that nobody touches, and what a lane of it gives. */
  function running(layer: AnyLayer, drawn: LayerCase, { input, state }: Numbers) {
    const stream = open(layer, drawn.batch, state);
    const twin = open(layer, drawn.batch, state);
    const lane = (drawn.seed >>> 1) % drawn.batch;
    const row = (x: Float32Array) => x.slice((lane * x.length) / drawn.batch, ((lane + 1) * x.length) / drawn.batch);
    for (let t = 0; t < drawn.steps; t++)
      expectSameBits(stream.step(stepOf(input, t)), twin.step(stepOf(input, t)), '');
    /** Steps all three: lane equals `alone`, the others equal the twin's. */
    const expectStep = (alone: AnyStream, t: number) => {
      const x = stepOf(input, t);
      const [got, others] = [stream.step(x), twin.step(x)];
      expectSameBits(row(got), alone.step(row(x)), `lane ${lane} at step ${t}`);
      const width = got.length / drawn.batch;
      for (const array of [got, others]) array.fill(0, lane * width, (lane + 1) * width);
      expectSameBits(got, others, `the neighbours of lane ${lane} at step ${t}`);
      expectZeroPadding(stream, drawn, engine.f32, `step ${t}`);
    };
    const dispose = () => {
      for (const one of [stream, twin]) one.dispose();
    };
    return { stream, lane, expectStep, [Symbol.dispose]: dispose };
  }

  property('a lane that joins late equals a fresh stream, its neighbours go on', 80, (layer, drawn, numbers) => {
    using batch = running(layer, drawn, numbers);
    const { stream, lane } = batch;
    using fresh = open(layer);
    stream.reset(undefined, { lane });
    for (let t = 0; t < drawn.steps; t++) batch.expectStep(fresh, t);
    const own = numbers.state && stateAt(numbers.state, lane);
    fresh.reset(own);
    stream.reset(own, { lane });
    if (own) expectSameState(stream.stateOf(lane), own, 'the state it joins with');
    for (let t = 0; t < drawn.steps; t++) batch.expectStep(fresh, t);
    expectSameState(stream.stateOf(lane), fresh.state, 'state at the end');
    expectSameState(stateAt(stream.state, lane), stream.stateOf(lane), 'state of the lane and of all');
  });

  property('a lane leaves for a stream of its own, and comes back elsewhere', 80, (layer, drawn, numbers) => {
    using batch = running(layer, drawn, numbers);
    const { stream, lane } = batch;
    using alone = open(layer);
    alone.copyLane(0, stream, lane);
    expectSameState(alone.state, stream.stateOf(lane), 'state it leaves with');
    for (let t = 0; t < drawn.steps; t++) batch.expectStep(alone, t);
    using wider = open(layer, drawn.batch + 3);
    wider.copyLane(drawn.batch + 1, alone);
    wider.copyLane(0, wider, drawn.batch + 1);
    for (const other of [0, drawn.batch + 1]) expectSameState(wider.stateOf(other), alone.state, `lane ${other}`);
    expect(wider.stateOf(1).h.data.every((value) => value === 0)).toBe(true);
  });
});
