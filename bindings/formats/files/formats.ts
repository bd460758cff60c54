/** What is known of a format: a row of `FORMATS`. What reads it stands in readers.ts, which is loaded with the first file that is read. */
export interface Format {
  /** Where every file of it has the same bytes, and which, if that alone tells it. Others are told apart in identify.ts. */
  readonly begins?: readonly [at: number, bytes: string];
  /** Of a format that is not read: what such a file is, and how to get one that is read. */
  readonly problem?: string;
}

/** Every format that is told apart by its content. A new one is a row here, its reader one in readers.ts. */
const TABLE = {
  onnx: {},
  keras: {},
  'tfjs-layers': {},
  safetensors: {},
  torch: {},
  torchscript: {},
  npz: {},
  npy: { begins: [0, '\x93NUMPY'] },
  hdf5: {},
  nam: {},
  guitarml: {},
  rtneural: {},
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
    problem: 'an ONNX model that ends too early: it was copied or downloaded in part; fetch it again',
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
  pickle: {
    problem: 'a pickle of Python of an old protocol (0 or 1); save its tensors with torch.save or numpy.savez',
  },
  gguf: { begins: [0, 'GGUF'], problem: 'a model of llama.cpp (GGUF), which is no recurrent network that runs here' },
  zip: { problem: 'a zip archive that is none of Keras, PyTorch or NumPy; unpack it and open the model in it' },
  'cut-zip': {
    problem:
      'a zip archive (of Keras, PyTorch or NumPy, or another) that ends before its directory: it was copied or downloaded in part; fetch it again',
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
  'large-json': {
    problem:
      'JSON of more than 64 MB, which no model is: amplifiers take 1 MB, a model.json keeps its weights in shards',
  },
  'cut-json': {
    problem:
      'what begins as JSON and cannot be read to its end: it was copied or downloaded in part, or is no JSON; fetch it again',
  },
  'safetensors-index': {
    problem:
      'the index of a model in several .safetensors files; open the files that it names, one by one, with readSafetensors',
  },
  wav: { begins: [0, 'RIFF'], problem: 'a recording (WAV), not a model; "hiddenstate vad" finds speech in it' },
  png: { begins: [0, '\x89PNG'], problem: 'a picture (PNG), not a model' },
  text: { problem: 'text, not a model; save the model as ONNX, Keras, PyTorch or safetensors' },
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
