import { HiddenstateError } from '../../errors.js';
import { describeValue } from '../../tensor.js';
import { type CallSpec, type KerasVersion, tensorsOf } from './config/model-spec.js';
import { constantValue, isStoredTensor } from './constants.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import { type Given, type LayerCall, needsWholeSequence } from './layers/layer.js';
import type { LayerPool } from './state-pool.js';

const RECURRENT = ['sequences', 'initial_state', 'mask', 'training'];
const MODEL = ['inputs', 'training', 'mask'];
const MASKED = ['inputs', 'mask'];
const ATTENTION = ['inputs', 'mask', 'training', 'return_attention_scores', 'use_causal_mask'];

/** The parameters of layers' `call`, in order, where there are more than the inputs and `training`. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  SimpleRNN: RECURRENT,
  LSTM: RECURRENT,
  GRU: RECURRENT,
  RNN: RECURRENT,
  CuDNNLSTM: RECURRENT,
  CuDNNGRU: RECURRENT,
  Bidirectional: RECURRENT,
  ConvLSTM1D: RECURRENT,
  ConvLSTM2D: RECURRENT,
  TimeDistributed: MODEL,
  Sequential: MODEL,
  Functional: MODEL,
  Model: MODEL,
  BatchNormalization: MODEL,
  Softmax: MASKED,
  GlobalAveragePooling1D: MASKED,
  GlobalAvgPool1D: MASKED,
  Attention: ATTENTION,
  AdditiveAttention: ATTENTION,
  MultiHeadAttention: [
    ...['query', 'value', 'key', 'query_mask', 'value_mask', 'key_mask', 'attention_mask'],
    ...['return_attention_scores', 'training', 'use_causal_mask'],
  ],
};

const PLAIN = ['inputs', 'training'];

/** What computes otherwise while training. */
const TRAINED =
  /Dropout|Noise|BatchNormalization|Attention|LSTM|GRU|RNN|Bidirectional|Distributed|Model|Functional|Sequential/;

/** From this version of Keras 3 on a mask given by name goes on to what comes after the layer. */
const PASSES_GIVEN_MASKS = 3011;

/** From this version of Keras 3 on layers of several inputs pass masks on. */
const PASSES_MASKS_OF_LISTS = 3004;

/** Of which layer a call is. */
export interface Called {
  readonly className: string;
  /** The beginning of error messages. */
  readonly who: string;
  readonly version: KerasVersion;
  readonly builder: GraphBuilder;
  readonly pool: LayerPool;
  /** The layer's name, for messages of the graph. */
  readonly name: string;
}

/**
 * Gives the arguments of a call their names, and finds the masks that it heeds and passes on.
 *
 * Source: step 6 of `Layer.__call__` in keras/src/layers/layer.py, `_get_input_masks` in tf_keras/src/engine/base_layer.py.
 *
 * @throws {Error} that names an argument that the layer does not have, or has only while training
 */
export function bindCall(called: Called, call: CallSpec<Value>): LayerCall {
  const parameters = PARAMETERS[called.className] ?? PLAIN;
  const named = nameArguments(called, parameters, call);
  const [first] = parameters;
  const argument = withConstants(called, named.get(first) ?? takeOther(named, parameters) ?? []);
  named.delete(first);
  for (const [name, other] of named) named.set(name, readOther(called, name, other));
  const unknown = [...named].find(([name, other]) => !parameters.includes(name) && tensorsOf(other).length > 0);
  if (unknown)
    throw new HiddenstateError(
      'UNSUPPORTED',
      `${called.who}: got a tensor as ${unknown[0]}, expected only ${parameters.join(', ')}`,
    );
  const inputs = tensorsOf(argument);
  const own = inputs.map(({ mask }) => mask);
  const given = named.get('mask');
  const masks = given === undefined ? undefined : readMasks(called, given);
  const isAlone = [...named].every(([name, other]) => name === 'mask' || tensorsOf(other).length === 0);
  const heeds = masks ?? (called.version.dialect === 'keras-3' && !isAlone ? [] : own);
  const passed = passedOn(called.version, own, masks, 'tensor' in argument);
  return { inputs: inputs.map((input, i) => ({ ...input, mask: passed[i] })), masks: heeds, given: named };
}

/** A first argument, tensors of the file among its tensors made constants of the graph. */
function withConstants(called: Called, argument: Given): Given {
  if ('tensor' in argument) return argument;
  if (!('constant' in argument)) return argument.map((item) => withConstants(called, item));
  const { constant } = argument;
  if (constant === null || constant === undefined) return argument;
  const tensor = constantValue(called, constant, 'float32');
  if (tensor.rank > 2) needsWholeSequence(called, 'a constant sequence');
  return { tensor };
}

/**
 * Another argument, tensors of the file made constants of the graph.
 *
 * @throws {Error} if it is data of another kind, which no layer reads
 */
function readOther(called: Called, name: string, argument: Given): Given {
  if ('tensor' in argument) return argument;
  if (!('constant' in argument)) return argument.map((item) => readOther(called, name, item));
  const { constant } = argument;
  if (!isStoredTensor(constant)) {
    if (typeof constant !== 'object' || isNothing(constant)) return argument;
    throw new HiddenstateError(
      'UNSUPPORTED',
      `${called.who}: ${name}: got ${describeValue(constant)}, a constant, expected a tensor of the model`,
    );
  }
  if (Array.isArray(constant)) return constant.map((item) => readOther(called, name, { constant: item }));
  return { tensor: constantValue(called, constant, 'float32') };
}

/** The masks that go on to what comes after the layer. */
function passedOn(
  { dialect, number }: KerasVersion,
  own: readonly (Value | undefined)[],
  given: readonly (Value | undefined)[] | undefined,
  isSingle: boolean,
): readonly (Value | undefined)[] {
  if (given && (dialect === 'keras-2' || number >= PASSES_GIVEN_MASKS)) return given;
  return dialect === 'keras-2' || isSingle || number >= PASSES_MASKS_OF_LISTS ? own : [];
}

function nameArguments(
  { className, who }: Called,
  parameters: readonly string[],
  { args, keywords }: CallSpec<Value>,
): Map<string, Given> {
  const named = new Map<string, Given>();
  args.forEach((argument, i) => {
    if (i < parameters.length) named.set(parameters[i], argument);
    else if (tensorsOf(argument).length > 0) {
      throw new HiddenstateError('UNSUPPORTED', `${who}: got ${args.length} arguments, expected ${parameters.length}`);
    }
  });
  for (const [name, argument] of keywords) named.set(name, argument);
  for (const [name, argument] of named) if ('constant' in argument && isNothing(argument.constant)) named.delete(name);
  const training = named.get('training');
  if (training && TRAINED.test(className) && !('constant' in training && training.constant === false)) {
    throw new HiddenstateError(
      'UNSUPPORTED',
      `${who}: got a call with training on, expected one as at inference: call the layer without training`,
    );
  }
  return named;
}

/** Null, or lists and objects of nulls: masks that no input has. */
function isNothing(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === null;
  const items = Object.values(value);
  return items.length > 0 && items.every(isNothing);
}

/** The first argument under the name that the layer's own class gives it: `sequences`, `x`. */
function takeOther(named: Map<string, Given>, parameters: readonly string[]): Given | undefined {
  for (const [name, argument] of named) {
    if (parameters.includes(name) || tensorsOf(argument).length === 0) continue;
    named.delete(name);
    return argument;
  }
  return undefined;
}

/** A mask for each input, where there is one. */
function readMasks({ builder, name }: Pick<Called, 'builder' | 'name'>, given: Given): (Value | undefined)[] {
  if ('tensor' in given) return [builder.cast(name, given.tensor, 'bool')];
  if ('constant' in given) return nothings(given.constant);
  return given.flatMap((item) => readMasks({ builder, name }, item));
}

/** No mask for each null in lists and objects of them. */
function nothings(value: unknown): undefined[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(nothings) : [undefined];
}
