import { HiddenstateError, isOwnError } from '../../errors.js';
import {
  AttributeReference,
  type AttributeValue,
  type Graph,
  LazyGraph,
  type Node,
  nodeLabel,
  tensorOf,
} from '../../graph/index.js';
import { findOperators } from './find-operators.js';
import type { Span } from './message.js';
import { ownDomain } from './own-domain.js';
import { readTensor, type TensorContext } from './read-tensor.js';
import * as schema from './schema.js';

/** What everything within a model needs to know. */
export interface Reading extends TensorContext {
  readonly opset: number;
  /** Whether branches, and attributes of nodes in them, may wait until they are asked for. */
  readonly lazy: boolean;
  /** Reads a graph at a place, so many graphs deep. */
  readonly readGraph: (place: Span, reading: Reading, depth: number) => Graph;
}

/** Reads a NodeProto. */
export function readNode(reading: Reading, depth: number): Node {
  const { file } = reading;
  const around = file.enter();
  const node = new FileNode(reading, depth, file.rest());
  while (file.next()) {
    switch (file.no) {
      case schema.NODE_INPUT:
        node.inputs.push(file.text());
        break;
      case schema.NODE_OUTPUT:
        node.outputs.push(file.text());
        break;
      case schema.NODE_NAME:
        node.label = file.pass();
        break;
      case schema.NODE_OP_TYPE:
        node.op = file.text();
        break;
      case schema.NODE_DOMAIN:
        node.domain = ownDomain(file.text());
        break;
      case schema.NODE_OVERLOAD:
        node.overload = file.text();
        break;
      default:
        file.skip();
    }
  }
  file.leave(around);
  // What is in a branch may never be needed: half of many models is.
  if (!reading.lazy || depth === 0) node.decode();
  return node;
}

/**
 * Reads an AttributeProto into a record of them.
 *
 * @param readBranch what to make of a graph, which lies at a place
 */
export function readAttribute(
  context: TensorContext,
  into: Record<string, AttributeValue>,
  readBranch: (place: Span) => AttributeValue,
): void {
  const { file } = context;
  let name = '';
  let type = 0;
  let value: AttributeValue | undefined;
  const numbers: number[] = [];
  const texts: string[] = [];
  const around = file.enter();
  while (file.next()) {
    switch (file.no) {
      case schema.ATTRIBUTE_NAME:
        name = file.text();
        break;
      case schema.ATTRIBUTE_F:
        value = file.float();
        break;
      case schema.ATTRIBUTE_I:
        value = file.int();
        break;
      case schema.ATTRIBUTE_S:
        value = file.text();
        break;
      case schema.ATTRIBUTE_T:
        value = readTensor(context).tensor;
        break;
      case schema.ATTRIBUTE_G:
        value = readBranch(file.pass());
        break;
      case schema.ATTRIBUTE_FLOATS:
        file.floatsInto(numbers);
        break;
      case schema.ATTRIBUTE_INTS:
        file.intsInto(numbers);
        break;
      case schema.ATTRIBUTE_STRINGS:
        texts.push(file.text());
        break;
      case schema.ATTRIBUTE_TYPE:
        type = file.int();
        break;
      case schema.ATTRIBUTE_REF_NAME:
        value = new AttributeReference(file.text());
        break;
      default:
        file.skip();
    }
  }
  file.leave(around);
  if (!(value instanceof AttributeReference)) {
    if (type === schema.TYPE_STRINGS || texts.length > 0) value = texts;
    else if (type === schema.TYPE_FLOATS || type === schema.TYPE_INTS || numbers.length > 0) value = numbers;
    else value ??= ABSENT[type];
  }
  if (value === undefined) return;
  into[name] = isText(name, value) ? textTensor(value, context) : value;
}

/** Whether an attribute is a Constant's strings, which operators take as a tensor. */
function isText(name: string, value: AttributeValue): value is string | readonly string[] {
  return name === 'value_string' ? typeof value === 'string' : name === 'value_strings' && Array.isArray(value);
}

function textTensor(value: string | readonly string[], { texts }: TensorContext): AttributeValue {
  if (typeof value === 'string') return tensorOf('string', [], [texts.keep(value)]);
  return tensorOf(
    'string',
    [value.length],
    value.map((text) => texts.keep(text)),
  );
}

/** A node of a file; its name and attributes are decoded when they are first asked for. */
class FileNode implements Node {
  op = '';
  domain = '';
  overload = '';
  readonly inputs: string[] = [];
  readonly outputs: string[] = [];
  label: Span | undefined;
  private decoded: Record<string, AttributeValue> | undefined;

  constructor(
    private readonly reading: Reading,
    private readonly depth: number,
    private readonly place: Span,
  ) {}

  get name(): string {
    return this.label ? this.reading.file.textAt(this.label) : '';
  }

  get attributes(): Readonly<Record<string, AttributeValue>> {
    try {
      return this.decoded ?? this.decode();
    } catch (error) {
      throw lateError(error, this, this.reading, 'attributes');
    }
  }

  /** @throws as `readModel` */
  decode(): Record<string, AttributeValue> {
    const attributes: Record<string, AttributeValue> = Object.create(null);
    const { file } = this.reading;
    const around = file.goTo(this.place);
    while (file.seek(1 << schema.NODE_ATTRIBUTE)) {
      readAttribute(this.reading, attributes, (place) => this.readBranch(place));
    }
    file.goTo(around);
    this.decoded = attributes;
    return attributes;
  }

  private readBranch(place: Span): AttributeValue {
    const { reading } = this;
    const depth = this.depth + 1;
    if (!reading.lazy) return reading.readGraph(place, reading, depth);
    // Those of a graph within a branch are the branch's own already.
    const operators = depth === 1 ? findOperators(reading.file, place, depth, reading.who) : [];
    return new LazyGraph(operators, () => {
      try {
        return reading.readGraph(place, reading, depth);
      } catch (error) {
        throw lateError(error, this, reading, 'a branch');
      }
    });
  }
}

/** Gives an error of a branch that is read when it is taken words of ours: the reader of the whole file has returned by then. */
function lateError(error: unknown, node: Node, { who }: Reading, what: string): Error {
  if (isOwnError(error)) return error;
  const { message } = error as Error;
  return new HiddenstateError(
    'FILE',
    `${who}: ${nodeLabel(node)}: got ${what} that cannot be read (${message}), expected a whole file`,
  );
}

/** What a field holds that is left out because it is zero. */
const ABSENT: Readonly<Record<number, AttributeValue>> = {
  [schema.TYPE_FLOAT]: 0,
  [schema.TYPE_INT]: 0,
  [schema.TYPE_STRING]: '',
};
