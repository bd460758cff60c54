import { ModelBytes, noise } from './model-bytes.js';

/**
 * Networks over space whose speed is compared with onnxruntime-web's: each a model, the dims of what it is fed, and how many
 * times faster it is to be.
 */
export const NETS = [
  { name: 'Conv 80 → 60, kernel 5, T 1000', bar: 1.3, make: conv1d },
  { name: 'InstanceNormalization, 80 × 1000', bar: 1.3, make: () => normalization('InstanceNormalization') },
  { name: 'GroupNormalization, 80 × 1000', bar: 1.3, make: () => normalization('GroupNormalization') },
  { name: 'SincNet-like front, 4 BiLSTM(128), 2 s', bar: 1.5, make: sincNet },
  { name: 'CRNN reader, 32 × 128', bar: 1.3, make: crnn },
  { name: 'GTCRN-like denoiser, a frame', bar: 4, make: denoiser },
];

/** What a net is fed, by name. */
export function feedsOf(inputs) {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, dims], i) => [
      name,
      {
        data: noise(
          dims.reduce((a, b) => a * b, 1),
          1000 + i,
        ),
        dims,
      },
    ]),
  );
}

function conv1d() {
  const m = new ModelBytes();
  m.add('Conv', ['x', m.weights([60, 80, 5], 400), m.weights([60])], {}, ['y']);
  return net(m, { x: [1, 80, 1000] }, { y: [1, 60, 996] });
}

function normalization(op) {
  const m = new ModelBytes();
  m.add(op, ['x', m.weights([80], 1, 1), m.weights([80])], op === 'GroupNormalization' ? { num_groups: 8 } : {}, ['y']);
  return net(m, { x: [1, 80, 1000] }, { y: [1, 80, 1000] }, 21);
}

function net(m, inputs, outputs, opset = 17) {
  return { bytes: m.finish(inputs, outputs, opset), inputs, output: Object.keys(outputs)[0] };
}

/** LSTM layers of two directions over [T, N, I]; returns [T, N, 2 · H]. */
function biLstm(m, x, size, hidden, op = 'LSTM') {
  const gates = op === 'LSTM' ? 4 : 3;
  const w = [m.weights([2, gates * hidden, size], size), m.weights([2, gates * hidden, hidden], hidden)];
  const y = m.add(op, [x, ...w, m.weights([2, 2 * gates * hidden], hidden)], {
    hidden_size: hidden,
    direction: 'bidirectional',
    ...(op === 'GRU' ? { linear_before_reset: 1 } : {}),
  });
  return m.add('Reshape', [m.add('Transpose', [y], { perm: [0, 2, 1, 3] }), m.integers([0, 0, -1])]);
}

function sincNet() {
  const m = new ModelBytes();
  let x = m.add('Abs', [m.add('Conv', ['x', m.weights([80, 1, 251], 251)], { strides: [10] })]);
  let channels = 80;
  for (const filters of [60, 60, 0]) {
    x = m.add('MaxPool', [x], { kernel_shape: [3], strides: [3] });
    x = m.add('InstanceNormalization', [x, m.weights([channels], 1, 1), m.weights([channels])]);
    x = m.add('LeakyRelu', [x]);
    if (!filters) break;
    x = m.add('Conv', [x, m.weights([filters, channels, 5], channels * 5), m.weights([filters])]);
    channels = filters;
  }
  x = m.add('Transpose', [x], { perm: [2, 0, 1] });
  for (let layer = 0; layer < 4; layer++) x = biLstm(m, x, layer ? 256 : 60, 128);
  m.add('Add', [m.add('MatMul', [x, m.weights([256, 7], 256)]), m.weights([7])], {}, ['y']);
  return net(m, { x: [1, 1, 32000] }, { y: [-1, 1, 7] });
}

function crnn() {
  const m = new ModelBytes();
  let x = 'x';
  let channels = 1;
  const pools = [[2, 2], [2, 2], undefined, [2, 1]];
  [64, 128, 256, 256].forEach((filters, i) => {
    const w = [m.weights([filters, channels, 3, 3], channels * 9), m.weights([filters])];
    x = m.add('Relu', [m.add('Conv', [x, ...w], { pads: [1, 1, 1, 1], kernel_shape: [3, 3] })]);
    if (pools[i]) x = m.add('MaxPool', [x], { kernel_shape: pools[i], strides: pools[i] });
    channels = filters;
  });
  // [1, 256, 4, 32] becomes [32, 1, 1024].
  x = m.add('Transpose', [m.add('Reshape', [x, m.integers([1, 1024, -1])])], { perm: [2, 0, 1] });
  x = biLstm(m, biLstm(m, x, 1024, 256), 512, 256);
  m.add('Add', [m.add('MatMul', [x, m.weights([512, 37], 512)]), m.weights([37])], {}, ['y']);
  return net(m, { x: [1, 1, 32, 128] }, { y: [-1, 1, 37] });
}

/** An encoder over 257 bins, blocks dilated in time whose past is fed, two dual-path recurrent layers in groups, a decoder. */
function denoiser() {
  const m = new ModelBytes();
  const inputs = { x: [1, 2, 1, 257] };
  const outputs = { y: [1, 2, 1, 257] };
  const bias = (count) => m.weights([count]);
  const norm = (x, channels) =>
    m.add('BatchNormalization', [
      x,
      m.weights([channels], 1, 1),
      bias(channels),
      bias(channels),
      m.weights([channels], 1, 1),
    ]);
  const prelu = (x) => m.add('PRelu', [x, m.floats([1], [0.25])]);
  const conv = (x, dims, attributes, transposed) => {
    const channels = transposed ? dims[1] * (attributes.group ?? 1) : dims[0];
    const op = transposed ? 'ConvTranspose' : 'Conv';
    const fan = dims[1] * dims[2] * dims[3];
    return norm(
      m.add(op, [x, m.weights(dims, fan), bias(channels)], { ...attributes, kernel_shape: dims.slice(2) }),
      channels,
    );
  };
  let x = m.add('MatMul', ['x', m.weights([257, 129], 257)]);
  x = prelu(conv(x, [16, 2, 1, 5], { strides: [1, 2], pads: [0, 2, 0, 2] }));
  x = prelu(conv(x, [16, 8, 1, 5], { strides: [1, 2], pads: [0, 2, 0, 2], group: 2 }));
  const skips = [x];
  const block = (from, dilation, i, transposed) => {
    const past = `past${i}`;
    inputs[past] = [1, 16, 2 * dilation, 33];
    let h = prelu(conv(from, [16, 16, 1, 1], {}, transposed));
    const joined = m.add('Concat', [past, h], { axis: 2 });
    outputs[`next${i}`] = [1, 16, 2 * dilation, 33];
    m.add('Slice', [joined, m.integers([1]), m.integers([1 + 2 * dilation]), m.integers([2])], {}, [`next${i}`]);
    const attributes = { group: 16, dilations: [dilation, 1] };
    // A transposed convolution over time at stride 1 is a convolution: with the past fed, its padding takes what is too much.
    h = transposed
      ? conv(joined, [16, 1, 3, 3], { ...attributes, pads: [2 * dilation, 1, 2 * dilation, 1] }, true)
      : conv(joined, [16, 1, 3, 3], { ...attributes, pads: [0, 1, 0, 1] });
    return m.add('Add', [from, conv(prelu(h), [16, 16, 1, 1], {}, transposed)]);
  };
  [1, 2, 5].forEach((dilation, i) => {
    x = block(x, dilation, i, false);
    skips.push(x);
  });
  for (let layer = 0; layer < 2; layer++) {
    // Within the frame: over 33 bins, both directions, the 16 channels in two groups.
    const rows = m.add('Transpose', [m.add('Reshape', [x, m.integers([16, 33])])], { perm: [1, 0] });
    const sequence = m.add('Reshape', [rows, m.integers([33, 1, 16])]);
    const halves = [0, 1].map((g) => {
      const half = m.add('Slice', [sequence, m.integers([8 * g]), m.integers([8 * g + 8]), m.integers([2])]);
      return biLstm(m, half, 8, 4, 'GRU');
    });
    let h = m.add('MatMul', [m.add('Concat', halves, { axis: 2 }), m.weights([16, 16], 16)]);
    h = m.add('Add', [sequence, m.add('LayerNormalization', [h, m.weights([16], 1, 1), bias(16)])]);
    // Across frames: every bin a stream of its own, its state fed.
    const along = m.add('Reshape', [h, m.integers([1, 33, 16])]);
    const groups = [0, 1].map((g) => {
      const state = `h${layer}${g}`;
      inputs[state] = [1, 33, 8];
      outputs[`n${state}`] = [1, 33, 8];
      const half = m.add('Slice', [along, m.integers([8 * g]), m.integers([8 * g + 8]), m.integers([2])]);
      const w = [m.weights([1, 24, 8], 8), m.weights([1, 24, 8], 8), m.weights([1, 48], 8)];
      const attributes = { hidden_size: 8, linear_before_reset: 1 };
      const all = m.add('GRU', [half, ...w, '', state], attributes, [`g${layer}${g}`, `n${state}`]);
      return m.add('Reshape', [all, m.integers([1, 33, 8])]);
    });
    h = m.add('MatMul', [m.add('Concat', groups, { axis: 2 }), m.weights([16, 16], 16)]);
    h = m.add('Add', [along, m.add('LayerNormalization', [h, m.weights([16], 1, 1), bias(16)])]);
    x = m.add('Reshape', [m.add('Transpose', [h], { perm: [0, 2, 1] }), m.integers([1, 16, 1, 33])]);
  }
  [5, 2, 1].forEach((dilation, i) => {
    x = block(m.add('Add', [x, skips[3 - i]]), dilation, 3 + i, true);
  });
  x = prelu(conv(m.add('Add', [x, skips[0]]), [16, 8, 1, 5], { strides: [1, 2], pads: [0, 2, 0, 2], group: 2 }, true));
  x = m.add('Tanh', [conv(x, [16, 2, 1, 5], { strides: [1, 2], pads: [0, 2, 0, 2] }, true)]);
  m.add('Mul', ['x', m.add('MatMul', [x, m.weights([129, 257], 129)])], {}, ['y']);
  return net(m, inputs, outputs);
}
