import { constantsOf, type ScalarName, scalarFunction } from '../../cells/general/scalar-functions.js';
import type { Operator, OperatorTable } from '../operator.js';
import { assertFloat, floatMap, mapWith } from './maps.js';

/** A function that recurrent cells have too; its constants are attributes of their names. */
function named(name: ScalarName): Operator {
  const constants = constantsOf(name);
  return (site) => {
    assertFloat(site, 0);
    const [alpha, beta] = (['alpha', 'beta'] as const).map((constant) =>
      constants.includes(constant) && site.attributes.has(constant) ? site.attributes.float(constant) : undefined,
    );
    return mapWith(site, scalarFunction(name, alpha, beta));
  };
}

const [exactGelu, geluByTanh] = [named('gelu'), named('gelu_tanh')];

const gelu: Operator = (site) => {
  const approximate = site.attributes.string('approximate', 'none');
  return approximate === 'tanh' ? geluByTanh(site) : exactGelu(site);
};

const selu: Operator = (site) => {
  assertFloat(site, 0);
  const [alpha, gamma] = [
    site.attributes.float('alpha', site.opset < 6 ? 1.6732 : 1.6732632423543772),
    site.attributes.float('gamma', site.opset < 6 ? 1.0507 : 1.0507009873554805),
  ];
  return mapWith(site, (x) => gamma * (x > 0 ? x : alpha * Math.expm1(x)));
};

const test =
  (scalar: (x: number) => boolean): Operator =>
  (site) => {
    assertFloat(site, 0);
    return mapWith(site, (x) => (scalar(x) ? 1 : 0), 'bool');
  };

const isInf: Operator = (site) => {
  const [least, most] = ['negative', 'positive'].map((sign) => site.attributes.int(`detect_${sign}`, 1) !== 0);
  return test((x) => (least && x === Number.NEGATIVE_INFINITY) || (most && x === Number.POSITIVE_INFINITY))(site);
};

const shrink: Operator = (site) => {
  const [lambd, bias] = [site.attributes.float('lambd', 0.5), site.attributes.float('bias', 0)];
  return mapWith(site, (x) => (x < -lambd ? x + bias : x > lambd ? x - bias : 0));
};

const swish: Operator = (site) => {
  assertFloat(site, 0);
  const alpha = site.attributes.float('alpha', 1);
  return mapWith(site, (x) => (x === Number.NEGATIVE_INFINITY ? 0 : x / (1 + Math.exp(-alpha * x))));
};

/** Functions of one element that few recurrent models have. */
export const RARE_MAPS: OperatorTable = {
  Ceil: floatMap(Math.ceil),
  Tan: floatMap(Math.tan),
  Asin: floatMap(Math.asin),
  Acos: floatMap(Math.acos),
  Atan: floatMap(Math.atan),
  Sinh: [{ since: 9, operator: floatMap(Math.sinh) }],
  Cosh: [{ since: 9, operator: floatMap(Math.cosh) }],
  Asinh: [{ since: 9, operator: floatMap(Math.asinh) }],
  Acosh: [{ since: 9, operator: floatMap(Math.acosh) }],
  Atanh: [{ since: 9, operator: floatMap(Math.atanh) }],
  IsInf: [{ since: 10, operator: isInf }],
  Shrink: [{ since: 9, operator: shrink }],
  Swish: [{ since: 24, operator: swish }],
  IsNaN: [{ since: 9, operator: test(Number.isNaN) }],
  Celu: [{ since: 12, operator: named('celu') }],
  Selu: selu,
  ThresholdedRelu: [{ since: 10, operator: named('thresholded_relu') }],
  HardSwish: [{ since: 14, operator: named('hard_silu') }],
  Softsign: named('softsign'),
  Mish: [{ since: 18, operator: named('mish') }],
  Gelu: [{ since: 20, operator: gelu }],
};
