import { matrixBytes, products } from '../cases/plan.js';

/** Multiply-adds of one timed run: enough that calling it costs nothing beside it, and that whole passes come close to it. */
const SAMPLE = 1 << 24;

/**
 * The machine's ceiling for a case as something to time: what the same multiply-adds take when nothing else is done.
 * A step reads all its weights once. A sequence multiplies all its inputs at once, which is a gemm, and then reads the
 * recurrent weights at every step. A batch is a gemm throughout.
 *
 * @param ceiling of one build
 */
export function ceilingEntry(id, ceiling, one) {
  const { input, all } = products(one);
  const parts = {
    streaming: () => [[ceiling.pass(2 * matrixBytes(one)), all]],
    sequence: () => [
      [ceiling.multiplyAdds(), input],
      [ceiling.pass(matrixBytes(one)), all - input],
    ],
    batch: () => [[ceiling.multiplyAdds(), all]],
    many: () => [[ceiling.multiplyAdds(), all]],
    gemv: () => [[ceiling.pass(2 * matrixBytes(one)), all]],
    gemm: () => [[ceiling.multiplyAdds(), all]],
  }[one.kind]();
  const fraction = SAMPLE / all;
  const runs = parts.map(([run, count]) => {
    const repeats = Math.max(1, Math.round((count * fraction) / run(1)));
    return () => run(repeats);
  });
  const run = () => {
    for (const part of runs) part();
  };
  return { id, first: 0, scale: 1 / fraction, run };
}
