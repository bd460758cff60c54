/** Touches every name that hiddenstate/train exports, as a program in strict TypeScript would; ../consumers.test.ts counts them. */

import { Linear, LSTM, Sequential, type Tensor } from 'hiddenstate';
import {
  Adam,
  type AdamOptions,
  AdamW,
  clipGradientNorm,
  clipGradientValue,
  gradientNorm,
  type Optimizer,
  type OptimizerOptions,
  type Parameters,
  SGD,
  type SGDOptions,
  Tape,
  type TapeForwardOptions,
  type TapeGradients,
  type TapeOptions,
  type TapeResult,
  type TrainedParameter,
} from 'hiddenstate/train';

const model = new Sequential([
  new LSTM({ inputSize: 2, hiddenSize: 4, seed: 1 }),
  new Linear({ inFeatures: 4, outFeatures: 1, seed: 1 }),
]);
const options: TapeOptions = { batch: 2, steps: 3 };
const tape = new Tape(model, options);
const parameters: Parameters = tape.parameters;
const input: Tensor = { data: new Float32Array(12).fill(0.5), dims: [3, 2, 2] };
const forward: TapeForwardOptions = { training: true };

const rate: OptimizerOptions = { learningRate: 0.01 };
const adam: AdamOptions = { ...rate, betas: [0.9, 0.999] };
const sgd: SGDOptions = { ...rate, momentum: 0.9 };
const optimizers: Optimizer[] = [new SGD(parameters, sgd), new Adam(parameters, adam), new AdamW(parameters, adam)];

/** Half the sum of squares of the output, whose gradient is the output. */
const losses = optimizers.map((optimizer) => {
  tape.zeroGradients();
  const { output }: TapeResult = tape.forward(input, forward);
  const gradients: TapeGradients = tape.backward(output);
  clipGradientNorm(parameters, 1);
  clipGradientValue(parameters, 0.5);
  optimizer.step();
  return gradients.input ? Number.NaN : output.data.reduce((sum, y) => sum + y * y, 0);
});
const names = [...parameters].map((parameter: TrainedParameter) => parameter.name);
console.log(
  JSON.stringify([losses.length, names.length, gradientNorm(parameters) <= 1, losses.every(Number.isFinite)]),
);
