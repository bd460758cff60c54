import { rangeError } from '../errors.js';
import { describeValue, formatDims } from '../tensor.js';
import { type Dtype, STORAGE } from './dtype.js';
import type { Graph, ValueInfo } from './graph.js';
import { checkFeed, type FeedTensor, fitsDims } from './graph-tensor.js';
import type { GraphStreamOptions } from './stream-parts.js';
import { indexOf, type StatePair, statePairs } from './stream-states.js';

/** What each input and output of a graph is to a stream. */
export interface StreamRoles {
  readonly pairs: readonly StatePair[];
  /** The input that `step` takes, and the output that it gives. */
  readonly x: number;
  readonly y: number;
  /** A tensor for every input: the fixed ones as they were given, the others as dims alone. */
  readonly feeds: readonly FeedTensor[];
  /** Names of the inputs whose elements never change. */
  readonly fixed: ReadonlySet<string>;
}

/**
 * Reads the options of `stream`.
 *
 * @throws {TypeError | RangeError} if an option does not fit the graph, or leaves open what is what
 */
export function streamRoles(graph: Graph, options: GraphStreamOptions, who: string): StreamRoles {
  const { inputs, outputs } = graph;
  const { states, feeds: given = {}, dims = {}, batch = 1 } = options;
  for (const name of Object.keys(given)) indexOf(inputs, name, who);
  for (const name of Object.keys(dims)) indexOf(inputs, name, who);
  const pairs: StatePair[] = [];
  const stateInputs = new Set<number>();
  const stateOutputs = new Set<number>();
  for (const pair of statePairs(graph, states, who)) {
    if (Object.hasOwn(given, inputs[pair.input].name)) continue;
    pairs.push(pair);
    stateInputs.add(pair.input);
    stateOutputs.add(pair.output);
  }
  const free: number[] = [];
  for (let i = 0; i < inputs.length; i++) {
    if (!stateInputs.has(i) && !Object.hasOwn(given, inputs[i].name)) free.push(i);
  }
  const x = options.input === undefined ? onlyOne(free, inputs, who) : indexOf(inputs, options.input, `${who}: input`);
  if (free.includes(x)) free.splice(free.indexOf(x), 1);
  if (free.length > 0 || stateInputs.has(x)) {
    const names = free.map((i) => inputs[i].name).join(', ') || inputs[x].name;
    throw rangeError(`${who}: got inputs ${names} that are neither states nor fixed, expected them in states or feeds`);
  }
  let y = 0;
  if (options.output !== undefined) y = indexOf(outputs, options.output, `${who}: output`);
  else while (stateOutputs.has(y)) y++;
  if (y >= outputs.length) throw rangeError(`${who}: got states for all outputs, expected { output } to name one`);
  const feeds: FeedTensor[] = [];
  for (const info of inputs) {
    const { name } = info;
    feeds.push(Object.hasOwn(given, name) ? checkFeed(given[name], info, who) : blank(info, dims[name], batch, who));
  }
  return { pairs, x, y, feeds, fixed: new Set(Object.keys(given)) };
}

function onlyOne(free: readonly number[], inputs: readonly ValueInfo[], who: string): number {
  if (free.length === 1) return free[0];
  const names = free.map((i) => describeValue(inputs[i].name)).join(', ') || 'none';
  throw rangeError(
    `${who}: got inputs ${names} left for step, expected one: name it, or the states, or fix others with feeds`,
  );
}

/** A feed of dims alone: as given, or as declared with the batch where that is left open. */
function blank(info: ValueInfo, given: readonly number[] | undefined, batch: number, who: string): FeedTensor {
  const { name, dims: declared, dtype = 'float32' as Dtype } = info;
  const dims = given ?? declared?.map((dim) => (typeof dim === 'number' ? dim : batch));
  if (
    !Array.isArray(dims) ||
    !dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0) ||
    !fitsDims(dims, declared)
  ) {
    const expected = declared ? formatDims(declared.map((dim) => dim ?? '?')) : 'dims: the model declares none';
    const got = Array.isArray(dims) ? formatDims(dims) : describeValue(dims);
    throw rangeError(`${who}: dims of ${describeValue(name)}: got ${got}, expected ${expected}`);
  }
  return { data: STORAGE[dtype].make(0), dims };
}
