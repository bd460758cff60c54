import { rangeError, typeError } from '../errors.js';
import { drawSeed } from '../manual-seed.js';
import { assertOptions, assertSize } from '../options.js';
import { type Random, seededRandom } from '../random.js';
import { assertTensor, describeValue, type Tensor } from '../tensor.js';

/** Options of `sample`. */
export interface SampleOptions {
  /** Divides the logits: below 1 keeps to the likely, above 1 explores; 0 takes the likeliest. Default 1. */
  temperature?: number;
  /** Draws from the so many likeliest only. Default: from all. */
  topK?: number;
  /** Makes the draw repeatable; a fresh seed unless given. */
  seed?: number;
}

/**
 * The index of the greatest element, the first of equals; NaN counts as greatest, as in torch.argmax.
 *
 * @param logits a flat array, or a tensor, of at least one element
 * @throws {TypeError | RangeError} if it is neither or empty
 *
 * @example
 * ```ts
 * import { argmax } from 'hiddenstate';
 *
 * console.log(argmax([0.1, 2.5, -1])); // 1
 * ```
 */
export function argmax(logits: Tensor | ArrayLike<number>): number {
  const values = flatValues(logits, 'argmax');
  let best = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) return i;
    if (values[i] > values[best]) best = i;
  }
  return best;
}

/**
 * Draws an index from softmax(logits / temperature).
 *
 * @param logits a flat array, or a tensor, of at least one element
 * @throws {TypeError | RangeError} if logits or an option is out of range, or every logit is −∞ or one is NaN or +∞
 *
 * @example
 * ```ts
 * import { sample } from 'hiddenstate';
 *
 * const logits = Float32Array.of(2, 1, -1);
 * console.log(sample(logits, { temperature: 0 })); // 0
 * console.log(sample(logits, { temperature: 0.8, topK: 2, seed: 1 }) < 2); // true
 * ```
 */
export function sample(logits: Tensor | ArrayLike<number>, options: SampleOptions = {}): number {
  return sampler(options)(logits);
}

/**
 * Makes a function that draws one index after the other from a seeded source.
 *
 * @throws {RangeError} if an option is out of range
 *
 * @example
 * ```ts
 * import { sampler } from 'hiddenstate';
 *
 * const draw = sampler({ temperature: 0.8, seed: 1 });
 * const text = Array.from({ length: 5 }, () => 'abc'[draw([2, 1, -1])]).join('');
 * console.log(text); // aaabb
 * ```
 */
export function sampler(options: SampleOptions = {}): (logits: Tensor | ArrayLike<number>) => number {
  assertOptions(options, ['temperature', 'topK', 'seed'], 'sample');
  const { temperature = 1, topK, seed = drawSeed() } = options;
  assertNumber(temperature, 'sample: temperature', 'a finite number of at least 0', (value) => value >= 0);
  assertNumber(seed, 'sample: seed', 'a finite number', () => true);
  if (topK !== undefined) assertSize(topK, 'sample: topK');
  const random = seededRandom(seed);
  return (logits) => {
    const values = flatValues(logits, 'sample');
    const likeliest = argmax(values);
    if (!Number.isFinite(values[likeliest])) {
      throw rangeError(`sample: logits: got a greatest value of ${values[likeliest]}, expected a finite one`);
    }
    if (temperature === 0) return likeliest;
    return draw(values, values[likeliest], temperature, topK ?? values.length, random);
  };
}

function draw(logits: ArrayLike<number>, greatest: number, temperature: number, topK: number, random: Random): number {
  const order = Array.from({ length: logits.length }, (_, i) => i);
  if (topK < logits.length) {
    order.sort((a, b) => logits[b] - logits[a] || a - b);
    order.length = topK;
  }
  const weights = order.map((i) => Math.exp((logits[i] - greatest) / temperature));
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  for (let k = 0; k < weights.length; k++) {
    left -= weights[k];
    if (left < 0) return order[k];
  }
  // Rounding can leave a crumb past the last weight; it belongs to the last one that is not zero.
  return order[weights.findLastIndex((weight) => weight > 0)];
}

function assertNumber(value: unknown, who: string, expected: string, fits: (value: number) => boolean): void {
  if (Number.isFinite(value) && fits(value as number)) return;
  const error = typeof value === 'number' ? rangeError : typeError;
  throw error(`${who}: got ${describeValue(value)}, expected ${expected}`);
}

function flatValues(logits: Tensor | ArrayLike<number>, who: string): ArrayLike<number> {
  const flat = Array.isArray(logits) || ArrayBuffer.isView(logits);
  if (!flat) assertTensor(logits, `${who}: logits`);
  const values = flat ? (logits as ArrayLike<number>) : (logits as Tensor).data;
  if (values.length === 0) throw rangeError(`${who}: logits: got none, expected at least one`);
  const stranger = isNumeric(values) ? -1 : Array.from(values).findIndex((value) => typeof value !== 'number');
  if (stranger >= 0 || values.length === undefined) {
    throw typeError(`${who}: logits: got ${describeValue(logits)}, expected an array of numbers or a tensor`);
  }
  return values;
}

/** Whether every element is a number by the array's type. */
function isNumeric(values: ArrayLike<number>): boolean {
  return ArrayBuffer.isView(values) && typeof values[0] === 'number';
}
