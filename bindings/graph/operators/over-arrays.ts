import { STORAGE, type Values, type ViewName } from '../dtype.js';
import { Memory } from '../memory.js';
import type { Computed, Known, Place, Prepared, Step } from '../operator.js';

/**
 * Computes elements of one array from those of others, wherever they lie: in wasm memory when a plan runs, in arrays of their
 * own when it is folded.
 *
 * @param o where what is written begins
 * @param at where each of what is read begins
 */
export type OverArrays = (to: Values, o: number, from: readonly Values[], at: readonly number[]) => void;

/** What an operator makes of a site whose only output such a function computes from its first inputs. */
export function overArrays(inputs: readonly Known[], output: Computed, compute: OverArrays): Prepared {
  return {
    outputs: [output],
    bind: (place) => bindOver(place, inputs, output, compute),
    fold: ([to], constants) => {
      const from: Values[] = [];
      for (let i = 0; i < inputs.length; i++) from.push(constants[i].data);
      compute(to, 0, from, new Array(inputs.length).fill(0));
    },
  };
}

function bindOver(
  { memory, input, output }: Place,
  inputs: readonly Known[],
  out: Computed,
  compute: OverArrays,
): Step {
  const { view } = STORAGE[out.dtype];
  const o = Memory.index(output(0), view);
  const views: ViewName[] = [];
  const at: number[] = [];
  for (let i = 0; i < inputs.length; i++) {
    views.push(STORAGE[inputs[i].dtype].view);
    at.push(Memory.index(input(i), views[i]));
  }
  const from: Values[] = views.map((name) => memory[name]);
  return () => {
    for (let i = 0; i < views.length; i++) from[i] = memory[views[i]];
    compute(memory[view], o, from, at);
  };
}
