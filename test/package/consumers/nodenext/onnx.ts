import {
  type DescribeOnnxOptions,
  type Dtype,
  describeOnnx,
  type ExternalData,
  type Feeds,
  type FeedTensor,
  type GraphModel,
  type GraphTensor,
  type LoadOnnxOptions,
  loadOnnx,
  loadOnnxSync,
  type OnnxDescription,
  type OnnxLayer,
  type OnnxOperator,
  type OnnxStep,
  type OnnxValue,
  type OuterValues,
  type TrialDims,
  type ValueInfo,
} from 'hiddenstate/onnx';

/** relu(x · [[1, −2], [3, 4]]), written with onnx.helper. */
const FILE =
  'CAgSADptChEKAXgKAXcSAXAiBk1hdE11bAoMCgFwEgF5IgRSZWx1EgFnKhsIAggCEAFCAXdKEAAAgD8AAADAAABAQAAAgEBaFAoBeBIPCg0IARIJCgMSAW4KAggCYhQKAXkSDwoNCAESCQoDEgFuCgIIAkIECgAQEQ==';

const beside: ExternalData[] = [];
const options: LoadOnnxOptions = { externalData: beside };
const bytes = Uint8Array.from(atob(FILE), (letter) => letter.charCodeAt(0));
const model: GraphModel = await loadOnnx(bytes, options);
loadOnnxSync(bytes, options).dispose();
const inputs: readonly ValueInfo[] = model.inputs;
const types: (Dtype | undefined)[] = inputs.map(({ dtype }) => dtype);
const x: FeedTensor = { data: Float32Array.of(1, 2, 3, -1), dims: [2, 2] };
const feeds: Feeds = { x };
const outputs: Record<string, GraphTensor> = model.run(feeds);
const values: (OuterValues | undefined)[] = Object.values(outputs).map(({ data }) => data);
model.dispose();
const dims: TrialDims = { x: [null, 2] };
const trial: DescribeOnnxOptions = { dims };
const description: OnnxDescription = describeOnnx(bytes, trial);
const operators: readonly OnnxOperator[] = description.operators;
const layers: readonly OnnxLayer[] = description.layers;
const steps: readonly OnnxStep[] = description.steps;
const tensors: readonly OnnxValue[] = description.tensors;
console.log(
  JSON.stringify([
    types,
    Object.values(outputs)[0]?.dims,
    values.map((of) => Array.from(of as Float32Array)),
    operators.length,
    layers.length,
    steps.length,
    tensors.map(({ name }) => name),
  ]),
);
