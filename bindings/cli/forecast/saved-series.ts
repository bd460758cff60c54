import { recipeOf, TRANSFORMS, type Transform } from '../../forecast/transforms.js';
import type { Sequential, Stream } from '../../index.js';
import type { LatentSeries } from '../../sequence/index.js';
import { CliError } from '../cli-error.js';

/** The key of a saved model's metadata under which stands how a series becomes its input. */
const TRANSFORM = 'transform';
const INPUT = 'input';

/** Metadata of a network that reads a transformed series: `run` finds there what to do with values, and what to undo. */
export function describeSaved(series: string, transform: Transform, network: LatentSeries): Record<string, string> {
  return { series, [TRANSFORM]: transform, [INPUT]: network.difference ? 'changes' : 'values' };
}

/** Runs a saved network of a series on the values themselves, and gives the next value itself. */
export class SavedSeries {
  /** What the outputs are, for people. */
  readonly note: string;
  private readonly transform: Transform;
  private readonly difference: boolean;
  private readonly x = new Float32Array(1);
  private readonly y: Float32Array;
  private value = Number.NaN;
  private modelled = Number.NaN;

  /**
   * @returns undefined for a model that reads numbers as they are
   * @throws {CliError} if it was saved with a transform that is not known
   */
  static of(model: Sequential, path: string): SavedSeries | undefined {
    const { [TRANSFORM]: transform = 'none', [INPUT]: input } = model.metadata;
    const difference = input === 'changes' && model.inputSize === 1;
    if (model.metadata[INPUT] === undefined || model.inputSize !== 1) return undefined;
    if (!TRANSFORMS.includes(transform as Transform)) {
      throw new CliError(
        `${path}: got a model with transform ${JSON.stringify(transform)}, expected one of ${TRANSFORMS.join(', ')}`,
      );
    }
    if (transform === 'none' && !difference) return undefined;
    return new SavedSeries(model.stream(), transform as Transform, difference);
  }

  private constructor(
    private readonly stream: Stream<unknown>,
    transform: Transform,
    difference: boolean,
  ) {
    this.transform = transform;
    this.difference = difference;
    this.y = new Float32Array(stream.outputSize);
    const read = [...(difference ? ['changes'] : []), ...(transform === 'none' ? [] : [transform])].join(' of ');
    const undone = recipeOf(transform).undo ? 'y0 is the next value itself' : `y0 is the next ${transform}`;
    const spread = this.y.length > 1 ? '; y1 is the logarithm of the variance of what the model reads' : '';
    this.note = `the model reads ${read}, made of the values here; ${undone}${spread}`;
  }

  get outputSize(): number {
    return this.y.length;
  }

  /**
   * Takes the next value.
   *
   * @returns what comes after it; undefined as long as too few values are known
   * @throws {Error} if it cannot be transformed
   */
  step(value: number): readonly number[] | undefined {
    const { of, undo, usesBefore, positive } = recipeOf(this.transform);
    if (positive && value <= 0) throw new CliError(`got ${value}, expected a number above 0 for ${this.transform}`);
    const [before, first] = [this.value, Number.isNaN(this.value)];
    this.value = value;
    if (usesBefore && first) return undefined;
    const modelled = of(value, before);
    const last = this.modelled;
    this.modelled = modelled;
    if (this.difference && Number.isNaN(last)) return undefined;
    this.x[0] = this.difference ? modelled - last : modelled;
    this.stream.step(this.x, this.y);
    const next = this.y[0] + (this.difference ? modelled : 0);
    return [undo ? undo(next, value) : next, ...this.y.subarray(1)];
  }
}
