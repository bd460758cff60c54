/** What one direction of one layer carries from step to step: h f64[H or projSize], c f64[H] (LSTM only, else empty). */
export interface CellState {
  readonly h: Float64Array;
  readonly c: Float64Array;
}

/** Weights of one direction of one layer, row-major, gates stacked as PyTorch stacks them. Absent biases are zeros. */
export interface CellWeights {
  readonly weightIh: Float32Array;
  readonly weightHh: Float32Array;
  readonly biasIh: Float32Array;
  readonly biasHh: Float32Array;
  /** f32[projSize, H], or absent without projection. */
  readonly weightHr?: Float32Array;
}

/** One time step of one sequence: a new state from the input x f64[I] and the old state, neither of which it changes. */
export type Cell = (x: Float64Array, state: CellState) => CellState;

/** h′ = φ(W_ih x + b_ih + W_hh h + b_hh), φ = tanh or relu. Source: torch.nn.RNN. */
export function rnnCell(weights: CellWeights, hiddenSize: number, nonlinearity: 'tanh' | 'relu'): Cell {
  return (x, { h, c }) => {
    const sums = add(affine(weights.weightIh, weights.biasIh, x), affine(weights.weightHh, weights.biasHh, h));
    const next = vector(hiddenSize, (k) => (nonlinearity === 'relu' ? Math.max(0, sums[k]) : Math.tanh(sums[k])));
    return { h: next, c };
  };
}

/** c′ = σ(f) ∘ c + σ(i) ∘ tanh(g), h′ = σ(o) ∘ tanh(c′), then W_hr h′ where there is a projection. Source: torch.nn.LSTM. */
export function lstmCell(weights: CellWeights, hiddenSize: number): Cell {
  return (x, { h, c }) => {
    const sums = add(affine(weights.weightIh, weights.biasIh, x), affine(weights.weightHh, weights.biasHh, h));
    const [i, f, g, o] = blocks(sums, hiddenSize);
    const nextC = vector(hiddenSize, (k) => sigmoid(f[k]) * c[k] + sigmoid(i[k]) * Math.tanh(g[k]));
    const full = vector(hiddenSize, (k) => sigmoid(o[k]) * Math.tanh(nextC[k]));
    const { weightHr } = weights;
    const nextH = weightHr ? affine(weightHr, new Float32Array(weightHr.length / hiddenSize), full) : full;
    return { h: nextH, c: nextC };
  };
}

/**
 * h′ = (1 − z) ∘ n + z ∘ h with r, z = σ(…) and
 * reset after:  n = tanh(W_in x + b_in + r ∘ (W_hn h + b_hn))   (source: torch.nn.GRU)
 * reset before: n = tanh(W_in x + b_in + W_hn (r ∘ h) + b_hn)   (source: ONNX operator GRU, linear_before_reset = 0)
 */
export function gruCell(weights: CellWeights, hiddenSize: number, resetAfter: boolean): Cell {
  return (x, { h, c }) => {
    const [inputR, inputZ, inputN] = blocks(affine(weights.weightIh, weights.biasIh, x), hiddenSize);
    const [stateR, stateZ, stateN] = blocks(affine(weights.weightHh, weights.biasHh, h), hiddenSize);
    const r = add(inputR, stateR).map(sigmoid);
    const z = add(inputZ, stateZ).map(sigmoid);
    const recurrentN = resetAfter
      ? multiply(r, stateN)
      : blocks(affine(weights.weightHh, weights.biasHh, multiply(r, h)), hiddenSize)[2];
    const n = add(inputN, recurrentN).map(Math.tanh);
    return { h: vector(hiddenSize, (k) => (1 - z[k]) * n[k] + z[k] * h[k]), c };
  };
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** W x + b: one row of W for each element of b. */
function affine(weight: Float32Array, bias: Float32Array, x: Float64Array): Float64Array {
  return vector(bias.length, (row) => {
    let sum = bias[row];
    for (let column = 0; column < x.length; column++) {
      sum += weight[row * x.length + column] * x[column];
    }
    return sum;
  });
}

function add(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, k) => value + b[k]);
}

function multiply(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, k) => value * b[k]);
}

/** The blocks of `size` elements that the gates of one kind fill, in order. */
function blocks(values: Float64Array, size: number): Float64Array[] {
  return Array.from({ length: values.length / size }, (_, block) => values.subarray(block * size, (block + 1) * size));
}

function vector(size: number, element: (k: number) => number): Float64Array {
  const elements = new Float64Array(size);
  for (let k = 0; k < size; k++) elements[k] = element(k);
  return elements;
}
