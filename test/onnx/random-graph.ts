/** Draws graphs of many operators, branches and loops within one another, for comparison with onnxruntime. */
import {
  graphAttribute,
  infoProto,
  intAttribute,
  intsAttribute,
  intsProto,
  message,
  tensorProto,
} from './model-bytes.js';

const [FLOAT, INT64, BOOL] = [1, 7, 9];

/** A node without a name: onnxruntime takes none twice. */
function nodeProto(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: readonly Uint8Array[] = [],
): Uint8Array {
  return message({ 1: inputs, 2: outputs, 4: op, 5: attributes });
}

/** A float tensor of the graph that is drawn. */
interface Value {
  readonly name: string;
  readonly dims: readonly number[];
}

export interface RandomGraph {
  readonly model: Uint8Array;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

const sizeOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** Names, tensors and chance, which all graphs of a model share. */
class Draw {
  readonly tensors: Uint8Array[] = [];
  private names = 0;

  constructor(readonly random: () => number) {}

  name(): string {
    return `v${this.names++}`;
  }

  /** From 0 to below `most`. */
  int(most: number): number {
    return Math.floor(this.random() * most);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)];
  }

  weights(dims: readonly number[], spread = 1): string {
    const name = this.name();
    const data = Float32Array.from({ length: sizeOf(dims) }, () => (this.random() * 2 - 1) * spread);
    this.tensors.push(tensorProto(name, dims, data));
    return name;
  }

  ints(values: readonly number[], dims: readonly number[] = [values.length]): string {
    const name = this.name();
    this.tensors.push(intsProto(name, dims, values));
    return name;
  }
}

/** One graph: its nodes, and the values that its nodes may read. */
class Drawn {
  readonly nodes: Uint8Array[] = [];

  constructor(
    readonly draw: Draw,
    readonly values: Value[],
    readonly depth: number,
  ) {}

  add(
    op: string,
    inputs: readonly string[],
    dims: readonly number[],
    attributes: readonly Uint8Array[] = [],
    at = 0,
  ): Value {
    const outputs = Array.from({ length: at + 1 }, () => this.draw.name());
    this.nodes.push(nodeProto(op, inputs, outputs, attributes));
    const value = { name: outputs[at], dims };
    // What grows is not read again.
    if (sizeOf(dims) <= MOST && dims.length <= 4) this.values.push(value);
    return value;
  }

  any(least = 0): Value {
    const fitting = this.values.filter(({ dims }) => dims.length >= least);
    return fitting.length ? this.draw.pick(fitting) : this.values[0];
  }

  /** A value between −1 and 1, whatever came before it. */
  calm(least = 0): Value {
    const { name, dims } = this.any(least);
    return this.add('Tanh', [name], dims);
  }

  /** Whether the mean of a value is above a number: decided when the graph runs. */
  condition(): string {
    const value = this.calm();
    const mean = this.add('ReduceMean', [value.name], [], [intAttribute('keepdims', 0)]);
    const name = this.draw.name();
    this.nodes.push(nodeProto('Greater', [mean.name, this.draw.weights([], 0.3)], [name]));
    return name;
  }
}

/** Elements of a value that is still read. */
const MOST = 400;

type Step = (g: Drawn) => void;

const UNARY =
  'Relu Tanh Sigmoid Neg Abs Softplus LeakyRelu Elu HardSigmoid Erf Softsign Selu Sin Cos HardSwish Identity'.split(
    ' ',
  );
const BINARY = 'Add Sub Mul Max Min PRelu'.split(' ');

const axisOf = (g: Drawn, { dims }: Value): number => g.draw.int(dims.length);

const STEPS: readonly Step[] = [
  (g) => {
    const x = g.any();
    g.add(g.draw.pick(UNARY), [x.name], x.dims);
  },
  (g) => {
    const x = g.calm();
    const dims = x.dims.map((dim) => (g.draw.int(3) ? dim : 1)).slice(g.draw.int(x.dims.length + 1));
    g.add(g.draw.pick(BINARY), [x.name, g.draw.weights(dims)], x.dims);
  },
  (g) => {
    const x = g.calm();
    const same = g.values.filter(({ dims }) => dims.join() === x.dims.join());
    g.add(g.draw.pick(['Add', 'Mul', 'Sub', 'Max']), [x.name, g.draw.pick(same).name], x.dims);
  },
  (g) => {
    const x = g.any(2);
    const perm = x.dims.map((_, d) => d).sort(() => g.draw.random() - 0.5);
    g.add(
      'Transpose',
      [x.name],
      perm.map((d) => x.dims[d]),
      [intsAttribute('perm', perm)],
    );
  },
  (g) => {
    const x = g.any();
    g.add('Reshape', [x.name, g.draw.ints([-1])], [sizeOf(x.dims)]);
  },
  (g) => {
    const x = g.any(2);
    if (x.dims.length < 2) return;
    const dims = [x.dims[0] * x.dims[1], ...x.dims.slice(2)];
    g.add('Reshape', [x.name, g.draw.ints(dims)], dims);
  },
  (g) => {
    const x = g.any();
    if (x.dims.length > 3) return;
    const axis = g.draw.int(x.dims.length + 1);
    g.add('Unsqueeze', [x.name, g.draw.ints([axis])], [...x.dims.slice(0, axis), 1, ...x.dims.slice(axis)]);
  },
  (g) => {
    const x = g.any(1);
    if (!x.dims.length) return;
    const axis = axisOf(g, x);
    const dims = x.dims.map((dim, d) => (d === axis ? 2 * dim : dim));
    g.add('Concat', [x.name, x.name], dims, [intAttribute('axis', axis)]);
  },
  (g) => {
    const x = g.any(1);
    if (!x.dims.length) return;
    const axis = axisOf(g, x);
    const backwards = g.draw.int(2) === 1;
    const step = (backwards ? -1 : 1) * (1 + g.draw.int(2));
    const count = Math.ceil(x.dims[axis] / Math.abs(step));
    const [from, to] = backwards ? [-1, -(2 ** 40)] : [0, 2 ** 40];
    const places = [[from], [to], [axis], [step]].map((each) => g.draw.ints(each));
    g.add(
      'Slice',
      [x.name, ...places],
      x.dims.map((dim, d) => (d === axis ? count : dim)),
    );
  },
  (g) => {
    const x = g.any(1);
    if (!x.dims.length) return;
    const axis = axisOf(g, x);
    const places = [0, 1, 2].map(() => g.draw.int(x.dims[axis]) - (g.draw.int(2) ? x.dims[axis] : 0));
    g.add(
      'Gather',
      [x.name, g.draw.ints(places)],
      x.dims.map((dim, d) => (d === axis ? 3 : dim)),
      [intAttribute('axis', axis)],
    );
  },
  (g) => {
    const x = g.any(1);
    if (!x.dims.length) return;
    const pads = [...x.dims.map(() => g.draw.int(3)), ...x.dims.map(() => g.draw.int(2))];
    g.add(
      'Pad',
      [x.name, g.draw.ints(pads)],
      x.dims.map((dim, d) => dim + pads[d] + pads[d + x.dims.length]),
    );
  },
  (g) => {
    const x = g.any(1);
    if (!x.dims.length) return;
    const axis = axisOf(g, x);
    const keeps = g.draw.int(2);
    const dims = keeps ? x.dims.map((dim, d) => (d === axis ? 1 : dim)) : x.dims.filter((_, d) => d !== axis);
    const op = g.draw.pick(['ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceL2']);
    g.add(op, [x.name], dims, [intsAttribute('axes', [axis]), intAttribute('keepdims', keeps)]);
  },
  (g) => {
    const x = g.any(1);
    if (!x.dims.length) return;
    g.add(g.draw.pick(['Softmax', 'LogSoftmax']), [x.name], x.dims, [intAttribute('axis', axisOf(g, x))]);
  },
  (g) => {
    const x = g.calm(1);
    if (!x.dims.length) return;
    g.add('CumSum', [x.name, g.draw.ints([axisOf(g, x)], [])], x.dims, [
      intAttribute('reverse', g.draw.int(2)),
      intAttribute('exclusive', g.draw.int(2)),
    ]);
  },
  (g) => {
    const x = g.calm(1);
    if (!x.dims.length) return;
    const last = x.dims.at(-1) as number;
    g.add('LayerNormalization', [x.name, g.draw.weights([last]), g.draw.weights([last])], x.dims, [
      intAttribute('axis', -1),
    ]);
  },
  (g) => {
    const x = g.calm(1);
    if (!x.dims.length) return;
    const out = 1 + g.draw.int(5);
    const dims = [...x.dims.slice(0, -1), out];
    g.add('MatMul', [x.name, g.draw.weights([x.dims.at(-1) as number, out])], dims);
  },
  (g) => {
    const x = g.calm(2);
    if (x.dims.length < 2) return;
    const turned = [...x.dims.slice(0, -2), x.dims.at(-1) as number, x.dims.at(-2) as number];
    const perm = turned.map((_, d) => d);
    perm.splice(-2, 2, turned.length - 1, turned.length - 2);
    const other = g.add('Transpose', [x.name], turned, [intsAttribute('perm', perm)]);
    const rows = x.dims.at(-2) as number;
    g.add('MatMul', [x.name, other.name], [...x.dims.slice(0, -2), rows, rows]);
  },
  (g) => {
    const x = g.values.find(({ dims }) => dims.length === 3 && dims.every((dim) => dim < 12));
    if (!x) return;
    const [batch, channels, extent] = x.dims;
    const filters = 1 + g.draw.int(3);
    const count = extent + 2;
    g.add(
      'Conv',
      [x.name, g.draw.weights([filters, channels, 3]), g.draw.weights([filters])],
      [batch, filters, count],
      [intsAttribute('pads', [2, 2]), intsAttribute('kernel_shape', [3])],
    );
  },
  (g) => {
    const x = g.values.find(({ dims }) => dims.length === 4 && dims.every((dim) => dim < 12));
    if (!x) return;
    const [batch, channels, a, b] = x.dims;
    const w = g.draw.weights([2, channels, 2, 3]);
    g.add(
      'Conv',
      [x.name, w],
      [batch, 2, a + 1, b],
      [intsAttribute('pads', [1, 1, 1, 1]), intsAttribute('kernel_shape', [2, 3])],
    );
  },
  (g) => {
    const x = g.values.find(({ dims }) => dims.length === 3 && sizeOf(dims) < 200);
    if (!x) return;
    const [steps, batch, size] = x.dims;
    const H = 1 + g.draw.int(4);
    const [op, gates] = g.draw.pick([
      ['LSTM', 4],
      ['GRU', 3],
      ['RNN', 1],
    ] as const);
    const D = 1 + g.draw.int(2);
    const w = [
      g.draw.weights([D, gates * H, size]),
      g.draw.weights([D, gates * H, H]),
      g.draw.weights([D, 2 * gates * H]),
    ];
    const direction = message({
      1: 'direction',
      4: D === 2 ? 'bidirectional' : g.draw.pick(['forward', 'reverse']),
      20: 3,
    });
    const attributes = [intAttribute('hidden_size', H), direction];
    if (op === 'GRU') attributes.push(intAttribute('linear_before_reset', g.draw.int(2)));
    const at = g.draw.int(2);
    g.add(op, [x.name, ...w], at ? [D, batch, H] : [steps, D, batch, H], attributes, at);
  },
  (g) => {
    const x = g.calm(1);
    if (!x.dims.length) return;
    const axis = axisOf(g, x);
    const at = g.draw.ints(
      Array.from({ length: sizeOf(x.dims) }, () => g.draw.int(x.dims[axis])),
      x.dims,
    );
    g.add('GatherElements', [x.name, at], x.dims, [intAttribute('axis', axis)]);
  },
  (g) => {
    const x = g.calm(1);
    if (!x.dims.length) return;
    const axis = axisOf(g, x);
    // One place for each, so that the order does not matter.
    const dims = x.dims.map((dim, d) => (d === axis ? 1 : dim));
    const at = g.draw.ints(
      Array.from({ length: sizeOf(dims) }, () => g.draw.int(x.dims[axis])),
      dims,
    );
    g.add('ScatterElements', [x.name, at, g.draw.weights(dims)], x.dims, [intAttribute('axis', axis)]);
  },
  (g) => {
    const x = g.any(2);
    if (x.dims.length < 2) return;
    g.add('Trilu', [x.name, g.draw.ints([g.draw.int(4) - 2], [])], x.dims, [intAttribute('upper', g.draw.int(2))]);
  },
  (g) => {
    const x = g.any(1);
    if (!x.dims.length) return;
    const times = x.dims.map(() => 1 + g.draw.int(2));
    g.add(
      'Tile',
      [x.name, g.draw.ints(times)],
      x.dims.map((dim, d) => dim * times[d]),
    );
  },
  (g) => {
    const [x, y] = [g.calm(), g.calm()];
    const test = g.draw.name();
    g.nodes.push(nodeProto('Less', [x.name, g.draw.weights([], 0.5)], [test]));
    const same = x.dims.join() === y.dims.join() ? y.name : g.draw.weights([]);
    g.add('Where', [test, x.name, same], x.dims);
  },
  branch,
  loop,
  scan,
];

/** A graph within another, whose only result has these dims. */
function inner(g: Drawn, result: readonly number[], from: readonly Value[] = []): { graph: Drawn; name: string } {
  const graph = new Drawn(g.draw, [...g.values, ...from], g.depth + 1);
  fill(graph, 1 + g.draw.int(4));
  const all = graph.calm();
  const mean = graph.add('ReduceMean', [all.name], [], [intAttribute('keepdims', 0)]);
  const name = g.draw.name();
  graph.nodes.push(nodeProto('Add', [mean.name, from[0]?.name ?? g.draw.weights(result)], [name]));
  return { graph, name };
}

function branch(g: Drawn): void {
  if (g.depth > 2) return;
  const dims = g.any().dims;
  const sides = ['then_branch', 'else_branch'].map((side) => {
    const { graph, name } = inner(g, dims);
    return graphAttribute(side, message({ 1: graph.nodes, 2: side, 12: infoProto(name, [...dims]) }));
  });
  g.add('If', [g.condition()], dims, sides);
}

function loop(g: Drawn): void {
  if (g.depth > 1) return;
  const start = g.calm();
  const [turn, goes, state] = [g.draw.name(), g.draw.name(), g.draw.name()];
  const { graph, name } = inner(g, start.dims, [{ name: state, dims: start.dims }]);
  const next = graph.add('Tanh', [name], start.dims);
  // A condition that the body computes, or one that stays true.
  let more = g.draw.name();
  if (g.draw.int(2)) more = graph.condition();
  else graph.nodes.push(nodeProto('Identity', [goes], [more]));
  const body = message({
    1: graph.nodes,
    2: 'body',
    11: [infoProto(turn, [], INT64), infoProto(goes, [], BOOL), infoProto(state, [...start.dims], FLOAT)],
    12: [infoProto(more, [], BOOL), infoProto(next.name, [...start.dims])],
  });
  g.add('Loop', [g.draw.ints([1 + g.draw.int(4)], []), '', start.name], start.dims, [graphAttribute('body', body)]);
}

function scan(g: Drawn): void {
  if (g.depth > 1) return;
  const x = g.values.find(({ dims }) => dims.length >= 2 && sizeOf(dims) < 100);
  if (!x) return;
  const row = x.dims.slice(1);
  const [state, each] = [g.draw.name(), g.draw.name()];
  const { graph, name } = inner(g, row, [
    { name: state, dims: row },
    { name: each, dims: row },
  ]);
  const next = graph.add('Sigmoid', [name], row);
  const out = graph.add('Mul', [next.name, each], row);
  const body = message({
    1: graph.nodes,
    2: 'body',
    11: [infoProto(state, [...row]), infoProto(each, [...row])],
    12: [infoProto(next.name, [...row]), infoProto(out.name, [...row])],
  });
  const attributes = [graphAttribute('body', body), intAttribute('num_scan_inputs', 1)];
  g.add('Scan', [g.draw.weights(row), x.name], x.dims, attributes, 1);
}

function fill(g: Drawn, count: number): void {
  for (let i = 0; i < count; i++) g.draw.pick(STEPS)(g);
}

/** @param random numbers from 0 to below 1: the same ones make the same graph */
export function randomGraph(random: () => number): RandomGraph {
  const draw = new Draw(random);
  const inputs = [
    { name: 'a', dims: [2 + draw.int(3), 3] },
    { name: 'b', dims: [2, 1 + draw.int(4), 2 + draw.int(3)] },
    { name: 'c', dims: [1, 2, 3 + draw.int(2), 4] },
  ];
  const graph = new Drawn(draw, [...inputs], 0);
  fill(graph, 6 + draw.int(18));
  const made = graph.values.slice(inputs.length);
  const outputs = made.slice(-4);
  const proto = message({
    1: graph.nodes,
    2: 'g',
    5: draw.tensors,
    11: inputs.map(({ name, dims }) => infoProto(name, dims)),
    12: outputs.map(({ name, dims }) => infoProto(name, [...dims])),
  });
  return { model: message({ 1: 8, 7: proto, 8: message({ 1: '', 2: 17 }) }), inputs, outputs };
}
