/** A training step takes no memory of wasm and little of JavaScript; a state of an optimiser continues bit for bit. */
import { expect, it } from 'vitest';
import { LSTM } from '../../bindings/index.js';
import { Adam, clipGradientNorm, SGD, Tape } from '../../bindings/train/index.js';
import { BUILDS } from '../support/builds.js';
import { mulberry32 } from '../support/random.js';
import { Draw } from './draw-model.js';

const [STEPS, BATCH, SIZE] = [20, 8, 32];
const [{ create }] = BUILDS;
const draw = new Draw(mulberry32(1));
const input = draw.tensor([STEPS, BATCH, SIZE]);
const gradient = draw.tensor([STEPS, BATCH, SIZE]);

function trainer(engine = create()) {
  const layer = new LSTM({ inputSize: SIZE, hiddenSize: SIZE, engine, seed: 1 });
  const tape = new Tape(layer, { batch: BATCH, steps: STEPS });
  return { engine, layer, tape, adam: new Adam(tape.parameters), sgd: new SGD(tape.parameters, { momentum: 0.9 }) };
}

function train({ tape, adam, sgd }: ReturnType<typeof trainer>, steps: number): void {
  for (let step = 0; step < steps; step++) {
    tape.forward(input);
    tape.zeroGradients();
    tape.backward(gradient);
    clipGradientNorm(tape.parameters, 1);
    adam.step();
    sgd.step();
  }
}

it('a thousand steps leave memory as it was', () => {
  const all = trainer();
  // Until the compilers of the host have done what they will do.
  train(all, 1500);
  const { buffer } = all.engine.memory;
  const { bytesInUse } = all.engine;
  global.gc?.();
  const before = process.memoryUsage().heapUsed;
  train(all, 1000);
  const made = process.memoryUsage().heapUsed - before;
  global.gc?.();
  const kept = process.memoryUsage().heapUsed - before;
  console.log(
    `a training step: ${Math.max(0, Math.round(made / 1000))} bytes of JavaScript between collections, ${Math.round(kept / 1000)} kept`,
  );
  expect(all.engine.memory.buffer).toBe(buffer);
  expect(all.engine.bytesInUse).toBe(bytesInUse);
  expect(kept / 1000).toBeLessThan(100);
});

it('an optimiser goes on from its state bit for bit', () => {
  const whole = trainer();
  train(whole, 6);
  const first = trainer();
  train(first, 3);
  const second = trainer();
  second.layer.loadStateDict(first.layer.stateDict());
  second.tape.parameters.pull();
  second.adam.loadStateDict(first.adam.stateDict());
  second.sgd.loadStateDict(first.sgd.stateDict());
  train(second, 3);
  expect(second.layer.stateDict()).toEqual(whole.layer.stateDict());
});

it('a stream sees the weights of the last step', () => {
  const all = trainer();
  const stream = all.layer.stream();
  train(all, 2);
  const x = input.data.subarray(0, SIZE);
  const { output } = all.layer.forward({ data: x, dims: [1, SIZE] });
  expect(stream.step(x)).toEqual(output.data);
});
