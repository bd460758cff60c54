import { rangeError } from '../../../errors.js';
import { formatDims } from '../../../tensor.js';
import {
  type BuiltLayer,
  type LayerContext,
  type LayerImporter,
  type LayerTable,
  mapping,
  mappingOf,
  needsWholeSequence,
} from './layer.js';

/** Layers that are only there while training. */
const identity: LayerImporter = () => mapping((x) => x);

/** A list of integers that a field holds. */
function integers({ fields, who }: LayerContext, name: string, least: number): number[] {
  const list = fields.list(name);
  if (list.length > 0 && list.every((item) => Number.isInteger(item) && (item as number) >= least))
    return list as number[];
  throw rangeError(`${who}: ${name}: got ${formatDims(list)}, expected integers from ${least} on`);
}

const reshape: LayerImporter = (context): BuiltLayer => {
  const { builder, name } = context;
  const target = integers(context, 'target_shape', -1);
  return ({ inputs: [x] }) => {
    needsWholeSequence(context, 'Reshape', x);
    const [reshaped] = builder.addKeras('Reshape', name, [x.name], 1, { target });
    return [{ name: reshaped, dtype: x.dtype, rank: target.length + 1, timed: x.timed }];
  };
};

const permute: LayerImporter = (context): BuiltLayer => {
  const { builder, name } = context;
  const dims = integers(context, 'dims', 1);
  return ({ inputs: [x] }) => {
    if (dims[0] !== 1) needsWholeSequence(context, 'Permute of the second dimension', x);
    const permuted = builder.add('Transpose', name, [x.name], { perm: [0, ...dims] });
    return [{ name: permuted, dtype: x.dtype, rank: x.rank, timed: x.timed }];
  };
};

const repeat: LayerImporter = (context): BuiltLayer => {
  const { builder, name, fields } = context;
  const count = fields.integer('n', 1);
  needsWholeSequence(context, 'RepeatVector');
  const axes = builder.integers(`${name}/axes`, [1]);
  const repeats = builder.integers(`${name}/repeats`, [1, count, 1]);
  return ({ inputs: [x] }) => {
    const row = builder.add('Unsqueeze', name, [x.name, axes]);
    return [{ name: builder.add('Tile', name, [row, repeats]), dtype: x.dtype, rank: 3, timed: true }];
  };
};

const flatten: LayerImporter = (context): BuiltLayer => {
  const { builder, name, fields } = context;
  const channelsFirst =
    fields.choice('data_format', ['channels_last', 'channels_first'], 'channels_last') !== 'channels_last';
  return ({ inputs: [x] }) => {
    if (x.rank > 2) needsWholeSequence(context, 'Flatten', x);
    // Keras brings the channels behind the rest before it flattens.
    const perm = [0, ...Array.from({ length: x.rank - 2 }, (_, i) => i + 2), 1];
    const turned = channelsFirst && x.rank > 2 ? builder.add('Transpose', name, [x.name], { perm }) : x.name;
    return [
      {
        name: builder.add('Flatten', name, [turned], { axis: 1 }),
        dtype: x.dtype,
        rank: 2,
        timed: x.timed && x.rank < 3,
      },
    ];
  };
};

/** Layers that move elements, or nothing. */
export const SHAPES: LayerTable = {
  Dropout: identity,
  SpatialDropout1D: identity,
  SpatialDropout2D: identity,
  SpatialDropout3D: identity,
  AlphaDropout: identity,
  GaussianDropout: identity,
  GaussianNoise: identity,
  ActivityRegularization: identity,
  Identity: (context) => mappingOf(context)((x) => x),
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
  RepeatVector: repeat,
};
