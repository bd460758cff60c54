import { GRU, Sequential } from 'hiddenstate';
import { openPool } from 'hiddenstate/parallel';

/** Whether two workers give the bits of one thread. */
export async function parallelAnswer(options) {
  const model = new Sequential([new GRU({ inputSize: 8, hiddenSize: 16, seed: 2 })]);
  const pool = await openPool(model, { threads: 2, minWork: 0, ...options });
  const input = { data: new Float32Array(5 * 4 * 8).fill(0.5), dims: [5, 4, 8] };
  const [one, two] = [model.forward(input), await pool.forward(input)];
  await pool.close();
  return String(one.output.data) === String(two.output.data);
}
