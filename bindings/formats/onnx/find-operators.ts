import { rangeError } from '../../errors.js';
import type { OperatorUse } from '../../graph/index.js';
import type { Field, Span } from './message.js';
import { ownDomain } from './own-domain.js';
import * as schema from './schema.js';

/** Graphs within graphs. Exporters reach five or six. */
export const MAX_DEPTH = 32;

/** @throws {RangeError} for a graph deeper in graphs than any exporter puts one */
export function assertDepth(depth: number, who: string): void {
  if (depth > MAX_DEPTH) throw rangeError(`${who}: got graphs ${depth} deep, expected at most ${MAX_DEPTH}`);
}

/** Operators whose attributes hold graphs. */
const WITH_GRAPHS: ReadonlySet<string> = new Set(['If', 'Loop', 'Scan', 'SequenceMap']);

/**
 * Finds the operators of a branch and of the branches in it, and reads nothing else.
 *
 * @param place the branch, a GraphProto
 * @param depth how many graphs it is in
 * @returns for each operator the first node in the file
 * @throws {Error} if a message ends within a field, or graphs are too deep
 */
export function findOperators(file: Field, place: Span, depth: number, who: string): OperatorUse[] {
  const found: OperatorUse[] = [];
  const seen = new Set<string>();

  function inGraph(inside: number): void {
    assertDepth(inside, who);
    while (file.seek(1 << schema.GRAPH_NODE)) {
      const around = file.enter();
      inNode(file.rest(), inside);
      file.leave(around);
    }
  }

  function inNode(node: Span, inside: number): void {
    let op = '';
    let domain = '';
    while (file.seek((1 << schema.NODE_OP_TYPE) | (1 << schema.NODE_DOMAIN))) {
      if (file.no === schema.NODE_OP_TYPE) op = file.text();
      else domain = ownDomain(file.text());
    }
    if (domain !== '') found.push({ op, domain, name: nameOf(node), overload: textOf(node, schema.NODE_OVERLOAD) });
    else {
      if (!seen.has(op)) found.push({ op, domain, name: nameOf(node) });
      seen.add(op);
      if (WITH_GRAPHS.has(op)) inBranches(node, inside);
    }
  }

  function inBranches(node: Span, inside: number): void {
    file.goTo(node);
    while (file.seek(1 << schema.NODE_ATTRIBUTE)) {
      const attribute = file.enter();
      while (file.seek(1 << schema.ATTRIBUTE_G)) {
        const around = file.enter();
        inGraph(inside + 1);
        file.leave(around);
      }
      file.leave(attribute);
    }
  }

  function nameOf(node: Span): string {
    return textOf(node, schema.NODE_NAME) || textOf(node, schema.NODE_OUTPUT);
  }

  function textOf(node: Span, no: number): string {
    let text = '';
    file.goTo(node);
    while (file.seek(1 << no)) {
      const read = file.text();
      text ||= read;
    }
    return text;
  }

  const around = file.goTo(place);
  inGraph(depth);
  file.goTo(around);
  return found;
}
