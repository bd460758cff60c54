import type { GraphModelParts, Node } from '../../graph/index.js';
import type { OnnxStep } from './describe-model.js';

type OnStep = NonNullable<GraphModelParts['onStep']>;

/** The nodes with weights that become steps of a plan, each once, in the order of the first time. */
export class StepList {
  private readonly steps = new Map<Node, OnnxStep>();

  readonly add: OnStep = (node, inputs, outputs) => {
    // Made of constants alone it is a constant itself.
    if (inputs.every((input) => !input || input.constant)) return;
    const weights = inputs.flatMap((input) => (input?.constant && input.dtype.startsWith('float') ? [input.dims] : []));
    const parameters = weights.reduce((sum, dims) => sum + elements(dims), 0);
    // A single number is a factor or an epsilon.
    if (parameters < 2) return;
    const [largest] = weights.sort((a, b) => elements(b) - elements(a));
    const name = node.name || (node.outputs.find((output) => output !== '') ?? '');
    this.steps.set(node, { name, type: node.op, parameters, weights: largest, dims: outputs?.[0].dims });
  };

  clear(): void {
    this.steps.clear();
  }

  get found(): OnnxStep[] {
    return [...this.steps.values()];
  }
}

function elements(dims: readonly number[]): number {
  return dims.reduce((product, extent) => product * extent, 1);
}
