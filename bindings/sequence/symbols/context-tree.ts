import { rangeError } from '../../errors.js';
import type { JsonFields } from '../json-fields.js';
import { GrowingTable } from './growing-table.js';

const NONE = -1;
const ROOT = 0;

/**
 * Counts of all sequences of up to `depth` symbols: a tree whose node stands for one of them, its children for those one
 * symbol longer at the end, its suffix for that one symbol shorter at the beginning.
 */
export class ContextTree {
  private readonly table = new GrowingTable(['symbol', 'count', 'extensions', 'suffix', 'parent', 'child', 'sibling']);

  constructor(readonly depth: number) {
    this.addNode(NONE, NONE, NONE);
  }

  /** Counts the symbols of a sequence, each with all contexts it has there. */
  static of(indices: Int32Array, depth: number): ContextTree {
    const tree = new ContextTree(depth);
    let path = [ROOT];
    for (const symbol of indices) {
      const next = [ROOT];
      for (let length = 0; length < path.length && length < depth; length++) {
        const node = tree.findChild(path[length], symbol) ?? tree.addNode(path[length], symbol, next[length]);
        tree.table.columns.count[node]++;
        next.push(node);
      }
      path = next;
    }
    return tree;
  }

  /** The nodes of the last 0, 1, 2 … symbols after one more came: as long as they were ever seen. */
  advance(path: readonly number[], symbol: number, longest: number): number[] {
    const next = [ROOT];
    for (let length = 0; length < path.length && length < longest; length++) {
      const node = this.findChild(path[length], symbol);
      if (node === undefined) break;
      next.push(node);
    }
    return next;
  }

  /** How often the node's symbols stood in the sequence. */
  count(node: number): number {
    return this.table.columns.count[node];
  }

  /** How many different symbols stood before them. */
  extensions(node: number): number {
    return this.table.columns.extensions[node];
  }

  symbol(node: number): number {
    return this.table.columns.symbol[node];
  }

  *children(node: number): Generator<number> {
    const { child, sibling } = this.table.columns;
    for (let each = child[node]; each !== NONE; each = sibling[each]) yield each;
  }

  /** How many nodes of each count 1, 2 there are that stand for `length` symbols. */
  countsOfCounts(length: number, countOf: (node: number) => number): { ones: number; twos: number } {
    const { parent } = this.table.columns;
    const lengths = new Int32Array(this.table.length);
    let [ones, twos] = [0, 0];
    for (let node = 1; node < lengths.length; node++) {
      lengths[node] = lengths[parent[node]] + 1;
      if (lengths[node] !== length) continue;
      const count = countOf(node);
      if (count === 1) ones++;
      if (count === 2) twos++;
    }
    return { ones, twos };
  }

  /** All nodes but the root, parents before children. */
  toFields(): Record<string, number[]> {
    const { parent, symbol, count } = this.table.columns;
    const from = (column: Int32Array) => Array.from(column.subarray(1, this.table.length));
    return { parents: from(parent), nodeSymbols: from(symbol), counts: from(count) };
  }

  /** @throws {TypeError | RangeError} if the fields are no such tree */
  static fromFields(fields: JsonFields, depth: number, symbolCount: number, who: string): ContextTree {
    const counts = fields.integers('counts', 2 ** 31);
    const parents = fields.integers('parents', counts.length + 1);
    const symbols = fields.integers('nodeSymbols', symbolCount);
    if (parents.length !== counts.length || symbols.length !== counts.length) {
      throw rangeError(
        `${who}: got ${parents.length} parents, ${symbols.length} nodeSymbols and ${counts.length} counts, expected as many of each`,
      );
    }
    const tree = new ContextTree(depth);
    const lengths = [0];
    counts.forEach((count, i) => {
      const parent = parents[i];
      const suffix = tree.suffixOfNew(parent, symbols[i], i + 1);
      const isNew = parent <= i && suffix !== undefined && tree.findChild(parent, symbols[i]) === undefined;
      if (!isNew || count === 0 || lengths[parent] >= depth) {
        throw rangeError(`${who}: got node ${i + 1} out of place, expected each after its parent and its suffix, once`);
      }
      lengths.push(lengths[parent] + 1);
      tree.table.columns.count[tree.addNode(parent, symbols[i], suffix)] = count;
    });
    return tree;
  }

  private suffixOfNew(parent: number, symbol: number, next: number): number | undefined {
    if (parent === ROOT) return ROOT;
    return parent < next ? this.findChild(this.table.columns.suffix[parent], symbol) : undefined;
  }

  private findChild(node: number, symbol: number): number | undefined {
    const { child, sibling, symbol: symbols } = this.table.columns;
    for (let each = child[node]; each !== NONE; each = sibling[each]) if (symbols[each] === symbol) return each;
    return undefined;
  }

  private addNode(parent: number, symbol: number, suffix: number): number {
    const node = this.table.add();
    const { columns } = this.table;
    columns.symbol[node] = symbol;
    columns.parent[node] = parent;
    columns.suffix[node] = suffix;
    columns.child[node] = NONE;
    columns.sibling[node] = parent === NONE ? NONE : columns.child[parent];
    if (parent === NONE) return node;
    columns.child[parent] = node;
    columns.extensions[suffix]++;
    return node;
  }
}
