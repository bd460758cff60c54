import { HiddenstateError, reasonOf } from '../../errors.js';
import { allOperators, REPETITIONS } from '../../graph/all-operators.js';
import { checkGraph, findOperator, functionKey, type Graph, isPlanned } from '../../graph/index.js';
import { describeValue } from '../../tensor.js';
import { ExternalFiles } from './external-files.js';
import type { OnnxValue } from './onnx-value.js';
import { readModel } from './read-model.js';
import { type RecurrentNode, Survey } from './survey.js';

/** An operator of a model. */
export interface OnnxOperator {
  /** With its domain where that is not ONNX's own: `com.microsoft.Attention`. */
  readonly name: string;
  /** Nodes of it, branches included. */
  readonly nodes: number;
  /** Whether hiddenstate has it, in the model's opset. */
  readonly runs: boolean;
}

/** An RNN, LSTM or GRU node of a model. */
export interface OnnxLayer {
  readonly name: string;
  readonly type: string;
  readonly direction: string;
  /** As far as weights or attributes tell. */
  readonly inputSize?: number;
  readonly hiddenSize?: number;
}

/** A node with weights that a run went through. */
export interface OnnxStep {
  readonly name: string;
  readonly type: string;
  /** Elements of its constant inputs. */
  readonly parameters: number;
  /** The dims of the largest of them. */
  readonly weights: readonly number[];
  /** The dims of its first output; undefined where only a run tells. */
  readonly dims: readonly number[] | undefined;
}

/** What is in an ONNX file. */
export interface OnnxDescription {
  /** Who wrote it; may be empty. */
  readonly producer: string;
  /** Versions of the operator sets by domain; '' is ONNX's own. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Most nodes first. */
  readonly operators: readonly OnnxOperator[];
  /** In the order of the file. */
  readonly layers: readonly OnnxLayer[];
  /** Initializers and tensors of Constant nodes. */
  readonly tensors: readonly OnnxValue[];
  /** Elements of floating-point tensors. */
  readonly parameters: number;
  /** Why the model would not run; empty if nothing is in the way. */
  readonly problems: readonly string[];
  /** The dims of the inputs that the model ran with once, on zeros: `x [1, 7, 80]`. Empty where it did not run. */
  readonly ran: readonly string[];
  /**
   * Nodes with weights that it went through, in their order: those of a branch that was not taken are left out, unless the
   * choice hangs on what is computed, for then both are planned. Empty where it did not run.
   */
  readonly steps: readonly OnnxStep[];
  /** Why it was not run, where nothing is known to be in the way and it was not tried. */
  readonly untried?: string | undefined;
}

/** What a file tells without being run. */
export interface FileDescription {
  readonly description: Omit<OnnxDescription, 'ran' | 'steps' | 'untried'>;
  /** The graph that was read to find problems; undefined where it cannot be read. */
  readonly graph: Graph | undefined;
}

/**
 * Says what is in an ONNX file and what of it would not run, without loading it.
 *
 * @param bytes the whole file, which the graph needs
 * @throws {Error} if it is no ONNX file at all
 */
export function describeModel(bytes: Uint8Array, who: string): FileDescription {
  const found = new Survey();
  found.model(bytes);
  if (!found.sawGraph)
    throw new HiddenstateError('FILE', `${who}: got ${bytes.length} bytes without a graph, expected an ONNX model`);
  const { '': opset = 0 } = found.opsets;
  // Backwards, for the first of a name counts.
  const tensors = new Map([...found.tensors].reverse().map((tensor) => [tensor.name, tensor]));
  const { graph, fault } = graphOf(bytes, who);
  const tally = [...found.nodes.values()].map(({ op, domain, count }) => ({
    name: domain === '' ? op : `${domain}.${op}`,
    nodes: count,
    runs: isThere(op, domain, opset, graph),
  }));
  const description = {
    producer: found.producer.join(' ').trim(),
    opsets: found.opsets,
    inputs: found.inputs.filter(({ name }) => !tensors.has(name)),
    outputs: found.outputs,
    operators: tally.sort((a, b) => b.nodes - a.nodes || (a.name < b.name ? -1 : 1)),
    layers: found.recurrent.map((node) => layerOf(node, tensors)),
    tensors: found.tensors,
    parameters: found.tensors
      .filter(({ dtype }) => /float|double/.test(dtype))
      .reduce((sum, { dims }) => sum + elements(dims), 0),
    problems: problemsOf(graph, fault, tally, opset, who),
  };
  return { description, graph };
}

/** The graph, or what keeps it from being read. */
function graphOf(bytes: Uint8Array, who: string): { graph?: Graph; fault?: string } {
  try {
    return { graph: readModel(bytes, who, new ExternalFiles()) };
  } catch (error) {
    return { fault: reasonOf(error, who) };
  }
}

function isThere(op: string, domain: string, opset: number, graph: Graph | undefined): boolean {
  const use = { op, domain, name: '' };
  if (graph?.functions?.has(functionKey(use))) return true;
  return isPlanned(use) || findOperator(allOperators(), use, opset) !== undefined;
}

function problemsOf(
  graph: Graph | undefined,
  fault: string | undefined,
  tally: readonly OnnxOperator[],
  opset: number,
  who: string,
): string[] {
  const missing = tally.filter(({ runs }) => !runs);
  const problems = missing.map(({ name, nodes }) => {
    const where = nodes === 1 ? '1 node' : `${nodes} nodes`;
    return `operator ${describeValue(name)} (opset ${opset}, ${where}): hiddenstate does not have it`;
  });
  if (!graph) return fault === undefined ? problems : [...problems, fault];
  try {
    if (missing.length === 0) {
      REPETITIONS.checkFunctions(graph, allOperators(), who);
      checkGraph(graph, allOperators(), who, undefined, graph.functions);
    }
  } catch (error) {
    problems.push(reasonOf(error, who));
  }
  return problems;
}

function elements(dims: OnnxValue['dims'] = []): number {
  return dims.reduce((product: number, dim) => product * Number(dim), 1);
}

/** W is [directions, gates · H, I]. */
function layerOf(
  { name, op, weights, direction, hiddenSize }: RecurrentNode,
  tensors: ReadonlyMap<string, OnnxValue>,
): OnnxLayer {
  const w = tensors.get(weights);
  const inputSize = w?.dims?.length === 3 ? Number(w.dims[2]) : undefined;
  return { name, type: op, direction, inputSize, hiddenSize };
}
