/**
 * What nearly every recurrent ONNX file is made of, voice activity detectors among them: the common operators and convolutions.
 * Bundled by itself: the common layers of other formats need no convolution. All that there is, is in `all-operators.ts`.
 */
import { CONVOLUTIONS } from './operators/convolution.js';
import { FILLS } from './operators/fills.js';
import { commonOperators, leanOperators } from './operators/index.js';
import type { Registry } from './registry.js';

export { hasUsualCells } from './has-usual-cells.js';
export { mayTransform } from './may-transform.js';

let plain: Registry | undefined;

/** These operators, by domain. */
export function plainOperators(): Registry {
  plain ??= { '': { ...commonOperators(), ...CONVOLUTIONS, ...FILLS } };
  return plain;
}

/** Of these, what voice activity detectors are made of: convolutions and recurrent cells, without products of matrices. */
export function detectorOperators(): Registry {
  return { '': { ...leanOperators(), ...CONVOLUTIONS, ...FILLS } };
}
