import { ActivatedKernel } from './activated-kernels.js';
import { activationRecords } from './activation-record.js';
import { ComposedStep, composedScratch } from './composed-step.js';
import type { UnusualCells } from './unusual.js';

/** Cells with every option. */
export const UNUSUAL_CELLS: UnusualCells = {
  activationRecords,
  activated: (weights, kernels) => new ActivatedKernel(weights, kernels),
  composedScratch,
  composed: (weights, cell) => new ComposedStep(weights, cell),
};
