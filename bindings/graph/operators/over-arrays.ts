import { STORAGE, type Values } from '../dtype.js';
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

/** The same for several outputs. */
export type OverAll = (
  to: readonly Values[],
  o: readonly number[],
  from: readonly Values[],
  at: readonly number[],
) => void;

/** What an operator makes of a site whose only output such a function computes from its first inputs. */
export function overArrays(
  inputs: readonly (Known | undefined)[],
  output: Computed,
  compute: OverArrays,
): Prepared & { readonly bind: (place: Place) => Step } {
  return overAll(inputs, [output], (to, o, from, at) => compute(to[0], o[0], from, at));
}

/**
 * What an operator makes of a site whose outputs such a function computes from its first inputs. Of an input that is left out it is
 * given an empty array.
 */
export function overAll(
  inputs: readonly (Known | undefined)[],
  outputs: readonly Computed[],
  compute: OverAll,
): Prepared & { readonly bind: (place: Place) => Step } {
  return {
    outputs,
    bind: (place) => bindOver(place, inputs, outputs, compute),
    fold: (to, constants) => {
      const from = inputs.map((input, i) => (input ? constants[i].data : NOTHING));
      compute(to, new Array(outputs.length).fill(0), from, new Array(inputs.length).fill(0));
    },
  };
}

const NOTHING: Values = new Float32Array(0);

/** Copies a run of elements from one array to another, or within one. */
export function copyRun(to: Values, o: number, from: Values, i: number, count: number): void {
  if (to === from && count > FEW) to.copyWithin(o, i, i + count);
  else for (let k = 0; k < count; k++) to[o + k] = from[i + k];
}

/** Below so many elements a loop is faster than `copyWithin`. */
const FEW = 24;

function bindOver(
  { memory, input, output }: Place,
  inputs: readonly (Known | undefined)[],
  outputs: readonly Computed[],
  compute: OverAll,
): Step {
  const places = (known: readonly (Known | undefined)[], address: (i: number) => number) => {
    const views = known.map((each) => each && STORAGE[each.dtype].view);
    const at = views.map((view, i) => (view ? Memory.index(address(i), view) : 0));
    const arrays: Values[] = views.map((view) => (view ? memory[view] : NOTHING));
    const refresh = () => {
      for (let i = 0; i < views.length; i++) {
        const view = views[i];
        if (view) arrays[i] = memory[view];
      }
    };
    return { at, arrays, refresh };
  };
  const from = places(inputs, input);
  const to = places(outputs, output);
  return () => {
    from.refresh();
    to.refresh();
    compute(to.arrays, to.at, from.arrays, from.at);
  };
}
