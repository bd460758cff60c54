import { memoryLog } from '../../bindings/keyed/index.js';
import { contract } from './contract.js';

contract('in memory', {
  lease: 1000,
  open: async (partitions, { retain = false } = {}) => {
    const log = memoryLog({ partitions, retain });
    return { log, again: log };
  },
});
