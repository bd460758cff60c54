export { isRelaxed } from './build';
export { cellSequence, cellStep } from './cells/recurrence';
export { reluMap, sigmoidMap, tanhMap } from './lanes/map';
export { affine } from './linear/packed';
export { storedAffine } from './linear/stored';
