import { GRU, Sequential, type SequentialResult, type SequentialState } from 'hiddenstate';
import { openPool, type Pool, type PoolOptions, type PoolStream } from 'hiddenstate/parallel';

const model = new Sequential([new GRU({ inputSize: 3, hiddenSize: 2, seed: 1 })]);
const options: PoolOptions = { threads: 2 };
const pool: Pool = await openPool(model, options);
const input = { data: new Float32Array(3 * 4 * 3).fill(1), dims: [3, 4, 3] };
const { output, state }: SequentialResult = await pool.forward(input, { lengths: [3, 2, 1, 3] });
const same = String(output.data) === String(model.forward(input, { lengths: [3, 2, 1, 3] }).output.data);
const stream: PoolStream = await pool.stream({ batch: 4, state });
await stream.reset(undefined, { lane: 3 });
const lane: SequentialState = await stream.stateOf(0);
await stream.reset(lane, { lane: 1 });
const y: Float32Array = await stream.step(new Float32Array(12));
await stream.dispose();
await pool.close();
console.log(JSON.stringify([output.dims, same, y.length]));
