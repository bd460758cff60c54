/** Streams of the models that Keras wrote: step by step what Keras gives for the sequence, or a refusal that says why. */
import { describe, expect, it } from 'vitest';
import { HiddenstateError } from '../../bindings/errors.js';
import { type KerasModel, loadKeras } from '../../bindings/formats/keras/index.js';
import { createEngine } from '../../bindings/index.js';
import { relativeError } from '../support/compare.js';
import { numbersOf, sourceOf, WRITTEN, type WrittenCase, writtenBy } from './written.js';

const engine = createEngine();
const TOLERANCE = 3e-6;

/** What a stream cannot do: whole sequences, several inputs or outputs, no state to carry, states of places. */
const REFUSALS =
  /needs the whole sequence|inputs, \d+ outputs and \d+ states|ConvLSTM whose state|stateful layer inside|expected one input/;

/** Every step of a batch, one after the other. */
function stepAll(model: KerasModel, { feeds: [feed] }: WrittenCase): Float32Array[] {
  const [batch, steps] = feed.dims;
  const data = Float32Array.from(numbersOf(feed));
  const width = data.length / batch / steps;
  using stream = model.stream({ batch });
  return Array.from({ length: steps }, (_, t) => {
    const rows = new Float32Array(batch * width);
    for (let b = 0; b < batch; b++)
      rows.set(data.subarray((b * steps + t) * width, (b * steps + t + 1) * width), b * width);
    return stream.step(rows);
  });
}

/** The outputs at a step: of a sequence its row, else what the whole gives at the last one. */
function expectedAt({ feeds: [feed], outputs: [output] }: WrittenCase, t: number): Float32Array | undefined {
  const [batch, steps] = feed.dims;
  const data = Float32Array.from(numbersOf(output));
  if (output.dims.length < 3) return t === steps - 1 ? data : undefined;
  const width = data.length / batch / steps;
  const row = new Float32Array(batch * width);
  for (let b = 0; b < batch; b++)
    row.set(data.subarray((b * steps + t) * width, (b * steps + t + 1) * width), b * width);
  return row;
}

describe.each(WRITTEN)('streams of models of %s', (file) => {
  const { cases } = writtenBy(file);
  const single = cases.filter(({ feeds, outputs }) => feeds.length === 1 && outputs.length === 1);

  it('step as Keras computes, or say what they need', async () => {
    const opened: string[] = [];
    for (const given of single) {
      using model = await loadKeras(sourceOf(Object.values(given.files)[0]), { engine });
      let got: Float32Array[];
      try {
        got = stepAll(model, given);
      } catch (error) {
        expect(error, given.name).toSatisfy((each) => each instanceof HiddenstateError || each instanceof RangeError);
        expect((error as Error).message, given.name).toMatch(REFUSALS);
        continue;
      }
      opened.push(given.name);
      got.forEach((row, t) => {
        const want = expectedAt(given, t);
        if (want) expect(relativeError(row, want), `${given.name}, step ${t}`).toBeLessThanOrEqual(TOLERANCE);
      });
    }
    // Masks go along, and end where a layer ends them.
    const needed = ['mask-embedding-SimpleRNN', 'mask-embedding-LSTM', 'mask-embedding-GRU', 'mask-through-layers'];
    expect(opened).toEqual(expect.arrayContaining([...needed, 'mask-inner-model', 'stateful', 'inner-in-inner']));
    for (const name of ['mask-sequential', 'MaxPooling1D', 'Conv1D-plain', 'ConvLSTM1D-plain', 'UpSampling1D']) {
      expect(opened, name).not.toContain(name);
    }
  });
});
