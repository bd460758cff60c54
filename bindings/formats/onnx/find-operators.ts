import { rangeError } from '../../errors.js';
import type { OperatorUse } from '../../graph/index.js';
import type { Field, Span } from './message.js';
import { ownDomain } from './own-domain.js';

/** Graphs within graphs. Exporters reach five or six. */
export const MAX_DEPTH = 32;

/** @throws {RangeError} for a graph deeper in graphs than any exporter puts one */
export function assertDepth(depth: number, who: string): void {
  if (depth > MAX_DEPTH) throw rangeError(`${who}: got graphs ${depth} deep, expected at most ${MAX_DEPTH}`);
}

/** What `seek` is to find: the nodes of a GraphProto, some fields of a NodeProto, the graph of an AttributeProto. */
const NODE = 1 << 1;
const NAME = 1 << 3;
const OP_TYPE = 1 << 4;
export const ATTRIBUTE = 1 << 5;
const GRAPH = 1 << 6;
const DOMAIN = 1 << 7;

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
    while (file.seek(NODE)) {
      const around = file.enter();
      inNode(file.rest(), inside);
      file.leave(around);
    }
  }

  function inNode(node: Span, inside: number): void {
    let op = '';
    let domain = '';
    while (file.seek(OP_TYPE | DOMAIN)) {
      if (file.no === 4) op = file.text();
      else domain = ownDomain(file.text());
    }
    if (domain !== '') found.push({ op, domain, name: nameOf(node) });
    else if (op === 'If') inBranches(node, inside);
    else if (!seen.has(op)) {
      seen.add(op);
      found.push({ op, domain, name: nameOf(node) });
    }
  }

  function inBranches(node: Span, inside: number): void {
    file.goTo(node);
    while (file.seek(ATTRIBUTE)) {
      const attribute = file.enter();
      while (file.seek(GRAPH)) {
        const around = file.enter();
        inGraph(inside + 1);
        file.leave(around);
      }
      file.leave(attribute);
    }
  }

  function nameOf(node: Span): string {
    let name = '';
    file.goTo(node);
    while (file.seek(NAME)) name = file.text();
    return name;
  }

  const around = file.goTo(place);
  inGraph(depth);
  file.goTo(around);
  return found;
}
