/**
 * What nearly every recurrent ONNX file is made of, voice activity detectors among them: the common operators and convolutions.
 * Bundled by itself: the common layers of other formats need no convolution. All that there is, is in `all-operators.ts`.
 */
import { CONVOLUTIONS } from './operators/convolution.js';
import { FILLS } from './operators/fills.js';
import { commonOperators } from './operators/index.js';
import type { Registry } from './registry.js';

export { mayTransform } from './may-transform.js';

let plain: Registry | undefined;

/** These operators, by domain. */
export function plainOperators(): Registry {
  plain ??= { '': { ...commonOperators(), ...CONVOLUTIONS, ...FILLS } };
  return plain;
}
