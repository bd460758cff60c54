/**
 * hiddenstate/torch: reads the files that PyTorch writes, without PyTorch and without running anything of them.
 */
export type { TorchData, TorchDtype } from './dtypes.js';
export type { TorchRecord } from './finish.js';
export { readTorch, type TorchFile, type TorchOptions } from './read-torch.js';
export type { TorchTensor } from './tensors.js';
