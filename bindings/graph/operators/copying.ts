import { type Dtype, STORAGE } from '../dtype.js';
import type { Loops } from '../loops.js';
import { Memory } from '../memory.js';
import type { Place, Step } from '../operator.js';

/** Below so many elements a loop is faster than `copyWithin`. */
const FEW = 24;

/**
 * A step that copies elements as loops say: operand 0 is written, operand 1 read.
 *
 * @param to address of what is written
 * @param from address of what is read
 */
export function copyStep({ memory }: Place, dtype: Dtype, to: number, from: number, loops: Loops): Step {
  const { view } = STORAGE[dtype];
  const o = Memory.index(to, view);
  const x = Memory.index(from, view);
  const { inner, outer, steps, starts } = loops;
  const [toStarts, fromStarts] = starts;
  const [toStep, fromStep] = steps;
  if (toStep === 1 && fromStep === 1 && inner > FEW) {
    return () => {
      const values = memory[view];
      for (let k = 0; k < outer; k++) {
        const start = x + fromStarts[k];
        values.copyWithin(o + toStarts[k], start, start + inner);
      }
    };
  }
  return () => {
    const values = memory[view];
    for (let k = 0; k < outer; k++) {
      let a = o + toStarts[k];
      let b = x + fromStarts[k];
      for (let i = 0; i < inner; i++, a += toStep, b += fromStep) values[a] = values[b];
    }
  };
}
