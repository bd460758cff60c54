import { HiddenstateError, rangeError } from '../../errors.js';
import { describeValue } from '../../tensor.js';
import { Fields } from './config/fields.js';
import type { NodeSpec } from './config/model-spec.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import type { LayerPool } from './state-pool.js';

/**
 * The InputLayer of a name.
 *
 * @throws {Error} if there is none
 */
export function inputOf(nodes: ReadonlyMap<string, NodeSpec>, name: string, who: string): NodeSpec {
  const node = nodes.get(name);
  if (node?.className === 'InputLayer') return node;
  throw new HiddenstateError(
    'FILE',
    `${who}: input_layers: got ${describeValue(name)}, expected the name of an InputLayer`,
  );
}

/** Declares an input of the outermost model. @param rank where the file does not declare a shape */
export function declareInput(
  { builder, pool, who }: { builder: GraphBuilder; pool: LayerPool; who: string },
  node: NodeSpec,
  rank: number,
): Value {
  const fields = new Fields(node.config ?? {}, `${who}: layer ${describeValue(node.name)}`);
  const declared = readShape(fields);
  // One step of as many sequences as the caller says, however many of both the file declares.
  const dims = pool.stepwise ? declared?.map((dim, d) => (d <= 1 ? null : dim)) : declared;
  const own = dims?.length ?? rank;
  return builder.input(node.name, isIntegral(fields.get('dtype')) ? 'int32' : 'float32', own, own > 1, dims);
}

/**
 * The input of an inner model in the type and, but for a last dimension of one, the rank that the model declares.
 *
 * Source: `_adjust_input_rank` of keras/src/models/functional.py, `_conform_to_reference_input` of tf_keras/src/engine/functional.py.
 */
export function asDeclared(
  { builder, who }: { readonly builder: GraphBuilder; readonly who: string },
  node: NodeSpec | undefined,
  input: Value,
): Value {
  const fields = new Fields(node?.config ?? {}, who);
  const name = node?.name ?? input.name;
  const dtype = fields.get('dtype');
  const declared = isIntegral(dtype) ? 'int32' : 'float32';
  const fits =
    dtype === undefined || (input.dtype === 'float32') === (declared === 'float32') || input.dtype === 'bool';
  const cast = fits ? input : builder.cast(name, input, declared);
  const dims = readShape(fields);
  const missing = (dims?.length ?? cast.rank) - cast.rank;
  const changes = missing === -1 || (missing === 1 && dims?.[cast.rank] === 1);
  if (!changes) return cast;
  const inputs = [cast.name, builder.integers(`${name}/last`, [-1])];
  return {
    ...cast,
    name: builder.add(missing === 1 ? 'Unsqueeze' : 'Squeeze', name, inputs),
    rank: cast.rank + missing,
  };
}

/** Whether a dtype, or the policy that stands for one, is of integers or truth values. */
export function isIntegral(dtype: unknown): boolean {
  const name =
    typeof dtype === 'object' && dtype !== null ? (dtype as { config?: { name?: unknown } }).config?.name : dtype;
  return typeof name === 'string' && /^(u?int|bool)/.test(name);
}

/** The dimensions of an input that no file declares, by the class of what reads it. */
export function usualRank(reader: string | undefined): number {
  return /^(Dense|Embedding|Activation|BatchNormalization)$/.test(reader ?? '') ? 2 : 3;
}

/** `batch_shape` (Keras 3), `batch_input_shape` (Keras 2) or `batchInputShape`, the batch first and free. */
function readShape(fields: Fields): (number | null)[] | undefined {
  const name = ['batch_shape', 'batch_input_shape', 'batchInputShape'].find((candidate) => fields.has(candidate));
  if (name === undefined) return undefined;
  return fields.list(name).map((dim) => {
    if (dim === null || dim === undefined) return null;
    if (Number.isInteger(dim) && (dim as number) > 0 && (dim as number) <= 0x7fffffff) return dim as number;
    throw rangeError(`${fields.who}: ${name}: got ${describeValue(dim)}, expected positive integers or null`);
  });
}
