import { rangeError, typeError } from '../errors.js';
import { describeValue, formatDims, type Tensor } from '../tensor.js';
import { type LossMask, rowWeights } from './losses/mask.js';

/** A measure of a model that is made for people: collected over batches, then one number. */
export interface Metric {
  readonly name: string;
  /** Begins anew. */
  begin(): Measuring;
}

/** One measurement under way. */
export interface Measuring {
  /** Takes a batch in. Output […, F], target as of the loss. */
  add(output: Tensor, target: Tensor, mask: LossMask): void;
  /** The measure of all that was taken in. */
  value(): number;
}

/** Metrics that have names. */
export type MetricName = 'accuracy' | 'f1' | 'mae' | 'mse';

/** How `f1` treats several classes: their mean, all decisions together, or class 1 alone. */
export type F1Average = 'macro' | 'micro' | 'binary';

const BY_NAME: Readonly<Record<MetricName, () => Metric>> = {
  accuracy,
  f1,
  mae: () => meanOf('mae', Math.abs),
  mse: () => meanOf('mse', (d) => d * d),
};

/**
 * Share of rows whose class is the likeliest, as sklearn's accuracy_score. Of one logit: above 0 is class 1.
 *
 * @example
 * ```ts
 * import { accuracy } from 'hiddenstate/train';
 *
 * const measuring = accuracy().begin();
 * const logits = { data: Float32Array.of(2, 0, 0, 3, 1, 0), dims: [3, 2] };
 * measuring.add(logits, { data: Float32Array.of(0, 1, 1), dims: [3] }, {});
 * console.log(measuring.value().toFixed(3)); // 0.667
 * ```
 */
export function accuracy(): Metric {
  return {
    name: 'accuracy',
    begin() {
      let [right, all] = [0, 0];
      return {
        add(output, target, mask) {
          eachDecision(output, target, mask, 'accuracy', (said, is) => {
            all++;
            if (said === is) right++;
          });
        },
        value: () => right / all,
      };
    },
  };
}

/**
 * The harmonic mean of precision and recall, as sklearn's f1_score: `binary` for one logit or two classes, else `macro`,
 * unless told. A class that is neither said nor there counts as 0.
 *
 * @example
 * ```ts
 * import { f1 } from 'hiddenstate/train';
 *
 * const measuring = f1({ average: 'macro' }).begin();
 * const logits = { data: Float32Array.of(2, 0, 0, 3, 1, 0), dims: [3, 2] };
 * measuring.add(logits, { data: Float32Array.of(0, 1, 1), dims: [3] }, {});
 * console.log(measuring.value().toFixed(3)); // 0.667
 * ```
 */
export function f1(options: { average?: F1Average } = {}): Metric {
  const { average } = options;
  if (average !== undefined && !['macro', 'micro', 'binary'].includes(average)) {
    throw typeError(`f1: average: got ${describeValue(average)}, expected 'macro', 'micro' or 'binary'`);
  }
  return {
    name: 'f1',
    begin() {
      const counts = new Map<number, { hit: number; said: number; is: number }>();
      const of = (k: number) => {
        const known = counts.get(k) ?? { hit: 0, said: 0, is: 0 };
        counts.set(k, known);
        return known;
      };
      let classes = 0;
      return {
        add(output, target, mask) {
          classes = Math.max(2, output.dims.at(-1) ?? 0);
          eachDecision(output, target, mask, 'f1', (said, is) => {
            of(said).said++;
            of(is).is++;
            if (said === is) of(said).hit++;
          });
        },
        value() {
          const each = [...counts.values()];
          const score = ({ hit, said, is }: { hit: number; said: number; is: number }) => (2 * hit) / (said + is || 1);
          const how = average ?? (classes === 2 ? 'binary' : 'macro');
          if (how === 'binary') return score(of(1));
          const sum = (part: 'hit' | 'said' | 'is') => each.reduce((total, count) => total + count[part], 0);
          if (how === 'micro') return score({ hit: sum('hit'), said: sum('said'), is: sum('is') });
          return each.reduce((total, count) => total + score(count), 0) / each.length;
        },
      };
    },
  };
}

/** Metrics as `fit` and `evaluate` take them. */
export function metricsOf(given: readonly (MetricName | Metric)[]): Metric[] {
  return given.map((each) => (typeof each === 'string' ? BY_NAME[each]() : each));
}

/**
 * Checks metrics.
 *
 * @throws {TypeError} if there is something else among them, or a name comes twice
 */
export function checkMetrics(given: unknown, who: string): void {
  if (!Array.isArray(given)) throw typeError(`${who}: got ${describeValue(given)}, expected an array of metrics`);
  const names = given.map((each: MetricName | Metric) => {
    if (typeof each === 'string' ? Object.hasOwn(BY_NAME, each) : typeof each?.begin === 'function' && each.name) {
      return typeof each === 'string' ? each : each.name;
    }
    const known = Object.keys(BY_NAME).join(', ');
    throw typeError(`${who}: got ${describeValue(each)}, expected one of ${known}, or { name, begin }`);
  });
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw typeError(`${who}: got ${describeValue(twice)} twice, expected each name once`);
}

/** Several measurements at once. */
export class Measurements {
  private readonly running: readonly (readonly [name: string, measuring: Measuring])[];

  constructor(metrics: readonly Metric[]) {
    this.running = metrics.map((metric) => [metric.name, metric.begin()]);
  }

  add(output: Tensor, target: Tensor, mask: LossMask): void {
    for (const [, measuring] of this.running) measuring.add(output, target, mask);
  }

  values(): Record<string, number> {
    return Object.fromEntries(this.running.map(([name, measuring]) => [name, measuring.value()]));
  }
}

/** A mean over the elements of the rows that count. */
function meanOf(name: string, of: (difference: number) => number): Metric {
  return {
    name,
    begin() {
      let [sum, count] = [0, 0];
      return {
        add(output, target, mask) {
          if (target.data.length !== output.data.length) {
            throw rangeError(
              `${name}: target: got dims ${formatDims(target.dims)}, expected ${formatDims(output.dims)}`,
            );
          }
          eachRow(output, mask, name, (row, width) => {
            for (let i = row * width; i < (row + 1) * width; i++) {
              sum += of(output.data[i] - target.data[i]);
              count++;
            }
          });
        },
        value: () => sum / count,
      };
    },
  };
}

/** The class that each row decides for, and the one it is; targets below 0 are left out, as the losses do with −100. */
function eachDecision(
  output: Tensor,
  target: Tensor,
  mask: LossMask,
  who: string,
  visit: (said: number, is: number) => void,
): void {
  const rows = output.data.length / (output.dims.at(-1) || 1);
  if (target.data.length !== rows) {
    throw rangeError(`${who}: target: got dims ${formatDims(target.dims)}, expected ${rows} class numbers, one a row`);
  }
  eachRow(output, mask, who, (row, width) => {
    const is = target.data[row];
    if (is < 0) return;
    const from = row * width;
    let said = width === 1 ? Number(output.data[from] > 0) : 0;
    for (let k = 1; k < width; k++) if (output.data[from + k] > output.data[from + said]) said = k;
    visit(said, is);
  });
}

function eachRow(output: Tensor, mask: LossMask, who: string, visit: (row: number, width: number) => void): void {
  const width = output.dims.at(-1) || 1;
  const weights = rowWeights(output.dims.slice(0, -1), mask, who);
  for (let row = 0; row < output.data.length / width; row++) if (!weights || weights[row] > 0) visit(row, width);
}
