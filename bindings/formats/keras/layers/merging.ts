import { rangeError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import {
  type BuiltLayer,
  type LayerContext,
  type LayerImporter,
  type LayerTable,
  needsWholeSequence,
} from './layer.js';

/** From this version of Keras 3 on a step counts where one of the inputs counts, and products and extrema leave out the rest. */
const HEEDS_MASKS = 3004;

/** At least so many inputs. */
function expectInputs(inputs: readonly Value[], who: string, least = 2, most = Number.POSITIVE_INFINITY): void {
  if (inputs.length >= least && inputs.length <= most) return;
  throw rangeError(`${who}: got ${inputs.length} inputs, expected ${most === least ? least : `at least ${least}`}`);
}

/** Joins masks element by element; with `Or` a step counts where one of them counts, with `And` where all do. */
function joinMasks(builder: GraphBuilder, label: string, masks: readonly Value[], op: 'And' | 'Or'): Value | undefined {
  if (masks.length === 0) return undefined;
  const name = masks.map((mask) => mask.name).reduce((one, other) => builder.add(op, label, [one, other]));
  return { ...masks[0], name, rank: Math.max(...masks.map((mask) => mask.rank)) };
}

/** Keras 3 keeps a step that one of the inputs keeps, and no mask if one has none; Keras 2 one that all keep. */
function mergedMask({ builder, name, version }: LayerContext, inputs: readonly Value[]): Value | undefined {
  const masks = inputs.flatMap(({ mask }) => (mask === undefined ? [] : [mask]));
  if (version.dialect === 'keras-2') return joinMasks(builder, name, masks, 'And');
  return masks.length === inputs.length ? joinMasks(builder, name, masks, 'Or') : undefined;
}

/** What a merge gives, as wide as the widest of its inputs. */
function merged(context: LayerContext, inputs: readonly Value[], name: string): Value {
  const rank = Math.max(...inputs.map((value) => value.rank));
  const timed = inputs.some((value) => value.timed && value.rank === rank);
  return { name, dtype: 'float32', rank, timed, mask: mergedMask(context, inputs) };
}

/** Inputs of one rank: Keras gives those of fewer dimensions further ones behind the first. */
function aligned({ builder, name }: LayerContext, inputs: readonly Value[]): readonly Value[] {
  const rank = Math.max(...inputs.map((input) => input.rank));
  return inputs.map((input) => {
    if (input.rank === rank) return input;
    const axes = Array.from({ length: rank - input.rank }, (_, i) => 1 + i);
    const raised = builder.add('Unsqueeze', name, [input.name, builder.integers(`${name}/axes`, axes)]);
    return { ...input, name: raised, rank, timed: false };
  });
}

/** A layer that joins its inputs element by element, each repeated to the dims of all. */
function merge(op: string, most = Number.POSITIVE_INFINITY): LayerImporter {
  return (context) => {
    const { builder, name, who } = context;
    return ({ inputs: given }) => {
      const inputs = aligned(context, given);
      expectInputs(inputs, who, 2, most);
      const names = inputs.map((input) => builder.asFloats(name, input).name);
      return [merged(context, inputs, builder.add(op, name, names))];
    };
  };
}

/** The steps of a value as a condition for each of its elements. */
function stepsOf({ builder, name }: LayerContext, mask: Value): string {
  return builder.add('Unsqueeze', name, [mask.name, builder.integers(`${name}/features`, [-1])]);
}

/** A product of many; in Keras 3 a step that an input leaves out counts as 1 there, and as 0 where all leave it out. */
const multiply: LayerImporter = (context): BuiltLayer => {
  const { builder, name, who, version } = context;
  return ({ inputs: given }) => {
    const inputs = aligned(context, given);
    expectInputs(inputs, who);
    const heeds = version.dialect === 'keras-3' && version.number >= HEEDS_MASKS;
    const one = builder.floats(`${name}/one`, [], [1]);
    const factors = inputs.map((input) => {
      const { name: factor } = builder.asFloats(name, input);
      if (!heeds || !input.mask) return factor;
      return builder.add('Where', name, [stepsOf(context, input.mask), factor, one]);
    });
    const product = factors.reduce((a, b) => builder.add('Mul', name, [a, b]));
    const value = merged(context, inputs, product);
    if (!heeds || !value.mask) return [value];
    const zero = builder.floats(`${name}/zero`, [], [0]);
    return [{ ...value, name: builder.add('Where', name, [stepsOf(context, value.mask), product, zero]) }];
  };
};

/** The greatest or the least; in Keras 3 a step that one side leaves out is the other side's. */
function extremum(op: 'Max' | 'Min'): LayerImporter {
  const plain = merge(op);
  return (context): BuiltLayer => {
    const { builder, name, version } = context;
    const heeds = version.dialect === 'keras-3' && version.number >= HEEDS_MASKS;
    const unmasked = plain(context);
    return (call) => {
      const inputs = aligned(context, call.inputs);
      if (!heeds || inputs.every(({ mask }) => mask === undefined)) return unmasked(call);
      expectInputs(inputs, context.who);
      let [{ name: sofar }] = inputs.map((input) => builder.asFloats(name, input));
      let { mask: counted } = inputs[0];
      for (const input of inputs.slice(1)) {
        let { name: next } = builder.asFloats(name, input);
        if (input.mask) next = builder.add('Where', name, [stepsOf(context, input.mask), next, sofar]);
        if (counted) sofar = builder.add('Where', name, [stepsOf(context, counted), sofar, next]);
        counted = counted && input.mask && joinMasks(builder, name, [counted, input.mask], 'Or');
        sofar = builder.add(op, name, [sofar, next]);
      }
      return [merged(context, inputs, sofar)];
    };
  };
}

const concatenate: LayerImporter = (context) => {
  const { builder, name, fields, who } = context;
  const axis = fields.single('axis', -8, -1);
  return ({ inputs }) => {
    expectInputs(inputs, who, 1);
    const values = inputs.map((input) => builder.asFloats(name, input));
    const joined = builder.add(
      'Concat',
      name,
      values.map((value) => value.name),
      { axis },
    );
    const [{ rank }] = values;
    const own = axis < 0 ? axis + rank : axis;
    const [{ timed }] = values;
    if (own === 1) needsWholeSequence(context, 'Concatenate along the second dimension', values[0]);
    return [{ name: joined, dtype: 'float32', rank, timed, mask: concatenatedMask(context, values, own) }];
  };
};

/** The mask of inputs one after the other, or side by side. */
function concatenatedMask(context: LayerContext, values: readonly Value[], axis: number): Value | undefined {
  const { builder, name, version } = context;
  const [{ rank }] = values;
  const masks = values.flatMap(({ mask }) => (mask === undefined ? [] : [mask]));
  if (masks.length === 0) return undefined;
  if (axis === 1 && rank > 2) return joinInTime(builder, name, values);
  // An input without a mask counts everywhere: beside it, one that is masked leaves nothing out in Keras 3.
  const op = version.dialect === 'keras-3' ? 'Or' : 'And';
  const everywhere = masks.length < values.length && op === 'Or';
  return everywhere ? allSteps(builder, name, values[0]) : joinMasks(builder, name, masks, op);
}

/** Masks one after the other, all steps of an input without one counting. */
function joinInTime(builder: GraphBuilder, name: string, values: readonly Value[]): Value {
  const masks = values.map((value) => value.mask ?? allSteps(builder, name, value));
  const joined = builder.add(
    'Concat',
    name,
    masks.map((mask) => mask.name),
    { axis: 1 },
  );
  return { ...masks[0], name: joined };
}

function allSteps(builder: GraphBuilder, name: string, { name: x, timed }: Value): Value {
  return { name: builder.addKeras('AllSteps', name, [x], 1, {})[0], dtype: 'bool', rank: 2, timed };
}

/** The least norm that divides. Source: `normalize` of keras/src/ops/nn.py. */
const LEAST_NORM = 1e-12;

/** Products of samples, one axis of each summed over. Source: `batch_dot` of keras/src/layers/merging/dot.py. */
const dot: LayerImporter = (context): BuiltLayer => {
  const { builder, name, fields, who } = context;
  const written = fields.get('axes');
  const pair = (Array.isArray(written) ? written : [written, written]) as unknown[];
  const normalize = fields.flag('normalize', false);
  return ({ inputs }) => {
    expectInputs(inputs, who, 2, 2);
    if (inputs.some(({ rank }) => rank < 2 || rank > 3)) {
      throw rangeError(
        `${who}: got inputs of ${inputs.map(({ rank }) => rank).join(' and ')} dimensions, expected 2 or 3`,
      );
    }
    const axes = inputs.map(({ rank }, i) => {
      const axis = Number(pair[i]) < 0 ? Number(pair[i]) + rank : Number(pair[i]);
      if (Number.isInteger(axis) && axis > 0 && axis < rank) return axis;
      throw rangeError(`${who}: axes: got ${describeValue(written)}, expected one of the dimensions behind the batch`);
    });
    for (const [i, input] of inputs.entries()) {
      if (input.rank === 3) needsWholeSequence(context, 'Dot', input);
      else if (axes[i] === 1 && input.timed) needsWholeSequence(context, 'Dot', input);
    }
    const add = (op: string, values: readonly string[], attributes = {}) => builder.add(op, name, values, attributes);
    const list = (values: readonly number[]) => builder.integers(`${name}/axes`, values);
    const [one, two] = inputs.map((input, i) => {
      const { name: x } = builder.asFloats(name, input);
      if (!normalize) return x;
      const squares = add('ReduceSum', [add('Mul', [x, x]), list([axes[i]])], { keepdims: 1 });
      const norm = add('Max', [add('Sqrt', [squares]), builder.floats(`${name}/least`, [], [LEAST_NORM])]);
      return add('Div', [x, norm]);
    });
    const [flatOne, flatTwo] = inputs.map(({ rank }) => rank === 2);
    // The axis summed over goes last on the left and second on the right.
    const wideOne = flatOne ? add('Unsqueeze', [one, list([1])]) : one;
    const wideTwo = flatTwo ? add('Unsqueeze', [two, list([2])]) : two;
    const left = !flatOne && axes[0] === 1 ? add('Transpose', [wideOne], { perm: [0, 2, 1] }) : wideOne;
    const right = !flatTwo && axes[1] === 2 ? add('Transpose', [wideTwo], { perm: [0, 2, 1] }) : wideTwo;
    const product = add('MatMul', [left, right]);
    // Two vectors give one number a sample, which keeps a dimension.
    const squeezed = [...(flatOne ? [1] : []), ...(flatTwo && !flatOne ? [2] : [])];
    const result = squeezed.length > 0 ? add('Squeeze', [product, list(squeezed)]) : product;
    return [{ name: result, dtype: 'float32', rank: 3 - squeezed.length, timed: squeezed.length === 0 }];
  };
};

/** Layers of several inputs. */
export const MERGING: LayerTable = {
  Add: merge('Sum'),
  Subtract: merge('Sub', 2),
  Multiply: multiply,
  Average: merge('Mean'),
  Maximum: extremum('Max'),
  Minimum: extremum('Min'),
  Concatenate: concatenate,
  Dot: dot,
};
