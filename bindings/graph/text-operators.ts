import { HiddenstateError } from '../errors.js';
import { type Node, nodeLabel, type OperatorUse } from './graph.js';

/** ONNX's operators that move elements, compare them or ask for dims: they take strings as they take int32. */
const MOVES: ReadonlySet<string> = new Set(
  (
    'Compress Concat Equal Expand Flatten Gather GatherElements GatherND Identity Reshape ReverseSequence Shape Size Slice Split ' +
    'Squeeze Tile Transpose Unsqueeze Where'
  ).split(' '),
);

/** Of these, those that give numbers. */
const MEASURES = ['Equal', 'Shape', 'Size'];

/**
 * Checks that a node whose operator is in a table, and that has strings before it, only moves them.
 *
 * @throws {Error} if it would compute with them
 */
export function assertMovesTexts(node: Node, who: string): void {
  if (node.domain === '' && MOVES.has(node.op)) return;
  throw new HiddenstateError(
    'UNSUPPORTED',
    `${who}${nodeLabel(node)}: got strings, expected numbers: end the model before it`,
  );
}

/** Whether what such a node gives is strings, as far as its operator tells. */
export function givesTexts({ op, domain }: OperatorUse): boolean {
  return domain === '' && MOVES.has(op) && !MEASURES.includes(op);
}
