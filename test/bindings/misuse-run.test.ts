import { type Misuse, ones, refuses, type World } from './misuse.js';

type Forward = { forward(input: never, options?: never): unknown };

/** Everything with a forward, and an input that works. */
const INPUTS = {
  lstm: ones(4, 2, 3),
  gru: ones(4, 3),
  rnn: ones(4, 2, 3),
  both: ones(4, 2, 3),
  batchFirst: ones(2, 4, 3),
  lstmCell: ones(2, 3),
  gruCell: ones(3),
  rnnCell: ones(2, 3),
  linear: ones(2, 5),
  embedding: ones(2, 5),
  tanh: ones(2, 5),
  model: ones(4, 2),
} as const;

type Runnable = keyof typeof INPUTS;

const forward = (key: Runnable, input: unknown, options?: unknown) => (world: World) =>
  (world[key] as unknown as Forward).forward(input as never, options as never);

refuses(
  'inputs that are no tensor',
  (Object.keys(INPUTS) as Runnable[]).flatMap((key): Misuse[] => {
    const { data, dims } = INPUTS[key];
    return [
      [`${key}: undefined`, TypeError, forward(key, undefined)],
      [`${key}: null`, TypeError, forward(key, null)],
      [`${key}: a number`, TypeError, forward(key, 3)],
      [`${key}: float64 data`, TypeError, forward(key, { data: Float64Array.from(data), dims })],
      [`${key}: an array for data`, TypeError, forward(key, { data: [...data], dims })],
      [`${key}: no dims`, TypeError, forward(key, { data })],
      [`${key}: dims of strings`, TypeError, forward(key, { data, dims: dims.map(String) })],
      [`${key}: dims that are typed`, TypeError, forward(key, { data, dims: Int32Array.from(dims) })],
      [`${key}: less data than dims say`, RangeError, forward(key, { data: data.subarray(1), dims })],
      [`${key}: a negative dim`, RangeError, forward(key, { data, dims: dims.map((n) => -n) })],
      [`${key}: NaN among dims`, RangeError, forward(key, { data, dims: [Number.NaN, ...dims.slice(1)] })],
      [`${key}: a fractional dim`, RangeError, forward(key, { data, dims: [dims[0] / 8, ...dims.slice(1), 8] })],
      [`${key}: dims that overflow`, RangeError, forward(key, { data, dims: [2 ** 40, 2 ** 40] })],
      [`${key}: a gigabyte that is not there`, RangeError, forward(key, { data, dims: [2 ** 28, dims.at(-1)] })],
    ];
  }),
);

const RECURRENT = ['lstm', 'gru', 'rnn', 'both', 'batchFirst'] as const;
const CELLS = ['lstmCell', 'gruCell', 'rnnCell'] as const;

refuses('inputs of wrong shape', [
  ...RECURRENT.flatMap((key): Misuse[] => [
    [`${key}: a vector`, RangeError, forward(key, ones(3))],
    [`${key}: four dimensions`, RangeError, forward(key, ones(1, 1, 1, 3))],
    [`${key}: another width`, RangeError, forward(key, ones(2, 2, 4))],
    [`${key}: no steps, unbatched`, RangeError, forward(key, ones(0, 3))],
    [`${key}: no steps or no sequences`, RangeError, forward(key, ones(0, 2, 3))],
    [`${key}: no sequences or no steps`, RangeError, forward(key, ones(2, 0, 3))],
    [`${key}: no dimensions`, RangeError, forward(key, ones())],
  ]),
  ...CELLS.flatMap((key): Misuse[] => [
    [`${key}: three dimensions`, RangeError, forward(key, ones(1, 1, 3))],
    [`${key}: another width`, RangeError, forward(key, ones(2, 4))],
    [`${key}: no sequences`, RangeError, forward(key, ones(0, 3))],
    [`${key}: no dimensions`, RangeError, forward(key, ones())],
  ]),
  ['linear: another width', RangeError, forward('linear', ones(2, 4))],
  ['linear: no dimensions', RangeError, forward('linear', ones())],
  ['model: a width of its own', RangeError, forward('model', ones(1, 2, 2, 2)), warm],
]);

const indexed = (indices: unknown) => forward('embedding', indices);

refuses('indices that are none', [
  ['one past the table', RangeError, indexed([0, 7])],
  ['−1', RangeError, indexed([-1])],
  ['0.5', RangeError, indexed([0.5])],
  ['NaN', RangeError, indexed([Number.NaN])],
  ['infinity', RangeError, indexed([Number.POSITIVE_INFINITY])],
  ['a fraction that float32 cannot hold', RangeError, indexed([1.00000001])],
  ['a fraction below float32', RangeError, indexed([1e-60])],
  ['a fraction beside an integer', RangeError, indexed(Float64Array.of(2.99999999))],
  ['in a tensor', RangeError, forward('embedding', { data: Float32Array.of(1, 9), dims: [2] })],
  ['in a model', RangeError, forward('model', { data: Float32Array.of(1, 9), dims: [2] }), warm],
  [
    'in a stream of an embedding',
    RangeError,
    ({ embedding }) => {
      using stream = embedding.stream();
      stream.step(Float32Array.of(7));
    },
  ],
  ['a string', TypeError, indexed('12')],
  ['bigints', TypeError, indexed(BigInt64Array.of(1n))],
  ['strings', TypeError, indexed(['1'])],
  ['nulls', TypeError, indexed([null])],
  ['a DataView', TypeError, indexed(new DataView(new ArrayBuffer(4)))],
]);

const state = (...dims: number[]) => ({ h: ones(...dims), c: ones(...dims) });

/** What the modules before the one that refuses need of memory, taken beforehand. */
function warm({ model }: World): void {
  model.forward(ones(4, 2));
  model.stream({ batch: 2 }).dispose();
}

const given = (key: Runnable, value: unknown) => forward(key, INPUTS[key], { state: value });
const cellGiven = (key: Runnable, value: unknown) => forward(key, INPUTS[key], value);

refuses('states of another layer', [
  ...(
    [
      ['lstm', given, [2, 2, 5]],
      ['lstmCell', cellGiven, [2, 5]],
    ] as const
  ).flatMap(([key, call, dims]): Misuse[] => [
    [`${key}: null`, TypeError, call(key, null)],
    [`${key}: a number`, TypeError, call(key, 0)],
    [`${key}: nothing in it`, TypeError, call(key, {})],
    [`${key}: h alone`, TypeError, call(key, { h: ones(...dims) })],
    [`${key}: something else beside`, TypeError, call(key, { ...state(...dims), x: 1 })],
    [`${key}: no tensors`, TypeError, call(key, { h: 1, c: 2 })],
    [`${key}: another batch`, RangeError, call(key, state(...dims.slice(0, -2), 3, 5))],
    [`${key}: another size`, RangeError, call(key, state(...dims.slice(0, -1), 4))],
    [`${key}: a flat one`, RangeError, call(key, state(20))],
  ]),
  ['lstm: c of another size', RangeError, given('lstm', { h: ones(2, 2, 5), c: ones(2, 2, 4) })],
  ['lstm: one layer of two', RangeError, given('lstm', state(1, 2, 5))],
  ['gru: the state of an lstm', TypeError, given('gru', state(1, 5))],
  ['gru: batched for an unbatched input', RangeError, given('gru', { h: ones(1, 1, 5) })],
  ['rnn: unbatched for a batched input', RangeError, given('rnn', { h: ones(1, 5) })],
  ['both: one direction of two', RangeError, given('both', { h: ones(1, 2, 5) })],
  ['batchFirst: batch first in the state', RangeError, given('batchFirst', { h: ones(2, 1, 5) })],
  ['gruCell: batched for an unbatched input', RangeError, cellGiven('gruCell', { h: ones(1, 5) })],
  ['model: no array', TypeError, given('model', { h: ones(1, 2, 5) })],
  ['model: another count', TypeError, given('model', [undefined, undefined])],
  [
    'model: the state of the wrong module',
    TypeError,
    given('model', [{ h: ones(1, 2, 5) }, undefined, undefined]),
    warm,
  ],
  ['model: of another batch', RangeError, given('model', [undefined, { h: ones(1, 3, 5) }, undefined]), warm],
  ['model: null for a state', TypeError, given('model', [undefined, null, undefined]), warm],
  ['stream: of another batch', RangeError, ({ gru }) => gru.stream({ batch: 2, state: { h: ones(1, 1, 5) } })],
  ['stream: of an lstm', TypeError, ({ gru }) => gru.stream({ state: state(1, 1, 5) as never })],
  ['stream: of a linear', TypeError, ({ linear }) => linear.stream({ state: { h: ones(1) } as never })],
  ['stream of a model: another count', TypeError, ({ model }) => model.stream({ state: [] }), warm],
  [
    'stream of a model: of another size',
    RangeError,
    ({ model }) => model.stream({ state: [undefined, { h: ones(1, 1, 4) }, undefined] }),
    warm,
  ],
]);

const lengths = (key: Runnable, value: unknown) => forward(key, INPUTS[key], { lengths: value });

refuses('lengths and options of forward', [
  ['one length too few', RangeError, lengths('lstm', [4])],
  ['one length too many', RangeError, lengths('lstm', [4, 4, 4])],
  ['a length of zero', RangeError, lengths('lstm', [4, 0])],
  ['a length past the input', RangeError, lengths('lstm', [5, 1])],
  ['a negative length', RangeError, lengths('rnn', [-1, 1])],
  ['a fractional length', RangeError, lengths('rnn', [1.5, 1])],
  ['NaN for a length', RangeError, lengths('rnn', [Number.NaN, 1])],
  ['a string for a length', TypeError, lengths('rnn', ['1', 1])],
  ['a bigint for a length', TypeError, lengths('rnn', [1n, 1])],
  ['a number for lengths', TypeError, lengths('rnn', 4)],
  ['an object for lengths', TypeError, lengths('rnn', { 0: 1, 1: 1, length: 2 })],
  ['lengths of an unbatched input', RangeError, lengths('gru', [4])],
  ['lengths by batch where batch is second', RangeError, lengths('batchFirst', [1, 1, 1, 1])],
  ['lengths of a model', RangeError, lengths('model', [9, 9]), warm],
  ...([...RECURRENT, 'model'] as const).flatMap((key): Misuse[] => [
    [`${key}: a misspelt option`, TypeError, forward(key, INPUTS[key], { length: [4, 4] })],
    [`${key}: null for options`, TypeError, forward(key, INPUTS[key], null)],
    [`${key}: a state where options belong`, TypeError, forward(key, INPUTS[key], state(1, 2, 5))],
  ]),
]);

const opened =
  (options: unknown) =>
  ({ gru }: World) =>
    gru.stream(options as never);

type AnyStream = ReturnType<World['gru']['stream']>;

/** Two streams in step with each other: after a refused call the first must go on as the second does. */
class Pair {
  readonly stream: AnyStream;
  private readonly twin: AnyStream;
  private readonly x: Float32Array;

  constructor(world: World, key: 'gru' | 'linear' | 'model') {
    const layer = world[key] as unknown as World['gru'];
    [this.stream, this.twin] = [layer.stream({ batch: 2 }), layer.stream({ batch: 2 })];
    this.x = new Float32Array(2 * this.stream.inputSize).fill(1);
    this.step();
  }

  step(): void {
    if (String(this.stream.step(this.x)) !== String(this.twin.step(this.x)))
      throw new Error('the stream lost its state');
  }
}

const pairs = new WeakMap<World, Pair>();

/** Steps a stream wrongly. */
function stepping(
  title: string,
  kind: ErrorConstructor,
  key: 'gru' | 'linear' | 'model',
  act: (stream: AnyStream) => unknown,
): Misuse {
  const wrong = (world: World) => {
    const pair = pairs.get(world) as Pair;
    try {
      return act(pair.stream);
    } finally {
      pair.step();
    }
  };
  return [`${key}: ${title}`, kind, wrong, (world) => pairs.set(world, new Pair(world, key))];
}

refuses('streams', [
  ['a batch of zero', RangeError, opened({ batch: 0 })],
  ['a batch of −1', RangeError, opened({ batch: -1 })],
  ['half a batch', RangeError, opened({ batch: 0.5 })],
  ['a batch of NaN', RangeError, opened({ batch: Number.NaN })],
  ['a batch that is a string', TypeError, opened({ batch: '2' })],
  ['a misspelt option', TypeError, opened({ bacth: 2 })],
  ['null for options', TypeError, opened(null)],
  ['both directions', Error, ({ both }) => both.stream()],
]);

refuses('steps', [
  ...(['gru', 'linear', 'model'] as const).flatMap((key): Misuse[] => [
    stepping('x too short', RangeError, key, (stream) => stream.step(new Float32Array(1))),
    stepping('x too long', RangeError, key, (stream) => stream.step(new Float32Array(99))),
    stepping('x empty', RangeError, key, (stream) => stream.step(new Float32Array(0))),
    stepping('x an array', TypeError, key, (stream) => stream.step([1, 2, 3, 4, 5, 6] as never)),
    stepping('x float64', TypeError, key, (stream) => stream.step(new Float64Array(6) as never)),
    stepping('x a tensor', TypeError, key, (stream) => stream.step(ones(2, stream.inputSize) as never)),
    stepping('no x', TypeError, key, (stream) => stream.step(undefined as never)),
    stepping('x null', TypeError, key, (stream) => stream.step(null as never)),
    stepping('out too short', RangeError, key, (s) => s.step(new Float32Array(2 * s.inputSize), new Float32Array(1))),
    stepping('out too long', RangeError, key, (s) => s.step(new Float32Array(2 * s.inputSize), new Float32Array(99))),
    stepping('out an array', TypeError, key, (s) => s.step(new Float32Array(2 * s.inputSize), [] as never)),
    stepping('out null', TypeError, key, (s) => s.step(new Float32Array(2 * s.inputSize), null as never)),
  ]),
  stepping('reset to another batch', RangeError, 'gru', (stream) => stream.reset({ h: ones(1, 1, 5) })),
  stepping('reset to nothing', TypeError, 'gru', (stream) => stream.reset(null as never)),
  stepping('reset to an lstm', TypeError, 'gru', (stream) => stream.reset(state(1, 2, 5) as never)),
  stepping('reset of a model to one that fits in part', RangeError, 'model', (stream) =>
    stream.reset([undefined, { h: ones(1, 2, 4) }, undefined] as never),
  ),
  ...(['gru', 'linear', 'model'] as const).flatMap((key) => [
    stepping('reset of a lane past the batch', RangeError, key, (stream) => stream.reset(undefined, { lane: 2 })),
    stepping('reset of a lane below zero', RangeError, key, (stream) => stream.reset(undefined, { lane: -1 })),
    stepping('reset of half a lane', RangeError, key, (stream) => stream.reset(undefined, { lane: 0.5 })),
    stepping('reset of a lane by name', TypeError, key, (stream) => stream.reset(undefined, { lane: '1' as never })),
    stepping('reset with a misspelt option', TypeError, key, (stream) => stream.reset(undefined, { row: 1 } as never)),
    stepping('state of a lane past the batch', RangeError, key, (stream) => stream.stateOf(2)),
    stepping('state of no lane', TypeError, key, (stream) => stream.stateOf(undefined as never)),
    stepping('copy to a lane past the batch', RangeError, key, (stream) => stream.copyLane(2, stream, 0)),
    stepping('copy from a lane past the batch', RangeError, key, (stream) => stream.copyLane(0, stream, 2)),
    stepping('copy from nothing', TypeError, key, (stream) => stream.copyLane(0, undefined as never)),
    stepping('copy from a state', TypeError, key, (stream) => stream.copyLane(0, { h: ones(1, 5) } as never)),
  ]),
  stepping('lane reset to the state of all', RangeError, 'gru', (stream) =>
    stream.reset({ h: ones(1, 2, 5) }, { lane: 1 }),
  ),
  stepping('lane reset to an lstm', TypeError, 'gru', (stream) => stream.reset(state(1, 1, 5) as never, { lane: 1 })),
  stepping('lane of a model reset to a state that fits in part', RangeError, 'model', (stream) =>
    stream.reset([undefined, { h: ones(1, 2, 5) }, undefined] as never, { lane: 1 }),
  ),
  [
    'copy from a stream of another layer',
    TypeError,
    ({ gru, inner }: World) => {
      using own = gru.stream();
      using others = inner.stream();
      own.copyLane(0, others);
    },
    ({ gru, inner }) => {
      for (const layer of [gru, inner]) layer.stream().dispose();
    },
  ],
  [
    'copy from a disposed stream',
    Error,
    ({ gru }: World) => {
      using own = gru.stream();
      const gone = gru.stream();
      gone.dispose();
      own.copyLane(0, gone);
    },
    ({ gru }) => gru.stream().dispose(),
  ],
  stepping('an index past the table', RangeError, 'model', (stream) => stream.step(Float32Array.of(1, 7))),
]);
