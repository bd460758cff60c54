import { type Dtype, STORAGE, type Values } from '../dtype.js';
import type { TensorValue } from '../graph.js';
import type { Loops } from '../loops.js';
import { Memory } from '../memory.js';
import type { Computed, Place, Prepared, Step } from '../operator.js';

/** Below so many elements a loop is faster than `copyWithin`. */
const FEW = 24;

/** Up to so many the kernel is. */
const MANY = 512;

/** Elements of an input that become elements of an output: in the loops, operand 0 is written, operand 1 read. */
export interface Copy {
  readonly input: number;
  readonly output: number;
  readonly loops: Loops;
}

/** What an operator makes of a site whose outputs, all of one type, are elements of its inputs in other places. */
export function copying(outputs: readonly Computed[], copies: readonly Copy[]): Prepared {
  return {
    outputs,
    bind: (place) => bindCopies(place, outputs[0].dtype, copies),
    fold: (to, from) => {
      for (const { input, output, loops } of copies) copyElements(to[output], from[input], loops);
    },
  };
}

function bindCopies(place: Place, dtype: Dtype, copies: readonly Copy[]): Step {
  const steps: Step[] = [];
  for (const { input, output, loops } of copies) {
    steps.push(copyStep(place, dtype, place.output(output), place.input(input), loops));
  }
  if (steps.length === 1) return steps[0];
  return () => {
    for (const step of steps) step();
  };
}

/** Copies elements of one type from an address to another. */
export function copyStep({ memory, graphKernels }: Place, dtype: Dtype, to: number, from: number, loops: Loops): Step {
  const { view, bytes } = STORAGE[dtype];
  const o = Memory.index(to, view);
  const x = Memory.index(from, view);
  const { inner, outer, steps, starts } = loops;
  const [toStarts, fromStarts] = starts;
  const [toStep, fromStep] = steps;
  const isRun = toStep === 1 && fromStep === 1;
  if (bytes === 4 && (inner <= MANY || !isRun)) {
    const { rows, toRow, fromRow } = evenRows(loops);
    return () => {
      for (let k = 0; k < outer; k += rows) {
        const target = to + toStarts[k] * 4;
        graphKernels.copyBlock(target, from + fromStarts[k] * 4, toRow, toStep, fromRow, fromStep, rows, inner);
      }
    };
  }
  if (isRun && inner > FEW) {
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

/** How many loops begin as far apart as the first two do, again and again: each such group is one call of the kernel. */
function evenRows({ outer, starts }: Loops): { rows: number; toRow: number; fromRow: number } {
  const [to, from] = starts;
  if (outer < 2) return { rows: 1, toRow: 0, fromRow: 0 };
  const [toRow, fromRow] = [to[1] - to[0], from[1] - from[0]];
  const isEven = (k: number) => to[k] - to[k - 1] === toRow && from[k] - from[k - 1] === fromRow;
  let rows = 2;
  while (rows < outer && isEven(rows)) rows++;
  for (let k = 0; k < outer; k++) if (k % rows !== 0 && !isEven(k)) return { rows: 1, toRow: 0, fromRow: 0 };
  return outer % rows === 0 ? { rows, toRow, fromRow } : { rows: 1, toRow: 0, fromRow: 0 };
}

/** Copies known elements into an array of their type, while a plan is made. */
function copyElements(to: Values, from: TensorValue, { inner, outer, steps, starts }: Loops): void {
  const [toStep, fromStep] = steps;
  const [toStarts, fromStarts] = starts;
  if (toStep === 1 && fromStep === 1 && inner > FEW) {
    // Runs are copied as the file holds them, if it does: to decode a whole matrix first would be to copy it twice.
    const bytes = from.pieces?.length === 1 ? from.pieces[0] : undefined;
    const width = bytes ? to.BYTES_PER_ELEMENT : 1;
    const target = bytes ? new Uint8Array(to.buffer) : to;
    const source = bytes ?? from.data;
    for (let k = 0; k < outer; k++) {
      const start = fromStarts[k] * width;
      target.set(source.subarray(start, start + inner * width), toStarts[k] * width);
    }
    return;
  }
  const { data } = from;
  for (let k = 0; k < outer; k++) {
    let a = toStarts[k];
    let b = fromStarts[k];
    for (let i = 0; i < inner; i++, a += toStep, b += fromStep) to[a] = data[b];
  }
}
