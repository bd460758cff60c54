export { activatedSequence, activatedStep } from './cells/activated';
export { copyBlock } from './tensors/copy-block';
export { convolve } from './tensors/convolve';
export { combine, sqrtMap } from './tensors/elements';
export { normalize, scaleRuns } from './tensors/normalize';
export { slide } from './tensors/slide';
export { winogradInput, winogradOutput } from './tensors/winograd';
