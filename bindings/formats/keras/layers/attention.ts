import { rangeError } from '../../../errors.js';
import { tensorsOf } from '../config/model-spec.js';
import type { Value } from '../graph-builder.js';
import { constantOf } from './channels.js';
import { expectShape } from './dense.js';
import {
  type BuiltLayer,
  isSet,
  type LayerCall,
  type LayerContext,
  type LayerImporter,
  type LayerTable,
  needsWholeSequence,
} from './layer.js';

/** What is added to a score that a mask leaves out. */
const NEVER = -1e9;

/** From this version of Keras 3 on a row of which a mask leaves nothing has scores of zero. */
const SOFTMAX_ZEROS = 3010;

/** From this version of Keras 3 on heads use the backend's own attention where they can. */
const OWN_ATTENTION = 3007;

/** From this version of Keras 2 on heads heed the masks of their inputs. */
const HEADS_HEED = 2010;

/** What its masked scores are. Source: `_apply_masks` of keras/src/backend/tensorflow/nn.py. */
const LEAST = -0.7 * 3.4028234663852886e38;

/** Scores [… Tq, Tv] where a mask, which broadcasts, is true. */
interface Scored {
  readonly scores: string;
  readonly mask: string | undefined;
}

/** Nodes of one layer. */
function nodesOf({ builder, name }: LayerContext) {
  return {
    add: (op: string, inputs: readonly string[], attributes = {}) => builder.add(op, name, inputs, attributes),
    number: (value: number) => builder.floats(`${name}/constant`, [], [value]),
    list: (values: readonly number[]) => builder.integers(`${name}/list`, values),
  };
}

/** Which of [Tq, Tv] come no later: bool[Tq, Tv]. */
function causalMask({ builder, name }: LayerContext, scores: string): string {
  return builder.addKeras('CausalMask', name, [scores], 1, {})[0];
}

function both(context: LayerContext, masks: readonly (string | undefined)[]): string | undefined {
  const there = masks.filter((mask): mask is string => mask !== undefined);
  if (there.length === 0) return undefined;
  return there.reduce((one, other) => nodesOf(context).add('And', [one, other]));
}

/** The softmax of scores along the last axis. */
function weigh(context: LayerContext, { scores, mask }: Scored, how: 'added' | 'replaced' | 'zeroed'): string {
  const { add, number } = nodesOf(context);
  if (mask === undefined) return add('Softmax', [scores], { axis: -1 });
  const masked =
    how === 'replaced'
      ? add('Where', [mask, scores, number(LEAST)])
      : add('Add', [scores, add('Where', [mask, number(0), number(NEVER)])]);
  const weights = add('Softmax', [masked], { axis: -1 });
  return how === 'zeroed' ? add('Where', [mask, weights, number(0)]) : weights;
}

/** Attention and AdditiveAttention: of [query, value] or [query, value, key]. */
function attention(prepare: Prepare): LayerImporter {
  return (context): BuiltLayer => {
    const { builder, name, fields, who } = context;
    const scoresOf = prepare(context);
    const causal = fields.flag('causal', false);
    return (call) => {
      const { inputs, masks } = call;
      if (inputs.length < 2 || inputs.length > 3 || inputs.some(({ rank }) => rank !== 3)) {
        throw rangeError(
          `${who}: got ${inputs.length} inputs, expected 2 or 3 of three dimensions: query, value and key`,
        );
      }
      for (const input of inputs) needsWholeSequence(context, 'attention', input);
      const { add, list } = nodesOf(context);
      const [query, value, key] = [inputs[0], inputs[1], inputs[2] ?? inputs[1]].map((x) => builder.asFloats(name, x));
      const scores = scoresOf(query.name, key.name);
      const keep = masks[1] && add('Unsqueeze', [masks[1].name, list([1])]);
      const mask = both(context, [
        keep,
        causal || isSet(call, 'use_causal_mask') ? causalMask(context, scores) : undefined,
      ]);
      const weights = weigh(context, { scores, mask }, 'added');
      const product = add('MatMul', [weights, value.name]);
      const asked = masks[0] && add('Unsqueeze', [masks[0].name, list([2])]);
      const output = asked ? add('Where', [asked, product, nodesOf(context).number(0)]) : product;
      const result: Value = { ...query, name: output, mask: inputs[0].mask };
      if (!isSet(call, 'return_attention_scores')) return [result];
      return [result, { name: weights, dtype: 'float32', rank: 3, timed: query.timed }];
    };
  };
}

/** Takes the weights, and gives what computes the scores. */
type Prepare = (context: LayerContext) => (query: string, key: string) => string;

/** Luong's: products of queries and keys, or a sum of tanh of theirs. */
const attentionLayer: LayerImporter = attention((context) => {
  const { builder, name, fields, variables, who } = context;
  const scaled = fields.flag('use_scale', false);
  const mode = fields.choice('score_mode', ['dot', 'concat'], 'dot');
  const names = [...(scaled ? ['scale'] : []), ...(mode === 'concat' ? ['concat_score_weight'] : [])];
  const taken = variables.take(names);
  const [first, second] = taken.map((tensor, i) =>
    constantOf(builder, `${name}/${names[i]}`, expectShape(tensor, [], who, names[i])),
  );
  const scale = scaled ? first : undefined;
  const weight = scaled ? second : first;
  return (query, key) => {
    const { add, list } = nodesOf(context);
    if (mode === 'dot') {
      const product = add('MatMul', [query, add('Transpose', [key], { perm: [0, 2, 1] })]);
      return scale ? add('Mul', [product, scale]) : product;
    }
    const pairs = pairwise(context, query, key);
    const summed = add('ReduceSum', [add('Tanh', [scale ? add('Mul', [scale, pairs]) : pairs]), list([-1])], {
      keepdims: 0,
    });
    return add('Mul', [weight, summed]);
  };
});

/** Sums of each query with each key: [B, Tq, Tv, D]. */
function pairwise(context: LayerContext, query: string, key: string): string {
  const { add, list } = nodesOf(context);
  return add('Add', [add('Unsqueeze', [query, list([2])]), add('Unsqueeze', [key, list([1])])]);
}

/** Bahdanau's: a weighted sum of tanh of queries and keys. */
const additiveAttention: LayerImporter = attention((context) => {
  const { builder, name, fields, variables, who } = context;
  const [scale] = variables.take(fields.flag('use_scale', true) ? ['scale'] : []);
  const factor = scale && constantOf(builder, `${name}/scale`, expectShape(scale, [-1], who, 'scale'));
  return (query, key) => {
    const { add, list } = nodesOf(context);
    const bent = add('Tanh', [pairwise(context, query, key)]);
    return add('ReduceSum', [factor ? add('Mul', [factor, bent]) : bent, list([-1])], { keepdims: 0 });
  };
});

/** A projection of [B, T, E] to heads, or back. */
type Projection = (x: string) => string;

/** Several products of queries and keys side by side. Source: keras/src/layers/attention/multi_head_attention.py. */
const multiHeadAttention: LayerImporter = (context): BuiltLayer => {
  const { builder, name, fields, variables, version, who } = context;
  const heads = fields.integer('num_heads', 1);
  const keySize = fields.integer('key_dim', 1);
  const valueSize = fields.integer('value_dim', 1, keySize);
  const useBias = fields.flag('use_bias', true);
  const outputs = fields.get('output_shape') ?? 1;
  if (Array.isArray(outputs) && outputs.length !== 1) {
    throw rangeError(`${who}: output_shape: got ${outputs.length} sizes, expected one`);
  }
  for (const option of ['attention_axes', 'sliding_window']) {
    // Axis 1 is what none means of three dimensions.
    const isDefault = option === 'attention_axes' && String(fields.get(option)) === '1';
    if (fields.has(option) && !isDefault) throw rangeError(`${who}: ${option}: got one, expected none`);
  }
  if (fields.flag('use_gate', false)) throw rangeError(`${who}: use_gate: got true, expected false`);
  const { add, number, list } = nodesOf(context);
  const take = (part: string, dims: readonly number[], biasDims: readonly number[]) => {
    const [kernel, bias] = variables.part(part).take(useBias ? ['kernel', 'bias'] : ['kernel']);
    expectShape(kernel, dims, who, `${part}/kernel`);
    if (bias) expectShape(bias, biasDims, who, `${part}/bias`);
    return { kernel, bias };
  };
  /** [B, T, E] as [B, heads, T, size]. */
  const toHeads = (part: string, size: number): Projection => {
    const { kernel, bias } = take(part, [-1, heads, size], [heads, size]);
    const w = builder.floats(`${name}/${part}`, [kernel.dims[0], heads * size], kernel.data);
    const b = bias && builder.floats(`${name}/${part}/bias`, [heads * size], bias.data);
    const shape = list([0, 0, heads, size]);
    return (x) => {
      const product = add('MatMul', [x, w]);
      const flat = b ? add('Add', [product, b]) : product;
      return add('Transpose', [add('Reshape', [flat, shape])], { perm: [0, 2, 1, 3] });
    };
  };
  const [queries, keys, values] = [
    toHeads('query_dense', keySize),
    toHeads('key_dense', keySize),
    toHeads('value_dense', valueSize),
  ];
  const { kernel, bias } = take('output_dense', [heads, valueSize, -1], [-1]);
  const width = kernel.dims[2];
  const w = builder.floats(`${name}/output_dense`, [heads * valueSize, width], kernel.data);
  const b = bias && builder.floats(`${name}/output_dense/bias`, [width], bias.data);
  const dropout = fields.number('dropout', 0) > 0;
  return (call) => {
    const [query, value, key] = readHeads(context, call);
    const scores = add('MatMul', [
      add('Mul', [queries(query.name), number(1 / Math.sqrt(keySize))]),
      add('Transpose', [keys(key.name)], { perm: [0, 1, 3, 2] }),
    ]);
    const givesScores = isSet(call, 'return_attention_scores');
    const mask = headMask(context, call, scores, [query, value, key]);
    const isKeras3 = version.dialect === 'keras-3';
    const own = isKeras3 && version.number >= OWN_ATTENTION && !dropout && !givesScores;
    const how = own ? 'replaced' : isKeras3 && version.number >= SOFTMAX_ZEROS ? 'zeroed' : 'added';
    const weights = weigh(context, { scores, mask }, how);
    const mixed = add('Transpose', [add('MatMul', [weights, values(value.name)])], { perm: [0, 2, 1, 3] });
    const product = add('MatMul', [add('Reshape', [mixed, list([0, 0, heads * valueSize])]), w]);
    const result: Value = { ...query, name: b ? add('Add', [product, b]) : product };
    return givesScores ? [result, { name: weights, dtype: 'float32', rank: 4, timed: false }] : [result];
  };
};

/** Query, value and key of a call. */
function readHeads(context: LayerContext, { inputs, given }: LayerCall): Value[] {
  const { builder, name, who } = context;
  const [value] = tensorsOf(given.get('value'));
  const [key] = tensorsOf(given.get('key'));
  const found = [inputs[0], value, key ?? value];
  if (inputs.length !== 1 || !value || found.some(({ rank }) => rank !== 3)) {
    throw rangeError(
      `${who}: got other tensors than a query and a value of three dimensions, expected [B, T, features]`,
    );
  }
  for (const each of found) needsWholeSequence(context, 'attention', each);
  return found.map((each) => builder.asFloats(name, each));
}

/** All that masks leave of [B, heads, Tq, Tv]. */
function headMask(
  context: LayerContext,
  call: LayerCall,
  scores: string,
  [query, value, key]: readonly Value[],
): string | undefined {
  const { builder, name, version } = context;
  const { add, list } = nodesOf(context);
  const heeds = version.dialect === 'keras-3' || version.number >= HEADS_HEED;
  const along = (mask: Value | undefined, axes: readonly number[]) => mask && add('Unsqueeze', [mask.name, list(axes)]);
  const givenMask = (parameter: string, own: Value | undefined) => {
    const [mask] = tensorsOf(call.given.get(parameter));
    return mask ? builder.cast(name, mask, 'bool') : heeds ? own : undefined;
  };
  const [explicit] = tensorsOf(call.given.get('attention_mask'));
  const attended = explicit && builder.cast(name, explicit, 'bool');
  return both(context, [
    along(givenMask('query_mask', query.mask), [1, 3]),
    along(givenMask('value_mask', value.mask), [1, 2]),
    along(givenMask('key_mask', key.name === value.name ? undefined : key.mask), [1, 2]),
    attended?.rank === 3 ? along(attended, [1]) : attended?.name,
    isSet(call, 'use_causal_mask') ? causalMask(context, scores) : undefined,
  ]);
}

/** Layers in which steps look at each other. */
export const ATTENTION: LayerTable = {
  Attention: attentionLayer,
  AdditiveAttention: additiveAttention,
  MultiHeadAttention: multiHeadAttention,
};
