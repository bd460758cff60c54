import { HiddenstateError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import { Fields } from '../config/fields.js';
import type { GraphBuilder, Value } from '../graph-builder.js';

/** Steps of an 8-bit number on either side of zero. */
const STEPS = 127;

/** Added to the greatest magnitude before it divides. Source: `keras.backend.epsilon`. */
const EPSILON = 1e-7;

/**
 * Whether `model.quantize("int8")` made the layer's weights whole numbers.
 *
 * @throws {Error} if another mode did
 */
export function isQuantized(fields: Fields): boolean {
  const policy = fields.get('dtype');
  const name = typeof policy === 'string' ? policy : undefined;
  const mode = name?.includes('_from_') ? name.split('_from_')[0] : modeOf(policy, fields.who);
  if (mode === undefined) return false;
  if (mode === 'int8') return true;
  throw new HiddenstateError(
    'UNSUPPORTED',
    `${fields.who}: got weights quantised as ${describeValue(mode)}, expected float32 or int8: save the model before quantize(), ` +
      'or use quantize("int8")',
  );
}

function modeOf(policy: unknown, who: string): unknown {
  if (typeof policy !== 'object' || policy === null) return undefined;
  const { class_name: className, config } = policy as { class_name?: unknown; config?: unknown };
  if (typeof className !== 'string' || !className.startsWith('Quantized')) return undefined;
  const own = new Fields(config ?? {}, who);
  return own.get('mode') ?? own.string('name', '').split('_from_')[0];
}

/**
 * Whether a quantised layer takes its inputs in 8 bits as well, as it does unless it was told to quantise weights alone.
 *
 * @throws {Error} if it quantises them in another way than by their greatest magnitude
 */
export function quantizesInputs(fields: Fields): boolean {
  if (!fields.has('quantization_config')) return true;
  const config = fields.object('quantization_config');
  const own = config.has('config') ? config.object('config') : config;
  const quantizer = own.get('activation_quantizer') as
    | { class_name?: unknown; config?: Record<string, unknown> }
    | undefined;
  if (quantizer === undefined) return false;
  if (quantizer.class_name === 'AbsMaxQuantizer') return true;
  throw new HiddenstateError(
    'UNSUPPORTED',
    `${fields.who}: got activations quantised by ${describeValue(quantizer.class_name)}, expected AbsMaxQuantizer`,
  );
}

/**
 * The product of x with a matrix of whole numbers, each row of x rounded to 8 bits of its greatest magnitude.
 *
 * Source: `_int8_call` of keras/src/layers/core/dense.py, `abs_max_quantize` of keras/src/quantizers.
 *
 * @param kernel the name of the matrix
 * @param scale of its columns, by which the product is divided
 */
export function quantizedProduct(
  builder: GraphBuilder,
  label: string,
  x: Value,
  kernel: string,
  scale: string,
  roundsInputs: boolean,
): string {
  const add = (op: string, ...inputs: string[]) => builder.add(op, label, inputs);
  const number = (value: number) => builder.floats(`${label}/constant`, [], [value]);
  if (!roundsInputs) return add('Div', add('MatMul', x.name, kernel), scale);
  const axes = builder.integers(`${label}/axes`, [-1]);
  const greatest = builder.add('ReduceMax', label, [add('Abs', x.name), axes], { keepdims: 1 });
  const fine = add('Div', number(STEPS), add('Add', greatest, number(EPSILON)));
  const rounded = add('Clip', add('Round', add('Mul', x.name, fine)), number(-STEPS), number(STEPS));
  return add('Div', add('MatMul', rounded, kernel), add('Mul', scale, fine));
}
