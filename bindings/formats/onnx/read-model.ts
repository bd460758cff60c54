import { HiddenstateError, rangeError, typeError } from '../../errors.js';
import {
  type FunctionTable,
  type Graph,
  type GraphFunction,
  type Node,
  sortNodes,
  type TensorValue,
  TextTable,
  type ValueInfo,
} from '../../graph/index.js';
import { describeValue } from '../../tensor.js';
import type { ExternalBytes } from './external-files.js';
import { type Reading, readNode } from './file-node.js';
import { assertDepth } from './find-operators.js';
import { Field, type Span } from './message.js';
import { ownOpset } from './own-opset.js';
import { readFunction } from './read-function.js';
import { readTensor } from './read-tensor.js';
import { readValueInfo } from './read-value-info.js';
import * as schema from './schema.js';

/** The newest version of ONNX's operator set whose definitions are known here. */
const MOST_OPSET = 28;

/**
 * Reads an ONNX model (ModelProto) into a graph. Weights stay in `bytes` until they are asked for.
 *
 * @param external notes the files beside the model that tensors name, and gives their bytes
 * @param lazy whether branches stay there too, but for the operators in them; what else is wrong with one is then said when it is
 *   taken
 * @throws {TypeError | RangeError | Error} if the bytes are no model, name an operator set after 28, or hold tensors of types or
 *   places that are not there
 */
export function readModel(bytes: Uint8Array, who: string, external: ExternalBytes, lazy = false): Graph {
  const file = new Field(bytes);
  let graph: Span | undefined;
  // A file without a version follows the first one, as files did before there were others.
  let opset = 1;
  const functions: Span[] = [];
  while (file.next()) {
    if (file.no === schema.MODEL_GRAPH) graph = file.pass();
    else if (file.no === schema.MODEL_OPSET_IMPORT) opset = ownOpset(file) ?? opset;
    else if (file.no === schema.MODEL_FUNCTIONS) functions.push(file.pass());
    else file.skip();
  }
  if (!graph)
    throw new HiddenstateError('FILE', `${who}: got ${bytes.length} bytes without a graph, expected an ONNX model`);
  if (opset < 1 || opset > MOST_OPSET) {
    throw rangeError(`${who}: got opset ${opset}, expected one from 1 to ${MOST_OPSET}`);
  }
  const texts = new TextTable();
  const reading: Reading = { file, who, external, texts, opset, lazy, readGraph };
  const read = { ...readGraph(graph, reading, 0), texts };
  return functions.length === 0 ? read : { ...read, functions: readFunctions(functions, reading) };
}

function readFunctions(places: readonly Span[], reading: Reading): FunctionTable {
  const functions = new Map<string, GraphFunction>();
  for (const place of places) {
    const { key, made } = readFunction(place, reading);
    functions.set(key, made);
  }
  return functions;
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
      case schema.GRAPH_NODE:
        nodes.push(readNode(reading, depth));
        break;
      case schema.GRAPH_INITIALIZER: {
        const { name, tensor } = readTensor(reading);
        if (constants.has(name)) {
          throw new HiddenstateError(
            'FILE',
            `${who}: got initializer ${describeValue(name)} twice, expected each name once`,
          );
        }
        constants.set(name, tensor);
        break;
      }
      case schema.GRAPH_INPUT:
        inputs.push(readValueInfo(file, who));
        break;
      case schema.GRAPH_OUTPUT:
        outputs.push(readValueInfo(file, who));
        break;
      case schema.GRAPH_SPARSE_INITIALIZER:
        throw typeError(`${who}: got a sparse initializer, expected dense ones`);
      default:
        file.skip();
    }
  }
  file.goTo(around);
  // Before IR version 4 every initializer was listed among the inputs as well.
  const fed = inputs.filter(({ name }) => !constants.has(name));
  if (depth === 0) assertTyped(fed, who);
  return { inputs: fed, outputs, nodes: sortNodes(nodes), constants, opset };
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
