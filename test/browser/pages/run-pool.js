import { noise } from './noise.js';
import { toBits } from './run-cases.js';

/** What a pool gives, and whether it has the bits of the calling thread; a small call stays there, and starts nothing. */
export async function runPool({ createEngine, GRU, Sequential }, openPool) {
  const engine = createEngine({ simd: 'baseline' });
  const model = new Sequential([new GRU({ inputSize: 16, hiddenSize: 24, seed: 3, engine })]);
  const pool = await openPool(model, { threads: 2, minWork: 0 });
  const batch = { data: noise(20 * 64 * 16), dims: [20, 64, 16] };
  const { output } = await pool.forward(batch);
  const stream = await pool.stream({ batch: 64 });
  const rows = (t) => batch.data.subarray(t * 64 * 16, (t + 1) * 64 * 16);
  const steps = await Promise.all(Array.from({ length: 20 }, (_, t) => stream.step(rows(t))));
  await pool.close();
  const alone = toBits(model.forward(batch).output.data);
  return {
    numbers: { forward: toBits(output.data) },
    forward: String(toBits(output.data)) === String(alone),
    steps: String(toBits(Float32Array.from(steps.flatMap((each) => [...each])))) === String(alone),
  };
}
