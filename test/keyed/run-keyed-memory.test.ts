import { memoryLog } from '../../bindings/keyed/index.js';
import { workerTests } from './run-keyed.js';

workerTests('memoryLog', {
  lease: 1000,
  open: async (partitions, { retain = false } = {}) => {
    const log = memoryLog({ partitions, retain });
    return { log, again: log };
  },
});
