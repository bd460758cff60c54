/** Convolutions, pools, normalisations, resizing and transforms. */
import { floatAttribute, intAttribute, intsAttribute, textAttribute } from '../model-bytes.js';
import type { Drawn, Step, Value } from './draw.js';

/** A value of images or sound, small enough to convolve. */
const field = (g: Drawn, calm = true): Value | undefined => {
  const fits = ({ dims }: Value) => dims.length <= 4 && dims.every((dim) => dim < 12);
  return calm ? g.calm(3, fits) : g.any(3, fits);
};

interface Window {
  readonly kernel: number[];
  readonly strides: number[];
  readonly dilations: number[];
  readonly pads: number[];
  readonly attributes: Uint8Array[];
}

/** A kernel that fits over the extents. */
function windowOf(g: Drawn, extents: readonly number[], dilates = true, least = 1): Window | undefined {
  const kernel = extents.map(() => least + g.draw.int(3));
  const strides = extents.map(() => 1 + g.draw.int(2));
  const dilations = extents.map(() => (dilates ? 1 + g.draw.int(2) : 1));
  const pads = [...kernel, ...kernel].map((extent) => g.draw.int(Math.min(extent, 3)));
  const covers = extents.every(
    (extent, d) => extent + pads[d] + pads[d + extents.length] >= (kernel[d] - 1) * dilations[d] + 1,
  );
  if (!covers) return undefined;
  const attributes = [
    intsAttribute('kernel_shape', kernel),
    intsAttribute('strides', strides),
    intsAttribute('pads', pads),
    ...(dilates ? [intsAttribute('dilations', dilations)] : []),
  ];
  return { kernel, strides, dilations, pads, attributes };
}

function extentsAfter(extents: readonly number[], { kernel, strides, dilations, pads }: Window): number[] {
  return extents.map((extent, d) => {
    const room = extent + pads[d] + pads[d + extents.length] - (kernel[d] - 1) * dilations[d] - 1;
    return Math.floor(room / strides[d]) + 1;
  });
}

const bias = (g: Drawn, count: number) => (g.draw.coin() ? [g.draw.weights([count])] : []);

export const SPATIAL_STEPS: readonly Step[] = [
  (g) => {
    const x = field(g);
    const window = x && windowOf(g, x.dims.slice(2));
    if (!x || !window) return;
    const [batch, channels, ...extents] = x.dims;
    const group = g.draw.pick([1, 1, channels]);
    const filters = group * (1 + g.draw.int(2));
    const w = g.draw.weights([filters, channels / group, ...window.kernel]);
    const dims = [batch, filters, ...extentsAfter(extents, window)];
    const y = g.add('Conv', [x.name, w, ...bias(g, filters)], dims, [
      ...window.attributes,
      intAttribute('group', group),
    ]);
    // What exporters and optimisers find behind one.
    if (g.draw.coin()) g.add(g.draw.pick(['Relu', 'Sigmoid', 'LeakyRelu']), [y.name], dims);
  },
  (g) => {
    const x = field(g);
    if (!x) return;
    const [batch, channels, ...extents] = x.dims;
    const auto = g.draw.pick(['SAME_UPPER', 'SAME_LOWER']);
    const strides = extents.map(() => 1 + g.draw.int(2));
    const w = g.draw.weights([2, channels, ...extents.map(() => 3)]);
    const dims = [batch, 2, ...extents.map((extent, d) => Math.ceil(extent / strides[d]))];
    g.add('Conv', [x.name, w], dims, [textAttribute('auto_pad', auto), intsAttribute('strides', strides)]);
  },
  (g) => {
    const x = field(g);
    const window = x && windowOf(g, x.dims.slice(2));
    if (!x || !window) return;
    const [batch, channels, ...extents] = x.dims;
    const group = g.draw.pick([1, 1, channels]);
    const each = 1 + g.draw.int(2);
    const out = extents.map((extent, d) => {
      const { kernel, strides, dilations, pads } = window;
      return (extent - 1) * strides[d] + (kernel[d] - 1) * dilations[d] + 1 - pads[d] - pads[d + extents.length];
    });
    if (out.some((extent) => extent < 1)) return;
    const inputs = [x.name, g.draw.weights([channels, each, ...window.kernel]), ...bias(g, each * group)];
    const attributes = [...window.attributes, intAttribute('group', group)];
    g.add('ConvTranspose', inputs, [batch, each * group, ...out], attributes);
  },
  (g) => {
    const x = field(g, g.draw.coin());
    const window = x && windowOf(g, x.dims.slice(2), g.draw.opset >= 19, 2);
    if (!x || !window) return;
    const [batch, channels, ...extents] = x.dims;
    const dims = [batch, channels, ...extentsAfter(extents, window)];
    if (g.draw.coin()) g.add('MaxPool', [x.name], dims, window.attributes, { exact: x.exact });
    else g.add('AveragePool', [x.name], dims, [...window.attributes, intAttribute('count_include_pad', g.draw.int(2))]);
  },
  (g) => {
    const x = field(g);
    if (!x) return;
    const [batch, channels, ...extents] = x.dims;
    // onnxruntime has no GlobalLpPool of opset 22.
    const op = g.draw.pick(['GlobalAveragePool', 'GlobalMaxPool', ...(g.draw.opset < 22 ? ['GlobalLpPool'] : [])]);
    g.add(op, [x.name], [batch, channels, ...extents.map(() => 1)]);
  },
  (g) => {
    const x = field(g);
    if (!x) return;
    const per = (middle: number) => g.draw.weights([x.dims[1]], 0.5, middle);
    g.add('BatchNormalization', [x.name, per(1), per(0), per(0), per(1)], x.dims);
  },
  (g) => {
    const x = field(g);
    if (!x) return;
    const per = () => g.draw.weights([x.dims[1]]);
    g.add('InstanceNormalization', [x.name, per(), per()], x.dims, [floatAttribute('epsilon', 0.01)]);
  },
  (g) => {
    const x = field(g);
    if (!x || g.draw.opset < 21) return;
    const per = () => g.draw.weights([x.dims[1]]);
    const groups = g.draw.pick([1, x.dims[1]]);
    const attributes = [intAttribute('num_groups', groups), floatAttribute('epsilon', 0.01)];
    g.add('GroupNormalization', [x.name, per(), per()], x.dims, attributes);
  },
  (g) => {
    const x = g.calm(1);
    if (!x) return;
    const axis = g.draw.int(x.dims.length);
    const over = x.dims.slice(axis);
    const attributes = [intAttribute('axis', axis), floatAttribute('epsilon', 0.01)];
    g.add('LayerNormalization', [x.name, g.draw.weights(over), g.draw.weights(over)], x.dims, attributes);
  },
  (g) => {
    const x = g.calm(1);
    if (!x) return;
    const attributes = [intAttribute('axis', g.draw.int(x.dims.length)), intAttribute('p', 1 + g.draw.int(2))];
    const away = g.node('Add', [x.name, g.draw.weights([], 0, 1.5)])[0];
    g.add('LpNormalization', [away], x.dims, attributes);
  },
  (g) => {
    const x = g.calm(4);
    if (!x) return;
    g.add('LRN', [x.name], x.dims, [intAttribute('size', 3), floatAttribute('bias', 2)]);
  },
  (g) => {
    const x = g.any(4, ({ dims }) => dims.length === 4 && dims.every((dim) => dim < 8));
    if (!x) return;
    const [batch, channels, a, b] = x.dims;
    const [nearest, coordinates] = g.draw.pick([
      [true, 'asymmetric'],
      [false, 'half_pixel'],
      [false, 'align_corners'],
      [false, 'asymmetric'],
    ] as const);
    const attributes = [
      textAttribute('mode', nearest ? 'nearest' : 'linear'),
      textAttribute('coordinate_transformation_mode', coordinates),
    ];
    if (nearest) attributes.push(textAttribute('nearest_mode', 'floor'));
    const dims = [batch, channels, a + g.draw.int(3), 2 * b];
    g.add('Resize', [x.name, '', '', g.draw.ints(dims)], dims, attributes);
  },
  (g) => {
    const x = g.any(4, ({ dims }) => dims.length === 4 && dims[2] % 2 === 0 && dims[3] % 2 === 0);
    if (!x) return;
    const [batch, channels, a, b] = x.dims;
    g.add('SpaceToDepth', [x.name], [batch, 4 * channels, a / 2, b / 2], [intAttribute('blocksize', 2)], {
      exact: x.exact,
    });
  },
  (g) => {
    const x = g.any(4, ({ dims }) => dims.length === 4 && dims[1] % 4 === 0);
    if (!x) return;
    const [batch, channels, a, b] = x.dims;
    const attributes = [intAttribute('blocksize', 2), textAttribute('mode', g.draw.pick(['DCR', 'CRD']))];
    g.add('DepthToSpace', [x.name], [batch, channels / 4, 2 * a, 2 * b], attributes, { exact: x.exact });
  },
  (g) => {
    const x = g.calm(2, ({ dims }) => dims.length === 2);
    if (!x || g.draw.opset < 20) return;
    const signal = g.node('Unsqueeze', [x.name, g.draw.ints([2])])[0];
    const oneSided = g.draw.int(2);
    const bins = oneSided ? Math.floor(x.dims[1] / 2) + 1 : x.dims[1];
    const inputs = [signal, '', g.draw.ints([1], [])];
    g.add('DFT', inputs, [x.dims[0], bins, 2], [intAttribute('onesided', oneSided)]);
  },
  (g) => {
    const x = g.calm(2, ({ dims }) => dims.length === 2 && dims[1] >= 8);
    if (!x) return;
    const frames = Math.floor((x.dims[1] - 8) / 4) + 1;
    const inputs = [x.name, g.draw.ints([4], []), g.draw.weights([8])];
    g.add('STFT', inputs, [x.dims[0], frames, 5, 2], [intAttribute('onesided', 1)]);
  },
];
