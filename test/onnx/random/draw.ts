/** What random graphs are drawn with: chance, names, tensors, and the nodes of one graph. */
import { bytesProto, intAttribute, intsAttribute, intsProto, message, tensorProto } from '../model-bytes.js';

/** A float tensor of the graph that is drawn. */
export interface Value {
  readonly name: string;
  readonly dims: readonly number[];
  /**
   * Whether every runtime gets the same bits: nothing but copies, choices and single roundings were between it and the feeds. What
   * rounds to integers, sorts or decides reads only such values, or a last bit would become a whole quantum.
   */
  readonly exact?: boolean;
}

/** What a node has beside operator, inputs and dims. */
export interface NodeOptions {
  /** Which of the node's outputs the value is. */
  readonly at?: number;
  readonly domain?: string;
  readonly exact?: boolean;
}

/** Elements of a value that is still read. */
const MOST = 400;

export const sizeOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** A node without a name: onnxruntime takes none twice. */
export function unnamedNode(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: readonly Uint8Array[] = [],
  domain = '',
): Uint8Array {
  return message({ 1: inputs, 2: outputs, 4: op, 5: attributes, 7: domain ? [domain] : [] });
}

/** Names, tensors and chance, which all graphs of a model share. */
export class Draw {
  /** Tensors of the graph, or of the function that is drawn. */
  tensors: Uint8Array[] = [];
  readonly functions: Uint8Array[] = [];
  private names = 0;

  constructor(
    readonly random: () => number,
    readonly opset: number,
  ) {}

  name(): string {
    return `v${this.names++}`;
  }

  /** From 0 to below `most`. */
  int(most: number): number {
    return Math.floor(this.random() * most);
  }

  /** Whether a coin falls on its head. */
  coin(): boolean {
    return this.int(2) === 1;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)];
  }

  weights(dims: readonly number[], spread = 1, middle = 0): string {
    const name = this.name();
    const data = Float32Array.from({ length: sizeOf(dims) }, () => middle + (this.random() * 2 - 1) * spread);
    this.tensors.push(tensorProto(name, dims, data));
    return name;
  }

  ints(values: readonly number[], dims: readonly number[] = [values.length]): string {
    const name = this.name();
    this.tensors.push(intsProto(name, dims, values));
    return name;
  }

  /** Random bytes: int8 (3), uint8 (2), or booleans (9). */
  bytes(dims: readonly number[], type: number): string {
    const name = this.name();
    const Type = type === 3 ? Int8Array : Uint8Array;
    const most = type === 9 ? 2 : 256;
    const data = new Type(sizeOf(dims)).map(() => this.int(most) - (type === 3 ? 128 : 0));
    this.tensors.push(bytesProto(name, dims, data, type));
    return name;
  }
}

/** One graph: its nodes, and the values that its nodes may read. */
export class Drawn {
  readonly nodes: Uint8Array[] = [];

  constructor(
    readonly draw: Draw,
    readonly values: Value[],
    readonly depth: number,
  ) {}

  /** A node whose result is a value. */
  add(
    op: string,
    inputs: readonly string[],
    dims: readonly number[],
    attributes: readonly Uint8Array[] = [],
    { at = 0, domain = '', exact = false }: NodeOptions = {},
  ): Value {
    const outputs = this.node(op, inputs, attributes, at + 1, domain);
    const value = { name: outputs[at], dims, exact };
    // What grows is not read again.
    if (sizeOf(dims) > 0 && sizeOf(dims) <= MOST && dims.length <= 4) this.values.push(value);
    return value;
  }

  /** A node between others, whose results are no values. */
  node(
    op: string,
    inputs: readonly string[],
    attributes: readonly Uint8Array[] = [],
    count = 1,
    domain = '',
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.draw.name());
    this.nodes.push(unnamedNode(op, inputs, outputs, attributes, domain));
    return outputs;
  }

  /** A reduction, its axes where the opset has them. */
  reduce(op: string, x: string, axes: readonly number[], keeps: number): string {
    const attributes = [intAttribute('keepdims', keeps)];
    const late = this.draw.opset >= 18 || op === 'ReduceSum';
    if (!late && axes.length) attributes.push(intsAttribute('axes', axes));
    return this.node(op, late && axes.length ? [x, this.draw.ints(axes)] : [x], attributes)[0];
  }

  /** Adds what was computed by `node` as a value. */
  push(name: string, dims: readonly number[], exact = false): Value {
    return this.add('Identity', [name], dims, [], { exact });
  }

  any(least = 0, fits: (value: Value) => boolean = () => true): Value | undefined {
    const fitting = this.values.filter((value) => value.dims.length >= least && fits(value));
    return fitting.length ? this.draw.pick(fitting) : undefined;
  }

  /** A value between −1 and 1, whatever came before it. */
  calm(least = 0, fits?: (value: Value) => boolean): Value | undefined {
    const value = this.any(least, fits);
    return value && this.add('Tanh', [value.name], value.dims);
  }

  /** A value of which every runtime has the same bits. */
  exact(least = 0, fits: (value: Value) => boolean = () => true): Value | undefined {
    return this.any(least, (value) => value.exact === true && fits(value));
  }

  /** Whether an element is above a number: decided when the graph runs. */
  condition(): string {
    const value = this.exact() ?? this.values[0];
    const mean = this.reduce(value.exact ? 'ReduceMax' : 'ReduceMean', value.name, [], 0);
    return this.node('Greater', [mean, this.draw.weights([], 0.5, value.exact ? 0.5 : 0)])[0];
  }
}

export type Step = (g: Drawn) => void;

/** Steps of one operator on a value with an axis, which is left out where there is none. */
export function along(
  draw: (g: Drawn, x: Value, axis: number) => void,
  fits?: (value: Value) => boolean,
  exact = false,
): Step {
  return (g) => {
    const x = exact ? g.exact(1, fits) : g.any(1, fits);
    if (x) draw(g, x, g.draw.int(x.dims.length));
  };
}
