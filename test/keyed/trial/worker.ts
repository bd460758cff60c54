/** A worker of the fault trial, in a process of its own: `worker.js URL NAME VERSION LEASE`. Its clock jumps when it is told to. */
import { createEngine, GRU } from '../../../bindings/index.js';
import { runKeyed } from '../../../bindings/keyed/index.js';
import { redisLog } from '../../../bindings/keyed/redis/index.js';
import { HIDDEN, INPUT } from './model-sizes.js';

const [url, name, lease] = process.argv.slice(2);
const model = new GRU({ inputSize: INPUT, hiddenSize: HIDDEN, seed: 1, engine: createEngine({ simd: 'baseline' }) });
const stop = new AbortController();
const log = redisLog({ url, name, timeout: 1000 });
const now = Date.now;
process.on('message', (message: { jump?: number }) => {
  if (message.jump === undefined) stop.abort();
  else Date.now = () => now() + (message.jump as number);
});
// Few lanes: keys are spilled and read again all the time.
const worker = runKeyed({ model, log, lease: Number(lease), lanes: 300, name: 'same-name', signal: stop.signal });
process.on('disconnect', () => process.exit());
try {
  await worker.done;
} catch (error) {
  process.send?.({ failure: (error as { code?: string }).code ?? String(error) });
}
await log.close();
process.disconnect?.();
