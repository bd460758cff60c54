import { rangeError } from '../errors.js';
import { describeValue } from '../tensor.js';
import type { Graph, ValueInfo } from './graph.js';

/** An input that holds a state, and the output that holds the next one. */
export interface StatePair {
  readonly input: number;
  readonly output: number;
}

/** Numbered states: `input_3` and `output_3`, `past_0` and `present_0`, `past_key` and `present_key`. */
const PAIRS = [
  ['input', 'output'],
  ['in', 'out'],
  ['past', 'present'],
  ['prev', 'next'],
  ['old', 'new'],
] as const;

/** What an output may be called whose input is called `h`: `hn`, `h_n`, `hN`, `h_out`, `h_next`, `new_h`, `next_h`. */
const AFTER = ['n', 'N', '_n', '_N', '_out', 'Out', '_next', 'Next', '.1'];
const BEFORE = ['new_', 'next_', 'out_'];

/** What an input may be called besides, when the output's name is all that is left: `h0`, `h_0`, `h_in`, `initial_h`. */
const INPUT_AFTER = ['0', '_0', '_in', 'In', '_prev'];
const INPUT_BEFORE = ['initial_', 'init_', 'prev_', 'in_', 'past_'];

/**
 * Finds the states of a graph that is one step of a recurrence.
 *
 * @param states the caller's own pairs, input name to output name; without them an input and an output pair if their names
 *   differ only as `state` and `stateN`, `h` and `hn`, `h0` and `hn`, `h_in` and `h_out` do, and types and ranks agree
 * @throws {TypeError | RangeError} if a name is not one of the graph's, or is used twice
 */
export function statePairs(
  graph: Graph,
  states: Readonly<Record<string, string>> | undefined,
  who: string,
): StatePair[] {
  const pairs = states ? namedPairs(graph, states, who) : foundPairs(graph);
  const taken = new Set<number>();
  for (const { output } of pairs) {
    if (taken.has(output)) throw rangeError(`${who}: states: got one output for two inputs, expected one for each`);
    taken.add(output);
  }
  return pairs;
}

function namedPairs(graph: Graph, states: Readonly<Record<string, string>>, who: string): StatePair[] {
  return Object.entries(states).map(([input, output]) => ({
    input: indexOf(graph.inputs, input, `${who}: states`),
    output: indexOf(graph.outputs, output, `${who}: states`),
  }));
}

/** @throws {RangeError} if there is none of that name */
export function indexOf(list: readonly ValueInfo[], name: unknown, who: string): number {
  for (let i = 0; i < list.length; i++) if (list[i].name === name) return i;
  throw rangeError(`${who}: got ${describeValue(name)}, expected one of ${list.map((info) => info.name).join(', ')}`);
}

function foundPairs({ inputs, outputs }: Graph): StatePair[] {
  const pairs: StatePair[] = [];
  for (let input = 0; input < inputs.length; input++) {
    for (let output = 0; output < outputs.length; output++) {
      if (!follows(outputs[output].name, inputs[input].name) || !isAlike(inputs[input], outputs[output])) continue;
      pairs.push({ input, output });
      break;
    }
  }
  // `input_1` and `output_1` are no state where nothing else is left for a step to take.
  const [first] = pairs;
  if (pairs.length === inputs.length && first && isPair(outputs[first.output].name, inputs[first.input].name))
    pairs.shift();
  return pairs;
}

/** Whether an output is called as what follows an input. */
function follows(output: string, input: string): boolean {
  if (isNext(output, input) || isPair(output, input)) return true;
  for (const end of INPUT_AFTER) {
    if (input.endsWith(end) && isNext(output, input.slice(0, -end.length))) return true;
  }
  for (const start of INPUT_BEFORE) {
    if (input.startsWith(start) && isNext(output, input.slice(start.length))) return true;
  }
  return false;
}

/** Whether two names differ in one word alone, which says before in the one and after in the other, and have another word besides. */
function isPair(output: string, input: string): boolean {
  const [from, to] = [input.split(/[_.]/), output.split(/[_.]/)];
  if (from.length !== to.length || from.length < 2) return false;
  const at = from.findIndex((word, i) => word !== to[i]);
  if (at < 0 || from.some((word, i) => i > at && word !== to[i])) return false;
  return PAIRS.some(([before, after]) => from[at].toLowerCase() === before && to[at].toLowerCase() === after);
}

function isNext(output: string, stem: string): boolean {
  if (stem === '') return false;
  if (output.startsWith(stem) && AFTER.includes(output.slice(stem.length))) return true;
  return output.endsWith(stem) && BEFORE.includes(output.slice(0, -stem.length));
}

/** Whether types and ranks agree, and dims where both are declared. */
function isAlike(a: ValueInfo, b: ValueInfo): boolean {
  if (a.dtype !== b.dtype && b.dtype !== undefined) return false;
  if (!a.dims || !b.dims) return true;
  if (a.dims.length !== b.dims.length) return false;
  for (let d = 0; d < a.dims.length; d++) {
    if (typeof a.dims[d] === 'number' && typeof b.dims[d] === 'number' && a.dims[d] !== b.dims[d]) return false;
  }
  return true;
}
