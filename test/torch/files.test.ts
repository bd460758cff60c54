import { describe, expect, test } from 'vitest';
import { readTorch, type TypedTensor } from '../../bindings/formats/torch/index.js';
import { LSTM } from '../../bindings/index.js';
import { torchCases } from './cases.js';

const WIDENED: Readonly<Record<string, (bits: number) => number>> = {
  float16: (bits) => {
    const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
  },
  bfloat16: (bits) => new Float32Array(new Uint32Array([bits << 16]).buffer)[0],
};

/** The elements that PyTorch gave, as numbers. */
function numbersOf(dtype: string, bytes: Uint8Array): (number | bigint)[] {
  const aligned = bytes.slice().buffer;
  if (dtype in WIDENED) return Array.from(new Uint16Array(aligned), WIDENED[dtype]);
  const View = {
    float32: Float32Array,
    float64: Float64Array,
    int64: BigInt64Array,
    int32: Int32Array,
    int16: Int16Array,
    int8: Int8Array,
    uint8: Uint8Array,
    bool: Uint8Array,
  }[dtype] as new (
    buffer: ArrayBufferLike,
  ) => Float32Array;
  return Array.from(new View(aligned));
}

function tensorsOf(value: unknown): Map<string, TypedTensor> {
  const found = new Map<string, TypedTensor>();
  const visit = (part: unknown, path: string[]) => {
    if (typeof part !== 'object' || part === null || ArrayBuffer.isView(part)) return;
    if ('dtype' in part && 'dims' in part) found.set(path.join('.') || 'value', part as TypedTensor);
    else if (part instanceof Map) for (const [key, item] of part) visit(item, [...path, String(key)]);
    else for (const [key, item] of Object.entries(part)) visit(item, [...path, key]);
  };
  visit(value, []);
  return found;
}

describe.each(torchCases())('files of PyTorch $torch', ({ cases }) => {
  test.each(cases.map((each) => [each.name, each] as const))(
    '%s: every tensor, bit for bit',
    (name, { file, tensors }) => {
      const read = readTorch(file);
      const expected = tensors.filter((tensor) => !tensor.name.endsWith('num_batches_tracked') || name !== 'none');
      expect(Object.keys(read.tensors).sort()).toEqual(expected.map((tensor) => tensor.name).sort());
      const typed = ['scripted', 'traced', 'frozen'].includes(name) ? undefined : tensorsOf(read.value);
      for (const { name: key, dtype, dims, bytes } of expected) {
        const numbers = numbersOf(dtype, bytes);
        const rounded = Float32Array.from(numbers, Number);
        expect(read.tensors[key].dims, key).toEqual(dims);
        expect(bitsOf(read.tensors[key].data), key).toEqual(bitsOf(rounded));
        if (!typed) continue;
        expect(typed.get(key)?.dtype, key).toBe(dtype);
        expect(Array.from(typed.get(key)?.data as Float32Array), key).toEqual(numbers);
      }
    },
  );
});

function bitsOf(data: Float32Array): number[] {
  return Array.from(new Uint32Array(data.slice().buffer));
}

const [{ cases }] = torchCases();
const fileOf = (name: string) => cases.find((each) => each.name === name)?.file as Uint8Array;

test('what is no tensor of a checkpoint comes along', () => {
  for (const name of ['checkpoint', 'checkpoint-legacy', 'checkpoint-protocol-5']) {
    const value = readTorch(fileOf(name)).value as Record<string, unknown>;
    expect(value).toMatchObject({
      epoch: 7,
      best: 0.5,
      shape: [2, 3],
      device: 'cpu',
      dtype: 'torch.float16',
      path: 'a/b',
      large: 2 ** 40,
      negative: -3,
      pair: [1, 2.5],
      nothing: null,
      flags: new Set([true]),
      text: 'größer',
      args: { class: 'argparse.Namespace', state: { hidden: 4, name: 'größer' } },
    });
    expect(Number(value.steps)).toBe(12);
    expect(Array.from(value.raw as Uint8Array)).toEqual([0, 255]);
  }
});

test('the tensors make a layer, under the prefix where they lie', () => {
  const { tensors } = readTorch(fileOf('checkpoint'));
  using lstm = LSTM.fromStateDict(tensors, { prefix: 'model.rec.' });
  expect([lstm.inputSize, lstm.hiddenSize]).toEqual([3, 4]);
});

test('contiguous float32 tensors are views of the file', () => {
  const file = fileOf('state-dict');
  expect(readTorch(file).tensors['rec.weight_ih_l0'].data.buffer).toBe(file.buffer);
});
