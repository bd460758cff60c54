import { type Module, Sequential } from '../../index.js';
import { Adam, type Batches, type EpochReport, fit, type Loss, type MetricName } from '../../train/index.js';
import { drawChart } from '../chart/chart.js';
import { CliError } from '../cli-error.js';
import { Progress } from '../terminal/progress.js';

/** What every task of `train` is told. */
export interface TrainSettings {
  readonly cell: 'rnn' | 'gru' | 'lstm';
  readonly hidden: number;
  readonly layers: number;
  readonly epochs: number;
  readonly rate: number;
  readonly batch: number;
  readonly steps: number;
  readonly test: number;
  readonly seed: number;
}

/** A model that was trained, and how that went. */
export interface Trained {
  readonly model: Sequential;
  /** What the file says of it. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly history: readonly EpochReport[];
  /** What the loss is, for the picture. */
  readonly lossName: string;
  /** Lines of the report: what was learnt from, and what it is worth beside something plain. */
  readonly report: readonly string[];
  /** Rows of a CSV for --output, where the task has some. */
  readonly rows?: readonly string[];
}

/** Trains a model; the weights of the best epoch are kept. */
export async function runFit(
  model: Module,
  data: Batches,
  validation: Batches,
  { epochs, rate, seed }: TrainSettings,
  loss: Loss,
  metrics: readonly MetricName[],
): Promise<readonly EpochReport[]> {
  const progress = new Progress('training');
  try {
    const { history } = await fit(model, data, {
      ...{ loss, epochs, metrics, validation, seed, clipNorm: 1 },
      patience: Math.max(5, Math.ceil(epochs / 5)),
      optimizer: (parameters) => new Adam(parameters, { learningRate: rate }),
      onProgress: ({ epoch, epochs: all, batch, batches, loss: now }) =>
        progress.update((epoch + batch / batches) / all, () => `loss ${Number(now.toPrecision(3))}`),
    });
    return history;
  } catch (error) {
    throw error instanceof CliError ? error : new CliError((error as Error).message);
  } finally {
    progress.clear();
  }
}

/** The epoch whose weights were kept. */
export function bestOf(history: readonly EpochReport[]): EpochReport {
  const loss = ({ validationLoss, loss: own }: EpochReport) => validationLoss ?? own;
  return history.reduce((best, each) => (loss(each) < loss(best) ? each : best));
}

/** Draws the losses of training and of validation by epoch, and the epoch that was kept. */
export function drawLosses(title: string, { history, lossName }: Trained, width?: number): string {
  const best = bestOf(history);
  const points = (of: (each: EpochReport) => number | undefined) =>
    history.map((each): [number, number] => [each.epoch + 1, of(each) ?? Number.NaN]);
  const losses = history.flatMap(({ loss, validationLoss = loss }) => [loss, validationLoss]);
  const positive = losses.every((loss) => loss > 0);
  return drawChart({
    title,
    subtitle: `The model has the weights of epoch ${best.epoch + 1}, the best on what was held out (ring).`,
    ...(width && { width }),
    panels: [
      {
        x: { title: 'epochs', kind: 'count' },
        y: { title: lossName, ...(positive ? { kind: 'log', domain: decadeParts(losses) } : {}) },
        marks: [
          { kind: 'line', label: 'training', colour: 'quiet', points: points(({ loss }) => loss) },
          {
            ...{ kind: 'line', label: 'held out', colour: 'ink', strong: true, width: 2.75 },
            points: points(({ validationLoss }) => validationLoss),
          },
          { kind: 'rings', colour: 'ink', points: [[best.epoch + 1, best.validationLoss ?? best.loss]] },
        ],
      },
    ],
  });
}

/** Least and greatest, widened to 1, 2 or 5 of a power of ten: a whole power would leave half of the frame empty. */
function decadeParts(values: readonly number[]): [number, number] {
  const around = (value: number) => [1, 2, 5, 10].map((part) => part * 10 ** Math.floor(Math.log10(value)));
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const low = around(least).findLast((part) => part <= least) ?? least;
  const high = around(greatest).find((part) => part >= greatest) ?? greatest;
  return low < high ? [low, high] : [low / 2, high * 2];
}

/** A Sequential with metadata, of the same modules. */
export function described({ model, metadata }: Trained): Sequential {
  return new Sequential(model.modules, { metadata });
}
