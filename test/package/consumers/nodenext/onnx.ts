import {
  type Dtype,
  type Feeds,
  type FeedTensor,
  type GraphModel,
  type GraphTensor,
  type LoadOnnxOptions,
  loadOnnx,
  type OuterValues,
  type ValueInfo,
} from 'hiddenstate/onnx';

/** relu(x · [[1, −2], [3, 4]]), written with onnx.helper. */
const FILE =
  'CAgSADptChEKAXgKAXcSAXAiBk1hdE11bAoMCgFwEgF5IgRSZWx1EgFnKhsIAggCEAFCAXdKEAAAgD8AAADAAABAQAAAgEBaFAoBeBIPCg0IARIJCgMSAW4KAggCYhQKAXkSDwoNCAESCQoDEgFuCgIIAkIECgAQEQ==';

const options: LoadOnnxOptions = {};
const model: GraphModel = await loadOnnx(new Uint8Array(Buffer.from(FILE, 'base64')), options);
const input: ValueInfo = model.inputs[0];
const type: Dtype | undefined = input.dtype;
const x: FeedTensor = { data: Float32Array.of(1, 2, 3, -1), dims: [2, 2] };
const feeds: Feeds = { [input.name]: x };
const y: GraphTensor = model.run(feeds)[model.outputs[0].name];
const values: OuterValues = y.data;
model.dispose();
console.log(JSON.stringify([type, y.dims, Array.from(values as Float32Array)]));
