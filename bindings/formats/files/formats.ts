import type { StateDict } from '../../tensor.js';
import type { Model, Source } from './opened-model.js';

type ReadWeights = (bytes: Uint8Array, maxBytes?: number) => Promise<StateDict>;

/** What is known of a format: a row of `FORMATS`. Readers are loaded when the first file that needs them is opened. */
export interface Format {
  /** Where every file of it has the same bytes, and which, if that alone tells it. Others are told apart in identify.ts. */
  readonly begins?: readonly [at: number, bytes: string];
  /** Of a file of weights, which does not say how its layers follow each other: what its program is called, and its reader. */
  readonly weights?: readonly [program: string, read: ReadWeights];
  /** Opens a file that says itself how it runs. */
  readonly open?: (source: Source) => Promise<Model>;
  /** Of a format that is not read: what such a file is, and how to get one that is read. */
  readonly problem?: string;
}

/** Every format that is told apart by its content. A new one is a row here, and the folder of its reader. */
const TABLE = {
  onnx: { open: async (source) => (await import('./open-graphs.js')).openOnnx(source) },
  keras: { open: async (source) => (await import('./open-graphs.js')).openKeras(source) },
  'tfjs-layers': { open: async (source) => (await import('./open-graphs.js')).openKeras(source) },
  safetensors: { open: async (source) => (await import('./open-layers.js')).openSafetensors(source) },
  torch: { weights: ['PyTorch', readTorch] },
  torchscript: { weights: ['TorchScript', readTorch] },
  npz: { weights: ['NumPy', readNumpy] },
  npy: { begins: [0, '\x93NUMPY'], weights: ['NumPy', readNumpy] },
  hdf5: { weights: ['HDF5', async (bytes) => (await import('../arrays/index.js')).readHdf5(bytes)] },
  nam: { open: openAmplifier },
  guitarml: { open: openAmplifier },
  rtneural: { open: openAmplifier },
  // Known, and not read.
  'keras-config': {
    problem:
      'the configuration of a Keras model without its weights; save the whole model (model.save("model.keras")), or give loadKeras { json, weights }',
  },
  'tfjs-graph': {
    problem:
      'a TensorFlow.js graph model, which holds operations and no layers; convert the model it was made from with tensorflowjs_converter --output_format=tfjs_layers_model, or to ONNX with tf2onnx',
  },
  tflite: {
    begins: [4, 'TFL3'],
    problem:
      'a TensorFlow Lite model; convert it with python -m tf2onnx.convert --tflite model.tflite --output model.onnx',
  },
  ort: { begins: [4, 'ORTM'], problem: "onnxruntime's own format (.ort); keep the .onnx file that it was made from" },
  'cut-onnx': {
    problem: 'an ONNX model that ends too early: it was not copied or downloaded to its end; fetch it again',
  },
  'saved-model': {
    problem:
      'a TensorFlow SavedModel; convert its folder with python -m tf2onnx.convert --saved-model FOLDER --output model.onnx',
  },
  'tensorflow-graph': {
    problem:
      'a TensorFlow graph (.pb); convert it with python -m tf2onnx.convert --graphdef model.pb --inputs … --outputs … --output model.onnx',
  },
  sklearn: {
    problem: 'a pickled model of scikit-learn, which is no network of layers; convert it to ONNX with skl2onnx',
  },
  gguf: { begins: [0, 'GGUF'], problem: 'a model of llama.cpp (GGUF), which is no recurrent network that runs here' },
  zip: { problem: 'a zip archive that is none of Keras, PyTorch or NumPy; unpack it and open the model in it' },
  'cut-zip': {
    problem:
      'a zip archive (of Keras, PyTorch or NumPy, or another) that ends before its directory: it was not copied or downloaded to its end; fetch it again',
  },
  tar: { begins: [257, 'ustar'], problem: 'a tar archive; unpack it (tar xf FILE) and open the model in it' },
  gzip: {
    begins: [0, '\x1f\x8b'],
    problem: 'a gzip file; unpack it (gunzip FILE, or tar xzf FILE) and open the model in it',
  },
  html: {
    problem:
      'a page of HTML, not a model: most often the error page of a server, or a download link that needs another address',
  },
  'git-lfs': { problem: 'a pointer of Git LFS, not the file itself; fetch it with git lfs pull' },
  json: { problem: 'JSON that is none of TensorFlow.js, Neural Amp Modeler, GuitarML or RTNeural' },
  'cut-json': {
    problem:
      'what begins as JSON and cannot be read as such to its end: it was not copied or downloaded to its end, or is no JSON; fetch it again',
  },
  'safetensors-index': {
    problem:
      'the index of a model in several .safetensors files; open the files that it names, one by one, with readSafetensors',
  },
  wav: { begins: [0, 'RIFF'], problem: 'a recording (WAV), not a model; "hiddenstate vad" finds speech in it' },
  png: { begins: [0, '\x89PNG'], problem: 'a picture (PNG), not a model' },
  text: { problem: 'text, not a model' },
  empty: { problem: 'an empty file' },
  unknown: {
    problem:
      'none of the formats that are known here: ONNX, Keras, TensorFlow.js, PyTorch, safetensors, NumPy, .nam, GuitarML, RTNeural',
  },
} as const satisfies Readonly<Record<string, Format>>;

/** The formats that are told apart by their content. */
export type FileFormat = keyof typeof TABLE;

/** What is known of each format. */
export const FORMATS: Readonly<Record<FileFormat, Format>> = TABLE;

/** Opens a file as its row says; undefined if its format is not read. */
export function openAs(source: Source & { readonly format: FileFormat }): Promise<Model> | undefined {
  const { weights, open } = FORMATS[source.format];
  return weights ? openWeights(source, weights[1]) : open?.(source);
}

async function openWeights({ bytes, options }: Source, read: ReadWeights): Promise<Model> {
  const { openLayers } = await import('./open-layers.js');
  return openLayers(await read(bytes, options.maxBytes), options);
}

async function readTorch(bytes: Uint8Array, maxBytes?: number): Promise<StateDict> {
  const reader = await import('../torch/index.js');
  return reader.readTorch(bytes, maxBytes === undefined ? {} : { maxBytes }).tensors;
}

async function readNumpy(bytes: Uint8Array): Promise<StateDict> {
  return (await import('../arrays/index.js')).readNumpy(bytes);
}

async function openAmplifier(source: Source): Promise<Model> {
  return (await import('./open-amplifier.js')).openAmplifier(source);
}
