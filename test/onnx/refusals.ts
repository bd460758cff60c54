/**
 * What claimed operators do not take: cases of ONNX's backend node tests by name, the words in which they are refused, and
 * how the documentation says it.
 */
export const REFUSALS: readonly (readonly [cases: RegExp, message: RegExp, operators: RegExp, note: string])[] = [
  [
    /^resize_downsample_scales_(linear|cubic)_align_corners/,
    /^Resize .*: got coordinate_transformation_mode align_corners and a scale that makes [13]\.2/,
    /^Resize$/,
    'corners of whole numbers of elements',
  ],
  [/^training_dropout_/, /^Dropout .*: got training_mode true, expected false/, /^Dropout$/, 'inference only'],
  [
    /^batchnorm_.*_training_mode/,
    /^BatchNormalization .*: got training mode, expected inference/,
    /^BatchNormalization$/,
    'inference only',
  ],
];
