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
