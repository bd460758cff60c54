import { PlainLSTM } from '../../../dist/measure.js';
import { dataOf, reorderBlocks, transpose } from '../cases/data.js';
import { onnxModel } from '../cases/onnx-model.js';

const SMALL = { kind: 'streaming', cell: 'lstm', size: 32, steps: 1, batch: 1 };
const BASIC_ORDER = [0, 2, 1, 3];

/**
 * A small LSTM in every form that a contender wants, made before the clock starts.
 *
 * @returns `{ dict, x, model, kernel, bias }` and the h that is expected
 */
export function makeGiven() {
  const { dict, x } = dataOf(SMALL);
  const rows = 4 * SMALL.size;
  const columns = (name) => transpose(reorderBlocks(dict[name].data, BASIC_ORDER), rows, SMALL.size);
  const kernel = Float32Array.from([...columns('weight_ih_l0'), ...columns('weight_hh_l0')]);
  const bias = dict.bias_ih_l0.data.map((value, i) => value + dict.bias_hh_l0.data[i]);
  const expected = new Float32Array(SMALL.size);
  new PlainLSTM(dict).step(x, expected);
  const model = onnxModel('lstm', dict, { wantsSequence: false });
  return { given: { dict, x, model, kernel, bias: reorderBlocks(bias, BASIC_ORDER) }, expected };
}
