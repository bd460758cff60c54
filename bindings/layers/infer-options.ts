import type { CellKind } from '../cells/kind.js';
import { cellParameterDims } from '../cells/layout.js';
import { rangeError } from '../errors.js';
import { assertStoredTensor, formatDims, type StoredStateDict } from '../tensor.js';
import type { WeightFormat } from '../weights/quantized.js';
import { formatOf, matchStored, missingTensor, namesUnder, type ParameterDims } from '../weights/state-dict.js';

const NAME = /^(weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)_l(\d{1,9})(_reverse)?$/;

/** What names and shapes tell of a recurrent layer. */
export interface InferredOptions {
  inputSize: number;
  hiddenSize: number;
  numLayers: number;
  bias: boolean;
  bidirectional: boolean;
  projSize: number;
  /** int8 where a matrix is. */
  weights: WeightFormat;
}

/**
 * Reads a layer's sizes from the names and shapes of its state dict, then checks every tensor against them, so that a
 * layer is made, and memory taken, only for weights that are really there.
 *
 * @throws {TypeError} if a tensor has the wrong kind
 * @throws {RangeError} if a tensor's dims are not those of such a layer
 * @throws {Error} if a tensor is missing or unknown
 */
export function inferOptions(dict: StoredStateDict, kind: CellKind, prefix: string, who: string): InferredOptions {
  const { gates } = kind;
  const names = namesUnder(dict, prefix, who);
  const matches = names.map((name) => NAME.exec(name.slice(prefix.length))).filter((match) => match !== null);
  const [rows, inputSize] = matrixDims(dict, `${prefix}weight_ih_l0`, who);
  if (rows % gates !== 0 || rows === 0) {
    throw rangeError(
      `${who}: ${prefix}weight_ih_l0: got dims ${formatDims([rows, inputSize])}, expected ${gates} gates, rows a multiple of ${gates}`,
    );
  }
  const has = (name: string) => matches.some((match) => match[0] === name);
  const inferred = {
    inputSize,
    hiddenSize: rows / gates,
    // Not the highest index alone: a stray `weight_ih_l999999999` must not make a billion layers before it is refused.
    numLayers: new Set(matches.map((match) => match[2])).size,
    bias: has('bias_ih_l0'),
    bidirectional: has('weight_ih_l0_reverse'),
    // Only an LSTM has a projection; anywhere else the tensor is one that nothing uses.
    projSize: kind.hasCellState && has('weight_hr_l0') ? matrixDims(dict, `${prefix}weight_hr_l0`, who)[0] : 0,
    weights: formatOf(dict, names),
  };
  matchStored(layerParameterDims(kind, inferred), dict, who, { prefix });
  return inferred;
}

function layerParameterDims(
  kind: CellKind,
  { numLayers, bidirectional, inputSize, ...sizes }: InferredOptions,
): ParameterDims[] {
  const directions = bidirectional ? 2 : 1;
  const stacked = directions * (sizes.projSize || sizes.hiddenSize);
  return Array.from({ length: numLayers * directions }, (_, i) => {
    const shape = { kind, ...sizes, inputSize: i < directions ? inputSize : stacked };
    return cellParameterDims(shape, cellSuffix(i, directions));
  }).flat();
}

/** What PyTorch appends to the weight names of cell `i` of a layer: `_l1_reverse`. */
export function cellSuffix(i: number, directions: number): string {
  return `_l${Math.floor(i / directions)}${i % directions ? '_reverse' : ''}`;
}

/**
 * The two dims of a matrix of a dict.
 *
 * @throws {TypeError | RangeError | Error} if it is missing or no matrix
 */
export function matrixDims(dict: StoredStateDict, name: string, who: string): readonly [number, number] {
  if (!Object.hasOwn(dict, name)) {
    throw missingTensor(dict, name, who, '', 'a matrix of that name');
  }
  const tensor = dict[name];
  assertStoredTensor(tensor, `${who}: ${name}`);
  const { dims } = tensor;
  if (dims.length !== 2)
    throw rangeError(`${who}: ${name}: got dims ${formatDims(dims)}, expected a matrix [rows, columns]`);
  return [dims[0], dims[1]];
}
