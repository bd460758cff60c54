/** Operators that choose, sort and put: their places constants or computed, their results sometimes of an extent nobody knows before. */
import { intAttribute, textAttribute } from '../model-bytes.js';
import { along, type Drawn, type Step, sizeOf, type Value } from './draw.js';

const put = (dims: readonly number[], axis: number, extent: number) =>
  dims.map((dim, d) => (d === axis ? extent : dim));

const toFloat = (g: Drawn, name: string) => g.node('Cast', [name], [intAttribute('to', 1)])[0];

/** Places along an axis, one for each element of dims. */
const places = (g: Drawn, dims: readonly number[], extent: number) =>
  g.draw.ints(
    Array.from({ length: sizeOf(dims) }, () => g.draw.int(extent)),
    dims,
  );

export const PLACE_STEPS: readonly Step[] = [
  along((g, x, axis) => {
    const attributes = [intAttribute('axis', axis)];
    g.add('GatherElements', [x.name, places(g, x.dims, x.dims[axis])], x.dims, attributes, { exact: x.exact });
  }),
  along((g, x, axis) => {
    // One place for each, so that the order does not matter.
    const dims = put(x.dims, axis, 1);
    const inputs = [x.name, places(g, dims, x.dims[axis]), g.draw.weights(dims)];
    g.add('ScatterElements', inputs, x.dims, [intAttribute('axis', axis)], { exact: x.exact });
  }),
  along((g, x, axis) => {
    const inputs = [x.name, places(g, x.dims, x.dims[axis]), g.draw.weights(x.dims)];
    const reductions = g.draw.opset >= 18 ? ['add', 'mul', 'max', 'min'] : ['add', 'mul'];
    const attributes = [intAttribute('axis', axis), textAttribute('reduction', g.draw.pick(reductions))];
    g.add('ScatterElements', inputs, x.dims, attributes);
  }),
  (g) => {
    const x = g.any(2);
    if (!x) return;
    const at = g.draw.int(x.dims[0]);
    const rows = g.draw.ints([at - (g.draw.coin() ? x.dims[0] : 0)], [1, 1]);
    const reduction = g.draw.pick(['none', 'add', 'mul']);
    const updates = g.draw.weights([1, ...x.dims.slice(1)]);
    const attributes = [textAttribute('reduction', reduction)];
    g.add('ScatterND', [x.name, rows, updates], x.dims, attributes, { exact: x.exact && reduction === 'none' });
  },
  (g) => {
    const x = g.any(2);
    if (!x) return;
    const batch = g.draw.int(2);
    const rows = batch ? x.dims[0] : 3;
    const inner = x.dims.slice(batch, batch + 1);
    const at = Array.from({ length: rows }, () => g.draw.int(inner[0]));
    const dims = [rows, ...x.dims.slice(batch + 1)];
    const attributes = [intAttribute('batch_dims', batch)];
    g.add('GatherND', [x.name, g.draw.ints(at, [rows, 1])], dims, attributes, { exact: x.exact });
  },
  (g) => {
    // As many elements as there are above a number.
    const x = g.exact(1);
    if (!x) return;
    const test = g.node('Greater', [x.name, g.draw.weights([], 0.5)])[0];
    const at = g.node('Transpose', [g.node('NonZero', [test])[0]])[0];
    const some = g.node('GatherND', [x.name, at])[0];
    g.push(g.reduce('ReduceSum', some, [], 0), []);
  },
  along(
    (g, x, axis) => {
      const row = g.node('Gather', [x.name, g.draw.ints([0], [])], [intAttribute('axis', axis)])[0];
      const flat = g.node('Reshape', [row, g.draw.ints([-1])])[0];
      const test = g.node('Less', [flat, g.draw.weights([], 0.5)])[0];
      const length = sizeOf(x.dims) / x.dims[axis];
      const table = g.draw.weights([length, 2]);
      const some = g.node('Compress', [table, test], [intAttribute('axis', 0)])[0];
      g.push(g.reduce('ReduceSum', some, [0], 0), [2]);
    },
    undefined,
    true,
  ),
  along((g, x, axis) => {
    const kept = Array.from({ length: x.dims[axis] }, () => g.draw.int(2));
    kept[0] = 1;
    const test = g.node('Cast', [g.draw.ints(kept)], [intAttribute('to', 9)])[0];
    const count = kept.reduce((sum, each) => sum + each, 0);
    const attributes = [intAttribute('axis', axis)];
    g.add('Compress', [x.name, test], put(x.dims, axis, count), attributes, { exact: x.exact });
  }),
  along(
    (g, x, axis) => {
      const k = 1 + g.draw.int(x.dims[axis]);
      const attributes = [intAttribute('axis', axis), intAttribute('largest', g.draw.int(2))];
      const [values, at] = g.node('TopK', [x.name, g.draw.ints([k])], attributes, 2);
      const dims = put(x.dims, axis, k);
      if (g.draw.coin()) g.push(values, dims, true);
      else g.push(toFloat(g, at), dims, true);
    },
    undefined,
    true,
  ),
  along(
    (g, x, axis) => {
      const op = g.draw.pick(['ArgMax', 'ArgMin']);
      const attributes = [intAttribute('axis', axis), intAttribute('select_last_index', g.draw.int(2))];
      g.push(toFloat(g, g.node(op, [x.name], attributes)[0]), put(x.dims, axis, 1), true);
    },
    undefined,
    true,
  ),
  along(
    (g, x, axis) => g.add('Hardmax', [x.name], x.dims, [intAttribute('axis', axis)], { exact: true }),
    undefined,
    true,
  ),
  (g) => {
    const x = g.exact(1);
    if (!x) return;
    const unique = g.node('Unique', [x.name], [intAttribute('sorted', g.draw.int(2))])[0];
    g.push(g.reduce('ReduceSum', unique, [], 0), []);
  },
  (g) => {
    const classes = 2 + g.draw.int(4);
    const at = g.draw.ints([g.draw.int(classes), g.draw.int(classes) - classes, g.draw.int(classes)]);
    const axis = g.draw.pick([-1, 0]);
    const inputs = [at, g.draw.ints([classes], []), g.draw.weights([2])];
    g.add('OneHot', inputs, axis ? [3, classes] : [classes, 3], [intAttribute('axis', axis)], { exact: true });
  },
  (g) => {
    const x = g.any(2, ({ dims }) => dims.length === 2);
    if (!x) return;
    g.add('EyeLike', [x.name], x.dims, [intAttribute('k', g.draw.int(3) - 1)], { exact: true });
  },
  (g) => {
    const x = g.any(2);
    if (!x) return;
    const attributes = [intAttribute('upper', g.draw.int(2))];
    g.add('Trilu', [x.name, g.draw.ints([g.draw.int(4) - 2], [])], x.dims, attributes, { exact: x.exact });
  },
  (g) => {
    const x = g.any(2, ({ dims }) => dims[0] > 0 && dims[1] > 0);
    if (!x) return;
    const lengths = g.draw.ints(Array.from({ length: x.dims[1] }, () => 1 + g.draw.int(x.dims[0])));
    const attributes = [intAttribute('time_axis', 0), intAttribute('batch_axis', 1)];
    g.add('ReverseSequence', [x.name, lengths], x.dims, attributes, { exact: x.exact });
  },
  (g) => {
    const x = g.calm(3, ({ dims }) => dims.length === 3);
    if (!x) return;
    const [b, i, j] = x.dims;
    const [equation, others, dims] = g.draw.pick<[string, number[], number[]]>([
      ['bij,bjk->bik', [b, j, 3], [b, i, 3]],
      ['bij,kj->bki', [3, j], [b, 3, i]],
      ['bij,bij->bi', [b, i, j], [b, i]],
      ['bij,k->kjb', [2], [2, j, b]],
      ['...j,j->...', [j], [b, i]],
      ['bij,bkj->bik', [b, 2, j], [b, i, 2]],
      ['bij,ik', [i, 2], [b, j, 2]],
    ]);
    g.add('Einsum', [x.name, g.draw.weights(others)], dims, [textAttribute('equation', equation)]);
  },
  (g) => {
    const x = g.calm(2) as Value | undefined;
    if (!x) return;
    const turned = x.dims.length === 3 ? ['bij->jb', [x.dims[2], x.dims[0]]] : ['...ij->...ji', undefined];
    const dims = (turned[1] as number[] | undefined) ?? [
      ...x.dims.slice(0, -2),
      x.dims.at(-1) as number,
      x.dims.at(-2) as number,
    ];
    g.add('Einsum', [x.name], dims, [textAttribute('equation', turned[0] as string)]);
  },
  (g) => {
    // A range and a fill whose sizes are extents of another value.
    const x = g.any(1) as Value | undefined;
    if (!x) return;
    const extent = g.node('Gather', [g.node('Shape', [x.name])[0], g.draw.ints([0], [])])[0];
    if (g.draw.coin()) {
      const range = g.node('Range', [g.draw.ints([0], []), extent, g.draw.ints([1], [])])[0];
      g.push(toFloat(g, range), [x.dims[0]], true);
    } else {
      const shape = g.node('Unsqueeze', [extent, g.draw.ints([0])])[0];
      g.add('ConstantOfShape', [shape], [x.dims[0]], [], { exact: true });
    }
  },
];
