/**
 * How an operator is written.
 *
 * An operator is a function from a `Site`, one node with everything known about its inputs, to a `Prepared`: what its
 * outputs are and how to compute them. It runs once for each plan, that is for each combination of input shapes; the step
 * that it binds runs at every call and must allocate nothing.
 *
 *     const relu: Operator = (site) => {
 *       const { dtype, dims } = site.input(0);
 *       return {
 *         outputs: [{ dtype, dims }],
 *         bind: ({ input, output, kernels }) => {
 *           const x = input(0), y = output(0), size = padToLanes(elementCount(dims, site.who));
 *           return () => kernels.reluMap(y, x, size);
 *         },
 *       };
 *     };
 *
 * Rules:
 * 1. Values lie in wasm memory row-major and tight (no padded rows), each at a multiple of 16 bytes, in room rounded up to 16
 *    bytes. What lies between the last element and that end is undefined: a kernel may overwrite it, and must not trust it.
 * 2. Types are held as `STORAGE` says: float16 as float32, 64-bit integers as float64, bool as a byte. `memory[view]` is the
 *    array; addresses are bytes (`Memory.index` turns one into an element's index). Read the view inside the step, every
 *    time; memory may have grown since.
 * 3. Outputs never overlap inputs (but for `inPlace`), scratch or each other (but for `sameAs`). Scratch is undefined at the beginning of every
 *    step, and so are outputs.
 * 4. An output may be an input seen with other dims (`alias`), which costs nothing, or known already (`constant`).
 *    Operators need no code for folding: where all inputs are constants the planner runs the step once and keeps the result.
 *    What `copying` and `overArrays` make is folded without wasm memory: shapes and conditions are computed so in every graph.
 * 5. `site.constant(i)` gives the value of an input that must be known to plan at all (a shape, axes, pads). Where it hangs on
 *    feeds, the planner makes a few integers of a feed part of the plan, or ends the plan there: it runs what comes before, reads the
 *    value, and plans the rest for it. An output whose dims hang on elements is `Late`.
 * 6. Weights go through `packed`, which writes them once for the whole model, however many plans there are. It is called in
 *    `bind`; give it the constant inputs the packed form is made of.
 * 7. Throw TypeError for a kind and RangeError for a size or value, worded `${site.who}: got …, expected …`, before `bind`.
 *
 * Tables of operators, `OperatorTable`, are joined in operators/index.ts.
 */
import type { Kernels } from '../engine/abi.js';
import type { SpectraKernels } from '../spectra/index.js';
import type { GraphKernels } from './abi.js';
import type { Attributes } from './attributes.js';
import type { Dtype, Values } from './dtype.js';
import type { TensorValue } from './graph.js';
import type { Memory } from './memory.js';

/** What is known of a tensor when a plan is made. */
export interface Known {
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  /** Its elements where they are known. */
  readonly constant?: TensorValue;
}

/** One node being planned. */
export interface Site {
  /** The beginning of error messages: `LSTM "rnn/lstm"`. */
  readonly who: string;
  readonly opset: number;
  readonly attributes: Attributes;
  /** As the node lists them; `undefined` where an optional one is left out. May be shorter than the operator's signature. */
  readonly inputs: readonly (Known | undefined)[];
  /** How many outputs the node lists. */
  readonly outputCount: number;
  /** Whether the graph that is planned, or one within it, has a node of this operator. */
  isBeside(op: string): boolean;
  /** Whether somebody may read an output. */
  wants(output: number): boolean;
  /**
   * A required input.
   *
   * @throws {TypeError} if it is not there
   */
  input(i: number): Known;
  /**
   * The elements of an input, where planning needs them.
   *
   * @throws if they are not known yet: the planner then starts again with more known, or says that it cannot
   */
  constant(i: number): TensorValue;
}

/** An output to be computed. */
export interface Computed {
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  /** An output of the same step that has the same elements: the two share its room, and the step writes only that one. */
  readonly sameAs?: number;
}

/** An output that is an input with other dims (as many elements), or another type held alike. */
export interface Alias {
  readonly alias: number;
  readonly dims: readonly number[];
  readonly dtype?: Dtype | undefined;
}

/** What an operator makes of a site whose only output is its first input with other dims. */
export function seenWith(dims: readonly number[], dtype?: Dtype): Prepared {
  return { outputs: [{ alias: 0, dims, dtype }] };
}

/** An output known already. */
export interface KnownOutput {
  readonly constant: TensorValue;
}

/**
 * An output whose dims hang on the elements of the inputs: how many there are that are not zero, say. The step makes it in an
 * array of its own; the rest of the graph is planned once the dims are known, and again when they change.
 */
export interface Late {
  readonly dtype: Dtype;
  /** What the step made last. */
  late(): { readonly dims: readonly number[]; readonly data: Values };
}

/** What an operator gives for one output: computed at each run, a view of an input, known when planned, or known after the run. */
export type Output = Computed | Alias | KnownOutput | Late;

/** Whether an output is left to a step, with dims that are known. */
export function isComputed(output: Output): output is Computed {
  return !('alias' in output) && !('constant' in output) && !('late' in output);
}

/** Whether an output's dims are known once its step has run. */
export function isLate(output: Output): output is Late {
  return 'late' in output;
}

/** What an operator makes of a site. */
export interface Prepared {
  /** In the order of the node's outputs; those past `site.outputCount` are ignored. */
  readonly outputs: readonly Output[];
  /** Whether every run gives other elements: the step is never folded. */
  readonly differs?: boolean;
  /** Floats of workspace during the step. */
  readonly scratch?: number;
  /** By output, an input of the same size over which it may be written; only next states are. */
  readonly inPlace?: readonly (number | undefined)[];
  /** Makes the step. Left out where no output is computed. */
  bind?(place: Place): Step;
  /**
   * Does what the step does, in arrays of JavaScript: for steps that need no kernel. All outputs are computed, and all inputs
   * are there.
   */
  fold?(outputs: readonly Values[], inputs: readonly TensorValue[]): void;
}

/** Where a step's tensors lie. All addresses are bytes, multiples of 16, and stay while the plan lives. */
export interface Place {
  readonly memory: Memory;
  readonly kernels: Kernels;
  /** How its int8 products want their weights: see `packedFormat`. */
  readonly byteDots: boolean;
  /** Kernels that graphs have beside those. */
  readonly graphKernels: GraphKernels;
  /** Kernels of Fourier transforms, made when they are first asked for; few graphs need them, others are loaded without. */
  readonly spectraKernels: (() => SpectraKernels) | undefined;
  /** Address of an input. A constant is put into wasm memory when it is first asked for. */
  readonly input: (i: number) => number;
  /** Address of an output that is `Computed`, and not `sameAs` another. */
  readonly output: (i: number) => number;
  /** Address of the workspace. */
  readonly scratch: number;
  /**
   * Puts weights into wasm memory in a form of the operator's own, once for the model.
   *
   * @param sources the constants it is made of; with `form` they identify it
   * @param form names the form: different bytes of the same sources need different names
   * @param floats how much room
   * @param write fills the room, which is zeros; called only if it is not there yet. It is given where the elements of the
   *   sources lie meanwhile, in wasm memory and tight; 0 for one that is left out
   * @returns its address
   */
  readonly packed: (
    sources: readonly (TensorValue | undefined)[],
    form: string,
    floats: number,
    write: (f32: Float32Array, address: number, sources: readonly number[]) => void,
  ) => number;
}

/** Computes the outputs from the inputs. Allocates nothing. */
export type Step = () => void;

/** See the top of this file. */
export type Operator = (site: Site) => Prepared;

/** An operator from a version of the operator set on. */
export interface Version {
  readonly since: number;
  readonly operator: Operator;
}

/** Operators by name; one that changed its meaning has several versions, in rising order. */
export type OperatorTable = Readonly<Record<string, Operator | readonly Version[]>>;
