import { rangeError, typeError } from '../errors.js';
import { describeValue, elementCount, formatDims } from '../tensor.js';
import { assertOuter, type Dtype, type OuterValues } from './dtype.js';
import type { ValueInfo } from './graph.js';

/** A tensor that goes into a graph: an onnxruntime tensor fits as it is, and for float32 one of the library's own. */
export interface FeedTensor {
  /** float32, float64: their arrays; int64: BigInt64Array; bool: Uint8Array; float16: the bits in a Uint16Array … */
  readonly data: ArrayLike<number> | ArrayLike<bigint>;
  readonly dims: readonly number[];
}

/** A tensor that comes out of a graph. */
export interface GraphTensor {
  readonly type: Dtype;
  readonly data: OuterValues;
  readonly dims: readonly number[];
}

/** Tensors by the names of a graph's inputs. */
export type Feeds = Readonly<Record<string, FeedTensor>>;

/**
 * Checks a feed against the input it is for.
 *
 * @throws {TypeError} if it is no tensor, or of another type
 * @throws {RangeError} if its dims are not those declared, or do not fit its data
 */
export function checkFeed(
  feed: unknown,
  { name, dtype = 'float32', dims: declared }: ValueInfo,
  who: string,
): FeedTensor {
  const label = `${who}: feed ${JSON.stringify(name)}`;
  const { data, dims } = (feed ?? {}) as Partial<FeedTensor>;
  if (data === undefined || !Array.isArray(dims)) {
    throw typeError(`${label}: got ${describeValue(feed)}, expected a tensor { data, dims } of ${dtype}`);
  }
  assertOuter(data, dtype, label);
  const count = elementCount(dims, label);
  if (count !== data.length) {
    throw rangeError(`${label}: got ${data.length} elements, expected ${count} for dims ${formatDims(dims)}`);
  }
  if (!fitsDims(dims, declared)) {
    throw rangeError(
      `${label}: got dims ${formatDims(dims)}, expected ${formatDims((declared ?? []).map((dim) => dim ?? '?'))}`,
    );
  }
  return feed as FeedTensor;
}

/** Whether dims are those declared. A scalar is also taken as one element of any rank: what it is for cannot tell the difference. */
export function fitsDims(dims: readonly number[], declared: ValueInfo['dims']): boolean {
  if (!declared) return true;
  if (declared.length === 0) return dims.every((dim) => dim === 1);
  if (dims.length !== declared.length) return false;
  for (let d = 0; d < dims.length; d++) if (typeof declared[d] === 'number' && declared[d] !== dims[d]) return false;
  return true;
}
