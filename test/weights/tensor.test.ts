import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { assertTensor, describeValue, elementCount, formatDims } from '../../bindings/tensor.js';

const who = 'LSTM.forward: input';
const data = new Float32Array(6);

function failure(action: () => unknown): { name: string; message: string } {
  try {
    action();
  } catch (error) {
    const { name, message } = error as Error;
    return { name, message };
  }
  throw new Error('expected a throw');
}

describe('assertTensor', () => {
  test.each([
    ['a matrix', { data, dims: [2, 3] }],
    ['a scalar', { data: new Float32Array(1), dims: [] }],
    ['no elements', { data: new Float32Array(0), dims: [2, 0, 3] }],
    ['an object with more than it needs, as a tensor of onnxruntime', { data, dims: [6], type: 'float32', size: 6 }],
    ['an array of another realm', { data: runInNewContext('new Float32Array(6)'), dims: runInNewContext('[6]') }],
    ['NaN and infinities, which are data', { data: new Float32Array([NaN, Infinity]), dims: [2] }],
  ])('takes %s', (_, value) => {
    expect(() => assertTensor(value, who)).not.toThrow();
  });

  const wanted = 'expected a tensor { data: Float32Array, dims: number[] }';
  const upTo = `expected integers from 0 to ${2 ** 53 - 1}`;
  test.each([
    [undefined, 'TypeError', `got undefined, ${wanted}`],
    [null, 'TypeError', `got null, ${wanted}`],
    [7, 'TypeError', `got 7, ${wanted}`],
    ['x'.repeat(1000), 'TypeError', `got "${'x'.repeat(64)}…", ${wanted}`],
    [data, 'TypeError', `got Float32Array(6), ${wanted}`],
    [[1, 2], 'TypeError', `got Array(2), ${wanted}`],
    [{ dims: [1] }, 'TypeError', `got Object, ${wanted}`],
    [{ data: [1, 2], dims: [2] }, 'TypeError', 'got data Array(2), expected data to be a Float32Array'],
    [
      { data: new Float64Array(6), dims: [6] },
      'TypeError',
      'got data Float64Array(6), expected data to be a Float32Array',
    ],
    [{ data: data.buffer, dims: [6] }, 'TypeError', 'got data ArrayBuffer, expected data to be a Float32Array'],
    [{ data }, 'TypeError', 'got dims undefined, expected dims to be an array of numbers'],
    [{ data, dims: 6 }, 'TypeError', 'got dims 6, expected dims to be an array of numbers'],
    [
      { data, dims: new Int32Array([6]) },
      'TypeError',
      'got dims Int32Array(1), expected dims to be an array of numbers',
    ],
    [{ data, dims: ['6'] }, 'TypeError', `got dims ["6"], ${upTo}`],
    [{ data, dims: [6n] }, 'TypeError', `got dims [6], ${upTo}`],
    [{ data, dims: Array(1) }, 'TypeError', `got dims [undefined], ${upTo}`],
    [{ data, dims: [-2, -3] }, 'RangeError', `got dims [-2, -3], ${upTo}`],
    [{ data, dims: [1.5, 4] }, 'RangeError', `got dims [1.5, 4], ${upTo}`],
    [{ data, dims: [NaN] }, 'RangeError', `got dims [NaN], ${upTo}`],
    [{ data, dims: [2 ** 53] }, 'RangeError', `got dims [${2 ** 53}], ${upTo}`],
    [
      { data, dims: [2 ** 32, 2 ** 32] },
      'RangeError',
      `got dims [4294967296, 4294967296], expected a product of at most ${2 ** 53 - 1}`,
    ],
    [{ data, dims: [2, 4] }, 'RangeError', 'got 6 elements, expected 8 for dims [2, 4]'],
    [{ data, dims: [] }, 'RangeError', 'got 6 elements, expected 1 for dims []'],
  ])('refuses %o', (value, name, text) => {
    expect(failure(() => assertTensor(value, who))).toEqual({ name, message: `${who}: ${text}` });
  });
});

describe('elementCount', () => {
  test('multiplies up to the last safe integer and no further', () => {
    expect(elementCount([], who)).toBe(1);
    expect(elementCount([2, 3, 4], who)).toBe(24);
    expect(elementCount([5, 0], who)).toBe(0);
    // 2^53 − 1 = 6361 · 69431 · 20394401
    expect(elementCount([6361, 69431, 20394401], who)).toBe(2 ** 53 - 1);
    expect(() => elementCount([2 ** 26, 2 ** 27], who)).toThrow(RangeError);
    expect(() => elementCount(Array(1e6).fill(2), who)).toThrow(RangeError);
  });
});

describe('messages', () => {
  test('stay short and safe whatever the value holds', () => {
    expect(describeValue(Object.create(null))).toBe('Object');
    expect(describeValue(new Map())).toBe('Map');
    expect(describeValue(Symbol('s'))).toBe('Symbol(s)');
    expect(describeValue(() => 0)).toBe('Function(0)');
    expect(describeValue('a\n"')).toBe('"a\\n\\""');
    expect(formatDims(Array(1e6).fill(1))).toBe('[1, 1, 1, 1, 1, 1, 1, 1, …]');
    expect(formatDims([Object.create(null), '2'])).toBe('[Object, "2"]');
  });
});
