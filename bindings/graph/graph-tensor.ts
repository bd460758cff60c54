import { rangeError, typeError } from '../errors.js';
import { describeValue, elementCount, formatDims } from '../tensor.js';
import { assertOuter, type Dtype, holdsType, type OuterValues } from './dtype.js';
import type { ValueInfo } from './graph.js';

/** A tensor that goes into a graph: an onnxruntime tensor fits as it is, and for float32 one of the library's own. */
export interface FeedTensor {
  /** float32, float64: their arrays; int64: BigInt64Array; bool: Uint8Array; float16: the bits in a Uint16Array; string: string[] … */
  readonly data: ArrayLike<number> | ArrayLike<bigint> | readonly string[];
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
  const { data, dims } = (feed ?? {}) as Partial<FeedTensor>;
  // Every run comes through here: its words are joined only if they are needed.
  if (data !== undefined && holdsType(data, dtype) && Array.isArray(dims) && areSizes(dims, data.length)) {
    if (fitsDims(dims, declared)) return feed as FeedTensor;
  }
  const label = `${who}: feed ${JSON.stringify(name)}`;
  if (data === undefined || !Array.isArray(dims)) {
    throw typeError(`${label}: got ${describeValue(feed)}, expected a tensor { data, dims } of ${dtype}`);
  }
  assertOuter(data, dtype, label);
  const count = elementCount(dims, label);
  if (count !== data.length) {
    throw rangeError(`${label}: got ${data.length} elements, expected ${count} for dims ${formatDims(dims)}`);
  }
  throw rangeError(
    `${label}: got dims ${formatDims(dims)}, expected ${formatDims((declared ?? []).map((dim) => dim ?? '?'))}`,
  );
}

/** Whether dims are dims, of so many elements. */
function areSizes(dims: readonly unknown[], count: number): boolean {
  let product = 1;
  for (const dim of dims) {
    if (!Number.isSafeInteger(dim) || (dim as number) < 0) return false;
    product *= dim as number;
    if (product > Number.MAX_SAFE_INTEGER) return false;
  }
  return product === count;
}

/** Whether dims are those declared. A scalar is also taken as one element of any rank: what it is for cannot tell the difference. */
export function fitsDims(dims: readonly number[], declared: ValueInfo['dims']): boolean {
  if (!declared) return true;
  if (declared.length === 0) return dims.every((dim) => dim === 1);
  if (dims.length !== declared.length) return false;
  for (let d = 0; d < dims.length; d++) if (typeof declared[d] === 'number' && declared[d] !== dims[d]) return false;
  return true;
}
