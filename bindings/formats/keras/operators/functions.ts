import { activationName, type RowFunction, rowFunction } from '../../../graph/general-cells.js';
import type { Operator } from '../../../graph/index.js';

/** Applies a function to each row along the last axis. */
function rows(make: (site: Parameters<Operator>[0]) => RowFunction): Operator {
  return (site) => {
    const { dims } = site.input(0);
    const width = dims.at(-1) ?? 1;
    const size = dims.reduce((product, dim) => product * dim, 1);
    const apply = make(site);
    return {
      outputs: [{ dtype: 'float32', dims }],
      bind: ({ memory, input, output }) => {
        const x = input(0) / 4;
        const out = output(0) / 4;
        return () => {
          memory.f32.copyWithin(out, x, x + size);
          for (let at = 0; at < size; at += width) apply(memory.f32, out + at, width);
        };
      },
    };
  };
}

/** A function of `recurrence/activation.ts` by name. */
export const activation = rows(({ attributes, who }) =>
  rowFunction({
    name: activationName(attributes.string('function'), who),
    alpha: attributes.has('alpha') ? attributes.float('alpha') : undefined,
    beta: attributes.has('beta') ? attributes.float('beta') : undefined,
  }),
);

/** Keras' ReLU layer: bound above at `max`; below `threshold`, slope · (x − threshold). */
export const boundedRelu = rows(({ attributes }) => {
  const slope = attributes.float('slope');
  const threshold = attributes.float('threshold');
  const max = attributes.has('max') ? attributes.float('max') : Number.POSITIVE_INFINITY;
  return (memory, at, size) => {
    for (let i = at; i < at + size; i++) {
      const x = memory[i];
      memory[i] = x < threshold ? slope * (x - threshold) : Math.min(x, max);
    }
  };
});
