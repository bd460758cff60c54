/** What a node's inputs and attributes say about sizes. */
export interface RecurrentSizes {
  readonly steps: number;
  readonly batch: number;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly directions: number;
  /** Whether the batch comes first: `layout` 1. */
  readonly batchFirst: boolean;
}
