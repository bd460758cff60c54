import { typeError } from '../errors.js';
import { type Node, nodeLabel } from './graph.js';
import { isTensorValue, type Planned, PlannedNothing, type PlannedValue } from './planned-value.js';

/**
 * An input as a tensor; `undefined` if it is left out.
 *
 * @throws {TypeError} if it is a sequence
 */
export function tensorInput(input: Planned | undefined, i: number, node: Node): PlannedValue | undefined {
  if (input === undefined || input instanceof PlannedNothing) return undefined;
  if (isTensorValue(input)) return input;
  throw typeError(`${nodeLabel(node)}: input ${i}: got a sequence, expected a tensor`);
}
