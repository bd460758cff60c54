import { writeFileSync } from 'node:fs';
import { Embedding, GRU, Linear, LSTM, Sequential, type StateDict, Tanh } from '../../bindings/index.js';
import { mulberry32, randomArray, randomStateDict } from '../support/random.js';
import { type Float64Tensor, referenceForward } from '../support/reference.js';

/** A model saved for a test, and what it computes as the float64 reference says. */
export interface TestModel {
  readonly path: string;
  /** @returns one row of outputs for each row of inputs, from zero state on */
  readonly expected: (rows: readonly (readonly number[])[]) => number[][];
}

const random = mulberry32(20261123);

/** GRU 3 → 5, Linear 5 → 2, Tanh: numbers to numbers. */
export function saveNumberModel(path: string): TestModel {
  const sizes = { inputSize: 3, hiddenSize: 5 };
  const gru = randomStateDict('GRU', sizes, random, 2);
  const linear = randomLinear(2, 5);
  const modules = [GRU.fromStateDict(gru), Linear.fromStateDict(linear), new Tanh()];
  save(path, modules, {});
  return {
    path,
    expected: (rows) => {
      const input = { data: Float32Array.from(rows.flat()), dims: [rows.length, 1, 3] };
      const { output } = referenceForward('GRU', sizes, gru, input);
      return affineRows(linear, output).map((row) => row.map(Math.tanh));
    },
  };
}

/** Embedding, LSTM of two layers, Linear: the logits of the next character. */
export function saveTextModel(
  path: string,
  vocabulary: readonly string[],
  extra: Record<string, string> = {},
): TestModel {
  const sizes = { inputSize: 4, hiddenSize: 12, numLayers: 2 };
  const count = vocabulary.length;
  const table = randomArray(count * 4, random, 2);
  const lstm = randomStateDict('LSTM', sizes, random, 3);
  const linear = randomLinear(count, 12, 3);
  const modules = [
    Embedding.fromStateDict({ weight: { data: table, dims: [count, 4] } }),
    LSTM.fromStateDict(lstm),
    Linear.fromStateDict(linear),
  ];
  save(path, modules, { vocabulary: JSON.stringify(vocabulary), ...extra });
  return {
    path,
    expected: (rows) => {
      const data = Float32Array.from(rows.flatMap(([index]) => [...table.subarray(index * 4, index * 4 + 4)]));
      const input: Float64Tensor = { data, dims: [rows.length, 1, 4] };
      return affineRows(linear, referenceForward('LSTM', sizes, lstm, input).output);
    },
  };
}

function save(
  path: string,
  modules: ConstructorParameters<typeof Sequential>[0],
  metadata: Record<string, string>,
): void {
  const model = new Sequential(modules, { metadata });
  writeFileSync(path, model.save());
  model.dispose();
}

function randomLinear(rows: number, columns: number, bound = 1): StateDict {
  return {
    weight: { data: randomArray(rows * columns, random, bound), dims: [rows, columns] },
    bias: { data: randomArray(rows, random, bound), dims: [rows] },
  };
}

/** W·x + b for each row x of `inputs`, in float64. */
function affineRows({ weight, bias }: StateDict, inputs: Float64Array): number[][] {
  const [rows, columns] = weight.dims;
  return Array.from({ length: inputs.length / columns }, (_, n) => {
    const x = inputs.subarray(n * columns, (n + 1) * columns);
    return Array.from({ length: rows }, (_, r) =>
      x.reduce((sum, value, k) => sum + weight.data[r * columns + k] * value, bias.data[r]),
    );
  });
}
