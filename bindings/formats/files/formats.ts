/** The formats that are told apart by their content. */
export type FileFormat =
  | 'onnx'
  | 'keras'
  | 'hdf5'
  | 'tfjs-layers'
  | 'safetensors'
  | 'torch'
  | 'torchscript'
  | 'npz'
  | 'npy'
  | 'nam'
  | 'guitarml'
  | 'rtneural'
  // Known, and not read.
  | 'keras-config'
  | 'tfjs-graph'
  | 'tflite'
  | 'ort'
  | 'cut-onnx'
  | 'saved-model'
  | 'tensorflow-graph'
  | 'sklearn'
  | 'gguf'
  | 'zip'
  | 'cut-zip'
  | 'tar'
  | 'gzip'
  | 'html'
  | 'git-lfs'
  | 'json'
  | 'cut-json'
  | 'safetensors-index'
  | 'wav'
  | 'png'
  | 'text'
  | 'empty'
  | 'unknown';

/** What a file of a format that is not read is, and how to get one that is. */
export const NOT_READ: Readonly<Partial<Record<FileFormat, string>>> = {
  'keras-config':
    'the configuration of a Keras model without its weights; save the whole model (model.save("model.keras")), or give loadKeras { json, weights }',
  'tfjs-graph':
    'a TensorFlow.js graph model, which holds operations and no layers; convert the model it was made from with tensorflowjs_converter --output_format=tfjs_layers_model, or to ONNX with tf2onnx',
  tflite:
    'a TensorFlow Lite model; convert it with python -m tf2onnx.convert --tflite model.tflite --output model.onnx',
  ort: "onnxruntime's own format (.ort); keep the .onnx file that it was made from",
  'cut-onnx': 'an ONNX model that ends too early: it was not copied or downloaded to its end; fetch it again',
  'saved-model':
    'a TensorFlow SavedModel; convert its folder with python -m tf2onnx.convert --saved-model FOLDER --output model.onnx',
  'tensorflow-graph':
    'a TensorFlow graph (.pb); convert it with python -m tf2onnx.convert --graphdef model.pb --inputs … --outputs … --output model.onnx',
  sklearn: 'a pickled model of scikit-learn, which is no network of layers; convert it to ONNX with skl2onnx',
  gguf: 'a model of llama.cpp (GGUF), which is no recurrent network that runs here',
  zip: 'a zip archive that is none of Keras, PyTorch or NumPy; unpack it and open the model in it',
  'cut-zip':
    'a zip archive (of Keras, PyTorch or NumPy, or another) that ends before its directory: it was not copied or downloaded to its end; fetch it again',
  tar: 'a tar archive; unpack it (tar xf FILE) and open the model in it',
  gzip: 'a gzip file; unpack it (gunzip FILE, or tar xzf FILE) and open the model in it',
  html: 'a page of HTML, not a model: most often the error page of a server, or a download link that needs another address',
  'git-lfs': 'a pointer of Git LFS, not the file itself; fetch it with git lfs pull',
  json: 'JSON that is none of TensorFlow.js, Neural Amp Modeler, GuitarML or RTNeural',
  'cut-json':
    'what begins as JSON and cannot be read as such to its end: it was not copied or downloaded to its end, or is no JSON; fetch it again',
  'safetensors-index':
    'the index of a model in several .safetensors files; open the files that it names, one by one, with readSafetensors',
  wav: 'a recording (WAV), not a model; "hiddenstate vad" finds speech in it',
  png: 'a picture (PNG), not a model',
  text: 'text, not a model',
  empty: 'an empty file',
  unknown:
    'none of the formats that are known here: ONNX, Keras, TensorFlow.js, PyTorch, safetensors, NumPy, .nam, GuitarML, RTNeural',
};
