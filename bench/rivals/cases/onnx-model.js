import onnxProto from 'onnx-proto';
import { reorderBlocks } from './data.js';

const { onnx } = onnxProto;
const FLOAT = onnx.TensorProto.DataType.FLOAT;
const OPERATORS = { lstm: 'LSTM', gru: 'GRU', rnn: 'RNN' };
/** ONNX' gate blocks by PyTorch's: i o f c from i f g o, z r h from r z n. */
const ORDERS = { lstm: [0, 3, 1, 2], gru: [1, 0, 2], rnn: [0] };

function initializer(name, dims, data) {
  return { name, dims, dataType: FLOAT, rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** A named f32 value; dims of numbers and of names for those that are free. */
function value(name, dims) {
  const dim = dims.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d }));
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}

/**
 * Writes one recurrent layer as an ONNX model: inputs X and the initial state, outputs the final state and, if asked, Y.
 *
 * @param cell 'lstm', 'gru' (reset after the product) or 'rnn' (tanh)
 * @param dict weights as PyTorch has them
 * @returns the bytes of a ModelProto
 */
export function onnxModel(cell, dict, { wantsSequence }) {
  const [rows, inputSize] = dict.weight_ih_l0.dims;
  const order = ORDERS[cell];
  const hiddenSize = rows / order.length;
  const blocks = (name) => reorderBlocks(dict[name].data, order);
  const bias = new Float32Array(2 * rows);
  bias.set(blocks('bias_ih_l0'));
  bias.set(blocks('bias_hh_l0'), rows);
  const states = cell === 'lstm' ? ['h', 'c'] : ['h'];
  const stateDims = [1, 'batch', hiddenSize];
  const attribute = [{ name: 'hidden_size', type: onnx.AttributeProto.AttributeType.INT, i: hiddenSize }];
  if (cell === 'gru') {
    attribute.push({ name: 'linear_before_reset', type: onnx.AttributeProto.AttributeType.INT, i: 1 });
  }
  const finals = states.map((state) => `Y_${state}`);
  const node = {
    opType: OPERATORS[cell],
    input: ['X', 'W', 'R', 'B', '', ...states.map((state) => `initial_${state}`)],
    output: [wantsSequence ? 'Y' : '', ...finals],
    attribute,
  };
  const graph = {
    name: OPERATORS[cell],
    node: [node],
    initializer: [
      initializer('W', [1, rows, inputSize], blocks('weight_ih_l0')),
      initializer('R', [1, rows, hiddenSize], blocks('weight_hh_l0')),
      initializer('B', [1, 2 * rows], bias),
    ],
    input: [value('X', ['steps', 'batch', inputSize]), ...states.map((state) => value(`initial_${state}`, stateDims))],
    output: [
      ...(wantsSequence ? [value('Y', ['steps', 1, 'batch', hiddenSize])] : []),
      ...finals.map((name) => value(name, stateDims)),
    ],
  };
  return onnx.ModelProto.encode({ irVersion: 8, opsetImport: [{ domain: '', version: 14 }], graph }).finish();
}
