/** Name, shape and element type of a tensor, which is all that layers are recognised by. */
export interface TensorInfo {
  readonly name: string;
  readonly shape: readonly number[];
  /** `I8` for a matrix kept as int8. */
  readonly dtype: string;
}

/** A layer that the names and shapes of tensors make out. */
export interface RecognisedLayer {
  /** What its tensors' names begin with: `encoder.`, or '' where they begin with nothing. */
  readonly prefix: string;
  readonly type: string;
  /** As torch.nn calls them: inputSize, hiddenSize, numLayers … */
  readonly sizes: Readonly<Record<string, number | boolean | string>>;
  readonly parameters: number;
}

/** Names of torch.nn's recurrent layers and, without `_l0`, of its cells. */
const RECURRENT = /^(.*?)(weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)(_l\d{1,9}(?:_reverse)?)?$/s;
const FLAT = /^(.*?)(weight|bias)$/s;
const TYPES: Readonly<Record<number, string>> = { 4: 'LSTM', 3: 'GRU', 1: 'RNN' };

interface Group {
  readonly prefix: string;
  readonly recurrent: boolean;
  readonly tensors: Map<string, TensorInfo>;
}

/**
 * Finds layers by PyTorch's names: recurrent ones by `weight_ih_l0` and its kin, told apart by the gates in weight_hh,
 * Linear by a matrix with a bias. A matrix alone may be a Linear or an Embedding and is called what it is.
 *
 * @param tensors in any order; what fits nowhere is left out
 * @returns layers in the order of their first tensor
 */
export function recogniseLayers(tensors: readonly TensorInfo[]): RecognisedLayer[] {
  return groupTensors(tensors).flatMap((group) => {
    const found = group.recurrent ? recogniseRecurrent(group.tensors) : recogniseMatrix(group.tensors);
    if (!found) return [];
    const parameters = [...group.tensors.values()].reduce((sum, { shape }) => sum + elements(shape), 0);
    const int8 = [...group.tensors.values()].some(({ dtype }) => dtype === 'I8');
    const sizes = int8 ? { ...found.sizes, weights: 'int8' } : found.sizes;
    return [{ prefix: group.prefix, type: found.type, sizes, parameters }];
  });
}

/** Tells the scales of int8 matrices, which are no parameters of their own, from the other tensors of a file. */
export function scalesAmong(tensors: readonly TensorInfo[]): (name: string) => boolean {
  const scales = new Set(tensors.filter(({ dtype }) => dtype === 'I8').map(({ name }) => `${name}_scale`));
  return (name) => scales.has(name);
}

/** The number of elements of a shape. */
export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function groupTensors(tensors: readonly TensorInfo[]): Group[] {
  const groups = new Map<string, Group>();
  for (const tensor of tensors) {
    const recurrent = RECURRENT.exec(tensor.name);
    const match = recurrent ?? FLAT.exec(tensor.name);
    if (!match) continue;
    const [, prefix, name, suffix = ''] = match;
    // A cell and a layer under one prefix are two things, and so are they and a matrix.
    const key = `${prefix}\0${recurrent ? (suffix ? 'layer' : 'cell') : 'flat'}`;
    const group = groups.get(key) ?? { prefix, recurrent: recurrent !== null, tensors: new Map() };
    group.tensors.set(name + suffix, tensor);
    groups.set(key, group);
  }
  return [...groups.values()];
}

type Found = Pick<RecognisedLayer, 'type' | 'sizes'>;

function recogniseRecurrent(tensors: ReadonlyMap<string, TensorInfo>): Found | undefined {
  const isCell = tensors.has('weight_ih');
  const first = isCell ? '' : '_l0';
  const [rows, inputSize] = matrixShape(tensors.get(`weight_ih${first}`));
  const [, outputSize] = matrixShape(tensors.get(`weight_hh${first}`));
  const projection = tensors.get(`weight_hr${first}`);
  const hiddenSize = projection ? matrixShape(projection)[1] : outputSize;
  const type = TYPES[rows / hiddenSize];
  if (!type || (projection && (type !== 'LSTM' || isCell))) return undefined;
  const bias = tensors.has(`bias_ih${first}`);
  const numLayers = new Set([...tensors.keys()].map((name) => /_l(\d+)/.exec(name)?.[1])).size;
  const bidirectional = tensors.has('weight_ih_l0_reverse');
  const shape = { rows, inputSize, hiddenSize, outputSize, bias, projected: projection !== undefined };
  if (!isComplete(tensors, shape, isCell ? [''] : suffixes(numLayers, bidirectional))) return undefined;
  if (isCell) return { type: `${type}Cell`, sizes: { inputSize, hiddenSize, bias } };
  const sizes = { inputSize, hiddenSize, numLayers, bias, bidirectional };
  return { type, sizes: type === 'LSTM' ? { ...sizes, projSize: projection ? outputSize : 0 } : sizes };
}

/** `_l0`, `_l0_reverse`, `_l1` … */
function suffixes(numLayers: number, bidirectional: boolean): string[] {
  const directions = bidirectional ? ['', '_reverse'] : [''];
  return Array.from({ length: numLayers }, (_, layer) => directions.map((end) => `_l${layer}${end}`)).flat();
}

interface RecurrentShape {
  readonly rows: number;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly outputSize: number;
  readonly bias: boolean;
  readonly projected: boolean;
}

/** Whether the tensors are those of a layer of this shape: every one there as it should be, and none besides. */
function isComplete(
  tensors: ReadonlyMap<string, TensorInfo>,
  { rows, inputSize, hiddenSize, outputSize, bias, projected }: RecurrentShape,
  ends: readonly string[],
): boolean {
  const directions = ends.some((end) => end.endsWith('_reverse')) ? 2 : 1;
  const expected = ends.flatMap((end, k) => [
    [`weight_ih${end}`, rows, k < directions ? inputSize : directions * outputSize],
    [`weight_hh${end}`, rows, outputSize],
    ...(bias
      ? [
          [`bias_ih${end}`, rows],
          [`bias_hh${end}`, rows],
        ]
      : []),
    ...(projected ? [[`weight_hr${end}`, outputSize, hiddenSize]] : []),
  ]);
  const fits = ([name, ...shape]: (string | number)[]) => tensors.get(name as string)?.shape.join() === shape.join();
  return tensors.size === expected.length && expected.every(fits);
}

function recogniseMatrix(tensors: ReadonlyMap<string, TensorInfo>): Found | undefined {
  const weight = tensors.get('weight');
  if (weight?.shape.length !== 2) return undefined;
  const [rows, columns] = weight.shape;
  const bias = tensors.get('bias');
  if (!bias) return { type: 'Matrix', sizes: { rows, columns } };
  const fits = bias.shape.length === 1 && bias.shape[0] === rows;
  return fits ? { type: 'Linear', sizes: { inFeatures: columns, outFeatures: rows, bias: true } } : undefined;
}

function matrixShape(tensor: TensorInfo | undefined): readonly number[] {
  return tensor?.shape.length === 2 ? tensor.shape : [Number.NaN, Number.NaN];
}
