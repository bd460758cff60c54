/** Draws graphs of many operators, branches, loops and functions within one another, for comparison with onnxruntime. */
import { infoProto, message } from '../model-bytes.js';
import { controlSteps, domains } from './control-steps.js';
import { Draw, Drawn, type Step, type Value } from './draw.js';
import { PLACE_STEPS } from './place-steps.js';
import { PLAIN_STEPS } from './plain-steps.js';
import { FUSED_STEPS, QUANTIZED_STEPS } from './quantized-steps.js';
import { RECURRENT_STEPS } from './recurrent-steps.js';
import { SPATIAL_STEPS } from './spatial-steps.js';

export interface RandomGraph {
  readonly model: Uint8Array;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/** Groups first: operators that are many must not crowd out the others. */
const GROUPS: readonly (readonly Step[])[] = [
  PLAIN_STEPS,
  PLAIN_STEPS,
  PLACE_STEPS,
  SPATIAL_STEPS,
  QUANTIZED_STEPS,
  FUSED_STEPS,
  RECURRENT_STEPS,
  controlSteps(fill),
  controlSteps(fill),
];

const OPSETS = [17, 18, 20, 21, 22, 23];

function fill(g: Drawn, count: number): void {
  for (let i = 0; i < count; i++) g.draw.pick(g.draw.pick(GROUPS))(g);
}

/** @param random numbers from 0 to below 1: the same ones make the same graph */
export function randomGraph(random: () => number, all = false): RandomGraph {
  const draw = new Draw(random, OPSETS[Math.floor(random() * OPSETS.length)]);
  const inputs = [
    { name: 'a', dims: [2 + draw.int(3), 3], exact: true },
    { name: 'b', dims: [2, 1 + draw.int(4), 2 + draw.int(3)], exact: true },
    { name: 'c', dims: [1, 2, 3 + draw.int(2), 4], exact: true },
    { name: 'd', dims: [1, 2, 3 + draw.int(6)], exact: true },
  ];
  const graph = new Drawn(draw, [...inputs], 0);
  fill(graph, 6 + draw.int(18));
  const made = graph.values.slice(inputs.length);
  const outputs = all ? made : made.slice(-6);
  const proto = message({
    1: graph.nodes,
    2: 'g',
    5: draw.tensors,
    11: inputs.map(({ name, dims }) => infoProto(name, dims)),
    12: outputs.map(({ name, dims }) => infoProto(name, [...dims])),
  });
  return { model: message({ 1: 8, 7: proto, 8: domains(draw.opset), 25: draw.functions }), inputs, outputs };
}
