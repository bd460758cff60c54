import { rangeError } from '../../../errors.js';
import { channelsFirstOrder, channelsLast } from '../layers/channels.js';
import { needsWholeSequence } from '../layers/layer.js';
import { type Operation, type OperationTable, tensor } from './operation.js';

/** The greatest or the mean of each window of places. */
function pooling(op: 'MaxPool' | 'AveragePool'): Operation {
  return (context, call) => {
    const { builder, name, fields, who } = context;
    const x = builder.asFloats(name, tensor(context, call, 0, 'inputs'));
    const rank = x.rank - 2;
    if (rank < 1 || rank > 2) throw rangeError(`${who}: got an input of ${x.rank} dimensions, expected 3 or 4`);
    needsWholeSequence(context, 'a pooling operation', x);
    const size = fields.sizes('pool_size', rank, 1);
    const strides = fields.has('strides') ? fields.sizes('strides', rank, 1) : size;
    const padding = fields.choice('padding', ['valid', 'same'], 'valid');
    const attributes = { kernel_shape: size, strides, ...(padding === 'same' ? { auto_pad: 'SAME_UPPER' } : {}) };
    const isLast = channelsLast(context);
    const turned = (value: string, back: boolean) =>
      isLast ? builder.add('Transpose', name, [value], { perm: channelsFirstOrder(x.rank, back) }) : value;
    return [{ ...x, name: turned(builder.add(op, name, [turned(x.name, false)], attributes), true), mask: undefined }];
  };
}

/** Operations on windows of places. */
export const WINDOWS: OperationTable = { MaxPool: pooling('MaxPool'), AveragePool: pooling('AveragePool') };
