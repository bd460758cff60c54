import { HiddenstateError, rangeError } from '../../errors.js';
import { describeValue } from '../../tensor.js';
import { type CallSpec, type ModelSpec, type TensorRef, tensorsRead } from './config/model-spec.js';

/** A call of a layer, by the layer's name. */
export interface OrderedCall extends CallSpec {
  readonly layer: string;
  /** Under which its outputs are found: that of their references. */
  readonly key: string;
}

/** A call and how many of its tensors are not there yet. */
interface Waiting {
  readonly call: OrderedCall;
  readonly reads: readonly string[];
  missing: number;
}

/** What a reference names, whichever of its outputs. */
export function keyOf({ layer, node }: Pick<TensorRef, 'layer' | 'node'>): string {
  return `${node} ${layer}`;
}

/**
 * The calls of a model, in an order in which every tensor is there before it is read.
 *
 * @throws {Error | RangeError} if there is no such order, or a call is of no layer or has no inputs
 */
export function inOrder({ nodes, inputs }: ModelSpec, who: string): OrderedCall[] {
  const given = new Set(inputs.map(keyOf));
  const waiting: Waiting[] = [];
  for (const { name, className, calls } of nodes) {
    calls.forEach((call, node) => {
      const key = keyOf({ layer: name, node });
      if (given.has(key)) return;
      const reads = tensorsRead(call).map(keyOf);
      if (className === 'InputLayer') {
        throw new HiddenstateError('FILE', `${who}: got inbound nodes of input ${describeValue(name)}, expected none`);
      }
      if (reads.length === 0) {
        throw rangeError(`${who}: layer ${describeValue(name)}: got a call without inputs, expected at least one`);
      }
      waiting.push({ call: { ...call, layer: name, key }, reads, missing: 0 });
    });
  }
  const readers = new Map<string, Waiting[]>();
  for (const each of waiting) {
    for (const key of each.reads) {
      if (given.has(key)) continue;
      each.missing++;
      const others = readers.get(key);
      if (others) others.push(each);
      else readers.set(key, [each]);
    }
  }
  const ready = waiting.filter(({ missing }) => missing === 0);
  // Grows while it is walked.
  for (const { call } of ready) {
    for (const reader of readers.get(call.key) ?? []) if (--reader.missing === 0) ready.push(reader);
  }
  const stuck = waiting.find(({ missing }) => missing > 0);
  if (!stuck) return ready.map(({ call }) => call);
  throw new HiddenstateError(
    'FILE',
    `${who}: layer ${describeValue(stuck.call.layer)}: got inputs that nothing computes, or a cycle`,
  );
}
