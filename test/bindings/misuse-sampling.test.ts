import { argmax, logSoftmax, sample, sampler, softmax } from '../../bindings/core.js';
import { type Misuse, refuses } from './misuse.js';

const FUNCTIONS = { softmax, logSoftmax, argmax, sample } as const;

refuses('logits', [
  ...Object.entries(FUNCTIONS).flatMap(([name, call]): Misuse[] => [
    [`${name}: undefined`, TypeError, () => call(undefined as never)],
    [`${name}: null`, TypeError, () => call(null as never)],
    [`${name}: a number`, TypeError, () => call(3 as never)],
    [`${name}: a string`, TypeError, () => call('123' as never)],
    [`${name}: float64 in a tensor`, TypeError, () => call({ data: new Float64Array(2), dims: [2] } as never)],
    [`${name}: dims that lie`, RangeError, () => call({ data: new Float32Array(2), dims: [3] })],
  ]),
  ...(['argmax', 'sample'] as const).flatMap((name): Misuse[] => [
    [`${name}: none`, RangeError, () => FUNCTIONS[name]([])],
    [`${name}: bigints`, TypeError, () => FUNCTIONS[name](BigInt64Array.of(1n, 2n) as never)],
    [`${name}: a DataView`, TypeError, () => FUNCTIONS[name](new DataView(new ArrayBuffer(4)) as never)],
  ]),
  ['sample: NaN', RangeError, () => sample([1, Number.NaN])],
  ['sample: NaN behind the likeliest', RangeError, () => sample([3, 2, 1, Number.NaN], { topK: 2 })],
  ['sample: infinity', RangeError, () => sample([1, Number.POSITIVE_INFINITY])],
  ['sample: nothing possible', RangeError, () => sample([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])],
]);

refuses('options of sample', [
  ['a negative temperature', RangeError, () => sampler({ temperature: -1 })],
  ['an infinite temperature', RangeError, () => sampler({ temperature: Number.POSITIVE_INFINITY })],
  ['NaN for a temperature', RangeError, () => sampler({ temperature: Number.NaN })],
  ['a string for a temperature', TypeError, () => sampler({ temperature: '1' as never })],
  ['topK 0', RangeError, () => sampler({ topK: 0 })],
  ['topK 1.5', RangeError, () => sampler({ topK: 1.5 })],
  ['a string for topK', TypeError, () => sampler({ topK: '3' as never })],
  ['NaN for a seed', RangeError, () => sampler({ seed: Number.NaN })],
  ['a string for a seed', TypeError, () => sampler({ seed: 'x' as never })],
  ['a misspelt option', TypeError, () => sampler({ temprature: 0.5 } as never)],
  ['a misspelt option of sample', TypeError, () => sample([1, 2], { topk: 1 } as never)],
  ['null for options', TypeError, () => sampler(null as never)],
]);
