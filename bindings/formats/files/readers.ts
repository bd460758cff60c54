import { HiddenstateError } from '../../errors.js';
import type { StateDict } from '../../tensor.js';
import type { FileFormat } from './formats.js';
import { openKeras, openOnnx } from './open-graphs.js';
import type { Model, Source } from './opened-model.js';

/** Of a file of weights, which does not say how its layers follow each other: what its program is called, and its reader. */
export interface WeightsReader {
  readonly program: string;
  readonly read: (bytes: Uint8Array, maxBytes?: number) => Promise<StateDict>;
}

const TORCH = async (bytes: Uint8Array, maxBytes?: number): Promise<StateDict> => {
  const { readTorch } = await import('../torch/index.js');
  return readTorch(bytes, maxBytes === undefined ? {} : { maxBytes }).tensors;
};
const NUMPY = async (bytes: Uint8Array): Promise<StateDict> => (await import('../arrays/index.js')).readNumpy(bytes);
const HDF5 = async (bytes: Uint8Array): Promise<StateDict> => (await import('../arrays/index.js')).readHdf5(bytes);

/** The formats of weights. */
export const WEIGHTS_READERS: { readonly [Name in FileFormat]?: WeightsReader } = {
  torch: { program: 'PyTorch', read: TORCH },
  torchscript: { program: 'TorchScript', read: TORCH },
  npz: { program: 'NumPy', read: NUMPY },
  npy: { program: 'NumPy', read: NUMPY },
  hdf5: { program: 'HDF5', read: HDF5 },
};

type Open = (source: Source) => Promise<Model>;

const openAmplifier: Open = async (source) => (await import('./open-amplifier.js')).openAmplifier(source);

/** The formats of files that say themselves how they run. */
const OPENERS: { readonly [Name in FileFormat]?: Open } = {
  onnx: openOnnx,
  keras: openKeras,
  'tfjs-layers': openKeras,
  safetensors: async (source) => (await import('./open-layers.js')).openSafetensors(source),
  nam: openAmplifier,
  guitarml: openAmplifier,
  rtneural: openAmplifier,
};

/** The error of a file that is not read. Here, so that of the class of errors there is no copy where files are only told apart. */
export function unread(message: string): HiddenstateError {
  return new HiddenstateError('FILE', message);
}

/** Opens a file of a format that is read. */
export async function openAs(source: Source & { readonly format: FileFormat }): Promise<Model> {
  const { format, bytes, options } = source;
  const open = OPENERS[format];
  if (open) return open(source);
  const { openLayers } = await import('./open-layers.js');
  return openLayers(await (WEIGHTS_READERS[format] as WeightsReader).read(bytes, options.maxBytes), options);
}
