import { HiddenstateError, rangeError } from '../../errors.js';
import { describeValue, type StateDict } from '../../tensor.js';
import type { AmplifierDescription, AmplifierModule } from './description.js';
import { isObject, type JsonObject, numbersOf, sizeIn, wrongField } from './json-fields.js';

/** Activations by RTNeural's names. */
const ACTIVATIONS: Readonly<Record<string, AmplifierModule['type']>> = {
  tanh: 'Tanh',
  relu: 'ReLU',
  sigmoid: 'Sigmoid',
  softmax: 'Softmax',
};

/**
 * Reads a model of RTNeural: layers with Keras' kernels, transposed and in Keras' order of gates (LSTM i f c o, GRU z r h).
 *
 * Source: RTNeural, RTNeural/model_loader.h and python/model_utils.py.
 *
 * @throws {HiddenstateError} if it has a layer that is not recurrent, dense or an activation, or is damaged
 */
export function describeRtneural(file: JsonObject, who: string): AmplifierDescription {
  const { in_shape: shape, layers } = file;
  if (!Array.isArray(shape) || !Array.isArray(layers) || layers.length === 0) {
    throw wrongField(who, 'layers', layers, 'a list of layers, and in_shape');
  }
  const modules: AmplifierModule[] = [];
  let width = lastOf(shape, `${who}: in_shape`);
  layers.forEach((layer: unknown, i) => {
    const where = `${who}: layer ${i}`;
    if (!isObject(layer)) throw wrongField(who, `layer ${i}`, layer, 'an object');
    const units = lastOf(layer.shape, `${where}: shape`);
    modules.push(...modulesOf(layer, width, units, where));
    width = units;
  });
  const rate = file.samplerate ?? file.sample_rate;
  return {
    format: 'rtneural',
    sampleRate: typeof rate === 'number' && rate > 0 ? rate : undefined,
    modules,
    skip: file.in_skip === 1,
  };
}

function modulesOf(layer: JsonObject, inputs: number, units: number, who: string): AmplifierModule[] {
  const { type, activation = '' } = layer;
  const weights: readonly unknown[] = Array.isArray(layer.weights) ? layer.weights : [];
  if (type === 'lstm') return [{ type: 'LSTM', tensors: recurrent(weights, inputs, units, LSTM_BLOCKS, who) }];
  if (type === 'gru') return [{ type: 'GRU', tensors: recurrent(weights, inputs, units, GRU_BLOCKS, who) }];
  if (type === 'dense' || type === 'time-distributed-dense') {
    const weight = transposed(numbersOf(weights[0], [inputs, units], who), inputs, [0], units);
    const bias = numbersOf(weights[1], [units], who);
    const dense = { weight: { data: weight, dims: [units, inputs] }, bias: { data: bias, dims: [units] } };
    return [{ type: 'Linear', tensors: dense }, ...activationOf(activation, who)];
  }
  if (type === 'activation') return activationOf(activation, who);
  throw new HiddenstateError(
    'UNSUPPORTED',
    `${who}: got type ${describeValue(type)}, expected lstm, gru, dense, time-distributed-dense or activation`,
  );
}

/** Block k of PyTorch's gates is block BLOCKS[k] of Keras'. */
const LSTM_BLOCKS = [0, 1, 2, 3];
const GRU_BLOCKS = [1, 0, 2];

function recurrent(
  weights: readonly unknown[],
  I: number,
  H: number,
  blocks: readonly number[],
  who: string,
): StateDict {
  const rows = blocks.length * H;
  const isGru = blocks.length === 3;
  const kernel = transposed(numbersOf(weights[0], [I, rows], who), I, blocks, H);
  const recurrentKernel = transposed(numbersOf(weights[1], [H, rows], who), H, blocks, H);
  const biases = numbersOf(weights[2], isGru ? [2, rows] : [rows], who);
  const bias = (row: number) => reordered(biases.subarray(row * rows, (row + 1) * rows), blocks, H);
  return {
    weight_ih_l0: { data: kernel, dims: [rows, I] },
    weight_hh_l0: { data: recurrentKernel, dims: [rows, H] },
    bias_ih_l0: { data: bias(0), dims: [rows] },
    bias_hh_l0: { data: isGru ? bias(1) : new Float32Array(rows), dims: [rows] },
  };
}

/** [columns, blocks × H] of Keras as [blocks × H, columns] of PyTorch, blocks in PyTorch's order. */
function transposed(kernel: Float32Array, columns: number, blocks: readonly number[], H: number): Float32Array {
  const width = blocks.length * H;
  const out = new Float32Array(kernel.length);
  blocks.forEach((from, to) => {
    for (let unit = 0; unit < H; unit++) {
      for (let c = 0; c < columns; c++) out[(to * H + unit) * columns + c] = kernel[c * width + from * H + unit];
    }
  });
  return out;
}

function reordered(bias: Float32Array, blocks: readonly number[], H: number): Float32Array {
  const out = new Float32Array(bias.length);
  blocks.forEach((from, to) => {
    out.set(bias.subarray(from * H, (from + 1) * H), to * H);
  });
  return out;
}

function activationOf(activation: unknown, who: string): AmplifierModule[] {
  if (activation === '' || activation === 'linear') return [];
  if (typeof activation === 'string' && Object.hasOwn(ACTIVATIONS, activation))
    return [{ type: ACTIVATIONS[activation] }];
  throw new HiddenstateError(
    'UNSUPPORTED',
    `${who}: got activation ${describeValue(activation)}, expected one of ${Object.keys(ACTIVATIONS).join(', ')}`,
  );
}

function lastOf(shape: unknown, who: string): number {
  if (!Array.isArray(shape)) throw rangeError(`${who}: got ${describeValue(shape)}, expected a list`);
  return sizeIn({ size: shape.at(-1) }, 'size', who);
}
