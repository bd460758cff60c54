import fc from 'fast-check';
import { type Engine, GRU, LSTM, RNN, type StateDict, type Tensor, type WeightFormat } from '../../bindings/core.js';
import { dequantized } from '../support/int8.js';
import type { LayerKind, ReferenceOptions } from '../support/parameter-shapes.js';
import { mulberry32, randomArray, randomStateDict } from '../support/random.js';

/** How often a property is tried: the debug build is many times slower. FUZZ_SEED and FUZZ_RUNS explore further. */
export function trials(build: string, runs: number): { numRuns: number; seed: number } {
  const factor = Number(process.env.FUZZ_RUNS ?? 1);
  const numRuns = Math.ceil((build === 'debug' ? runs / 8 : runs) * factor);
  return { numRuns, seed: Number(process.env.FUZZ_SEED ?? 20261123) };
}

/** One recurrent layer and one call of it. */
export interface LayerCase {
  readonly kind: LayerKind;
  readonly options: ReferenceOptions;
  readonly weights: WeightFormat;
  readonly steps: number;
  readonly batch: number;
  readonly batchFirst: boolean;
  /** [T, I] instead of [T, 1, I]. */
  readonly unbatched: boolean;
  readonly lengths?: number[];
  readonly withState: boolean;
  readonly seed: number;
}

/** What a draw may hold. */
export interface Bounds {
  readonly size?: number;
  readonly layers?: number;
  readonly steps?: number;
  readonly batch?: number;
  /** One direction and equal lengths only: what a stream can run. */
  readonly streamable?: boolean;
}

const size = (greatest: number) => fc.integer({ min: 1, max: greatest });

/** Layers of every kind with every option, and calls of them. */
export function layerCases(bounds: Bounds = {}): fc.Arbitrary<LayerCase> {
  const { size: greatest = 67, layers = 3, steps = 9, batch = 6, streamable = false } = bounds;
  const flag = fc.boolean();
  const only = streamable ? fc.constant(false) : flag;
  return fc
    .record({
      kind: fc.constantFrom<LayerKind>('RNN', 'LSTM', 'GRU'),
      weights: fc.constantFrom<WeightFormat>('float32', 'int8'),
      inputSize: size(greatest),
      hiddenSize: size(greatest),
      numLayers: size(layers),
      bias: flag,
      bidirectional: only,
      variant: fc.nat(),
      steps: size(steps),
      batch: size(batch),
      batchFirst: only,
      unbatched: flag,
      ragged: only,
      lengths: fc.array(fc.nat(), { minLength: batch, maxLength: batch }),
      withState: flag,
      seed: fc.integer(),
    })
    .map(({ kind, inputSize, hiddenSize, numLayers, bias, bidirectional, variant, ragged, ...call }) => {
      const unbatched = call.unbatched && call.batch === 1;
      const options = {
        inputSize,
        hiddenSize,
        numLayers,
        bias,
        bidirectional,
        ...variantOf(kind, variant, hiddenSize),
      };
      const lengths = call.lengths.slice(0, call.batch).map((n) => 1 + (n % call.steps));
      return { ...call, kind, options, unbatched, lengths: ragged && !unbatched ? lengths : undefined };
    });
}

/** Half of the LSTMs are projected, half of the GRUs reset before, half of the RNNs are rectified. */
function variantOf(kind: LayerKind, variant: number, hiddenSize: number): Partial<ReferenceOptions> {
  const odd = variant % 2 === 1;
  if (kind === 'RNN') return { nonlinearity: odd ? 'relu' : 'tanh' };
  if (kind === 'GRU') return { resetAfter: !odd };
  return { projSize: odd && hiddenSize > 1 ? 1 + ((variant >> 1) % (hiddenSize - 1)) : 0 };
}

/** The layer of a case. */
export function makeLayer(engine: Engine, drawn: LayerCase, dict: StateDict): RNN | LSTM | GRU {
  const { kind, options, batchFirst, weights } = drawn;
  const all = { ...options, batchFirst, weights, engine, seed: null };
  const layer = kind === 'LSTM' ? new LSTM(all) : kind === 'GRU' ? new GRU(all) : new RNN(all);
  layer.loadStateDict(dict);
  return layer;
}

/** Weights, input [T, B, I] and state of a case, all float32; the weights of an int8 case are those that int8 can hold. */
export interface Drawn {
  readonly dict: StateDict;
  readonly input: Tensor;
  readonly state: Record<'h' | 'c', Tensor> | { h: Tensor } | undefined;
}

/** Draws the numbers of a case from its seed. */
export function draw(drawn: LayerCase): Drawn {
  const { kind, options, steps, batch, withState, seed } = drawn;
  const random = mulberry32(seed);
  const plain = randomStateDict(kind, options, random);
  const dict = drawn.weights === 'int8' ? dequantized(plain) : plain;
  const tensor = (dims: number[]) => ({
    data: randomArray(
      dims.reduce((a, b) => a * b),
      random,
      2,
    ),
    dims,
  });
  const input = tensor([steps, batch, options.inputSize]);
  const cells = (options.numLayers ?? 1) * (options.bidirectional ? 2 : 1);
  const h = tensor([cells, batch, options.projSize || options.hiddenSize]);
  const c = tensor([cells, batch, options.hiddenSize]);
  return { dict, input, state: withState ? (kind === 'LSTM' ? { h, c } : { h }) : undefined };
}

/** [T, B, I] as the layer of the case wants it. */
export function layIn({ batchFirst, unbatched }: LayerCase, tensor: Tensor): Tensor {
  if (unbatched) return { data: tensor.data, dims: [tensor.dims[0], tensor.dims[2]] };
  return batchFirst ? swapLeading(tensor) : tensor;
}

/** The layer's output as [T, B, …]. */
export function layOut({ batchFirst, unbatched }: LayerCase, tensor: Tensor): Tensor {
  return batchFirst && !unbatched ? swapLeading(tensor) : tensor;
}

/** The state as the layer of the case wants it: [D·L, H] when unbatched. */
export function stateIn<S extends Record<string, Tensor> | undefined>({ unbatched }: LayerCase, state: S): S {
  if (!unbatched || !state) return state;
  const flat = ({ data, dims }: Tensor) => ({ data, dims: [dims[0], dims[2]] });
  return Object.fromEntries(Object.entries(state).map(([name, tensor]) => [name, flat(tensor)])) as unknown as S;
}

/** [A, B, …] ↔ [B, A, …]. */
export function swapLeading({ data, dims: [outer, inner, width] }: Tensor): Tensor {
  const swapped = new Float32Array(data.length);
  for (let row = 0; row < outer * inner; row++) {
    const to = (row % inner) * outer + Math.floor(row / inner);
    swapped.set(data.subarray(row * width, (row + 1) * width), to * width);
  }
  return { data: swapped, dims: [inner, outer, width] };
}
