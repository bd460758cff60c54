import { HiddenstateError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import { Fields } from '../config/fields.js';
import type { CallSpec, NodeSpec } from '../config/model-spec.js';
import type { Value } from '../graph-builder.js';
import { type Callable, FUNCTIONS, type OperationPlace } from '../kit.js';
import { OPERATIONS } from './index.js';
import { expectAllAsked } from './operation.js';
import { translate } from './tensorflow.js';

/**
 * Makes an operation of `keras.ops`, or a function of TensorFlow on tensors of Keras 2.
 *
 * @throws {Error} that names an operation that hiddenstate does not have
 */
export function buildOperation(node: NodeSpec, place: OperationPlace): Callable {
  if (FUNCTIONS.includes(node.className)) return buildFunction(node, place);
  const { className, config } = node;
  const who = `${place.who}: operation ${describeValue(place.name)} (keras.ops ${describeValue(className)})`;
  if (!Object.hasOwn(OPERATIONS, className)) {
    throw new HiddenstateError(
      'FILE',
      `${who}: got an operation that hiddenstate does not have, expected one that docs/keras.md lists`,
    );
  }
  return (call) => operate(className, config, call, { ...place, who });
}

function buildFunction({ className, config }: NodeSpec, place: OperationPlace): Callable {
  const who = `${place.who}: layer ${describeValue(place.name)} (${describeValue(className)})`;
  const written = new Fields(config ?? {}, who).string('function');
  const own = { ...place, who };
  return (call) => {
    const translated = translate(written, call, who);
    const args = translated.call.args.map((given, i) => {
      if (!translated.turned.includes(i)) return given;
      const swap = { args: [given], keywords: new Map() };
      return { tensor: operate('Swapaxes', { axis1: -1, axis2: -2 }, swap, own)[0] };
    });
    return operate(translated.className, translated.config, { ...translated.call, args }, own);
  };
}

function operate(
  className: string,
  config: unknown,
  call: CallSpec<Value>,
  { builder, pool, name, who }: OperationPlace,
): Value[] {
  const fields = new Fields(config ?? {}, who);
  const context = { builder, pool, name, who, fields, asked: new Set<number | string>() };
  const outputs = OPERATIONS[className](context, call);
  expectAllAsked(context, call);
  return outputs;
}
