/** Which Keras wrote the file, by its major version. They differ in what a hard sigmoid is and in how masks join. */
export type Dialect = 'keras-2' | 'keras-3';

/** The Keras that wrote a file: each file is read as its own version reads it. */
export interface KerasVersion {
  readonly dialect: Dialect;
  /** 1000 · major + minor: 3012 for Keras 3.12. The newest of its dialect where the file does not say. */
  readonly number: number;
}

/** Output `tensor` of call `node` of a layer. */
export interface TensorRef {
  readonly layer: string;
  readonly node: number;
  readonly tensor: number;
}

/** What a call is given: a tensor, a constant as the file has it, or a list of both. */
export type Argument<Tensor> =
  | { readonly tensor: Tensor }
  | { readonly constant: unknown }
  | readonly Argument<Tensor>[];

/** One call of a layer or an operation. */
export interface CallSpec<Tensor = TensorRef> {
  /** What is given by position. */
  readonly args: readonly Argument<Tensor>[];
  /** What is given by name. */
  readonly keywords: ReadonlyMap<string, Argument<Tensor>>;
}

/** One layer as its file describes it. */
export interface LayerSpec {
  readonly className: string;
  readonly name: string;
  readonly config: unknown;
  /** Whether it is one of `keras.ops` rather than a layer: both have an `Add` and a `Reshape`. */
  readonly isOperation: boolean;
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

/** Every tensor in an argument, in order. */
export function tensorsOf<Tensor>(argument: Argument<Tensor> | undefined): Tensor[] {
  if (argument === undefined || 'constant' in argument) return [];
  return 'tensor' in argument ? [argument.tensor] : argument.flatMap((item) => tensorsOf(item));
}

/** Every tensor that a call reads. */
export function tensorsRead<Tensor>({ args, keywords }: CallSpec<Tensor>): Tensor[] {
  return [...args, ...keywords.values()].flatMap((argument) => tensorsOf(argument));
}

/** The same arguments, each tensor replaced. */
export function mapTensors<From, To>(argument: Argument<From>, map: (tensor: From) => To): Argument<To> {
  if ('constant' in argument) return argument;
  if ('tensor' in argument) return { tensor: map(argument.tensor) };
  return argument.map((item) => mapTensors(item, map));
}
