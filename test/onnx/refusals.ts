/**
 * What claimed operators do not take: cases of ONNX's backend node tests by name, the words in which they are refused, and
 * how the documentation says it.
 */
export const REFUSALS: readonly (readonly [cases: RegExp, message: RegExp, operators: RegExp, note: string])[] = [
  [/^training_dropout_/, /^Dropout .*: got training_mode true, expected false/, /^Dropout$/, 'inference only'],
  [
    /^batchnorm_.*_training_mode/,
    /^BatchNormalization .*: got training mode, expected inference/,
    /^BatchNormalization$/,
    'inference only',
  ],
  [/BFLOAT16/, /^loadOnnx: .*: got data type bfloat16, expected one of float32/, /^Cast/, 'no bfloat16'],
];
