export { copyBlock } from './tensors/copy-block';
export { combine, sqrtMap } from './tensors/elements';
export { slide } from './tensors/slide';
