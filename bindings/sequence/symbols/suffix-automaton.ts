import { GrowingTable } from './growing-table.js';

const NONE = -1;
export const ROOT = 0;

/**
 * All substrings of a sequence (Blumer et al. 1985): a state stands for those that end at the same places, its suffix link
 * for the longest of their suffixes that ends at more. Built in one pass, at most two states a symbol.
 */
export class SuffixAutomaton {
  private readonly states = new GrowingTable(['length', 'link', 'first', 'occurrences', 'extensions']);
  private readonly edges = new GrowingTable(['symbol', 'target', 'next']);

  constructor(indices: Int32Array) {
    let last = this.addState(0, NONE);
    for (const symbol of indices) last = this.append(last, symbol);
    this.countOccurrences(last);
  }

  get size(): number {
    return this.states.length;
  }

  /** The state after one more symbol: the longest suffix that was ever seen. */
  advance(state: number, symbol: number): number {
    for (let from = state; from !== NONE; from = this.states.columns.link[from]) {
      const edge = this.findEdge(from, symbol);
      if (edge !== NONE) return this.edges.columns.target[edge];
    }
    return ROOT;
  }

  /** States of ever shorter suffixes that were seen at more places, from a state to the root. */
  suffixes(state: number): number[] {
    const all: number[] = [];
    for (let each = state; each !== NONE; each = this.states.columns.link[each]) all.push(each);
    return all;
  }

  /** Calls back for every symbol that followed, with how often. */
  forEachNext(state: number, use: (symbol: number, count: number) => void): void {
    const { symbol, target, next } = this.edges.columns;
    const { first, occurrences } = this.states.columns;
    for (let edge = first[state]; edge !== NONE; edge = next[edge]) use(symbol[edge], occurrences[target[edge]]);
  }

  /** Calls back for every symbol that followed the state's longest substring, with before how many different symbols the two stood. */
  forEachNextByExtensions(state: number, use: (symbol: number, count: number) => void): void {
    const { symbol, target, next } = this.edges.columns;
    const { first, extensions, length } = this.states.columns;
    for (let edge = first[state]; edge !== NONE; edge = next[edge]) {
      const longer = target[edge];
      // One that is not the longest of its state stands after one and the same symbol wherever it stands.
      use(symbol[edge], length[longer] === length[state] + 1 ? extensions[longer] : 1);
    }
  }

  private append(last: number, symbol: number): number {
    const state = this.addState(this.states.columns.length[last] + 1, ROOT);
    this.states.columns.occurrences[state] = 1;
    let from = last;
    while (from !== NONE && this.findEdge(from, symbol) === NONE) {
      this.addEdge(from, symbol, state);
      from = this.states.columns.link[from];
    }
    if (from === NONE) return state;
    const seen = this.edges.columns.target[this.findEdge(from, symbol)];
    const isLongest = this.states.columns.length[from] + 1 === this.states.columns.length[seen];
    this.states.columns.link[state] = isLongest ? seen : this.split(from, symbol, seen);
    return state;
  }

  /** Gives the shorter substrings of `seen`, which now end at one place more, a state of their own. */
  private split(from: number, symbol: number, seen: number): number {
    const { link, length, first } = this.states.columns;
    const copy = this.addState(length[from] + 1, link[seen]);
    for (let edge = first[seen]; edge !== NONE; edge = this.edges.columns.next[edge]) {
      this.addEdge(copy, this.edges.columns.symbol[edge], this.edges.columns.target[edge]);
    }
    for (let each = from; each !== NONE; each = this.states.columns.link[each]) {
      const edge = this.findEdge(each, symbol);
      if (edge === NONE || this.edges.columns.target[edge] !== seen) break;
      this.edges.columns.target[edge] = copy;
    }
    this.states.columns.link[seen] = copy;
    return copy;
  }

  /** A substring ends wherever one that it is a suffix of does: longest first. */
  private countOccurrences(last: number): void {
    const { length, link, occurrences, extensions } = this.states.columns;
    const longest = length[last];
    const starts = new Int32Array(longest + 2);
    for (let state = 0; state < this.size; state++) starts[length[state] + 1]++;
    for (let i = 0; i <= longest; i++) starts[i + 1] += starts[i];
    const byLength = new Int32Array(this.size);
    for (let state = 0; state < this.size; state++) byLength[starts[length[state]]++] = state;
    for (let i = this.size - 1; i > 0; i--) {
      occurrences[link[byLength[i]]] += occurrences[byLength[i]];
      // A state's longest substring, one symbol longer to the left, begins each of the states that link to it.
      extensions[link[byLength[i]]]++;
    }
  }

  private addState(length: number, link: number): number {
    const state = this.states.add();
    const { columns } = this.states;
    columns.length[state] = length;
    columns.link[state] = link;
    columns.first[state] = NONE;
    return state;
  }

  private addEdge(from: number, symbol: number, target: number): void {
    const edge = this.edges.add();
    const { columns } = this.edges;
    const { first } = this.states.columns;
    columns.symbol[edge] = symbol;
    columns.target[edge] = target;
    columns.next[edge] = first[from];
    first[from] = edge;
  }

  private findEdge(from: number, symbol: number): number {
    const { symbol: symbols, next } = this.edges.columns;
    let edge = this.states.columns.first[from];
    while (edge !== NONE && symbols[edge] !== symbol) edge = next[edge];
    return edge;
  }
}
