/** Graphs within graphs: branches, loops, scans, functions of the model, and sequences. */
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { floatAttribute, graphAttribute, infoProto, intAttribute, message } from '../model-bytes.js';
import { Drawn, type Step, sizeOf, unnamedNode, type Value } from './draw.js';

const [FLOAT, INT64, BOOL] = [1, 7, 9];

/** Draws so many steps into a graph. */
export type Fill = (g: Drawn, count: number) => void;

/** The steps, given how a graph within is filled. */
export function controlSteps(fill: Fill): readonly Step[] {
  /** A graph within another, whose only result has these dims. */
  function inner(g: Drawn, result: readonly number[], from: readonly Value[] = []): { graph: Drawn; name: string } {
    const graph = new Drawn(g.draw, [...g.values, ...from], g.depth + 1);
    fill(graph, 1 + g.draw.int(4));
    const all = graph.calm() as Value;
    const mean = graph.reduce('ReduceMean', all.name, [], 0);
    const name = g.draw.name();
    graph.nodes.push(unnamedNode('Add', [mean, from[0]?.name ?? g.draw.weights(result)], [name]));
    return { graph, name };
  }

  function branch(g: Drawn): void {
    if (g.depth > 2) return;
    const dims = (g.any() as Value).dims;
    const sides = ['then_branch', 'else_branch'].map((side) => {
      const { graph, name } = inner(g, dims);
      return graphAttribute(side, message({ 1: graph.nodes, 2: side, 12: infoProto(name, [...dims]) }));
    });
    g.add('If', [g.condition()], dims, sides);
  }

  /** Sides whose results have other extents: what follows is planned when the side is known. */
  function unevenBranch(g: Drawn): void {
    if (g.depth > 1) return;
    const sides = ['then_branch', 'else_branch'].map((side) => {
      const { graph, name } = inner(g, [1 + g.draw.int(4), 3]);
      return graphAttribute(side, message({ 1: graph.nodes, 2: side, 12: infoProto(name, ['n', 3]) }));
    });
    const some = g.node('If', [g.condition()], sides)[0];
    g.push(g.reduce('ReduceSum', some, [0], 0), [3]);
  }

  function loop(g: Drawn): void {
    if (g.depth > 1) return;
    const start = g.calm() as Value;
    const [turn, goes, state] = [g.draw.name(), g.draw.name(), g.draw.name()];
    const { graph, name } = inner(g, start.dims, [{ name: state, dims: start.dims }]);
    const next = graph.add('Tanh', [name], start.dims);
    // A condition that the body computes, or one that stays true.
    let more = g.draw.name();
    if (g.draw.coin()) more = graph.condition();
    else graph.nodes.push(unnamedNode('Identity', [goes], [more]));
    // What each turn leaves behind.
    const each = graph.reduce('ReduceMean', next.name, [], 0);
    const body = message({
      1: graph.nodes,
      2: 'body',
      11: [infoProto(turn, [], INT64), infoProto(goes, [], BOOL), infoProto(state, [...start.dims], FLOAT)],
      12: [infoProto(more, [], BOOL), infoProto(next.name, [...start.dims]), infoProto(each, [])],
    });
    const attributes = [graphAttribute('body', body)];
    const turns = g.draw.ints([1 + g.draw.int(4)], []);
    const first = g.draw.coin() ? g.condition() : '';
    const [last, all] = g.node('Loop', [turns, first, start.name], attributes, 2);
    g.push(last, start.dims);
    if (g.draw.coin()) g.push(g.reduce('ReduceSum', all, [0], 0), []);
  }

  function scan(g: Drawn): void {
    if (g.depth > 1) return;
    const x = g.any(2, ({ dims }) => sizeOf(dims) < 100);
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
    if (g.draw.coin()) attributes.push(message({ 1: 'scan_input_directions', 8: [1], 20: 7 }));
    g.add('Scan', [g.draw.weights(row), x.name], x.dims, attributes, { at: 1 });
  }

  /** A function with an attribute, called twice. Its body sees nothing of the graph. */
  function call(g: Drawn): void {
    if (g.depth > 1) return;
    const x = g.calm() as Value;
    const { draw } = g;
    const [op, input] = [`F${draw.functions.length}_${draw.name()}`, draw.name()];
    const outside = draw.tensors;
    draw.tensors = [];
    const graph = new Drawn(draw, [{ name: input, dims: x.dims }], g.depth + 1);
    const alpha = message({ 1: 'alpha', 21: 'slope', 20: 1 });
    graph.add('LeakyRelu', [input], x.dims, [alpha]);
    fill(graph, 1 + draw.int(5));
    const result = graph.values.at(-1) as Value;
    const constants = draw.tensors.map((tensor) =>
      unnamedNode('Constant', [], [nameOf(tensor)], [message({ 1: 'value', 5: tensor, 20: 4 })]),
    );
    draw.tensors = outside;
    const imports = domains(draw.opset);
    const nodes = [...constants, ...graph.nodes];
    draw.functions.push(message({ 1: op, 4: input, 5: result.name, 6: 'slope', 7: nodes, 9: imports, 10: 'local' }));
    for (const slope of [0.25, 0.5]) {
      const again = g.add('Tanh', [x.name], x.dims);
      g.add(op, [again.name], result.dims, [floatAttribute('slope', slope)], { domain: 'local' });
    }
  }

  return [branch, branch, unevenBranch, loop, loop, scan, call, sequence];
}

/** Pieces of a value, one of them twice, joined again. */
function sequence(g: Drawn): void {
  const x = g.any(1);
  if (!x) return;
  const axis = g.draw.int(x.dims.length);
  const attributes = [intAttribute('axis', axis)];
  const all = g.node('SplitToSequence', [x.name, g.draw.ints([1], [])], attributes)[0];
  const at = g.draw.ints([g.draw.int(x.dims[axis])], []);
  const piece = g.node('SequenceAt', [all, at])[0];
  const more = g.node('SequenceInsert', [all, piece, g.draw.ints([0], [])])[0];
  const kept = g.draw.coin();
  const joined = kept ? more : g.node('SequenceErase', [more, at])[0];
  const dims = x.dims.map((dim, d) => (d === axis && kept ? dim + 1 : dim));
  g.add('ConcatFromSequence', [joined], dims, attributes, { exact: x.exact });
}

/** The opsets that every model imports. */
export function domains(opset: number): Uint8Array[] {
  return [message({ 1: '', 2: opset }), message({ 1: 'com.microsoft', 2: 1 }), message({ 1: 'local', 2: 1 })];
}

/** The name of a TensorProto. */
function nameOf(tensor: Uint8Array): string {
  const reader = new BinaryReader(tensor);
  while (reader.pos < reader.len) {
    const [no, type] = reader.tag();
    if (no === 8) return reader.string();
    reader.skip(type, no);
  }
  throw new Error('got a tensor without a name');
}
