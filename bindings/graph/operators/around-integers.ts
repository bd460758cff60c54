import { rangeError } from '../../errors.js';
import { sizeOf } from '../dims.js';
import { extremesOf, STORAGE } from '../dtype.js';
import { Memory } from '../memory.js';
import { isComputed, type Known, type Operator, type OperatorTable, type Version } from '../operator.js';
import { COMBINATIONS } from './combinations.js';
import { MAPS } from './maps.js';
import { PIECES } from './pieces.js';
import { POOLS } from './pools.js';
import { quantized, scaleOf, zerosOf } from './quantization.js';
import { SOFTMAX } from './softmax.js';

/**
 * An operator on integers as the operator on the floats that they stand for. Each operand is followed by its scale and its zero
 * point.
 *
 * @param operands which inputs they are; all from `first` on, three by three, if a number
 * @param result which input is the result's scale; its zero point follows
 */
function around(entry: Operator | readonly Version[], operands: readonly number[] | number, result: number): Operator {
  return (site) => {
    const opset = site.attributes.int('opset', 13);
    const operator = typeof entry === 'function' ? entry : entry.findLast(({ since }) => since <= opset)?.operator;
    if (!operator || site.attributes.int('channels_last', 0)) {
      throw rangeError(`${site.who}: got opset ${opset} or channels last, expected a definition that is there`);
    }
    const places =
      typeof operands === 'number'
        ? Array.from({ length: Math.floor((site.inputs.length - operands) / 3) }, (_, i) => operands + 3 * i)
        : operands;
    const scaled = [...places.map((i) => i + 1), result];
    const scales = scaled.map((i) => scaleOf(site, i));
    const zeros = scaled.map((i, k) => zerosOf(site, i + 1, scales[k], site.input(places[k] ?? places[0]).dtype));
    if (scales.some(({ dims }) => sizeOf(dims) !== 1)) {
      throw rangeError(`${site.who}: got scales for each channel, expected one for each tensor`);
    }
    const inputs: Known[] = places.map((i) => ({ dtype: 'float32', dims: site.input(i).dims }));
    const floats = Object.create(site, {
      opset: { value: opset },
      inputs: { value: inputs },
      input: { value: (i: number) => inputs[i] },
    });
    const prepared = operator(floats);
    const [output] = prepared.outputs;
    const { dtype } = site.input(places[0]);
    if (!isComputed(output) && !('alias' in output)) throw rangeError(`${site.who}: got no elements, expected some`);
    const room = (dims: readonly number[]) => Math.ceil(sizeOf(dims) / 4) * 4;
    const rooms = inputs.map(({ dims }) => room(dims));
    const own = rooms.reduce((sum, floatsOf) => sum + floatsOf, room(output.dims));
    const [least, most] = extremesOf(dtype);
    return {
      outputs: [{ dtype, dims: output.dims }],
      scratch: own + (prepared.scratch ?? 0),
      bind: (place) => {
        const { memory, scratch } = place;
        const { view } = STORAGE[dtype];
        const starts: number[] = [];
        let at = scratch;
        for (const floatsOf of rooms) {
          starts.push(at);
          at += floatsOf * 4;
        }
        const from = places.map((i) => Memory.index(place.input(i), view));
        const factors = scaled.map((i) => place.input(i) / 4);
        const zeroAt = scaled.map((i, k) => (zeros[k] ? Memory.index(place.input(i + 1), view) : -1));
        const computed = isComputed(output) ? at : starts[(output as { alias: number }).alias];
        const step = prepared.bind?.({
          ...place,
          input: (i) => starts[i],
          output: () => at,
          scratch: scratch + own * 4,
        });
        const to = Memory.index(place.output(0), view);
        const sizes = inputs.map(({ dims }) => sizeOf(dims));
        const size = sizeOf(output.dims);
        const last = scaled.length - 1;
        return () => {
          const { f32 } = memory;
          const integers = memory[view];
          for (let k = 0; k < sizes.length; k++) {
            const zero = zeroAt[k] < 0 ? 0 : integers[zeroAt[k]];
            const factor = f32[factors[k]];
            const start = starts[k] / 4;
            for (let i = 0; i < sizes[k]; i++) f32[start + i] = (integers[from[k] + i] - zero) * factor;
          }
          step?.();
          const zero = zeroAt[last] < 0 ? 0 : integers[zeroAt[last]];
          for (let i = 0; i < size; i++) {
            integers[to + i] = quantized(f32[computed / 4 + i], f32[factors[last]], zero, least, most);
          }
        };
      },
    };
  };
}

/** Operators of com.microsoft that take integers and give integers. */
export const AROUND_INTEGERS: OperatorTable = {
  QLinearAdd: around(COMBINATIONS.Add, [0, 3], 6),
  QLinearMul: around(COMBINATIONS.Mul, [0, 3], 6),
  QLinearSigmoid: around(MAPS.Sigmoid, [0], 3),
  QLinearLeakyRelu: around(MAPS.LeakyRelu, [0], 3),
  QLinearSoftmax: around(SOFTMAX.Softmax, [0], 3),
  QLinearConcat: around(PIECES.Concat, 2, 0),
  QLinearAveragePool: around(POOLS.AveragePool, [0], 3),
  QLinearGlobalAveragePool: around(POOLS.GlobalAveragePool, [0], 3),
};
