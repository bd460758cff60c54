import { rangeError, typeError } from '../../errors.js';
import { normalOf, type Random, seededRandom } from '../../random.js';
import { sizeOf } from '../dims.js';
import { type Dtype, STORAGE, type Values } from '../dtype.js';
import type { Known, Operator, OperatorTable, Prepared, Site } from '../operator.js';
import { tensorBytes } from '../planned-value.js';
import { dtypeNamed } from './casts.js';
import { assertFloat } from './maps.js';
import { overArrays } from './over-arrays.js';

/** Numbers from the node's seed on, or from a seed of this plan's own. Each run goes on where the last one ended. */
function randomOf(site: Site): Random {
  const seed = site.attributes.has('seed') ? site.attributes.float('seed') : Math.random() * 2 ** 32;
  return seededRandom(new Uint32Array(Float32Array.of(seed).buffer)[0]);
}

/** @param draw the next element, at a place of the input */
function drawn(
  site: Site,
  inputs: readonly Known[],
  fallback: Dtype,
  dims: readonly number[],
  draw: (from: Values, at: number, i: number) => number,
): Prepared {
  const dtype = site.attributes.has('dtype') ? dtypeNamed(site, site.attributes.int('dtype')) : fallback;
  tensorBytes(dtype, dims, site);
  const size = sizeOf(dims);
  const prepared = overArrays(inputs, { dtype, dims }, (to, o, from, at) => {
    for (let i = 0; i < size; i++) to[o + i] = draw(from[0], at[0], i);
  });
  return { ...prepared, differs: true };
}

/** @param like whether dims and type are those of an input, or attributes */
function random(like: boolean, numbersOf: (site: Site, random: Random) => Random): Operator {
  return (site) => {
    const numbers = numbersOf(site, randomOf(site));
    const { dtype, dims } = like ? site.input(0) : { dtype: 'float32' as const, dims: site.attributes.ints('shape') };
    if (!dims) throw typeError(`${site.who}: got no shape, expected one`);
    return drawn(site, [], like && STORAGE[dtype].integer ? 'float32' : dtype, dims, numbers);
  };
}

const uniform = (site: Site, next: Random): Random => {
  const low = site.attributes.float('low', 0);
  const width = site.attributes.float('high', 1) - low;
  return () => low + width * next();
};

const normal = (site: Site, next: Random): Random => {
  const draw = normalOf(next);
  const [mean, scale] = [site.attributes.float('mean', 0), site.attributes.float('scale', 1)];
  return () => mean + scale * draw();
};

const bernoulli: Operator = (site) => {
  assertFloat(site, 0);
  const next = randomOf(site);
  const { dtype, dims } = site.input(0);
  return drawn(site, [site.input(0)], dtype, dims, (from, at, i) => (next() < from[at + i] ? 1 : 0));
};

/** Draws classes by their unnormalised log-probabilities, rows of input 0: the greatest of log p − log(−log u). */
const multinomial: Operator = (site) => {
  assertFloat(site, 0);
  const next = randomOf(site);
  const [batch, classes] = site.input(0).dims;
  if (!(classes >= 1)) throw rangeError(`${site.who}: got no classes, expected [B, classes]`);
  const count = site.attributes.int('sample_size', 1);
  return drawn(site, [site.input(0)], 'int32', [batch, count], (from, at, i) => {
    const row = at + Math.floor(i / count) * classes;
    let [best, greatest] = [0, Number.NEGATIVE_INFINITY];
    for (let c = 0; c < classes; c++) {
      const score = from[row + c] - Math.log(-Math.log(next()));
      if (score > greatest) [best, greatest] = [c, score];
    }
    return best;
  });
};

/** Operators that draw: by a small generator of their own, so that a seed gives other numbers than elsewhere, always the same. */
export const DRAWS: OperatorTable = {
  RandomUniform: random(false, uniform),
  RandomUniformLike: random(true, uniform),
  RandomNormal: random(false, normal),
  RandomNormalLike: random(true, normal),
  Bernoulli: [{ since: 15, operator: bernoulli }],
  Multinomial: [{ since: 7, operator: multinomial }],
};
