import { HiddenstateError, isOwnError, rangeError, typeError } from '../../errors.js';
import {
  type AttributeValue,
  type Graph,
  LazyGraph,
  type Node,
  nodeLabel,
  type TensorValue,
  type ValueInfo,
} from '../../graph/index.js';
import { describeValue } from '../../tensor.js';
import { ATTRIBUTE, assertDepth, findOperators } from './find-operators.js';
import { Field, type Span } from './message.js';
import { ownDomain } from './own-domain.js';
import { readTensor } from './read-tensor.js';
import { readValueInfo } from './read-value-info.js';

/** The newest version of ONNX's operator set whose definitions are known here. */
const MOST_OPSET = 28;

/** What everything within a model needs to know. */
interface Reading {
  readonly file: Field;
  /** The beginning of error messages. */
  readonly who: string;
  readonly opset: number;
  /** Whether branches, and attributes of nodes in them, may wait until they are asked for. */
  readonly lazy: boolean;
}

/**
 * Reads an ONNX model (ModelProto) into a graph. Weights stay in `bytes` until they are asked for.
 *
 * @param lazy whether branches stay there too, but for the operators in them; what else is wrong with one is then said when it is
 *   taken
 * @throws {TypeError | RangeError | Error} if the bytes are no model, name an operator set after 28, or hold tensors of types or
 *   places that are not there
 */
export function readModel(bytes: Uint8Array, who: string, lazy = false): Graph {
  const file = new Field(bytes);
  let graph: Span | undefined;
  // A file without a version follows the first one, as files did before there were others.
  let opset = 1;
  while (file.next()) {
    if (file.no === 7) graph = file.pass();
    else if (file.no === 8) opset = ownOpset(file) ?? opset;
    else file.skip();
  }
  if (!graph)
    throw new HiddenstateError('FILE', `${who}: got ${bytes.length} bytes without a graph, expected an ONNX model`);
  if (opset < 1 || opset > MOST_OPSET) {
    throw rangeError(`${who}: got opset ${opset}, expected one from 1 to ${MOST_OPSET}`);
  }
  return readGraph(graph, { file, who, opset, lazy }, 0);
}

/** The version of an OperatorSetIdProto, if it is ONNX's own. */
function ownOpset(file: Field): number | undefined {
  let domain = '';
  let version = 0;
  const around = file.enter();
  while (file.next()) {
    if (file.no === 1) domain = file.text();
    else if (file.no === 2) version = file.int();
    else file.skip();
  }
  file.leave(around);
  return ownDomain(domain) === '' ? version : undefined;
}

function readGraph(place: Span, reading: Reading, depth: number): Graph {
  const { file, who, opset } = reading;
  assertDepth(depth, who);
  const nodes: Node[] = [];
  const constants = new Map<string, TensorValue>();
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  const around = file.goTo(place);
  while (file.next()) {
    switch (file.no) {
      case 1:
        nodes.push(readNode(reading, depth));
        break;
      case 5: {
        const { name, tensor } = readTensor(file, who);
        constants.set(name, tensor);
        break;
      }
      case 11:
        inputs.push(readValueInfo(file, who));
        break;
      case 12:
        outputs.push(readValueInfo(file, who));
        break;
      case 15:
        throw typeError(`${who}: got a sparse initializer, expected dense ones`);
      default:
        file.skip();
    }
  }
  file.goTo(around);
  // Before IR version 4 every initializer was listed among the inputs as well.
  const fed = inputs.filter(({ name }) => !constants.has(name));
  if (depth === 0) assertTyped(fed, who);
  return { inputs: fed, outputs, nodes, constants, opset };
}

function assertTyped(inputs: readonly ValueInfo[], who: string): void {
  const names = new Set<string>();
  for (const { name, dtype } of inputs) {
    if (dtype === undefined) throw typeError(`${who}: input ${describeValue(name)}: got no tensor type, expected one`);
    if (names.has(name))
      throw new HiddenstateError('FILE', `${who}: got input ${describeValue(name)} twice, expected each name once`);
    names.add(name);
  }
}

function readNode(reading: Reading, depth: number): Node {
  const { file } = reading;
  const around = file.enter();
  const node = new FileNode(reading, depth, file.rest());
  while (file.next()) {
    switch (file.no) {
      case 1:
        node.inputs.push(file.text());
        break;
      case 2:
        node.outputs.push(file.text());
        break;
      case 3:
        node.label = file.pass();
        break;
      case 4:
        node.op = file.text();
        break;
      case 7:
        node.domain = ownDomain(file.text());
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

/** A node of a file; its name and attributes are decoded when they are first asked for. */
class FileNode implements Node {
  op = '';
  domain = '';
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
    while (file.seek(ATTRIBUTE)) this.readAttribute(attributes);
    file.goTo(around);
    this.decoded = attributes;
    return attributes;
  }

  private readAttribute(into: Record<string, AttributeValue>): void {
    const { file, who } = this.reading;
    let name = '';
    let type = 0;
    let value: AttributeValue | undefined;
    const numbers: number[] = [];
    const texts: string[] = [];
    const around = file.enter();
    while (file.next()) {
      switch (file.no) {
        case 1:
          name = file.text();
          break;
        case 2:
          value = file.float();
          break;
        case 3:
          value = file.int();
          break;
        case 4:
          value = file.text();
          break;
        case 5:
          value = readTensor(file, who).tensor;
          break;
        case 6:
          value = this.readBranch(file.pass());
          break;
        case 7:
          file.floatsInto(numbers);
          break;
        case 8:
          file.intsInto(numbers);
          break;
        case 9:
          texts.push(file.text());
          break;
        case 20:
          type = file.int();
          break;
        default:
          file.skip();
      }
    }
    file.leave(around);
    if (type === STRINGS || texts.length > 0) value = texts;
    else if (type === FLOATS || type === INTS || numbers.length > 0) value = numbers;
    else value ??= ABSENT[type];
    if (value !== undefined) into[name] = value;
  }

  private readBranch(place: Span): AttributeValue {
    const { reading } = this;
    const depth = this.depth + 1;
    if (!reading.lazy) return readGraph(place, reading, depth);
    // Those of a graph within a branch are the branch's own already.
    const operators = depth === 1 ? findOperators(reading.file, place, depth, reading.who) : [];
    return new LazyGraph(operators, () => {
      try {
        return readGraph(place, reading, depth);
      } catch (error) {
        throw lateError(error, this, reading, 'a branch');
      }
    });
  }
}

/** Gives an error words of ours where nobody is there any more to do so. */
function lateError(error: unknown, node: Node, { who }: Reading, what: string): Error {
  if (isOwnError(error)) return error;
  const { message } = error as Error;
  return new HiddenstateError(
    'FILE',
    `${who}: ${nodeLabel(node)}: got ${what} that cannot be read (${message}), expected a whole file`,
  );
}

/** AttributeProto.AttributeType: lists, which may be empty and then have no field at all. */
const FLOATS = 6;
const INTS = 7;
const STRINGS = 8;

/** What a field holds that is left out because it is zero. */
const ABSENT: Readonly<Record<number, AttributeValue>> = { 1: 0, 2: 0, 3: '' };
