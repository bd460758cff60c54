import {
  type AttributeValue,
  type Graph,
  type Node,
  type TensorValue,
  tensorOf,
  type ValueInfo,
} from '../../graph/index.js';

/** Version of ONNX's operators that the builder speaks. */
const OPSET = 21;

/** The domain of operators that only Keras' layers need; see operators/. */
export const KERAS_DOMAIN = 'keras';

/** The element types that layers and operations hand on. */
export type ValueType = 'float32' | 'int32' | 'int64' | 'bool';

/** ONNX's numbers of them. */
const TYPE_NUMBERS: Readonly<Record<ValueType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** A tensor of the graph as layers hand it on. */
export interface Value {
  readonly name: string;
  readonly dtype: ValueType;
  /** How many dimensions. */
  readonly rank: number;
  /** Whether its second dimension is time, which a stream sees one step of. */
  readonly timed: boolean;
  /** Which steps count: bool[B, T], true for those that do. */
  readonly mask?: Value;
}

/** A node's attributes, those not given left out. */
type Attributes = Readonly<Record<string, AttributeValue | undefined>>;

/** Collects the nodes of a graph, giving every value a name of its own. */
export class GraphBuilder {
  private readonly inputs: ValueInfo[] = [];
  private readonly outputs: ValueInfo[] = [];
  private readonly nodes: Node[] = [];
  private readonly constants = new Map<string, TensorValue>();
  /** Casts by what they are of, so that a mask read by ten layers is cast once. */
  private readonly casts = new Map<string, string>();
  /** @param names given so far: those of a graph and of the graphs inside its nodes are different ones */
  constructor(
    private readonly names: { readonly taken: Set<string>; aliases: number } = { taken: new Set(), aliases: 0 },
  ) {}

  /** A graph for an attribute of a node, which sees the names around it. */
  inner(): GraphBuilder {
    return new GraphBuilder(this.names);
  }

  /** Declares an input. @param timed whether its second dimension is time */
  input(name: string, dtype: ValueType, rank: number, timed: boolean, dims?: ValueInfo['dims']): Value {
    const unique = this.fresh(name);
    this.inputs.push({ name: unique, dtype, dims });
    return { name: unique, dtype, rank, timed };
  }

  /** Declares an output, the value under another name; returns the name, made unique. */
  output(name: string, { name: value, dtype }: Pick<Value, 'name' | 'dtype'>): string {
    const unique = this.fresh(name);
    this.nodes.push({ op: 'Identity', domain: '', name: unique, inputs: [value], outputs: [unique], attributes: {} });
    this.outputs.push({ name: unique, dtype });
    return unique;
  }

  /** The value as floats. */
  asFloats(label: string, value: Value): Value {
    return this.cast(label, value, 'float32');
  }

  /** The value in another type; as bool, whether it is not zero. */
  cast(label: string, value: Value, dtype: ValueType): Value {
    if (value.dtype === dtype) return value;
    const key = `${dtype} ${value.name}`;
    const name = this.casts.get(key) ?? this.add('Cast', label, [value.name], { to: TYPE_NUMBERS[dtype] });
    this.casts.set(key, name);
    return { ...value, name, dtype };
  }

  /** A constant of floats. */
  floats(label: string, dims: readonly number[], elements: ArrayLike<number>): string {
    return this.constant(label, tensorOf('float32', dims, elements));
  }

  /** A constant of 64-bit integers: axes, shapes. */
  integers(label: string, elements: readonly number[]): string {
    return this.constant(label, tensorOf('int64', [elements.length], elements));
  }

  constant(label: string, value: TensorValue): string {
    const name = this.fresh(label);
    this.constants.set(name, value);
    return name;
  }

  /**
   * Adds one of ONNX's operators.
   *
   * @param label the layer it belongs to, for messages
   * @returns the name of its output
   */
  add(op: string, label: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.addTo('', op, label, inputs, 1, attributes)[0];
  }

  /** Adds one of ONNX's operators that gives several outputs. */
  addParts(op: string, label: string, inputs: readonly string[], outputs: number, attributes: Attributes): string[] {
    return this.addTo('', op, label, inputs, outputs, attributes);
  }

  /** Adds one of Keras' operators; several outputs. */
  addKeras(op: string, label: string, inputs: readonly string[], outputs: number, attributes: Attributes): string[] {
    return this.addTo(KERAS_DOMAIN, op, label, inputs, outputs, attributes);
  }

  /** The graph so far. */
  build(): Graph {
    const { inputs, outputs, nodes, constants } = this;
    return { inputs, outputs, nodes, constants, opset: OPSET };
  }

  private addTo(
    domain: string,
    op: string,
    label: string,
    inputs: readonly string[],
    count: number,
    attributes: Attributes,
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.fresh(label));
    const given = Object.entries(attributes).filter(
      (entry): entry is [string, AttributeValue] => entry[1] !== undefined,
    );
    this.nodes.push({ op, domain, name: label, inputs, outputs, attributes: Object.fromEntries(given) });
    return outputs;
  }

  private fresh(label: string): string {
    let name = label;
    while (name === '' || this.names.taken.has(name)) name = `${label}:${++this.names.aliases}`;
    this.names.taken.add(name);
    return name;
  }
}
