import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { interleave, medianRatio } from '../rivals/timing/interleave.js';

/** Hidden sizes; inputs as wide. */
export const SIZES = [16, 32, 64, 128];

const TOLERANCE = 1e-6;
/** Blocks of ONNX's gates by PyTorch's: i o f g from i f g o. */
const GATES = [0, 3, 1, 2];

/**
 * Times a step of an LSTM read from an ONNX file against one whose same weights came as a state dict, after both have given the same.
 *
 * @param pace as of `interleave`
 * @returns microseconds a step and how many times slower the file's is
 */
export async function measureLstm({ loadOnnx, LSTM }, size, pace) {
  const weights = weightsOf(size);
  const model = await loadOnnx(exported(size, weights));
  const layer = new LSTM({ inputSize: size, hiddenSize: size });
  layer.loadStateDict(weights);
  const streams = { onnx: model.stream(), layer: layer.stream() };
  const inputs = Array.from({ length: 16 }, (_, i) => noise(size, 100 + i));
  const outs = { onnx: new Float32Array(size), layer: new Float32Array(size) };
  for (const x of inputs) {
    for (const id of Object.keys(streams)) streams[id].step(x, outs[id]);
    const distance = Math.max(...outs.onnx.map((value, i) => Math.abs(value - outs.layer[i])));
    if (!(distance <= TOLERANCE))
      throw new Error(`LSTM ${size}: got ${distance} between the two, expected ${TOLERANCE}`);
  }
  const entries = Object.entries(streams).map(([id, stream]) => {
    let at = 0;
    return { id, first: 0, isAsync: false, run: () => stream.step(inputs[at++ & 15], outs[id]) };
  });
  const times = await interleave(entries, { ...pace, isFirst: true });
  for (const owner of [streams.onnx, model, layer]) owner.dispose();
  return { size, onnx: times.onnx.median, layer: times.layer.median, ratio: medianRatio(times.onnx, times.layer) };
}

function weightsOf(size) {
  return {
    weight_ih_l0: { data: noise(4 * size * size, 1), dims: [4 * size, size] },
    weight_hh_l0: { data: noise(4 * size * size, 2), dims: [4 * size, size] },
    bias_ih_l0: { data: noise(4 * size, 3), dims: [4 * size] },
    bias_hh_l0: { data: noise(4 * size, 4), dims: [4 * size] },
  };
}

/** What torch.onnx.export writes of one step of an LSTM, x in and y out, the states in and out. */
function exported(size, { weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 }) {
  const bias = [...gatesOf(bias_ih_l0.data), ...gatesOf(bias_hh_l0.data)];
  const state = [1, 1, size];
  const attribute = message({ 1: 'hidden_size', 3: size, 20: 2 });
  const lstm = message({
    1: ['x', 'W', 'R', 'B', '', 'h', 'c'],
    2: ['all', 'hn', 'cn'],
    3: 'lstm',
    4: 'LSTM',
    5: attribute,
  });
  const squeeze = message({ 1: ['all', 'axis'], 2: ['y'], 3: 'squeeze', 4: 'Squeeze' });
  const graph = message({
    1: [lstm, squeeze],
    5: [
      tensor('W', [1, 4 * size, size], gatesOf(weight_ih_l0.data)),
      tensor('R', [1, 4 * size, size], gatesOf(weight_hh_l0.data)),
      tensor('B', [1, 8 * size], Float32Array.from(bias)),
      message({ 1: 1, 2: 7, 7: 1, 8: 'axis' }),
    ],
    11: [info('x', state), info('h', state), info('c', state)],
    12: [info('y', state), info('hn', state), info('cn', state)],
  });
  return message({ 1: 8, 7: graph, 8: message({ 1: '', 2: 17 }) });
}

function gatesOf(data) {
  const block = data.length / 4;
  return Float32Array.from(data, (_, i) => data[GATES[Math.floor(i / block)] * block + (i % block)]);
}

function tensor(name, dims, data) {
  return message({ 1: dims, 2: 1, 8: name, 9: new Uint8Array(data.buffer) });
}

function info(name, dims) {
  const shape = message({ 1: dims.map((dim) => message({ 1: dim })) });
  return message({ 1: name, 2: message({ 1: message({ 1: 1, 2: shape }) }) });
}

/** A protobuf message: fields by number, several of one number as a list. */
function message(fields) {
  const writer = new BinaryWriter();
  for (const [no, value] of Object.entries(fields)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (typeof item === 'number') writer.tag(Number(no), WireType.Varint).int64(item);
      else if (typeof item === 'string') writer.tag(Number(no), WireType.LengthDelimited).string(item);
      else writer.tag(Number(no), WireType.LengthDelimited).bytes(item);
    }
  }
  return writer.finish();
}

function noise(length, seed) {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return (state / 0x7fffffff - 0.5) * 0.25;
  });
}
