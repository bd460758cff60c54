export { isRelaxed } from './build';
export { reluSlope, sigmoidSlope, tanhSlope } from './learning/activation';
export { dropout } from './learning/dropout';
export { gatherRows, scatterAddRows } from './learning/embedding';
export { adamStep, sgdStep } from './learning/optimizers';
export { addColumnSums, addTransposed, addVector, packTransposed, transpose } from './learning/panels';
export { cellBackward, cellRecord } from './learning/recurrence';
export { clamp, scale, sumOfSquares } from './learning/vector';
export { accumulate } from './linear/packed';
