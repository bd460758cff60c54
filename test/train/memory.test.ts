/** A tape keeps to its own memory, takes it once, and gives it back. */
import { describe, expect, it } from 'vitest';
import type { Sequential, Tensor } from '../../bindings/index.js';
import { Adam, clipGradientNorm, SGD, Tape } from '../../bindings/train/index.js';
import { guard } from '../kernels/guarded-engine.js';
import { BUILDS } from '../support/builds.js';
import { mulberry32 } from '../support/random.js';
import { Draw } from './draw-model.js';

/** An input of a chain for a batch and steps, indices where it begins with an Embedding. */
function inputOf(draw: Draw, model: Sequential, steps: number, batch: number): Tensor {
  const batchFirst = model.modules.some((module) => 'batchFirst' in module && module.batchFirst);
  const lead = batchFirst ? [batch, steps] : [steps, batch];
  if (model.modules[0].type !== 'Embedding') return draw.tensor([...lead, model.inputSize]);
  return { data: Float32Array.from({ length: steps * batch }, () => Math.floor(draw.random() * 13)), dims: lead };
}

const finite = (data: Float32Array) => data.every(Number.isFinite);

describe.each(BUILDS)('the memory of a tape on the $name build', ({ create }) => {
  it('is all it writes, whatever the model, the batch, the lengths', () => {
    const engine = create();
    const watch = guard(engine);
    const draw = new Draw(mulberry32(20261124));
    for (let round = 0; round < 12; round++) {
      using model = draw.chain(engine);
      const [steps, batch] = [draw.upTo(9), draw.upTo(9)];
      using tape = new Tape(model, { batch, steps, inputGradient: draw.chance(), dropout: draw.chance() ? 0.3 : 0 });
      using optimizer = draw.chance() ? new Adam(tape.parameters) : new SGD(tape.parameters, { momentum: 0.9 });
      const inUse = engine.bytesInUse;
      for (let step = 0; step < 3; step++) {
        const [t, b] = [draw.upTo(steps), draw.upTo(batch)];
        const lengths = draw.chance() ? Array.from({ length: b }, () => draw.upTo(t)) : undefined;
        const { output, state } = tape.forward(inputOf(draw, model, t, b), { lengths });
        const { input } = tape.backward(draw.tensor(output.dims), { stateGradient: state });
        clipGradientNorm(tape.parameters, 1);
        optimizer.step();
        expect(finite(output.data)).toBe(true);
        expect(input === undefined || finite(input.data)).toBe(true);
        expect([...tape.parameters].every(({ gradient }) => finite(gradient))).toBe(true);
      }
      expect(engine.bytesInUse).toBe(inUse);
    }
    expect(watch.slabs).toBeGreaterThan(12);
    expect(watch.broken()).toEqual([]);
    expect(engine.bytesInUse).toBe(0);
  });
});
