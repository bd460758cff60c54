/**
 * hiddenstate/files: one door for every file: what it is, and how it runs.
 */
export type { FeedTensor, GraphTensor, ValueInfo } from '../../graph/index.js';
export type { FileFormat } from './formats.js';
export { type Identified, identify } from './identify.js';
export { type OpenedModel, openModel } from './open-model.js';
export type { OpenModelOptions } from './opened-model.js';
