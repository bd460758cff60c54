/** Integer products, as quantisers of onnxruntime write them. What is rounded to integers is exact before. */
import { floatAttribute, intAttribute, intsAttribute, message } from '../model-bytes.js';
import type { Drawn, Step, Value } from './draw.js';

const [UINT8, INT8] = [2, 3];
const MICROSOFT = 'com.microsoft';

/** An exact value with numbers in it worth rounding. */
const source = (g: Drawn, least: number, most = 4) =>
  g.exact(least, ({ dims }) => dims.length <= most && dims.every((dim) => dim < 12));

const scaleOf = (g: Drawn, dims: readonly number[] = []) => g.draw.weights(dims, 0.004, 0.01);

/** x as bytes. */
function quantized(g: Drawn, x: string, type = UINT8): { q: string; scale: string; zero: string } {
  const [scale, zero] = [scaleOf(g), g.draw.bytes([], type)];
  return { q: g.node('QuantizeLinear', [x, scale, zero])[0], scale, zero };
}

const float = (g: Drawn, q: string, scale: string, zero: string, dims: readonly number[]) =>
  g.add('DequantizeLinear', [q, scale, zero], dims, [], { exact: true });

export const QUANTIZED_STEPS: readonly Step[] = [
  (g) => {
    const x = source(g, 0);
    if (!x) return;
    const { q, scale, zero } = quantized(g, x.name, g.draw.pick([UINT8, INT8]));
    float(g, q, scale, zero, x.dims);
  },
  (g) => {
    const x = source(g, 1);
    if (!x) return;
    const axis = g.draw.int(x.dims.length);
    const [scale, zero] = [scaleOf(g, [x.dims[axis]]), g.draw.bytes([x.dims[axis]], INT8)];
    const attributes = [intAttribute('axis', axis)];
    const q = g.node('QuantizeLinear', [x.name, scale, zero], attributes)[0];
    g.add('DequantizeLinear', [q, scale, zero], x.dims, attributes, { exact: true });
  },
  (g) => {
    // Weights in bytes, expanded where they are used.
    const x = g.calm(1);
    if (!x) return;
    const out = 1 + g.draw.int(5);
    const rows = x.dims.at(-1) as number;
    // Along rows: along columns onnxruntime-web looks for a fusion of its own, and does not find the weights.
    const inputs = [g.draw.bytes([rows, out], INT8), scaleOf(g, [rows]), g.draw.bytes([rows], INT8)];
    const w = g.node('DequantizeLinear', inputs, [intAttribute('axis', 0)])[0];
    g.add('MatMul', [x.name, w], [...x.dims.slice(0, -1), out]);
  },
  (g) => {
    // What quantize_dynamic writes for a MatMul.
    const x = source(g, 2);
    if (!x) return;
    const [rows, out] = [x.dims.at(-1) as number, 1 + g.draw.int(6)];
    const type = g.draw.pick([UINT8, INT8]);
    const [q, scale, zero] = g.node('DynamicQuantizeLinear', [x.name], [], 3);
    const zeros = g.draw.bytes(g.draw.coin() && type === INT8 ? [out] : [], type);
    const sums = g.node('MatMulInteger', [q, g.draw.bytes([rows, out], type), zero, zeros])[0];
    const scales = g.node('Mul', [scale, scaleOf(g, g.draw.coin() ? [out] : [])])[0];
    g.add('Mul', [g.node('Cast', [sums], [intAttribute('to', 1)])[0], scales], [...x.dims.slice(0, -1), out]);
  },
  (g) => {
    const x = source(g, 2);
    if (!x) return;
    const [rows, out] = [x.dims.at(-1) as number, 1 + g.draw.int(6)];
    const { q, scale, zero } = quantized(g, x.name);
    const w = [g.draw.bytes([rows, out], INT8), scaleOf(g), g.draw.bytes([], INT8)];
    const [ys, yz] = [g.draw.weights([], 0.02, 0.05), g.draw.bytes([], UINT8)];
    const y = g.node('QLinearMatMul', [q, scale, zero, ...w, ys, yz])[0];
    float(g, y, ys, yz, [...x.dims.slice(0, -1), out]);
  },
  (g) => {
    const x = source(g, 3);
    if (!x) return;
    const [batch, channels, ...extents] = x.dims;
    const { q, scale, zero } = quantized(g, x.name);
    const kernel = extents.map(() => 3);
    const attributes = [
      intsAttribute('kernel_shape', kernel),
      intsAttribute(
        'pads',
        [...kernel, ...kernel].map(() => 1),
      ),
    ];
    const dims = [batch, 2, ...extents];
    const w = g.draw.bytes([2, channels, ...kernel], INT8);
    const none = g.node('Cast', [g.draw.ints([0], [])], [intAttribute('to', INT8)])[0];
    if (extents.length > 2) return;
    if (g.draw.coin()) {
      const sums = g.node(
        'ConvInteger',
        [q, g.draw.bytes([2, channels, ...kernel], UINT8), zero, g.draw.bytes([], UINT8)],
        attributes,
      )[0];
      const whole = g.node('Cast', [sums], [intAttribute('to', 1)])[0];
      g.add('Mul', [whole, scaleOf(g)], dims);
    } else {
      const [ys, yz] = [g.draw.weights([], 0.02, 0.05), g.draw.bytes([], UINT8)];
      const y = g.node('QLinearConv', [q, scale, zero, w, scaleOf(g, [2]), none, ys, yz], attributes)[0];
      float(g, y, ys, yz, dims);
    }
  },
  (g) => {
    const x = source(g, 2);
    if (!x) return;
    const [rows, out] = [x.dims.at(-1) as number, 1 + g.draw.int(6)];
    const inputs = [x.name, g.draw.bytes([rows, out], INT8), scaleOf(g), g.draw.bytes([], INT8), g.draw.weights([out])];
    g.add('DynamicQuantizeMatMul', inputs, [...x.dims.slice(0, -1), out], [], { domain: MICROSOFT });
  },
  (g) => {
    const x = source(g, 2);
    if (!x) return;
    const [rows, out] = [x.dims.at(-1) as number, 1 + g.draw.int(6)];
    const { q, scale, zero } = quantized(g, x.name);
    const inputs = [q, g.draw.bytes([rows, out], INT8), scale, scaleOf(g), zero, g.draw.bytes([], INT8)];
    g.add('MatMulIntegerToFloat', inputs, [...x.dims.slice(0, -1), out], [], { domain: MICROSOFT });
  },
  (g) => {
    const x = source(g, 1);
    if (!x) return;
    const a = quantized(g, x.name);
    const b = quantized(g, g.draw.weights(x.dims));
    const [ys, yz] = [scaleOf(g), g.draw.bytes([], UINT8)];
    const inputs = [a.q, a.scale, a.zero, b.q, b.scale, b.zero, ys, yz];
    float(g, g.node(g.draw.pick(['QLinearAdd', 'QLinearMul']), inputs, [], 1, MICROSOFT)[0], ys, yz, x.dims);
  },
  (g) => {
    const x = source(g, 1);
    if (!x) return;
    const { q, scale, zero } = quantized(g, x.name);
    const [ys, yz] = [scaleOf(g), g.draw.bytes([], UINT8)];
    const op = g.draw.pick(['QLinearSigmoid', 'QLinearLeakyRelu']);
    const attributes = op === 'QLinearLeakyRelu' ? [floatAttribute('alpha', 0.125)] : [];
    float(g, g.node(op, [q, scale, zero, ys, yz], attributes, 1, MICROSOFT)[0], ys, yz, x.dims);
  },
  (g) => {
    const x = source(g, 3, 3) as Value | undefined;
    if (!x) return;
    const [steps, batch, size] = x.dims;
    const H = 1 + g.draw.int(6);
    const D = 1 + g.draw.int(2);
    const type = g.draw.pick([UINT8, INT8]);
    const w = [g.draw.bytes([D, size, 4 * H], type), g.draw.bytes([D, H, 4 * H], type), g.draw.weights([D, 8 * H])];
    const scales = () => g.draw.weights([D], 0.002, 0.004);
    const zeros = () => g.draw.bytes([D], type);
    const inputs = [x.name, ...w, '', '', '', '', scales(), zeros(), scales(), zeros()];
    const direction = message({ 1: 'direction', 4: D === 2 ? 'bidirectional' : 'forward', 20: 3 });
    // One step alone: a later one would round what was computed.
    if (steps > 1) return;
    const attributes = [intAttribute('hidden_size', H), direction];
    g.add('DynamicQuantizeLSTM', inputs, [steps, D, batch, H], attributes, { domain: MICROSOFT });
  },
];

/** Operators that onnxruntime's optimiser writes. */
export const FUSED_STEPS: readonly Step[] = [
  (g) => {
    const x = g.calm(2);
    if (!x) return;
    const out = 1 + g.draw.int(5);
    const attributes = [floatAttribute('alpha', 0.5), intAttribute('transB', 1)];
    const w = g.draw.weights([out, x.dims.at(-1) as number]);
    g.add('FusedMatMul', [x.name, w], [...x.dims.slice(0, -1), out], attributes, { domain: MICROSOFT });
  },
  (g) => {
    const x = g.any(1);
    if (!x) return;
    const b = [g.draw.weights([x.dims.at(-1) as number])];
    const op = g.draw.pick(['BiasGelu', 'FastGelu', 'Gelu', 'QuickGelu']);
    g.add(op, op === 'BiasGelu' || op === 'FastGelu' ? [x.name, ...b] : [x.name], x.dims, [], { domain: MICROSOFT });
  },
  (g) => {
    const x = g.calm(3, ({ dims }) => dims.length === 3);
    if (!x) return;
    const w = () => g.draw.weights([x.dims[2]]);
    const inputs = [x.name, g.draw.weights(x.dims), w(), w()];
    g.add('SkipLayerNormalization', inputs, x.dims, [floatAttribute('epsilon', 0.01)], { domain: MICROSOFT });
  },
];
