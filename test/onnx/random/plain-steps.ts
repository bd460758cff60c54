/** Operators that recurrent models are full of: element by element, views, products, reductions. */
import { floatAttribute, intAttribute, intsAttribute, textAttribute } from '../model-bytes.js';
import { along, type Drawn, type Step, sizeOf, type Value } from './draw.js';

const EXACT = 'Relu Neg Abs Identity Sign Floor Ceil Round'.split(' ');
const ROUNDED =
  'Tanh Sigmoid Softplus LeakyRelu Elu HardSigmoid Erf Softsign Selu Sin Cos HardSwish Celu ThresholdedRelu Shrink Atan Reciprocal Exp'.split(
    ' ',
  );
const BINARY = 'Add Sub Mul Max Min PRelu'.split(' ');
const REDUCTIONS =
  'ReduceMean ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceSum ReduceProd ReduceSumSquare ReduceLogSumExp'.split(' ');

const put = (dims: readonly number[], axis: number, extent: number) =>
  dims.map((dim, d) => (d === axis ? extent : dim));

/** A constant whose dims spread over a value's. */
const spread = (g: Drawn, { dims }: Value) =>
  g.draw.weights(dims.map((dim) => (g.draw.int(3) ? dim : 1)).slice(g.draw.int(dims.length + 1)));

export const PLAIN_STEPS: readonly Step[] = [
  (g) => {
    const x = g.any() as Value;
    g.add(g.draw.pick(EXACT), [x.name], x.dims, [], { exact: x.exact });
  },
  (g) => {
    const op = g.draw.pick(ROUNDED);
    const x = (op === 'Exp' || op === 'Reciprocal' ? g.calm() : g.any()) as Value;
    if (op !== 'Reciprocal') g.add(op, [x.name], x.dims);
    else g.add(op, [g.node('Add', [x.name, g.draw.weights([], 0.1, 1.5)])[0]], x.dims);
  },
  (g) => {
    const x = g.calm() as Value;
    g.add(g.draw.pick(BINARY), [x.name, spread(g, x)], x.dims);
  },
  (g) => {
    const x = g.exact();
    if (!x) return;
    g.add(g.draw.pick(['Max', 'Min']), [x.name, spread(g, x)], x.dims, [], { exact: true });
  },
  (g) => {
    const x = g.calm() as Value;
    const same = g.values.filter(({ dims }) => dims.join() === x.dims.join());
    const [y, z] = [g.draw.pick(same).name, g.draw.pick(same).name];
    if (g.draw.coin()) g.add(g.draw.pick(['Add', 'Mul', 'Sub', 'Max']), [x.name, y], x.dims);
    else g.add(g.draw.pick(['Sum', 'Mean', 'Max', 'Min']), [x.name, y, z], x.dims);
  },
  (g) => {
    const x = g.any() as Value;
    const size = g.node('Abs', [x.name])[0];
    const op = g.draw.pick(['Sqrt', 'Log', 'Pow']);
    if (op === 'Pow') g.add(op, [g.node('Tanh', [size])[0], g.draw.weights([], 1, 2)], x.dims);
    else g.add(op, [g.node('Add', [size, g.draw.weights([], 0.1, 0.5)])[0]], x.dims);
  },
  (g) => {
    const x = g.any() as Value;
    const [low, high] = [g.draw.weights([], 0.5, -0.5), g.draw.weights([], 0.5, 0.5)];
    g.add('Clip', [x.name, g.draw.coin() ? low : '', high], x.dims, [], { exact: x.exact });
  },
  (g) => {
    // Through another type and back.
    const x = (g.draw.coin() && g.exact()) || (g.any() as Value);
    const [type, loses] = g.draw.pick([
      [11, false],
      [10, true],
      [6, true],
      [7, true],
      [9, true],
    ] as const);
    if (loses && !x.exact) return;
    const there = g.node('Cast', [x.name], [intAttribute('to', type)])[0];
    g.add('Cast', [there], x.dims, [intAttribute('to', 1)], { exact: x.exact });
  },
  along((g, x) => {
    const perm = x.dims.map((_, d) => d).sort(() => g.draw.random() - 0.5);
    g.add(
      'Transpose',
      [x.name],
      perm.map((d) => x.dims[d]),
      [intsAttribute('perm', perm)],
      { exact: x.exact },
    );
  }),
  (g) => {
    const x = g.any() as Value;
    g.add('Reshape', [x.name, g.draw.ints([-1])], [sizeOf(x.dims)], [], { exact: x.exact });
  },
  (g) => {
    const x = g.any(2);
    if (!x) return;
    const dims = [x.dims[0] * x.dims[1], ...x.dims.slice(2)];
    // The shape a constant, or computed from another value's.
    const of = g.values.find((value) => value.dims.join() === dims.join());
    const shape = of ? g.node('Shape', [of.name])[0] : g.draw.ints(dims);
    g.add('Reshape', [x.name, shape], dims, [], { exact: x.exact });
  },
  along((g, x, axis) => {
    const flat = [sizeOf(x.dims.slice(0, axis)), sizeOf(x.dims.slice(axis))];
    g.add('Flatten', [x.name], flat, [intAttribute('axis', axis)], { exact: x.exact });
  }),
  (g) => {
    const x = g.any() as Value;
    if (x.dims.length > 3) return;
    const axis = g.draw.int(x.dims.length + 1);
    const dims = [...x.dims.slice(0, axis), 1, ...x.dims.slice(axis)];
    g.add('Unsqueeze', [x.name, g.draw.ints([axis])], dims, [], { exact: x.exact });
  },
  (g) => {
    const x = g.any(1, ({ dims }) => dims.includes(1));
    if (!x) return;
    const axis = x.dims.indexOf(1);
    g.add(
      'Squeeze',
      [x.name, g.draw.ints([axis])],
      x.dims.filter((_, d) => d !== axis),
      [],
      { exact: x.exact },
    );
  },
  (g) => {
    const x = g.any(1, ({ dims }) => dims.includes(1));
    if (!x) return;
    const dims = put(x.dims, x.dims.indexOf(1), 2 + g.draw.int(2));
    g.add('Expand', [x.name, g.draw.ints(dims)], dims, [], { exact: x.exact });
  },
  along((g, x, axis) => {
    const axes = [intAttribute('axis', axis)];
    g.add('Concat', [x.name, x.name], put(x.dims, axis, 2 * x.dims[axis]), axes, { exact: x.exact });
  }),
  along((g, x, axis) => {
    const extent = x.dims[axis];
    if (extent < 2) return;
    const first = 1 + g.draw.int(extent - 1);
    const sizes = [first, extent - first];
    const at = g.draw.int(2);
    const dims = put(x.dims, axis, sizes[at]);
    const parts = g.node('Split', [x.name, g.draw.ints(sizes)], [intAttribute('axis', axis)], 2);
    g.push(parts[at], dims, x.exact);
  }),
  along((g, x, axis) => {
    const backwards = g.draw.coin();
    const step = (backwards ? -1 : 1) * (1 + g.draw.int(2));
    const [from, to] = backwards ? [-1, -(2 ** 40)] : [0, 2 ** 40];
    const places = [[from], [to], [axis], [step]].map((each) => g.draw.ints(each));
    const dims = put(x.dims, axis, Math.ceil(x.dims[axis] / Math.abs(step)));
    g.add('Slice', [x.name, ...places], dims, [], { exact: x.exact });
  }),
  along((g, x, axis) => {
    const places = [0, 1, 2].map(() => g.draw.int(x.dims[axis]) - (g.draw.coin() ? x.dims[axis] : 0));
    const inputs = [x.name, g.draw.ints(places)];
    g.add('Gather', inputs, put(x.dims, axis, 3), [intAttribute('axis', axis)], { exact: x.exact });
  }),
  along((g, x) => {
    const pads = [...x.dims.map(() => g.draw.int(3)), ...x.dims.map(() => g.draw.int(2))];
    const mode = g.draw.pick(['constant', 'constant', 'edge', 'reflect']);
    if (mode === 'reflect' && x.dims.some((dim, d) => dim <= Math.max(pads[d], pads[d + x.dims.length]))) return;
    const dims = x.dims.map((dim, d) => dim + pads[d] + pads[d + x.dims.length]);
    g.add('Pad', [x.name, g.draw.ints(pads)], dims, [textAttribute('mode', mode)], { exact: x.exact });
  }),
  along((g, x) => {
    const times = x.dims.map(() => 1 + g.draw.int(2));
    const dims = x.dims.map((dim, d) => dim * times[d]);
    g.add('Tile', [x.name, g.draw.ints(times)], dims, [], { exact: x.exact });
  }),
  (g) => {
    const x = g.calm(1);
    if (!x) return;
    const axes = x.dims.map((_, d) => d).filter(() => g.draw.coin());
    if (!axes.length) return;
    const keeps = g.draw.int(2);
    const op = g.draw.pick(REDUCTIONS);
    const dims = keeps
      ? x.dims.map((dim, d) => (axes.includes(d) ? 1 : dim))
      : x.dims.filter((_, d) => !axes.includes(d));
    g.push(g.reduce(op, x.name, axes, keeps), dims);
  },
  along((g, x, axis) => {
    g.push(g.reduce(g.draw.pick(['ReduceMax', 'ReduceMin']), x.name, [axis], 1), put(x.dims, axis, 1), x.exact);
  }),
  along((g, x, axis) => {
    g.add(g.draw.pick(['Softmax', 'LogSoftmax']), [x.name], x.dims, [intAttribute('axis', axis)]);
  }),
  (g) => {
    const x = g.calm(1);
    if (!x) return;
    g.add('CumSum', [x.name, g.draw.ints([g.draw.int(x.dims.length)], [])], x.dims, [
      intAttribute('reverse', g.draw.int(2)),
      intAttribute('exclusive', g.draw.int(2)),
    ]);
  },
  (g) => {
    const x = g.calm(1);
    if (!x) return;
    const out = 1 + g.draw.int(5);
    g.add('MatMul', [x.name, g.draw.weights([x.dims.at(-1) as number, out])], [...x.dims.slice(0, -1), out]);
  },
  (g) => {
    const x = g.calm(2);
    if (!x) return;
    const turned = [...x.dims.slice(0, -2), x.dims.at(-1) as number, x.dims.at(-2) as number];
    const perm = turned.map((_, d) => d);
    perm.splice(-2, 2, turned.length - 1, turned.length - 2);
    const other = g.add('Transpose', [x.name], turned, [intsAttribute('perm', perm)]);
    const rows = x.dims.at(-2) as number;
    g.add('MatMul', [x.name, other.name], [...x.dims.slice(0, -2), rows, rows]);
  },
  (g) => {
    const x = g.calm(2, ({ dims }) => dims.length === 2);
    if (!x) return;
    const out = 1 + g.draw.int(5);
    const transB = g.draw.int(2);
    const w = g.draw.weights(transB ? [out, x.dims[1]] : [x.dims[1], out]);
    const c = g.draw.weights(g.draw.pick([[out], [x.dims[0], out], [1, out], []]));
    const attributes = [intAttribute('transB', transB), floatAttribute('alpha', 0.75), floatAttribute('beta', 1.25)];
    g.add('Gemm', [x.name, w, c], [x.dims[0], out], attributes);
  },
  (g) => {
    const [x, y] = [g.exact(), g.calm() as Value];
    if (!x) return;
    const test = g.node(g.draw.pick(['Less', 'GreaterOrEqual']), [x.name, g.draw.weights([], 0.5)])[0];
    const turned = g.draw.coin() ? g.node('Not', [test])[0] : test;
    const same = x.dims.join() === y.dims.join() ? y.name : g.draw.weights([]);
    g.add('Where', [turned, x.name, same], x.dims);
  },
];
