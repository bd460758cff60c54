import { elements, type RecognisedLayer, scalesAmong } from '../../formats/files/recognise-layers.js';
import type { SafetensorsHeader } from '../../index.js';

/** A module of a saved model, in the words of the file's own description. */
export interface DescribedModule {
  readonly index: number;
  readonly type: string;
  readonly sizes: Readonly<Record<string, unknown>>;
  readonly parameters: number;
}

/**
 * Reads the list of modules that `Sequential.save` writes.
 *
 * @returns the modules in order; undefined if the file describes none or the description cannot be read
 */
export function describedModules({ metadata, tensors }: SafetensorsHeader): DescribedModule[] | undefined {
  const layers = parseDescription(metadata.hiddenstate);
  if (!layers) return undefined;
  const parameters = new Map<string, number>();
  const isScale = scalesAmong(tensors);
  for (const { name, shape } of tensors) {
    const [index] = name.split('.', 1);
    if (!isScale(name)) parameters.set(index, (parameters.get(index) ?? 0) + elements(shape));
  }
  return layers.map(({ type, ...sizes }, index) => ({
    index,
    type,
    sizes,
    parameters: parameters.get(String(index)) ?? 0,
  }));
}

type Description = { readonly type: string } & Readonly<Record<string, unknown>>;

function parseDescription(text: string | undefined): Description[] | undefined {
  try {
    const { layers } = JSON.parse(text ?? '{}');
    const isList = Array.isArray(layers) && layers.every((layer) => typeof layer?.type === 'string');
    return isList ? layers : undefined;
  } catch {
    return undefined;
  }
}

/** Options that a reader takes for granted: they are shown only where they differ. */
const USUAL: Readonly<Record<string, unknown>> = {
  numLayers: 1,
  bias: true,
  batchFirst: false,
  bidirectional: false,
  projSize: 0,
  resetAfter: true,
  nonlinearity: 'tanh',
  weights: 'float32',
};

/**
 * Says in a few words what sizes a layer has: `64 → 256, 2 layers, no bias`.
 *
 * @param sizes as torch.nn calls them; unknown ones are shown by name
 */
export function describeSizes({ type, sizes }: Pick<RecognisedLayer | DescribedModule, 'type' | 'sizes'>): string {
  const { inputSize, hiddenSize, inFeatures, outFeatures, numEmbeddings, embeddingDim, rows, columns, ...rest } = sizes;
  const words: string[] = [];
  if (hiddenSize !== undefined) words.push(`${inputSize} → ${hiddenSize}`);
  if (outFeatures !== undefined) words.push(`${inFeatures} → ${outFeatures}`);
  if (embeddingDim !== undefined) words.push(`${numEmbeddings} × ${embeddingDim}`);
  if (type === 'Matrix') words.push(`${rows} × ${columns}: an Embedding, or a Linear without bias`);
  for (const [name, value] of Object.entries(rest)) {
    if (value !== USUAL[name]) words.push(describeOption(name, value));
  }
  return words.join(', ');
}

function describeOption(name: string, value: unknown): string {
  if (name === 'numLayers') return `${value} layers`;
  if (name === 'bidirectional' && value === true) return 'two directions';
  if (name === 'bias' && value === false) return 'no bias';
  if (name === 'projSize') return `projected to ${value}`;
  if (name === 'batchFirst' && value === true) return 'batch first';
  if (name === 'resetAfter' && value === false) return 'reset before the product';
  if (name === 'weights') return `${value} weights`;
  if (name === 'nonlinearity') return String(value);
  return `${name} ${JSON.stringify(value)}`;
}
