import { drawChart, type Mark, type Panel } from '../chart/chart.js';
import { formatNumber } from '../terminal/format.js';
import type { FlowPlan, FlowResult } from './varieties.js';

const COLOURS = { RNN: 'rnn', LSTM: 'lstm', GRU: 'gru' } as const;

/**
 * Draws RNN, LSTM and GRU side by side, each in its colour, and what clipping does to the gradient that grew most. Axes are
 * powers of ten, so that no gradient is too great or too small to be seen.
 *
 * @returns the text of an SVG file
 */
export function drawFlows(
  results: readonly FlowResult[],
  { hidden, steps, weights }: FlowPlan,
  clip: number,
  width?: number,
): string {
  const domain = domainOf(results.flatMap(({ flow }) => [...bounds(flow.logarithms.h[0])]));
  const panels = (['RNN', 'LSTM', 'GRU'] as const).map((cell): Panel => {
    const own = results.filter((result) => result.cell === cell);
    const dashed = own.find(({ variety }) => variety !== '')?.variety;
    return {
      heading: `${cell}${dashed === undefined ? '' : `; dashed: ${dashed}`}`,
      x: { title: 'steps back in time' },
      y: { title: '‖∂L/∂h‖', kind: 'power', domain },
      marks: [...own.map(lineOf), { kind: 'rule', axis: 'y', at: 0, colour: 'quiet' }],
    };
  });
  return drawChart({
    title: 'What is left of a gradient, so many steps back in time',
    subtitle: `${hidden} units, ${weights} W_hh times a factor (r: its spectral radius), small random input, ${steps} steps. Dashed at 1: neither lost nor grown.`,
    panels: [...panels, clippingPanel(results, clip)],
    columns: 2,
    ...(width && { width }),
  });
}

function lineOf({ cell, variety, scale, radius, flow }: FlowResult): Mark {
  const label = variety === '' ? `×${scale} (r ${formatNumber(radius)})` : `${shortOf(variety)}×${scale}`;
  return {
    ...{ kind: 'line', colour: COLOURS[cell], label },
    dashed: variety === '' ? false : '5 4',
    points: points(flow.logarithms.h[0]),
  };
}

/** `ReLU `, `forget bias 4` → `bias `. */
function shortOf(variety: string): string {
  return variety.includes('bias') ? 'bias ' : `${variety} `;
}

/** The gradient of the weights, which clipping sees: it is the one that bursts. */
function clippingPanel(results: readonly FlowResult[], clip: number): Panel {
  const greatest = ({ flow }: FlowResult) => bounds(flow.logarithms.weights)[1];
  const most = results.reduce((a, b) => (greatest(b) > greatest(a) ? b : a));
  const { cell, variety, scale, flow } = most;
  const name = [cell, variety, `times ${scale}`].filter(Boolean).join(', ');
  const norms = flow.logarithms.weights;
  const limit = Math.log10(clip);
  return {
    heading: `${name}: the gradient of its weights`,
    x: { title: 'steps of backpropagation' },
    y: { title: '‖∂L/∂W‖', kind: 'power', domain: domainOf([limit - 1, limit + 1, ...bounds(norms.subarray(1))]) },
    marks: [
      { kind: 'line', label: 'not clipped', points: points(norms), colour: COLOURS[cell] },
      {
        kind: 'line',
        label: `clipped to norm ${clip}`,
        points: points(norms.map((norm) => Math.min(norm, limit))),
        colour: 'ink',
        width: 2.75,
        strong: true,
      },
    ],
  };
}

/** Least and greatest of the numbers that are finite. */
function bounds(norms: Float64Array): [number, number] {
  let [least, most] = [0, 0];
  for (const norm of norms) {
    if (!Number.isFinite(norm)) continue;
    least = Math.min(least, norm);
    most = Math.max(most, norm);
  }
  return [least, most];
}

function domainOf(values: readonly number[]): [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b), -1);
  const high = values.reduce((a, b) => Math.max(a, b), 1);
  return [Math.floor(low), Math.ceil(high)];
}

/** What is exactly 0 has no logarithm: the line ends there. */
function points(logarithms: Float64Array): [number, number][] {
  return Array.from(logarithms, (norm, distance) => [distance, Number.isFinite(norm) ? norm : Number.NaN]);
}
