/** The other names of hiddenstate/train, beside those that train.ts touches, and those of hiddenstate/train/node. */

import { GRU, Linear, LSTM, Sequential, type Tensor } from 'hiddenstate';
import {
  type Batch,
  type Batches,
  type CheckpointOptions,
  type CrossEntropyOptions,
  cosineAnnealingLR,
  crossEntropy,
  DivergedError,
  type EpochReport,
  evaluate,
  exponentialLR,
  type FitOptions,
  type FitProgress,
  type FitResult,
  type FlowingLayer,
  fit,
  type GaussianNLLOptions,
  type GradientFlow,
  type GradientFlowOptions,
  gaussianNLL,
  gradientFlow,
  type HuberOptions,
  huber,
  type InitializeOptions,
  type Initializer,
  initialize,
  type LaneOptions,
  type Loss,
  type LossCall,
  type LossMask,
  type LossOptions,
  type LossResult,
  lanes,
  linearLR,
  mae,
  mse,
  type OneCycleOptions,
  oneCycleLR,
  type PlateauOptions,
  type Reduction,
  reduceLROnPlateau,
  type Schedule,
  type ScheduleOptions,
  type Series,
  type SmoothL1Options,
  sequentialLR,
  smoothL1,
  splitByTime,
  splitGaussian,
  stepLR,
  type VarianceLink,
  type WindowOptions,
  windows,
} from 'hiddenstate/train';
import { type CheckpointFile, checkpointFile } from 'hiddenstate/train/node';

const model = new Sequential([
  new GRU({ inputSize: 1, hiddenSize: 4, seed: null }),
  new Linear({ inFeatures: 4, outFeatures: 2, seed: null }),
]);
const initializer: Initializer = 'orthogonal';
const beginning: InitializeOptions = { seed: 1, recurrent: initializer };
initialize(model, beginning);

const series: Series = { data: Float32Array.from({ length: 90 }, (_, t) => Math.sin(t)), dims: [90, 1] };
const [past, future] = splitByTime(series, 0.2);
const windowOptions: WindowOptions = { steps: 8, batch: 2, shuffle: 1 };
const laneOptions: LaneOptions = { steps: 8, batch: 1 };
const data: Batches = windows(past, windowOptions);
const batch: Batch = data.at(0, 0);

const reduction: Reduction = 'mean';
const plain: LossOptions = { reduction };
const link: VarianceLink = 'softplus';
const gaussian: GaussianNLLOptions = { ...plain, variance: link };
const smooth: CrossEntropyOptions = { labelSmoothing: 0.1 };
const bent: HuberOptions & SmoothL1Options = {};
const loss: Loss = gaussianNLL(gaussian);
const mask: LossMask = { lengths: [8, 4] };
const call: LossCall = { ...mask };
const first: LossResult = loss(model.forward(batch.input).output, batch.target, call);
const row: Tensor = { data: Float32Array.of(1, 2), dims: [1, 2] };
const values = [mse(plain), mae(plain), huber(bent), smoothL1(bent)].map((each) => each(row, row).value);
values.push(crossEntropy(smooth)(row, { data: Float32Array.of(1), dims: [1] }).value);

const plateau: PlateauOptions = { patience: 1 };
const each: ScheduleOptions = { each: 'step' };
const cycle: OneCycleOptions = { maxLR: 0.1, totalSteps: 9 };
const warm: Schedule = sequentialLR([linearLR(), cosineAnnealingLR({ tMax: 5 })], [5]);
const schedules: Schedule[] = [
  warm,
  stepLR({ stepSize: 2, ...each }),
  exponentialLR({ gamma: 0.9 }),
  cosineAnnealingLR({ tMax: 9 }),
  oneCycleLR(cycle),
  reduceLROnPlateau(plateau),
];

const file: CheckpointFile = checkpointFile('fit.checkpoint');
const checkpoint: CheckpointOptions = file;
const reports: EpochReport[] = [];
let seen: FitProgress | undefined;
const options: FitOptions = {
  loss,
  epochs: 2,
  schedule: warm,
  validation: lanes(future, laneOptions),
  checkpoint,
  onEpoch: (report) => void reports.push(report),
  onProgress: (progress) => {
    seen = progress;
  },
};
const result: FitResult = await fit(model, data, options);
const resumed = await fit(model, data, { ...options, epochs: 3, resume: file.load() });
const { variance } = splitGaussian(model.forward(batch.input).output);

const layer: FlowingLayer = new LSTM({ inputSize: 1, hiddenSize: 3, seed: 1 });
const flowOptions: GradientFlowOptions = { steps: 5 };
const flow: GradientFlow = gradientFlow(layer, flowOptions);

console.log(
  JSON.stringify([
    result.history.length,
    resumed.history.length,
    reports.length,
    schedules.length,
    seen?.epochs,
    flow.h[0]?.length,
    [first.value, evaluate(model, data, loss), ...values, ...variance.data].every(Number.isFinite),
    new DivergedError('', 1, 2).epoch,
  ]),
);
