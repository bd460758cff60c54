import { GRU, LSTM, RNN, type StateDict, type Tensor } from '../../index.js';
import { seededRandom } from '../../random.js';
import { type FlowingLayer, type GradientFlow, gradientFlow, initialize } from '../../train/index.js';
import { spectralRadius } from './spectral-radius.js';

/** What is compared. */
export interface FlowPlan {
  readonly hidden: number;
  readonly steps: number;
  /** Factors on W_hh. */
  readonly scales: readonly number[];
  /** What the gate that keeps the state begins with: an LSTM's forget gate, a GRU's update gate. */
  readonly gateBias: number;
  readonly weights: 'orthogonal' | 'uniform';
  readonly seed: number;
}

/** One layer and what is left of its gradient. */
export interface FlowResult {
  readonly cell: 'RNN' | 'LSTM' | 'GRU';
  /** What sets it apart from the plain cell; empty for that. */
  readonly variety: string;
  readonly scale: number;
  /** Of W_hh, of the gate that has the greatest. */
  readonly radius: number;
  readonly flow: GradientFlow;
}

interface Variety {
  readonly cell: FlowResult['cell'];
  readonly variety: string;
  /** A bias for the gate whose rows follow the first gate's: f of an LSTM, z of a GRU. */
  readonly bias?: number;
  make(hiddenSize: number): FlowingLayer;
}

const INPUTS = 4;
const BATCH = 8;
/** Small, so that it is the weights and not saturation that decide. */
const INPUT_SCALE = 0.1;

function varieties(gateBias: number): Variety[] {
  const options = (hiddenSize: number) => ({ inputSize: INPUTS, hiddenSize, seed: null });
  return [
    { cell: 'RNN', variety: '', make: (size) => new RNN(options(size)) },
    { cell: 'RNN', variety: 'ReLU', make: (size) => new RNN({ ...options(size), nonlinearity: 'relu' }) },
    { cell: 'LSTM', variety: '', make: (size) => new LSTM(options(size)) },
    { cell: 'LSTM', variety: `forget bias ${gateBias}`, bias: gateBias, make: (size) => new LSTM(options(size)) },
    { cell: 'GRU', variety: '', make: (size) => new GRU(options(size)) },
    { cell: 'GRU', variety: `update bias ${gateBias}`, bias: gateBias, make: (size) => new GRU(options(size)) },
  ];
}

/** Follows the gradient back through every variety of every cell, at every scale. */
export function* compareFlows(plan: FlowPlan): Generator<FlowResult> {
  const input = drawInput(plan);
  for (const variety of varieties(plan.gateBias)) {
    for (const scale of plan.scales) yield follow(variety, scale, plan, input);
  }
}

function follow({ cell, variety, bias, make }: Variety, scale: number, plan: FlowPlan, input: Tensor): FlowResult {
  const { hidden, steps, weights, seed } = plan;
  const layer = make(hidden);
  try {
    initialize(layer, { seed, recurrent: weights, bias: 'zeros' });
    const dict = layer.stateDict();
    const recurrent = dict.weight_hh_l0.data;
    for (let i = 0; i < recurrent.length; i++) recurrent[i] *= scale;
    if (bias !== undefined) setGateBias(dict, hidden, bias);
    layer.loadStateDict(dict);
    const flow = gradientFlow(layer, { steps, input });
    return { cell, variety, scale, radius: spectralRadius(recurrent, hidden), flow };
  } finally {
    layer.dispose();
  }
}

function setGateBias(dict: StateDict, hidden: number, bias: number): void {
  dict.bias_ih_l0.data.fill(bias, hidden, 2 * hidden);
}

/** The same for all: uniform, with the variance of INPUT_SCALE². */
function drawInput({ steps, seed }: FlowPlan): Tensor {
  const random = seededRandom(seed);
  const bound = INPUT_SCALE * Math.sqrt(3);
  const data = Float32Array.from({ length: steps * BATCH * INPUTS }, () => (2 * random() - 1) * bound);
  return { data, dims: [steps, BATCH, INPUTS] };
}
