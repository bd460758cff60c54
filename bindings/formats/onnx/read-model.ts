import {
  type AttributeValue,
  type Graph,
  type Node,
  nodeLabel,
  type TensorValue,
  type ValueInfo,
} from '../../graph/index.js';
import { describeValue } from '../../tensor.js';
import { decodeUtf8, eachField, type Field, type Visit } from './message.js';
import { ownDomain } from './own-domain.js';
import { readTensor } from './read-tensor.js';
import { readValueInfo } from './read-value-info.js';

/** The versions of ONNX's operator set that models may follow. */
const LEAST_OPSET = 7;
const MOST_OPSET = 22;

/** Graphs within graphs. Exporters reach five or six. */
const MAX_DEPTH = 32;

/** What reads messages: the beginning of error messages, and what everything within a model needs to know. */
interface Reading {
  readonly who: string;
  readonly opset: number;
  readonly depth: number;
  /** Whether attributes of nodes in branches may wait until they are asked for. */
  readonly lazy: boolean;
}

/**
 * Reads an ONNX model (ModelProto) into a graph. Weights stay in `bytes` until they are asked for.
 *
 * @param lazy whether attributes in branches stay there too; what is wrong with them is then said when the branch is taken
 * @throws {TypeError | RangeError | Error} if the bytes are no model, or one of another time: an operator set before 7 or
 *   after 22, tensors of types or places that are not there
 */
export function readModel(bytes: Uint8Array, who: string, lazy = false): Graph {
  let graph: Uint8Array | undefined;
  let opset = 0;
  eachField(bytes, (field) => {
    if (field.no === 7) graph = field.bytes();
    else if (field.no === 8) opset = ownOpset(field) ?? opset;
    else return false;
    return true;
  });
  if (!graph) throw new Error(`${who}: got ${bytes.length} bytes without a graph, expected an ONNX model`);
  if (opset < LEAST_OPSET || opset > MOST_OPSET) {
    throw new RangeError(`${who}: got opset ${opset}, expected one from ${LEAST_OPSET} to ${MOST_OPSET}`);
  }
  return readGraph((visit) => eachField(graph as Uint8Array, visit), { who, opset, depth: 0, lazy });
}

/** The version of an OperatorSetIdProto, if it is ONNX's own. */
function ownOpset(message: Field): number | undefined {
  let domain = '';
  let version = 0;
  message.message((field) => {
    if (field.no === 1) domain = field.text();
    else if (field.no === 2) version = field.int();
    else return false;
    return true;
  });
  return ownDomain(domain) === '' ? version : undefined;
}

function readGraph(read: (visit: Visit) => void, reading: Reading): Graph {
  const { who, opset, depth } = reading;
  if (depth > MAX_DEPTH) throw new RangeError(`${who}: got graphs ${depth} deep, expected at most ${MAX_DEPTH}`);
  const nodes: Node[] = [];
  const constants = new Map<string, TensorValue>();
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  read((field) => {
    switch (field.no) {
      case 1:
        nodes.push(readNode(field, reading));
        return true;
      case 5: {
        const { name, tensor } = readTensor(field, who);
        constants.set(name, tensor);
        return true;
      }
      case 11:
        inputs.push(readValueInfo(field, who));
        return true;
      case 12:
        outputs.push(readValueInfo(field, who));
        return true;
      case 15:
        throw new TypeError(`${who}: got a sparse initializer, expected dense ones`);
      default:
        return false;
    }
  });
  // Before IR version 4 every initializer was listed among the inputs as well.
  const fed = inputs.filter(({ name }) => !constants.has(name));
  if (depth === 0) assertTyped(fed, who);
  return { inputs: fed, outputs, nodes, constants, opset };
}

function assertTyped(inputs: readonly ValueInfo[], who: string): void {
  const names = new Set<string>();
  for (const { name, dtype } of inputs) {
    if (dtype === undefined)
      throw new TypeError(`${who}: input ${describeValue(name)}: got no tensor type, expected one`);
    if (names.has(name)) throw new Error(`${who}: got input ${describeValue(name)} twice, expected each name once`);
    names.add(name);
  }
}

function readNode(message: Field, reading: Reading): Node {
  const node = new FileNode(message, reading);
  const around = message.enter();
  while (message.next()) {
    switch (message.no) {
      case 1:
        node.inputs.push(message.text());
        break;
      case 2:
        node.outputs.push(message.text());
        break;
      case 3:
        node.label = message.bytes();
        break;
      case 4:
        node.op = message.text();
        break;
      case 5:
        message.passInto(node.spans);
        break;
      case 7:
        node.domain = ownDomain(message.text());
        break;
      default:
        message.skip();
    }
  }
  message.leave(around);
  // What is in a branch may never be needed: half of many models is. But graphs have names and operators to check.
  if (!reading.lazy || reading.depth === 0 || node.op === 'If') node.decode();
  return node;
}

/** A node of a file; its name and attributes are decoded when they are first asked for. */
class FileNode implements Node {
  op = '';
  domain = '';
  readonly inputs: string[] = [];
  readonly outputs: string[] = [];
  label: Uint8Array | undefined;
  /** Where each attribute begins and ends in the file. */
  readonly spans: number[] = [];
  private decoded: Record<string, AttributeValue> | undefined;

  constructor(
    private readonly file: Field,
    private readonly reading: Reading,
  ) {}

  get name(): string {
    return this.label ? decodeUtf8(this.label) : '';
  }

  get attributes(): Readonly<Record<string, AttributeValue>> {
    return this.decoded ?? this.decodeLate();
  }

  /** @throws as `readModel` */
  decode(): Record<string, AttributeValue> {
    const attributes: Record<string, AttributeValue> = Object.create(null);
    const { file, reading, spans } = this;
    for (let i = 0; i < spans.length; i += 2) {
      const fields: AttributeFields = { name: '', type: 0, value: undefined, numbers: [], texts: [] };
      file.within(spans[i], spans[i + 1], (field) => readAttributeField(field, fields, reading));
      const value = attributeValue(fields);
      if (value !== undefined) attributes[fields.name] = value;
    }
    this.decoded = attributes;
    return attributes;
  }

  /** Nobody is there any more to put the reader's words right. */
  private decodeLate(): Record<string, AttributeValue> {
    const { who } = this.reading;
    try {
      return this.decode();
    } catch (error) {
      const { message } = error as Error;
      if (message.startsWith(who)) throw error;
      throw new Error(
        `${who}: ${nodeLabel(this)}: got attributes that cannot be read (${message}), expected whole ones`,
      );
    }
  }
}

/** Readers of an attribute's value, by the field that holds it. */
interface AttributeFields {
  name: string;
  type: number;
  value: AttributeValue | undefined;
  readonly numbers: number[];
  readonly texts: string[];
}

/** AttributeProto.AttributeType: lists, which may be empty and then have no field at all. */
const FLOATS = 6;
const INTS = 7;
const STRINGS = 8;

function attributeValue({ type, value, numbers, texts }: AttributeFields): AttributeValue | undefined {
  if (type === STRINGS || texts.length > 0) return texts;
  if (type === FLOATS || type === INTS || numbers.length > 0) return numbers;
  return value ?? ABSENT[type];
}

/** What a field holds that is left out because it is zero. */
const ABSENT: Readonly<Record<number, AttributeValue>> = { 1: 0, 2: 0, 3: '' };

function readAttributeField(field: Field, fields: AttributeFields, reading: Reading): boolean {
  switch (field.no) {
    case 1:
      fields.name = field.text();
      return true;
    case 2:
      fields.value = field.float();
      return true;
    case 3:
      fields.value = field.int();
      return true;
    case 4:
      fields.value = field.text();
      return true;
    case 5:
      fields.value = readTensor(field, reading.who).tensor;
      return true;
    case 6:
      fields.value = readGraph((visit) => field.message(visit), { ...reading, depth: reading.depth + 1 });
      return true;
    case 7:
      field.floatsInto(fields.numbers);
      return true;
    case 8:
      field.intsInto(fields.numbers);
      return true;
    case 9:
      fields.texts.push(field.text());
      return true;
    case 20:
      fields.type = field.int();
      return true;
    default:
      return false;
  }
}
