import {
  type Dtype,
  describeKeras,
  type GraphTensor,
  type JsonAndWeights,
  type KerasDescription,
  type KerasFeed,
  type KerasFiles,
  type KerasLayer,
  type KerasModel,
  type KerasStream,
  type KerasStreamOptions,
  type KerasValue,
  type LoadKerasOptions,
  loadKeras,
  type OuterValues,
  type TfjsFiles,
  type ValueInfo,
} from 'hiddenstate/keras';

/** h ← relu(2x + 3h + 1), as TensorFlow.js stores a layer of one unit. */
const layers = [
  { class_name: 'InputLayer', config: { name: 'x', batch_input_shape: [null, null, 1], dtype: 'float32' } },
  { class_name: 'SimpleRNN', config: { name: 'rnn', units: 1, activation: 'relu', return_sequences: true } },
];
const weights = ['kernel', 'recurrent_kernel'].map((name) => ({
  name: `rnn/${name}`,
  shape: [1, 1],
  dtype: 'float32',
}));
const files: TfjsFiles = {
  model: {
    modelTopology: {
      keras_version: '2.15.0',
      model_config: { class_name: 'Sequential', config: { name: 'm', layers } },
    },
    weightsManifest: [{ paths: ['w.bin'], weights: [...weights, { name: 'rnn/bias', shape: [1], dtype: 'float32' }] }],
  },
  shards: { 'w.bin': new Uint8Array(Float32Array.of(2, 3, 1).buffer) },
};
const description: KerasDescription = await describeKeras(files);
const described: readonly KerasLayer[] = description.layers;
const taken: readonly KerasValue[] = description.inputs;
const options: LoadKerasOptions = {};
const either: KerasFiles | JsonAndWeights = files;
const model: KerasModel = await loadKeras(either, options);
const inputs: readonly ValueInfo[] = model.inputs;
const types: (Dtype | undefined)[] = inputs.map(({ dtype }) => dtype);
const x: KerasFeed = { data: Float32Array.of(1, -2, 0.5), dims: [1, 3, 1] };
const outputs: Record<string, GraphTensor> = model.run({ x });
const values: (OuterValues | undefined)[] = Object.values(outputs).map(({ data }) => data);
const batch: KerasStreamOptions = { batch: 1 };
const stream: KerasStream = model.stream(batch);
const stepped = [1, -2, 0.5].map((value) => stream.step(Float32Array.of(value))[0]);
stream.dispose();
model.dispose();
console.log(
  JSON.stringify([
    types,
    values.map((of) => Array.from(of as Float32Array)),
    stepped,
    described[0]?.parameters,
    taken.length,
  ]),
);
