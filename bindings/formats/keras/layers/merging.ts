import { rangeError } from '../../../errors.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import type { BuiltLayer, LayerContext, LayerImporter, LayerTable } from './layer.js';

/** At least so many inputs. */
function expectInputs(inputs: readonly Value[], who: string, least = 2, most = Number.POSITIVE_INFINITY): void {
  if (inputs.length >= least && inputs.length <= most) return;
  throw rangeError(`${who}: got ${inputs.length} inputs, expected ${most === least ? least : `at least ${least}`}`);
}

/** Joins masks element by element; with `Max` a step counts where one of them counts, with `Mul` where all do. */
function joinMasks(
  builder: GraphBuilder,
  label: string,
  masks: readonly string[],
  op: 'Max' | 'Mul',
): string | undefined {
  if (masks.length < 2) return masks[0];
  return masks.reduce((joined, mask) => builder.add(op, label, [joined, mask]));
}

/** Keras 3 keeps a step that one of the inputs keeps, and no mask if one has none; Keras 2 one that all keep. */
function mergedMask({ builder, name, dialect }: LayerContext, inputs: readonly Value[]): string | undefined {
  const masks = inputs.flatMap(({ mask }) => (mask === undefined ? [] : [mask]));
  if (dialect === 'keras-2') return joinMasks(builder, name, masks, 'Mul');
  return masks.length === inputs.length ? joinMasks(builder, name, masks, 'Max') : undefined;
}

/** A layer that joins its inputs element by element, each repeated to the dims of all. */
function merge(op: string, most = Number.POSITIVE_INFINITY): LayerImporter {
  return (context) => {
    const { builder, name, who } = context;
    return ({ inputs }) => {
      expectInputs(inputs, who, 2, most);
      const values = inputs.map((input) => builder.asFloats(name, input));
      const rank = Math.max(...values.map((value) => value.rank));
      const merged = builder.add(
        op,
        name,
        values.map((value) => value.name),
      );
      const mask = mergedMask(context, inputs);
      return [{ name: merged, dtype: 'float32', rank, mask }];
    };
  };
}

/** A product of many: ONNX multiplies two. */
const multiply: LayerImporter = (context): BuiltLayer => {
  const { builder, name, who } = context;
  return ({ inputs }) => {
    expectInputs(inputs, who);
    const values = inputs.map((input) => builder.asFloats(name, input));
    const product = values.map((value) => value.name).reduce((a, b) => builder.add('Mul', name, [a, b]));
    const rank = Math.max(...values.map((value) => value.rank));
    return [{ name: product, dtype: 'float32', rank, mask: mergedMask(context, inputs) }];
  };
};

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
    const alongTime = (axis < 0 ? axis + rank : axis) === 1 && rank > 2;
    const masked = values.some(({ mask }) => mask !== undefined);
    const mask = alongTime && masked ? joinInTime(builder, name, values) : undefined;
    return [{ name: joined, dtype: 'float32', rank, mask: mask ?? mergedMask(context, values) }];
  };
};

/** Masks one after the other, all steps of an input without one counting. */
function joinInTime(builder: GraphBuilder, name: string, values: readonly Value[]): string {
  const masks = values.map((value) => value.mask ?? builder.addKeras('AllSteps', name, [value.name], 1, {})[0]);
  return builder.add('Concat', name, masks, { axis: 1 });
}

/** Layers of several inputs. */
export const MERGING: LayerTable = {
  Add: merge('Sum'),
  Subtract: merge('Sub', 2),
  Multiply: multiply,
  Average: merge('Mean'),
  Maximum: merge('Max'),
  Minimum: merge('Min'),
  Concatenate: concatenate,
};
