export { isRelaxed } from './build';
export { cellSequence, cellStep } from './cells/recurrence';
export { moveRows } from './cells/rows';
export { flushTiny, reluMap, sigmoidMap, tanhMap } from './lanes/map';
export { drawUniform } from './linear/draw';
export { affine } from './linear/packed';
export { hasByteDots } from './linear/dot-int8';
export { storedAffine } from './linear/stored';
