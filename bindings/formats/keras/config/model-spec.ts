/** Which Keras wrote the file. They differ in what a hard sigmoid is and in how masks join. */
export type Dialect = 'keras-2' | 'keras-3';

/** Output `tensor` of call `node` of a layer. */
export interface TensorRef {
  readonly layer: string;
  readonly node: number;
  readonly tensor: number;
}

/** One call of a layer: tensors by position, and those given as initial_state. */
export interface CallSpec {
  readonly inputs: readonly TensorRef[];
  readonly states: readonly TensorRef[];
}

/** One layer as its file describes it. */
export interface LayerSpec {
  readonly className: string;
  readonly name: string;
  readonly config: unknown;
}

/** A layer in a graph of layers. */
export interface NodeSpec extends LayerSpec {
  readonly calls: readonly CallSpec[];
}

/** A model, sequential ones written as the chain of calls they are. */
export interface ModelSpec {
  readonly name: string;
  readonly nodes: readonly NodeSpec[];
  readonly inputs: readonly TensorRef[];
  readonly outputs: readonly TensorRef[];
}
