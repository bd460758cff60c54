/** The vectors themselves under test: a regeneration that quietly lost an option or a family must fail. */
import { describe, expect, it } from 'vitest';
import { type GoldenTensor, loadGoldens, readCases } from './read.js';

const layers = [...loadGoldens('rnn'), ...loadGoldens('lstm'), ...loadGoldens('gru')];
const everything = [...layers, ...loadGoldens('cells'), ...loadGoldens('modules')];

type Layer = (typeof layers)[number];

const factors: Record<string, (layer: Layer) => unknown> = {
  numLayers: ({ options }) => options.numLayers,
  bias: ({ options }) => options.bias,
  bidirectional: ({ options }) => options.bidirectional,
  layout: ({ input, options }) => (input.dims.length === 2 ? 'TI' : options.batchFirst ? 'BTI' : 'TBI'),
  state: ({ state }) => state !== undefined,
  ragged: ({ lengths }) => lengths !== undefined,
  variant: ({ options }) =>
    'nonlinearity' in options
      ? options.nonlinearity
      : 'resetAfter' in options
        ? options.resetAfter
        : options.projSize > 0,
};

function tensorsOf({ stateDict, input, state, expected }: (typeof everything)[number]): GoldenTensor[] {
  const groups: object[] = [stateDict, { input }, state ?? {}, expected];
  return groups.flatMap((group) => Object.values(group));
}

describe('golden vectors', () => {
  it('load whole: data of the length the dims say, every listed case once', () => {
    for (const golden of everything) {
      for (const { data, dims } of tensorsOf(golden)) expect(data.length).toBe(dims.reduce((a, b) => a * b, 1));
    }
    expect(everything.length).toBe(readCases().cases.length);
    expect(new Set(everything.map(({ name }) => name)).size).toBe(everything.length);
  });

  it.each(['RNN', 'LSTM', 'GRU'])('hold at least 60 layers of %s, every pair of option values among them', (kind) => {
    const own = layers.filter((layer) => layer.kind === kind);
    expect(own.length).toBeGreaterThanOrEqual(60);
    const missing: string[] = [];
    for (const [a, readA] of Object.entries(factors)) {
      for (const [b, readB] of Object.entries(factors)) {
        for (const valueA of new Set(own.map(readA))) {
          for (const valueB of new Set(own.map(readB))) {
            const impossible = a === b ? valueA !== valueB : `${valueA} ${b} ${valueB}` === 'TI ragged true';
            const reversed = a !== b && `${valueB} ${a} ${valueA}` === 'TI ragged true';
            const found = own.some((layer) => readA(layer) === valueA && readB(layer) === valueB);
            if (!found && !impossible && !reversed) missing.push(`${a} ${valueA} with ${b} ${valueB}`);
          }
        }
      }
      expect(new Set(own.map(factors[a])).size, a).toBe(a === 'numLayers' || a === 'layout' ? 3 : 2);
    }
    expect(missing).toEqual([]);
  });

  it('hold every kind, every source and every profile of values', () => {
    const kinds = ['RNN', 'LSTM', 'GRU', 'RNNCell', 'LSTMCell', 'GRUCell', 'Linear', 'Embedding', 'CharModel'];
    const functions = ['softmax', 'logSoftmax', 'sigmoid', 'tanh', 'relu'];
    const sources = ['pytorch-float64', 'pytorch-float32', 'reference-float64', 'onnx-backend'];
    const values = [
      'plain',
      'saturating',
      'saturating-recurrent',
      'overflow',
      'tiny',
      'denormal',
      'nonfinite',
      'large',
    ];
    expect(new Set(everything.map(({ kind }) => kind))).toEqual(new Set([...kinds, ...functions]));
    expect(new Set(everything.map(({ source }) => source))).toEqual(new Set(sources));
    expect(new Set(everything.map((golden) => golden.values))).toEqual(new Set(values));
    expect(new Set(layers.map(({ padding }) => padding))).toEqual(new Set([undefined, 'ordinary', 'huge', 'nan']));
  });

  it('are zero past the end of every ragged sequence', () => {
    for (const { expected, lengths, options } of layers) {
      const [first, second, width] = expected.output.dims;
      lengths?.forEach((length, b) => {
        for (let t = length; t < (options.batchFirst ? second : first); t++) {
          const row = options.batchFirst ? b * second + t : t * second + b;
          const past = expected.output.data.subarray(row * width, (row + 1) * width);
          expect(past.every((value) => value === 0)).toBe(true);
        }
      });
    }
  });

  it('hold NaN where NaN belongs, and only there', () => {
    for (const golden of everything) {
      const strange = Object.values(golden.expected).some(({ data }: GoldenTensor) => data.some(Number.isNaN));
      if (strange) expect(golden.values, golden.name).toBe('nonfinite');
    }
    for (const { name, expected, options } of layers.filter(({ values }) => values === 'nonfinite')) {
      const { data, dims } = expected.output;
      const [rows, batch] = [dims[0] * dims[1], options.batchFirst ? dims[0] : dims[1]];
      const ofSequence = (b: number) =>
        Array.from({ length: rows }, (_, row) => row)
          .filter((row) => (options.batchFirst ? Math.floor((row * batch) / rows) : row % batch) === b)
          .flatMap((row) => [...data.subarray(row * dims[2], (row + 1) * dims[2])]);
      expect(ofSequence(1).some(Number.isNaN), name).toBe(true);
      expect(ofSequence(3).every(Number.isFinite), name).toBe(true);
    }
  });
});
