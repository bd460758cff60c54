import { type Dtype, STORAGE, type Values } from './dtype.js';
import type { TextTable } from './text-table.js';

/** A dense tensor whose elements are known before anything runs, row-major, held as `STORAGE` says. Never changed. */
export interface TensorValue {
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  readonly data: Values;
  /** The same elements as little-endian bytes, one piece after another, of any alignment, where a file holds them so. */
  readonly pieces?: readonly Uint8Array[] | undefined;
}

/** A tensor of a file: decoded when its elements are first asked for, so that a branch not taken costs nothing. */
export class LazyTensor implements TensorValue {
  private decoded: Values | undefined;

  constructor(
    readonly dtype: Dtype,
    readonly dims: readonly number[],
    private readonly decode: () => Values,
    readonly pieces?: readonly Uint8Array[] | undefined,
  ) {}

  get data(): Values {
    this.decoded ??= this.decode();
    return this.decoded;
  }
}

/** What a graph's input or output is declared to be. */
export interface ValueInfo {
  readonly name: string;
  /** Absent where the file does not say (outputs of subgraphs). */
  readonly dtype?: Dtype;
  /** Extents; a string or null where one is only known when the graph runs. Absent: any rank. */
  readonly dims?: readonly (number | string | null)[];
}

/** Within a function: the attribute of this name of the node that calls it. */
export class AttributeReference {
  constructor(readonly name: string) {}
}

/** The value of an attribute; integers as numbers (exact to 2^53), ONNX's byte strings as text. */
export type AttributeValue =
  | number
  | string
  | readonly number[]
  | readonly string[]
  | TensorValue
  | Graph
  | LazyGraph
  | AttributeReference;

/** One operation. An empty input name is an optional input left out; an empty output name is a result not wanted. */
export interface Node {
  readonly op: string;
  /** `''` is ONNX's own. */
  readonly domain: string;
  /** Which of several functions of one name. */
  readonly overload?: string;
  /** May be empty. */
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** A function of a model: an operator that is a graph of others. Its names are its own. */
export interface GraphFunction {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The attributes of its calls where a call leaves them out; those that every call must give have no value. */
  readonly attributes: Readonly<Record<string, AttributeValue | undefined>>;
  readonly nodes: readonly Node[];
  /** Version of ONNX's own operators that its nodes follow. */
  readonly opset: number;
}

/** Functions by `functionKey`. */
export type FunctionTable = ReadonlyMap<string, GraphFunction>;

/** How a node names a function. */
export function functionKey({ domain, op, overload = '' }: OperatorUse): string {
  return `${domain}:${op}:${overload}`;
}

/**
 * A computation: nodes in an order in which every input is there before it is read, each name assigned once. A graph in an
 * attribute (a branch of If) sees the names around it.
 */
export interface Graph {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly Node[];
  /** Initializers, by name. */
  readonly constants: ReadonlyMap<string, TensorValue>;
  /** Version of ONNX's own operators that the nodes follow. */
  readonly opset: number;
  /** What its tensors of strings hold places in; of its outermost graph alone. Absent: there are none. */
  readonly texts?: TextTable;
  /** Functions of the model; of its outermost graph alone. */
  readonly functions?: FunctionTable;
}

/** An operator by its name, and a node that asks for it, by its own name or that of an output. */
export type OperatorUse = Pick<Node, 'op' | 'domain' | 'name' | 'overload'>;

/** A graph of a file in an attribute, a branch of If: read when it is first taken, for half of them never are. */
export class LazyGraph {
  private graph: Graph | undefined;
  private checked = false;

  /**
   * @param operators that are used in it, graphs within it included; none if it is itself in such a graph, which has them
   */
  constructor(
    readonly operators: readonly OperatorUse[],
    private readonly read: () => Graph,
  ) {}

  /** The graph as it stands in the file, unchecked. */
  peek(): Graph {
    this.graph ??= this.read();
    return this.graph;
  }

  /**
   * @param check what a graph must bear that was just read
   * @throws what reading and checking it throw, at each call
   */
  open(check: (graph: Graph) => void): Graph {
    const graph = this.peek();
    if (!this.checked) check(graph);
    this.checked = true;
    return graph;
  }
}

/** Makes a tensor of known elements; numbers are stored as the type holds them. */
export function tensorOf(dtype: Dtype, dims: readonly number[], elements: ArrayLike<number>): TensorValue {
  const data = STORAGE[dtype].make(elements.length);
  for (let i = 0; i < elements.length; i++) data[i] = elements[i];
  return { dtype, dims, data };
}

/** Whether an attribute is a graph, read or not. */
export function isGraph(value: AttributeValue | undefined): value is Graph | LazyGraph {
  return value instanceof LazyGraph || (typeof value === 'object' && 'nodes' in value);
}

/** Whether an attribute is a tensor. */
export function isTensor(value: AttributeValue | undefined): value is TensorValue {
  return typeof value === 'object' && 'dtype' in value;
}

/** The tensor of a Constant node; strings come as tensors, whichever attribute holds them. `undefined` if it holds numbers of its own. */
export function constantOf({ attributes }: Node): TensorValue | undefined {
  const value = attributes.value ?? attributes.value_string ?? attributes.value_strings;
  return isTensor(value) ? value : undefined;
}

/** How error messages name a node. */
export function nodeLabel({ op, name, outputs }: Node): string {
  const full = name || outputs.find((output) => output !== '') || '';
  const shown = full.length > 64 ? `${full.slice(0, 64)}…` : full;
  return PLAIN.test(shown) ? `${op} "${shown}"` : `${op} ${JSON.stringify(shown)}`;
}

/** Text that a message can show as it is: nearly every name, and cheaper than escaping it. */
const PLAIN = /^[\w/:.\u2026-]*$/;
