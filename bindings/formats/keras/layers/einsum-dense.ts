import { rangeError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import { activate, readActivation } from './activations.js';
import { constantOf } from './channels.js';
import { type BuiltLayer, type LayerImporter, type LayerTable, needsWholeSequence } from './layer.js';
import { isQuantized } from './quantized.js';

/** `abc,cd->abd`, with an ellipsis before or behind the letters. */
const EQUATION = /^(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?$/;

/** A product that an equation describes, of the input and a tensor of weights. Source: keras/src/layers/core/einsum_dense.py. */
const einsumDense: LayerImporter = (context): BuiltLayer => {
  const { builder, name, fields, variables, version, who } = context;
  const equation = fields.string('equation').replaceAll(' ', '');
  const found = EQUATION.exec(equation);
  if (!found || found[1] !== found[5] || found[3] !== found[7] || (found[1] && found[3])) {
    throw rangeError(`${who}: equation: got ${describeValue(equation)}, expected one like "abc,cd->abd"`);
  }
  const [, before, from, behind, inner, , to] = found;
  if (isQuantized(fields))
    throw rangeError(`${who}: got weights in 8 bits, expected float32: quantize Dense layers alone`);
  const hasBias = fields.has('bias_axes');
  const activation = readActivation(fields.get('activation'), version.dialect, `${who}: activation`);
  const [kernel, bias] = variables.take(hasBias ? ['kernel', 'bias'] : ['kernel']);
  if (kernel.dims.length !== inner.length) {
    throw rangeError(`${who}: kernel: got ${kernel.dims.length} dimensions, expected ${inner.length}`);
  }
  const w = constantOf(builder, `${name}/kernel`, kernel);
  const b = bias && constantOf(builder, `${name}/bias`, bias);
  return ({ inputs: [x] }) => {
    const elided = x.rank - from.length;
    if (elided < 0 || (elided > 0 && !before && !behind)) {
      throw rangeError(`${who}: got an input of ${x.rank} dimensions, expected those of ${describeValue(equation)}`);
    }
    // The second dimension stays where no weight and no other place has its letter.
    const second = before ? (elided > 1 ? undefined : from[1 - elided]) : from[1];
    const stays = second === undefined || (to[before ? 1 - elided : 1] === second && !inner.includes(second));
    if (!stays) needsWholeSequence(context, 'an equation over the second dimension', x);
    const input = builder.asFloats(name, x);
    const product = builder.add('Einsum', name, [input.name, w], { equation });
    const sum = b ? builder.add('Add', name, [product, b]) : product;
    return [activate(builder, name, { ...input, name: sum, rank: to.length + elided, mask: undefined }, activation)];
  };
};

/** Layers of products by an equation. */
export const EINSUM_DENSE: LayerTable = { EinsumDense: einsumDense };
