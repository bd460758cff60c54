/**
 * hiddenstate/files: one door for every file: what it is, and how it runs.
 */
export type { FeedTensor, GraphTensor, ValueInfo } from '../../graph/index.js';
export type { FileFormat } from './formats.js';
export { type Identified, identify } from './identify.js';
export { openModel } from './open-model.js';
export type { OpenedModel, OpenModelOptions } from './opened-model.js';
