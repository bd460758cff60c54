export { combine, sqrtMap } from './tensors/elements';
