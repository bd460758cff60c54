export { combine, sqrtMap } from './tensors/elements';
export { slide } from './tensors/slide';
