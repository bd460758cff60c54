/** What a tape, an optimiser and a clipping refuse, with what they say; and that nothing is left of what was refused. */
import { describe, expect, it } from 'vitest';
import { Embedding, GRU, Linear, LSTM, LSTMCell, Sequential, Tanh, type Tensor } from '../../bindings/index.js';
import { Adam, AdamW, clipGradientNorm, clipGradientValue, SGD, Tape } from '../../bindings/train/index.js';
import { BUILDS } from '../support/builds.js';

const engine = BUILDS[0].create();
const zeros = (...dims: number[]): Tensor => ({ data: new Float32Array(dims.reduce((a, b) => a * b, 1)), dims });
const lstm = new LSTM({ inputSize: 3, hiddenSize: 4, engine, seed: 1 });
const embedding = new Embedding({ numEmbeddings: 5, embeddingDim: 3, engine, seed: 1 });
const any = (value: unknown) => value as never;
const tapeOf = (options = {}) => new Tape(lstm, { batch: 2, steps: 4, ...options });
const chainOf = () => new Tape(new Sequential([embedding, lstm]), { batch: 2, steps: 4 });

const forward = (input: unknown, options: unknown = {}) => {
  using tape = tapeOf();
  tape.forward(any(input), any(options));
};

/** Runs a tape forward, then back with what is given. */
const backward = (gradient: unknown, options: unknown = {}) => {
  using tape = tapeOf();
  tape.forward(zeros(3, 2, 3));
  tape.backward(any(gradient), any(options));
};

const withParameters = (use: (parameters: Tape['parameters']) => void) => {
  using tape = tapeOf();
  use(tape.parameters);
};

type Refused = [string, () => void, new (message: string) => Error, RegExp];

const REFUSED: Refused[] = [
  ['no model', () => new Tape(any(undefined)), TypeError, /Tape: got model undefined, expected a module/],
  [
    'a cell',
    () => new Tape(any(new LSTMCell({ inputSize: 1, hiddenSize: 1 }))),
    TypeError,
    /Tape: got model Object, expected a module/,
  ],
  ['nothing to train', () => new Tape(new Tanh({ engine })), TypeError, /Tape: got a model without weights/],
  ['an unknown option', () => tapeOf({ size: 1 }), TypeError, /Tape: got option "size"/],
  ['a batch of none', () => tapeOf({ batch: 0 }), RangeError, /Tape: batch: got 0/],
  ['half a step', () => tapeOf({ steps: 0.5 }), RangeError, /Tape: steps: got 0.5/],
  [
    'more rows than there are numbers',
    () => tapeOf({ batch: 2 ** 30, steps: 2 ** 30 }),
    RangeError,
    /batch × steps: got/,
  ],
  [
    'more rows than memory',
    () => tapeOf({ batch: 2 ** 15, steps: 2 ** 15 }),
    RangeError,
    /Tape: got sizes that need \d+ bytes/,
  ],
  ['a certain dropout', () => tapeOf({ dropout: 1 }), RangeError, /Tape: dropout: got 1, expected .* less than 1/],
  [
    'an Embedding in the middle',
    () =>
      new Tape(
        new Sequential([
          new Linear({ inFeatures: 1, outFeatures: 1, engine }),
          new Embedding({ numEmbeddings: 1, embeddingDim: 1, engine }),
        ]),
      ),
    TypeError,
    /module 1: got an Embedding, expected it only as the first/,
  ],
  [
    'two layouts',
    () => new Tape(new Sequential([lstm, new GRU({ inputSize: 4, hiddenSize: 1, batchFirst: true, engine })])),
    RangeError,
    /Tape: got batchFirst true and false/,
  ],
  ['no tensor', () => forward([1]), TypeError, /Tape.forward: input: got .*, expected a tensor/],
  [
    'too long an input',
    () => forward(zeros(5, 2, 3)),
    RangeError,
    /Tape.forward: input: got dims \[5, 2, 3\], expected .* T from 1 to 4/,
  ],
  ['too large a batch', () => forward(zeros(4, 3, 3)), RangeError, /input: got dims \[4, 3, 3\]/],
  ['other features', () => forward(zeros(4, 2, 2)), RangeError, /input: got dims \[4, 2, 2\]/],
  ['a scalar', () => forward(zeros()), RangeError, /input: got dims \[\]/],
  ['no steps', () => forward(zeros(0, 2, 3)), RangeError, /input: got dims \[0, 2, 3\]/],
  [
    'lengths without a batch',
    () => forward(zeros(4, 3), { lengths: [4] }),
    RangeError,
    /lengths: got lengths for an unbatched input/,
  ],
  ['a length past the end', () => forward(zeros(4, 2, 3), { lengths: [4, 5] }), RangeError, /lengths\[1\]: got 5/],
  [
    'a state of another batch',
    () => forward(zeros(4, 2, 3), { state: { h: zeros(1, 1, 4), c: zeros(1, 1, 4) } }),
    RangeError,
    /state: h: got dims \[1, 1, 4\]/,
  ],
  ['a word for training', () => forward(zeros(4, 2, 3), { training: 'yes' }), TypeError, /training: got "yes"/],
  [
    'the way back without the way there',
    () => tapeOf().backward(zeros(3, 2, 4)),
    Error,
    /got no forward since the last backward/,
  ],
  [
    'a gradient of other dims',
    () => backward(zeros(3, 2, 3)),
    RangeError,
    /outputGradient: got dims \[3, 2, 3\], expected \[3, 2, 4\]/,
  ],
  [
    'a state gradient without c',
    () => backward(zeros(3, 2, 4), { stateGradient: { h: zeros(1, 2, 4) } }),
    TypeError,
    /stateGradient: c: got undefined/,
  ],
  [
    'an index that is not in the table',
    () => chainOf().forward({ data: Float32Array.of(0, 5), dims: [2] }),
    RangeError,
    /got index 5, expected an integer from 0 to 4/,
  ],
  [
    'an index between two',
    () => chainOf().forward({ data: Float32Array.of(0.5), dims: [1] }),
    RangeError,
    /got index 0.5/,
  ],
  [
    'a state for a chain that is no list',
    () => chainOf().forward(zeros(2), { state: {} }),
    TypeError,
    /expected an array of 2 states/,
  ],
  ['parameters of no tape', () => new SGD(any({})), TypeError, /SGD: got parameters Object, expected those of a tape/],
  [
    'a learning rate below 0',
    () => withParameters((p) => new SGD(p, { learningRate: -1 })),
    RangeError,
    /SGD: learningRate: got -1/,
  ],
  [
    'a learning rate that is none',
    () => withParameters((p) => new Adam(p, { learningRate: Number.NaN })),
    RangeError,
    /Adam: learningRate: got NaN/,
  ],
  [
    'Nesterov without momentum',
    () => withParameters((p) => new SGD(p, { nesterov: true })),
    RangeError,
    /SGD: nesterov: got momentum 0/,
  ],
  [
    'a beta of 1',
    () => withParameters((p) => new AdamW(p, { betas: [0.9, 1] })),
    RangeError,
    /AdamW: betas: got 1, expected .* less than 1/,
  ],
  [
    'one beta',
    () => withParameters((p) => new Adam(p, { betas: any([0.9]) })),
    TypeError,
    /Adam: betas: got Array\(1\), expected two numbers/,
  ],
  [
    'an unknown option of an optimiser',
    () => withParameters((p) => new Adam(p, any({ lr: 1 }))),
    TypeError,
    /Adam: got option "lr"/,
  ],
  [
    'a norm below 0',
    () => withParameters((p) => clipGradientNorm(p, -1)),
    RangeError,
    /clipGradientNorm: maxNorm: got -1/,
  ],
  [
    'a limit that is none',
    () => withParameters((p) => clipGradientValue(p, Number.NaN)),
    RangeError,
    /clipGradientValue: limit: got NaN/,
  ],
];

describe('what training refuses', () => {
  it.each(REFUSED)('%s', (_, act, kind, message) => {
    expect(act).toThrow(message);
    expect(act).toThrow(kind);
  });

  it('a tape, an optimiser, a model that were disposed', () => {
    const layer = new LSTM({ inputSize: 3, hiddenSize: 4, engine, seed: 1 });
    const tape = new Tape(layer, { batch: 2, steps: 4 });
    const adam = new Adam(tape.parameters);
    adam.dispose();
    expect(() => adam.step()).toThrow(/Adam.step: got a disposed Adam/);
    layer.dispose();
    expect(() => tape.forward(zeros(4, 2, 3))).toThrow(/got a disposed LSTM/);
    tape.dispose();
    expect(() => tape.forward(zeros(4, 2, 3))).toThrow(/Tape.forward: got a disposed Tape/);
    expect(() => new Tape(layer)).toThrow(/got a disposed LSTM/);
  });

  it('the parameters of a tape that was disposed, whose memory is another’s by now', () => {
    const tape = tapeOf();
    const { parameters } = tape;
    using sgd = new SGD(parameters);
    const [parameter] = parameters;
    tape.dispose();
    const gone = /got those of a disposed Tape, expected a live one/;
    for (const use of [
      () => sgd.step(),
      () => new Adam(parameters),
      () => parameters.pull(),
      () => parameters.push(),
      () => parameters.zeroGradients(),
      () => parameter.value,
      () => parameter.gradient,
      () => clipGradientNorm(parameters, 1),
      () => clipGradientValue(parameters, 1),
    ]) {
      expect(use).toThrow(gone);
    }
  });

  it('a state of an optimiser that is not its own, and keeps the one it had', () => {
    using tape = tapeOf();
    using adam = new Adam(tape.parameters);
    adam.step();
    const before = adam.stateDict();
    expect(() => adam.loadStateDict({ ...before, more: zeros(1) })).toThrow(/unknown tensor "more"/);
    expect(() => adam.loadStateDict({ ...before, step: { data: Float32Array.of(0, 0.5), dims: [2] } })).toThrow(
      /step: got 0, 0.5/,
    );
    expect(() => adam.loadStateDict({ ...before, 'mean.weight_ih_l0': zeros(1) })).toThrow(/got dims \[1\]/);
    expect(adam.stateDict()).toEqual(before);
  });

  it('and a refused tape takes no memory', () => {
    const inUse = engine.bytesInUse;
    expect(() => tapeOf({ batch: 2 ** 15, steps: 2 ** 15 })).toThrow(RangeError);
    expect(engine.bytesInUse).toBe(inUse);
  });
});
