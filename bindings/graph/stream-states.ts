import { describeValue } from '../tensor.js';
import type { Graph, ValueInfo } from './graph.js';

/** An input that holds a state, and the output that holds the next one. */
export interface StatePair {
  readonly input: number;
  readonly output: number;
}

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
  if (new Set(pairs.map(({ output }) => output)).size < pairs.length) {
    throw new RangeError(`${who}: states: got one output for two inputs, expected one for each`);
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
  const index = list.findIndex((info) => info.name === name);
  if (index >= 0) return index;
  throw new RangeError(
    `${who}: got ${describeValue(name)}, expected one of ${list.map((info) => info.name).join(', ')}`,
  );
}

function foundPairs({ inputs, outputs }: Graph): StatePair[] {
  return inputs.flatMap((info, input) => {
    const names = successorsOf(info.name);
    const output = outputs.findIndex((other) => names.has(other.name) && isAlike(info, other));
    return output < 0 ? [] : [{ input, output }];
  });
}

/** What the output may be called that follows an input. */
function successorsOf(input: string): Set<string> {
  const stems = [
    input,
    ...INPUT_AFTER.filter((end) => input.endsWith(end)).map((end) => input.slice(0, -end.length)),
    ...INPUT_BEFORE.filter((start) => input.startsWith(start)).map((start) => input.slice(start.length)),
  ].filter((stem) => stem !== '');
  return new Set(stems.flatMap((stem) => [...AFTER.map((end) => stem + end), ...BEFORE.map((start) => start + stem)]));
}

function isAlike(a: ValueInfo, b: ValueInfo): boolean {
  if (a.dtype !== b.dtype && b.dtype !== undefined) return false;
  if (!a.dims || !b.dims) return true;
  const other = b.dims;
  return (
    a.dims.length === other.length &&
    a.dims.every((dim, d) => typeof dim !== 'number' || typeof other[d] !== 'number' || dim === other[d])
  );
}
