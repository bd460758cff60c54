import { rangeError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import type { Value } from '../graph-builder.js';
import { channelsLast, inChannels } from './channels.js';
import { type LayerContext, type LayerImporter, type LayerTable, needsWholeSequence } from './layer.js';

/** Two widths for each spatial axis, as Keras writes them: [1, 2] along one; 1, [1, 2] or [[1, 2], [3, 4]] along two. */
function readWidths({ fields, who }: LayerContext, name: string, rank: number): (readonly [number, number])[] {
  const value = fields.get(name) ?? 1;
  const pairOf = (item: unknown): unknown[] => (Array.isArray(item) ? item : [item, item]);
  const pairs = rank === 1 ? [pairOf(value)] : pairOf(value).map(pairOf);
  const fits = (width: unknown) => Number.isInteger(width) && (width as number) >= 0 && (width as number) <= 0x7fffffff;
  if (pairs.length === rank && pairs.every((pair) => pair.length === 2 && pair.every(fits))) {
    return pairs as unknown as (readonly [number, number])[];
  }
  throw rangeError(`${who}: ${name}: got ${describeValue(value)}, expected two widths for each axis`);
}

/** Where the spatial axes of a value begin. */
function firstAxis(context: LayerContext, x: Value, rank: number): number {
  if (x.rank !== rank + 2)
    throw rangeError(`${context.who}: got an input of ${x.rank} dimensions, expected ${rank + 2}`);
  return channelsLast(context) ? 1 : 2;
}

function zeroPadding(rank: number): LayerImporter {
  return (context) => {
    const { builder, name } = context;
    const widths = readWidths(context, 'padding', rank);
    return ({ inputs: [x] }) => {
      const first = firstAxis(context, x, rank);
      needsWholeSequence(context, 'ZeroPadding', x);
      const pads = new Array<number>(2 * x.rank).fill(0);
      widths.forEach(([before, after], d) => {
        pads[first + d] = before;
        pads[x.rank + first + d] = after;
      });
      const input = builder.asFloats(name, x);
      const padded = builder.add('Pad', name, [input.name, builder.integers(`${name}/pads`, pads)], {
        mode: 'constant',
      });
      return [{ ...input, name: padded, mask: undefined }];
    };
  };
}

function cropping(rank: number): LayerImporter {
  return (context) => {
    const { builder, name } = context;
    const widths = readWidths(context, 'cropping', rank);
    return ({ inputs: [x] }) => {
      const first = firstAxis(context, x, rank);
      needsWholeSequence(context, 'Cropping', x);
      const lists = [
        widths.map(([before]) => before),
        widths.map(([, after]) => (after === 0 ? 0x7fffffff : -after)),
        widths.map((_, d) => first + d),
      ].map((list) => builder.integers(`${name}/slice`, list));
      return [{ ...x, name: builder.add('Slice', name, [x.name, ...lists]), mask: undefined }];
    };
  };
}

function upSampling(rank: number): LayerImporter {
  return (context) => {
    const { builder, name, fields } = context;
    const sizes = fields.sizes('size', rank, 2);
    const mode = rank === 1 ? 'nearest' : fields.choice('interpolation', ['nearest', 'bilinear'], 'nearest');
    return ({ inputs: [x] }) => {
      const first = firstAxis(context, x, rank);
      needsWholeSequence(context, 'UpSampling', x);
      if (mode !== 'nearest') return [{ ...resized(context, x, sizes), mask: undefined }];
      const repeated = sizes.reduce((value, size, d) => {
        const axis = first + d;
        const wide = builder.add('Unsqueeze', name, [value, builder.integers(`${name}/axes`, [axis + 1])]);
        const repeats = Array.from({ length: x.rank + 1 }, (_, i) => (i === axis + 1 ? size : 1));
        const tiled = builder.add('Tile', name, [wide, builder.integers(`${name}/repeats`, repeats)]);
        return builder.addKeras('MergeDims', name, [tiled], 1, { axis })[0];
      }, x.name);
      return [{ ...x, name: repeated, mask: undefined }];
    };
  };
}

/** Between the places of each axis, `sizes` times as many. Source: `ResizeBilinear` of TensorFlow, half_pixel_centers. */
function resized(context: LayerContext, x: Value, sizes: readonly number[]): Value {
  const { builder, name } = context;
  const scales = builder.floats(`${name}/scales`, [sizes.length + 2], [1, 1, ...sizes]);
  const attributes = { mode: 'linear', coordinate_transformation_mode: 'half_pixel' };
  return inChannels(context, x, (input) => builder.add('Resize', name, [input, '', scales], attributes));
}

/** Layers that add places, leave some out, or repeat them. */
export const BORDERS: LayerTable = {
  ZeroPadding1D: zeroPadding(1),
  ZeroPadding2D: zeroPadding(2),
  Cropping1D: cropping(1),
  Cropping2D: cropping(2),
  UpSampling1D: upSampling(1),
  UpSampling2D: upSampling(2),
};
