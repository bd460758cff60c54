export { readTorch } from 'hiddenstate/torch';
