import { type AttributeValue, functionKey, type GraphFunction, type Node, sortNodes } from '../../graph/index.js';
import { type Reading, readAttribute, readNode } from './file-node.js';
import type { Span } from './message.js';
import { ownDomain } from './own-domain.js';
import { ownOpset } from './own-opset.js';
import * as schema from './schema.js';

/**
 * Reads a FunctionProto. Everything in it is read at once: exporters write functions of a few nodes.
 *
 * @param reading of the model; its opset is followed where the function imports none
 * @returns the function, and the key by which nodes name it
 */
export function readFunction(place: Span, reading: Reading): { key: string; made: GraphFunction } {
  const { file } = reading;
  let [op, domain, overload] = ['', '', ''];
  let { opset } = reading;
  const inputs: string[] = [];
  const outputs: string[] = [];
  const required: string[] = [];
  const attributes: Record<string, AttributeValue> = Object.create(null);
  const eager = { ...reading, lazy: false };
  const around = file.goTo(place);
  while (file.next()) {
    switch (file.no) {
      case schema.FUNCTION_NAME:
        op = file.text();
        break;
      case schema.FUNCTION_DOMAIN:
        domain = ownDomain(file.text());
        break;
      case schema.FUNCTION_OVERLOAD:
        overload = file.text();
        break;
      case schema.FUNCTION_INPUT:
        inputs.push(file.text());
        break;
      case schema.FUNCTION_OUTPUT:
        outputs.push(file.text());
        break;
      case schema.FUNCTION_ATTRIBUTE:
        required.push(file.text());
        break;
      case schema.FUNCTION_ATTRIBUTE_PROTO:
        readAttribute(eager, attributes, (graph) => reading.readGraph(graph, eager, 1));
        break;
      case schema.FUNCTION_OPSET_IMPORT:
        opset = ownOpset(file) ?? opset;
        break;
      default:
        file.skip();
    }
  }
  // Afterwards: nodes follow the opset that the function imports, which may stand behind them.
  const nodes: Node[] = [];
  const inside = { ...eager, opset };
  file.goTo(place);
  while (file.seek(1 << schema.FUNCTION_NODE)) nodes.push(readNode(inside, 0));
  file.goTo(around);
  const made: GraphFunction = {
    inputs,
    outputs,
    attributes: { ...Object.fromEntries(required.map((name) => [name, undefined])), ...attributes },
    nodes: sortNodes(nodes),
    opset,
  };
  return { key: functionKey({ op, domain, overload, name: '' }), made };
}
