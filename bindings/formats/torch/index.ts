/**
 * hiddenstate/torch: reads the files that PyTorch writes, without PyTorch and without running anything of them.
 */
export type { ElementData, ElementType } from '../arrays/dtypes.js';
export type { TypedTensor } from '../arrays/strided.js';
export type { TorchRecord } from './finish.js';
export { readTorch, type TorchFile, type TorchOptions } from './read-torch.js';
