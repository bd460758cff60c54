import { HiddenstateError, rangeError } from '../../errors.js';
import { describeValue, type StateDict } from '../../tensor.js';
import type { AmplifierDescription } from './description.js';
import { type JsonObject, numbersOf, objectIn, sizeIn } from './json-fields.js';

/**
 * Reads an LSTM of Neural Amp Modeler. Its weights are one list: for each layer the rows [4H, I + H] of both products side by
 * side, gates i f g o; the bias [4H]; the trained h and c; then the head's weights and its bias.
 *
 * Source: NeuralAmpModelerCore, NAM/lstm.cpp.
 *
 * @throws {HiddenstateError} if it is another architecture, or damaged
 */
export function describeNam(file: JsonObject, who: string): AmplifierDescription {
  const { architecture } = file;
  if (architecture !== 'LSTM') {
    throw new HiddenstateError(
      'UNSUPPORTED',
      `${who}: got a Neural Amp Modeler file of architecture ${describeValue(architecture)}, expected "LSTM": ` +
        'the others are not recurrent; train with --architecture LSTM, or convert it with a tool that knows both',
    );
  }
  const config = objectIn(file, 'config', who);
  const [layers, H, I] = ['num_layers', 'hidden_size', 'input_size'].map((name) =>
    sizeIn(config, name, `${who}: config`),
  );
  const outputs = sizeIn(config, 'out_channels', `${who}: config`, 1);
  const { weights } = file;
  const expected = countOf(layers, H, I, outputs);
  if (!Array.isArray(weights) || weights.length !== expected) {
    throw rangeError(`${who}: weights: got ${describeValue(weights)}, expected a list of ${expected}`);
  }
  const numbers = numbersOf(weights, [expected], who);
  let at = 0;
  const take = (count: number) => {
    at += count;
    return numbers.subarray(at - count, at);
  };
  const tensors: StateDict = {};
  const state: StateDict = {
    h: { data: new Float32Array(layers * H), dims: [layers, 1, H] },
    c: { data: new Float32Array(layers * H), dims: [layers, 1, H] },
  };
  for (let layer = 0; layer < layers; layer++) {
    const width = layer === 0 ? I : H;
    const { left, right } = splitColumns(take(4 * H * (width + H)), 4 * H, width, H);
    tensors[`weight_ih_l${layer}`] = { data: left, dims: [4 * H, width] };
    tensors[`weight_hh_l${layer}`] = { data: right, dims: [4 * H, H] };
    tensors[`bias_ih_l${layer}`] = { data: take(4 * H), dims: [4 * H] };
    tensors[`bias_hh_l${layer}`] = { data: new Float32Array(4 * H), dims: [4 * H] };
    state.h.data.set(take(H), layer * H);
    state.c.data.set(take(H), layer * H);
  }
  const head = {
    weight: { data: take(outputs * H), dims: [outputs, H] },
    bias: { data: take(outputs), dims: [outputs] },
  };
  const rate = file.sample_rate;
  return {
    format: 'nam',
    // Files before 0.5 do not say it: Neural Amp Modeler took 48 kHz then.
    sampleRate: typeof rate === 'number' && rate > 0 ? rate : 48000,
    modules: [
      { type: 'LSTM', tensors, state },
      { type: 'Linear', tensors: head },
    ],
    skip: false,
  };
}

function countOf(layers: number, H: number, I: number, outputs: number): number {
  const layer = (width: number) => 4 * H * (width + H) + 4 * H + 2 * H;
  return layer(I) + (layers - 1) * layer(H) + outputs * (H + 1);
}

/** Cuts the rows of a matrix in two. */
function splitColumns(matrix: Float32Array, rows: number, columns: number, rest: number) {
  const left = new Float32Array(rows * columns);
  const right = new Float32Array(rows * rest);
  for (let row = 0; row < rows; row++) {
    const start = row * (columns + rest);
    left.set(matrix.subarray(start, start + columns), row * columns);
    right.set(matrix.subarray(start + columns, start + columns + rest), row * rest);
  }
  return { left, right };
}
