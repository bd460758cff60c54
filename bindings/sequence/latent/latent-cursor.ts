import type { Sequential, Stream } from '../../index.js';
import { seededRandom } from '../../random.js';
import { checkValue } from '../numbers/check-series.js';
import { drawGaussian, type Forecast, type Gaussian } from '../numbers/gaussian.js';
import type { SeriesCursor } from '../numbers/series-model.js';

/** Sequences that advance together: lane 0 is fed with what it expects, the others with draws. */
export type LatentPaths = Stream;

const PATHS = 256;

/** What a cursor knows of its model. */
export interface LatentView {
  readonly difference: boolean;
  /** Of the errors, where the network gives none. */
  readonly variance: number;
  readonly seed: number;
  paths(): LatentPaths;
}

/** Opens the lanes that forecasts of a model run on. */
export function openPaths(model: Sequential): LatentPaths {
  return model.stream({ batch: PATHS });
}

/** Follows a series with a network, its state in wasm memory. */
export class LatentCursor implements SeriesCursor {
  private readonly stream: Stream;
  private readonly input = new Float32Array(1);
  private readonly output: Float32Array;
  private last: number | undefined;

  constructor(
    model: Sequential,
    private readonly view: LatentView,
  ) {
    this.stream = model.stream();
    this.output = new Float32Array(this.stream.outputSize);
  }

  predict(): Gaussian {
    const { mean, variance } = this.read(this.output, 0);
    return { mean: mean + this.base(), variance };
  }

  observe(value: number): void {
    checkValue(value, 'observe');
    const before = this.last;
    this.last = value;
    if (this.view.difference && before === undefined) return;
    this.input[0] = this.view.difference ? value - (before as number) : value;
    this.stream.step(this.input, this.output);
  }

  forecast(horizon: number, level: number, sums = false): Forecast {
    const paths = this.view.paths();
    for (let lane = 0; lane < PATHS; lane++) paths.copyLane(lane, this.stream);
    const { outputSize } = this.stream;
    const outputs = Float32Array.from({ length: PATHS * outputSize }, (_, i) => this.output[i % outputSize]);
    const inputs = new Float32Array(PATHS);
    const values = new Float64Array(PATHS).fill(this.base());
    const totals = new Float64Array(PATHS);
    const random = seededRandom(this.view.seed);
    const forecast = {
      mean: new Float64Array(horizon),
      lower: new Float64Array(horizon),
      upper: new Float64Array(horizon),
    };
    for (let h = 0; h < horizon; h++) {
      for (let lane = 0; lane < PATHS; lane++) {
        const next = this.read(outputs, lane * outputSize);
        inputs[lane] = lane === 0 ? next.mean : drawGaussian(next, random);
        values[lane] = this.view.difference ? values[lane] + inputs[lane] : inputs[lane];
        totals[lane] = sums ? totals[lane] + values[lane] : values[lane];
      }
      forecast.mean[h] = totals[0];
      const drawn = totals.slice(1).sort();
      forecast.lower[h] = quantile(drawn, (1 - level) / 2);
      forecast.upper[h] = quantile(drawn, (1 + level) / 2);
      if (h < horizon - 1) paths.step(inputs, outputs);
    }
    return { ...forecast, level };
  }

  dispose(): void {
    this.stream.dispose();
  }

  /** What a prediction is added to. */
  private base(): number {
    return this.view.difference ? (this.last as number) : 0;
  }

  private read(outputs: Float32Array, at: number): Gaussian {
    const variance = this.stream.outputSize === 1 ? this.view.variance : Math.exp(outputs[at + 1]);
    return { mean: outputs[at], variance };
  }
}

/** Of sorted values, between them by proportion. */
function quantile(sorted: Float64Array, p: number): number {
  const at = p * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
