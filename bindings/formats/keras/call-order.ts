import { HiddenstateError, rangeError } from '../../errors.js';
import { describeValue } from '../../tensor.js';
import type { CallSpec, ModelSpec, TensorRef } from './config/model-spec.js';
import type { BuiltLayer } from './layers/layer.js';

/** A call of a layer. */
export interface LayerCall extends CallSpec {
  /** Under which its outputs are found: that of their references. */
  readonly key: string;
  readonly layer: BuiltLayer;
}

/** A call and how many of its tensors are not there yet. */
interface Waiting {
  readonly name: string;
  readonly call: LayerCall;
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
export function inOrder(
  { nodes, inputs }: ModelSpec,
  layers: ReadonlyMap<string, BuiltLayer>,
  who: string,
): LayerCall[] {
  const given = new Set(inputs.map(keyOf));
  const all = nodes.flatMap(({ name, calls }) =>
    calls.map((call, node) => ({ name, call, key: keyOf({ layer: name, node }) })),
  );
  const waiting = all
    .filter(({ key }) => !given.has(key))
    .map(({ name, call, key }): Waiting => {
      const layer = layers.get(name);
      if (!layer)
        throw new HiddenstateError('FILE', `${who}: got inbound nodes of input ${describeValue(name)}, expected none`);
      if (call.inputs.length === 0) {
        throw rangeError(`${who}: layer ${describeValue(name)}: got a call without inputs, expected at least one`);
      }
      return { name, call: { ...call, key, layer }, missing: 0 };
    });
  const readers = new Map<string, Waiting[]>();
  for (const each of waiting) {
    for (const key of [...each.call.inputs, ...each.call.states].map(keyOf)) {
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
    `${who}: layer ${describeValue(stuck.name)}: got inputs that nothing computes, or a cycle`,
  );
}
