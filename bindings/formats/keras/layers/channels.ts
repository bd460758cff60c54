import type { StoredTensor } from '../files/hdf5.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import type { LayerContext } from './layer.js';

/** Whether the features come last, as Keras' default has it. */
export function channelsLast({ fields }: Pick<LayerContext, 'fields'>): boolean {
  return fields.choice('data_format', ['channels_last', 'channels_first'], 'channels_last') === 'channels_last';
}

/** The order of dimensions that brings the last one behind the first; `back` undoes it. */
export function channelsFirstOrder(rank: number, back: boolean): number[] {
  const spatial = Array.from({ length: rank - 2 }, (_, i) => i + 1);
  return back ? [0, ...spatial.map((axis) => axis + 1), 1] : [0, rank - 1, ...spatial];
}

/** Applies nodes of [B, C, …] to a value of either layout; the rank stays. */
export function inChannels(context: LayerContext, x: Value, node: (input: string) => string): Value {
  const { builder, name } = context;
  const input = builder.asFloats(name, x).name;
  const like = { dtype: 'float32', rank: x.rank, timed: x.timed } as const;
  if (!channelsLast(context)) return { name: node(input), ...like };
  const turned = (value: string, back: boolean) =>
    builder.add('Transpose', name, [value], { perm: channelsFirstOrder(x.rank, back) });
  return { name: turned(node(turned(input, false)), true), ...like };
}

/** A weight, its dimensions in another order. */
export function permuted({ data, dims }: StoredTensor, perm: readonly number[]): StoredTensor {
  const strides = dims.map((_, d) => dims.slice(d + 1).reduce((product, dim) => product * dim, 1));
  const own = perm.map((axis) => dims[axis]);
  const steps = perm.map((axis) => strides[axis]);
  const turned = new Float32Array(data.length);
  const at = own.map(() => 0);
  let from = 0;
  for (let to = 0; to < turned.length; to++) {
    turned[to] = data[from];
    for (let d = own.length - 1; d >= 0; d--) {
      from += steps[d];
      if (++at[d] < own[d]) break;
      from -= steps[d] * own[d];
      at[d] = 0;
    }
  }
  return { dims: own, data: turned };
}

/** A constant of a weight. */
export function constantOf(builder: GraphBuilder, label: string, { dims, data }: StoredTensor): string {
  return builder.floats(label, dims, data);
}
