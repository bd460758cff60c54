import type { Arguments } from '../arguments.js';
import { parseNumber } from '../arguments.js';
import { SVG_WIDTH, svgWidth } from '../chart/svg-width.js';
import type { Command } from '../command.js';
import { drawFlows } from '../gradients/picture.js';
import { sentences } from '../gradients/sentences.js';
import { compareFlows, type FlowPlan, type FlowResult } from '../gradients/varieties.js';
import { OutputFiles } from '../output-file.js';
import { formatNumber } from '../terminal/format.js';
import { Progress } from '../terminal/progress.js';
import { takeTurn, writeOut } from '../terminal/standard-output.js';
import { tableLines } from '../terminal/table.js';
import { wrapped } from '../terminal/wrap.js';

const DEFAULTS = { hidden: 32, steps: 100, scales: '0.5,1,1.5', gateBias: 4, clip: 1, seed: 1 };

/** `hiddenstate gradients` */
export const gradients: Command = {
  name: 'gradients',
  summary: 'show how a gradient vanishes or explodes through time in RNN, LSTM and GRU',
  description: [
    'Follows the gradient of the last output back through time, by real backpropagation,',
    'in an RNN, an LSTM and a GRU with the same weights but for a factor on W_hh, and',
    'writes how much of it is left after so many steps, beside the spectral radius of W_hh;',
    'c is what an LSTM has left of it in its cell state after all of them.',
    'The dashed line of each picture is a ReLU, or a gate biased to keep the state. What each cell',
    'does with its gradient is said in a sentence below the table.',
  ],
  options: [
    { name: 'svg', value: 'FILE', output: true, help: 'draw the three cells side by side, and what clipping does' },
    SVG_WIDTH,
    { name: 'hidden', value: 'N', help: `units (default: ${DEFAULTS.hidden})` },
    { name: 'steps', value: 'N', help: `steps back in time (default: ${DEFAULTS.steps})` },
    { name: 'scales', value: 'LIST', help: `factors on W_hh (default: ${DEFAULTS.scales})` },
    { name: 'gate-bias', value: 'X', help: `of the gate that keeps the state (default: ${DEFAULTS.gateBias})` },
    { name: 'clip', value: 'X', help: `norm to clip the exploding gradient to (default: ${DEFAULTS.clip})` },
    { name: 'uniform', help: 'W_hh uniform in ±1/√H, as PyTorch has it (default: orthogonal)' },
    { name: 'seed', value: 'N', help: `seed of weights and input (default: ${DEFAULTS.seed})` },
  ],
  examples: ['gradients --svg gradients.svg', 'gradients --scales 0.8,1.2 --steps 200 --gate-bias 5'],
  async run(args) {
    const plan = planOf(args);
    const clip = args.number('clip', { least: Number.MIN_VALUE }) ?? DEFAULTS.clip;
    const svg = args.text('svg');
    const width = svgWidth(args);
    const files = await OutputFiles.at({ svg });
    const results = await follow(plan);
    await files.write('svg', () => drawFlows(results, plan, clip, width));
    await writeOut(
      `${[...table(results, plan.steps), '', ...sentences(results, plan.steps).flatMap((each) => wrapped(each, 80))].join('\n')}\n`,
    );
  },
};

function planOf(args: Arguments): FlowPlan {
  const scales = (args.text('scales') ?? DEFAULTS.scales).split(',');
  return {
    hidden: args.number('hidden', { least: 1, most: 512, integer: true }) ?? DEFAULTS.hidden,
    steps: args.number('steps', { least: 2, most: 10_000, integer: true }) ?? DEFAULTS.steps,
    scales: scales.map((text) => parseNumber('--scales', text.trim(), { least: 0, most: 1000 })),
    gateBias: args.number('gate-bias', { least: -100, most: 100 }) ?? DEFAULTS.gateBias,
    weights: args.has('uniform') ? 'uniform' : 'orthogonal',
    seed: args.number('seed', { least: 0, integer: true }) ?? DEFAULTS.seed,
  };
}

async function follow(plan: FlowPlan): Promise<FlowResult[]> {
  const progress = new Progress('following');
  const count = 6 * plan.scales.length;
  const results: FlowResult[] = [];
  try {
    for (const result of compareFlows(plan)) {
      results.push(result);
      progress.update(results.length / count, () => `${results.length} of ${count} layers`);
      await takeTurn();
    }
  } finally {
    progress.clear();
  }
  return results;
}

function table(results: readonly FlowResult[], steps: number): string[] {
  const distances = [...new Set([1, Math.ceil(steps / 10), Math.ceil(steps / 2), steps])];
  const numbers = ['W_hh', 'radius', ...distances.map((distance) => `${distance} back`), 'a step', 'c'];
  return tableLines(
    [{ title: 'cell', align: 'left' }, ...numbers.map((title) => ({ title, align: 'right' }) as const)],
    results.map(({ cell, variety, scale, radius, flow: { logarithms } }) => {
      const [norms] = logarithms.h;
      return [
        // Which gate it is, the help says: the table has to fit a terminal.
        `${cell} ${variety.replace(/^\w+ (?=bias)/, '')}`.trimEnd(),
        `×${scale}`,
        formatNumber(radius),
        ...distances.map((distance) => scientific(norms[distance])),
        `×${(10 ** ((norms[steps] - norms[0]) / steps)).toFixed(3)}`,
        logarithms.c ? scientific(logarithms.c[0][steps]) : '',
      ];
    }),
  );
}

/** `1.2e-9`, of a decimal logarithm: norms run over more decades than float64 does. */
function scientific(logarithm: number): string {
  if (logarithm === Number.NEGATIVE_INFINITY) return '0';
  const value = 10 ** logarithm;
  if (value >= 0.01 && value < 1000) return formatNumber(value);
  let exponent = Math.floor(logarithm);
  let digits = (10 ** (logarithm - exponent)).toFixed(1);
  if (digits === '10.0') [digits, exponent] = ['1.0', exponent + 1];
  return `${digits}e${exponent < 0 ? '' : '+'}${exponent}`;
}
