import { HiddenstateError, rangeError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import { Fields } from '../config/fields.js';
import { readLayer } from '../config/read-model.js';
import type { Value } from '../graph-builder.js';
import { isRecurrentClass } from './cells.js';
import {
  type BuiltLayer,
  type LayerContext,
  type LayerImporter,
  type LayerTable,
  needsWholeSequence,
} from './layer.js';
import {
  layerCells,
  RecurrentStack,
  readOptions,
  recurrentLayer,
  sequenceOf,
  type UnrollOptions,
} from './recurrent-layers.js';

const MERGE_MODES = ['concat', 'sum', 'mul', 'ave'] as const;

type MergeMode = (typeof MERGE_MODES)[number];

/** One direction, its outputs in the order of time and its masked steps zero where there are sequences. */
function direction(context: LayerContext, config: unknown, part: string, goBackwards: boolean | undefined) {
  const { className, config: own, name } = readLayer(config, `${context.who}: ${part}`);
  const who = `${context.who}: ${part} ${describeValue(name)}`;
  if (className !== 'RNN' && !isRecurrentClass(className)) {
    throw new HiddenstateError(
      'UNSUPPORTED',
      `${who}: got ${describeValue(className)}, expected SimpleRNN, LSTM, GRU or RNN`,
    );
  }
  const inner = { ...context, who, fields: new Fields(own, who), variables: context.variables.part(part) };
  const read = readOptions(inner);
  const options: UnrollOptions = {
    ...read,
    goBackwards: goBackwards ?? read.goBackwards,
    inOrderTaken: false,
    zeroMasked: read.returnSequences,
  };
  const stack = new RecurrentStack(
    { ...inner, name: `${context.name}/${part}` },
    layerCells(inner, className),
    options,
  );
  return { options, stack };
}

const bidirectional: LayerImporter = (context): BuiltLayer => {
  const { fields, who } = context;
  needsWholeSequence(context, 'Bidirectional');
  const mode = fields.isNull('merge_mode') ? undefined : fields.choice('merge_mode', MERGE_MODES, 'concat');
  const forward = direction(context, fields.get('layer'), 'forward_layer', undefined);
  const { returnSequences, returnState, goBackwards } = forward.options;
  const backward = fields.has('backward_layer')
    ? direction(context, fields.get('backward_layer'), 'backward_layer', undefined)
    : direction(context, fields.get('layer'), 'backward_layer', !goBackwards);
  if (goBackwards === backward.options.goBackwards) {
    throw rangeError(
      `${who}: got go_backwards ${goBackwards} of the forward layer and of the backward one, expected one to be true`,
    );
  }
  return (call) => {
    const { x, mask, states } = sequenceOf(call);
    const half = states.length / 2;
    const one = forward.stack.call(x, mask, states.slice(0, half));
    const two = backward.stack.call(x, mask, states.slice(half));
    const merged = mode ? [mergeDirections(context, mode, one.output, two.output)] : [one.output, two.output];
    const outputs = returnSequences
      ? merged.map((value) => ({ ...(goBackwards ? lastFirst(context, value) : value), mask: x.mask }))
      : merged;
    return returnState ? [...outputs, ...one.states, ...two.states] : outputs;
  };
};

/** The steps from the last to the first: how Keras hands out what begins with a forward layer that goes backwards. */
function lastFirst({ builder, name }: LayerContext, value: Value): Value {
  const [start, end, axis, step] = [-1, -(2 ** 31), 1, -1].map((each) => builder.integers(`${name}/order`, [each]));
  return { ...value, name: builder.add('Slice', name, [value.name, start, end, axis, step]) };
}

function mergeDirections({ builder, name }: LayerContext, mode: MergeMode, one: Value, two: Value): Value {
  const inputs = [one.name, two.name];
  const { dtype, rank, timed } = one;
  if (mode === 'concat') return { name: builder.add('Concat', name, inputs, { axis: -1 }), dtype, rank, timed };
  const operators = { sum: 'Add', mul: 'Mul', ave: 'Mean' } as const;
  return { name: builder.add(operators[mode], name, inputs), dtype, rank, timed };
}

/** Every step as a sample of its own; a mask of steps within steps is the inner layer's. */
const timeDistributed: LayerImporter = (context): BuiltLayer => {
  const { builder, name, fields, variables, version, who } = context;
  const { call } = context.wrapped(fields.get('layer'), variables.part('layer'));
  return ({ inputs, masks }) => {
    const [[x], [mask]] = [inputs, masks];
    const flat = inputs.find(({ rank }) => rank < 3);
    if (flat) throw rangeError(`${who}: got an input of ${flat.rank} dimensions, expected at least 3`);
    if (inputs.length > 1 && masks.some((each) => each !== undefined)) {
      throw new HiddenstateError('UNSUPPORTED', `${who}: got masks of ${inputs.length} inputs, expected one input`);
    }
    const merged = (value: Value): Value => {
      const [steps] = builder.addKeras('MergeSteps', name, [value.name], 1, {});
      return { name: steps, dtype: value.dtype, rank: value.rank - 1, timed: false };
    };
    const split = (value: Value): Value => {
      const [steps] = builder.addKeras('SplitSteps', name, [value.name, x.name], 1, {});
      return { name: steps, dtype: value.dtype, rank: value.rank + 1, timed: x.timed };
    };
    const inner = mask && mask.rank > 2 ? merged(mask) : undefined;
    const steps = inputs.map((input) => ({ ...merged(input), mask: inner }));
    const results = call({ inputs: steps, masks: [inner], given: new Map() });
    return results.map((result): Value => {
      if (version.dialect === 'keras-3') return { ...split(result), mask: x.mask };
      // Keras 2 asks the inner layer for its mask; where that has none, a step counts in which anything does.
      return { ...split(result), mask: result.mask ? split(result.mask) : x.mask && anyWithin(context, x.mask) };
    });
  };
};

/** The steps of a mask in which anything counts. */
function anyWithin({ builder, name }: LayerContext, mask: Value): Value {
  if (mask.rank === 2) return mask;
  const axes = Array.from({ length: mask.rank - 2 }, (_, i) => 2 + i);
  const counts = builder.add('Cast', name, [mask.name], { to: 1 });
  const any = builder.add('ReduceMax', name, [counts, builder.integers(`${name}/within`, axes)], { keepdims: 0 });
  return { ...mask, name: builder.add('Cast', name, [any], { to: 9 }), rank: 2 };
}

/** The recurrent layers and what wraps them. */
export const RECURRENT: LayerTable = {
  SimpleRNN: recurrentLayer('SimpleRNN'),
  LSTM: recurrentLayer('LSTM'),
  GRU: recurrentLayer('GRU'),
  CuDNNLSTM: recurrentLayer('CuDNNLSTM'),
  CuDNNGRU: recurrentLayer('CuDNNGRU'),
  RNN: recurrentLayer('RNN'),
  Bidirectional: bidirectional,
  TimeDistributed: timeDistributed,
};
