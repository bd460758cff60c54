import { memoryLog } from '../../bindings/keyed/index.js';
import type { Harness } from './contract.js';
import { modelTests } from './models.js';
import { workerTests } from './run-keyed.js';

const harness: Harness = {
  lease: 1000,
  open: async (partitions, { retain = false } = {}) => {
    const log = memoryLog({ partitions, retain });
    return { log, again: log };
  },
};

workerTests('memoryLog', harness);
modelTests('memoryLog', harness);
