import { Embedding, GRU, Linear, LSTM, RNN } from '../../bindings/core.js';
import { type Misuse, ones, refuses, type World, withTensor } from './misuse.js';

type Loadable = 'lstm' | 'gru' | 'rnn' | 'both' | 'lstmCell' | 'gruCell' | 'rnnCell' | 'linear' | 'embedding' | 'model';

/** A weight of each that can be loaded. */
const WEIGHTS: Record<Loadable, string> = {
  lstm: 'weight_hh_l1',
  gru: 'bias_hh_l0',
  rnn: 'weight_ih_l0',
  both: 'weight_hh_l0_reverse',
  lstmCell: 'weight_hh',
  gruCell: 'bias_ih',
  rnnCell: 'weight_ih',
  linear: 'weight',
  embedding: 'weight',
  model: '1.weight_hh_l0',
};

refuses(
  'state dicts',
  (Object.keys(WEIGHTS) as Loadable[]).flatMap((key): Misuse[] => {
    const name = WEIGHTS[key];
    const load =
      (tensor: unknown, at = name) =>
      (world: World) => {
        const dict = world[key].stateDict();
        // Every number differs from the layer's own: one that was taken over would show.
        for (const { data } of Object.values(dict)) data.fill(9);
        world[key].loadStateDict(withTensor(dict, at, tensor));
      };
    const dimsOf = (world: World) => [...world[key].stateDict()[name].dims];
    const shaped = (change: (dims: number[]) => number[]) => (world: World) =>
      load(ones(...change(dimsOf(world))))(world);
    const lying = (tensor: (dims: number[]) => unknown) => (world: World) => load(tensor(dimsOf(world)))(world);
    return [
      [`${key}: a missing tensor`, Error, load(undefined)],
      [`${key}: an unknown tensor`, Error, load(ones(1), 'weight_xx')],
      [`${key}: a tensor of another layer`, Error, load(ones(1), 'weight_ih_l9')],
      [`${key}: one row too many`, RangeError, shaped(([rows, ...rest]) => [rows + 1, ...rest])],
      [`${key}: one dimension too many`, RangeError, shaped((dims) => [...dims, 1])],
      [`${key}: a flat tensor of the right size`, RangeError, shaped((dims) => [1, 1, dims.reduce((a, b) => a * b)])],
      [
        `${key}: less data than dims say`,
        RangeError,
        lying((dims) => ({ data: new Float32Array(1), dims: [...dims.slice(1), 99] })),
      ],
      [
        `${key}: dims whose product overflows`,
        RangeError,
        lying(() => ({ data: new Float32Array(4), dims: [2 ** 52, 2 ** 52] })),
      ],
      [`${key}: a negative dim`, RangeError, lying(() => ({ data: new Float32Array(4), dims: [-2, -2] }))],
      [`${key}: a fractional dim`, RangeError, lying(() => ({ data: new Float32Array(4), dims: [0.5, 8] }))],
      [`${key}: a dim that is a string`, TypeError, lying(() => ({ data: new Float32Array(4), dims: ['4'] }))],
      [`${key}: float64 data`, TypeError, lying((dims) => ({ data: new Float64Array(dims[0]), dims }))],
      [`${key}: data that is an array`, TypeError, lying((dims) => ({ data: [1, 2], dims }))],
      [`${key}: no dims`, TypeError, lying((dims) => ({ data: new Float32Array(dims[0]) }))],
      [`${key}: null for a tensor`, TypeError, load(null)],
      [`${key}: a number for a tensor`, TypeError, load(3)],
      [`${key}: null for a dict`, TypeError, (world) => world[key].loadStateDict(null as never)],
      [`${key}: an array for a dict`, TypeError, (world) => world[key].loadStateDict([] as never)],
      [`${key}: an empty dict`, Error, (world) => world[key].loadStateDict({})],
      [
        `${key}: a prefix nothing has`,
        Error,
        (world) => world[key].loadStateDict(world[key].stateDict(), { prefix: 'x.' }),
      ],
      [
        `${key}: a prefix that is no string`,
        TypeError,
        (world) => world[key].loadStateDict({}, { prefix: 3 as never }),
      ],
      [
        `${key}: a misspelt option`,
        TypeError,
        (world) => world[key].loadStateDict(world[key].stateDict(), { prefx: '' } as never),
      ],
      [`${key}: options null`, TypeError, (world) => world[key].loadStateDict(world[key].stateDict(), null as never)],
    ];
  }),
);

const CLASSES = { LSTM, GRU, RNN, Linear, Embedding } as const;
const SOURCES = { LSTM: 'lstm', GRU: 'gru', RNN: 'rnn', Linear: 'linear', Embedding: 'embedding' } as const;

refuses(
  'fromStateDict',
  (Object.keys(CLASSES) as (keyof typeof CLASSES)[]).flatMap((key): Misuse[] => {
    const first = key === 'Linear' || key === 'Embedding' ? 'weight' : 'weight_ih_l0';
    const from = (dict: unknown, engine: World['engine'], options: object = {}) =>
      CLASSES[key].fromStateDict(dict as never, { engine, ...options });
    const changed = (name: string, tensor: unknown) => (world: World) =>
      from(withTensor(world[SOURCES[key]].stateDict(), name, tensor), world.engine);
    return [
      [`${key}: null`, TypeError, ({ engine }) => from(null, engine)],
      [`${key}: undefined`, TypeError, ({ engine }) => from(undefined, engine)],
      [`${key}: an array`, TypeError, ({ engine }) => from([], engine)],
      [`${key}: nothing`, Error, ({ engine }) => from({}, engine)],
      [`${key}: no first weight`, Error, changed(first, undefined)],
      [`${key}: an unknown tensor`, Error, changed('weight_xx', ones(1))],
      [`${key}: a vector for the first weight`, RangeError, changed(first, ones(15))],
      [`${key}: a cube for the first weight`, RangeError, changed(first, ones(3, 5, 1))],
      [`${key}: a weight without rows`, RangeError, ({ engine }) => from({ [first]: ones(0, 3) }, engine)],
      [`${key}: a weight that is null`, TypeError, changed(first, null)],
      [`${key}: float64 data`, TypeError, changed(first, { data: new Float64Array(15), dims: [5, 3] })],
      [
        `${key}: a misspelt option`,
        TypeError,
        (world) => from(world[SOURCES[key]].stateDict(), world.engine, { prefx: '' }),
      ],
      [
        `${key}: a prefix nothing has`,
        Error,
        (world) => from(world[SOURCES[key]].stateDict(), world.engine, { prefix: 'x.' }),
      ],
      [`${key}: a prefix that is a number`, TypeError, (world) => from({}, world.engine, { prefix: 5 })],
      [`${key}: an engine that is none`, TypeError, (world) => from(world[SOURCES[key]].stateDict(), 7 as never)],
      [
        `${key}: options null`,
        TypeError,
        (world) => CLASSES[key].fromStateDict(world[SOURCES[key]].stateDict(), null as never),
      ],
    ];
  }),
);

refuses('recurrent weights that do not fit each other', [
  [
    'rows that are no multiple of the gates',
    RangeError,
    ({ engine }) => LSTM.fromStateDict({ weight_ih_l0: ones(7, 3) }, { engine }),
  ],
  [
    'half a bias',
    Error,
    ({ engine, gru }) => GRU.fromStateDict(withTensor(gru.stateDict(), 'bias_hh_l0', undefined), { engine }),
  ],
  [
    'the bias of one layer only',
    Error,
    ({ engine, lstm }) => LSTM.fromStateDict(withTensor(lstm.stateDict(), 'bias_ih_l1', undefined), { engine }),
  ],
  [
    'a missing layer',
    Error,
    ({ engine, gru }) => GRU.fromStateDict({ ...gru.stateDict(), weight_ih_l2: ones(15, 5) }, { engine }),
  ],
  [
    'a layer far away',
    Error,
    ({ engine, gru }) => GRU.fromStateDict({ ...gru.stateDict(), weight_ih_l999999999: ones(15, 5) }, { engine }),
  ],
  [
    'half a direction',
    Error,
    ({ engine, both }) =>
      GRU.fromStateDict(withTensor(both.stateDict(), 'weight_hh_l0_reverse', undefined), { engine }),
  ],
  [
    'a reverse weight of one direction',
    Error,
    ({ engine, gru }) => GRU.fromStateDict({ ...gru.stateDict(), bias_ih_l0_reverse: ones(15) }, { engine }),
  ],
  [
    'a projection of a GRU',
    Error,
    ({ engine, gru }) => GRU.fromStateDict({ ...gru.stateDict(), weight_hr_l0: ones(2, 5) }, { engine }),
  ],
  [
    'the weights of an LSTM for a GRU',
    RangeError,
    ({ engine, lstm }) => GRU.fromStateDict(lstm.stateDict(), { engine }),
  ],
  ['the weights of a GRU for an RNN', RangeError, ({ engine, gru }) => RNN.fromStateDict(gru.stateDict(), { engine })],
  ['the weights of a cell', Error, ({ engine, gruCell }) => GRU.fromStateDict(gruCell.stateDict(), { engine })],
  [
    'batchFirst as a string',
    TypeError,
    ({ engine, gru }) => GRU.fromStateDict(gru.stateDict(), { engine, batchFirst: 'no' as never }),
  ],
  [
    'a bias of another length',
    RangeError,
    ({ engine, linear }) => Linear.fromStateDict(withTensor(linear.stateDict(), 'bias', ones(5)), { engine }),
  ],
]);
