import { drawChart, type LineMark, type Panel } from '../chart/chart.js';
import { formatNumber } from '../terminal/format.js';
import type { FlowPlan, FlowResult } from './varieties.js';

/** No line is followed further down: nobody tells 1e-30 from nothing. */
const LOWEST = 1e-30;

/** Draws RNN, LSTM and GRU side by side, and what clipping does to the gradient that grew most. */
export function drawFlows(results: readonly FlowResult[], { hidden, steps, scales, weights }: FlowPlan, clip: number) {
  const shown = results.flatMap(({ flow }) => [...flow.h[0]]).filter((norm) => norm > LOWEST && Number.isFinite(norm));
  // Too many for the arguments of one call.
  const least = shown.reduce((a, b) => Math.min(a, b), 1e-3);
  const domain = [least, shown.reduce((a, b) => Math.max(a, b), 10)] as const;
  const panels = (['RNN', 'LSTM', 'GRU'] as const).map((cell): Panel => {
    const own = results.filter((result) => result.cell === cell);
    const dashed = own.find(({ variety }) => variety !== '')?.variety;
    return {
      heading: `${cell}; dashed: ${dashed}`,
      x: { title: 'steps back in time' },
      y: { title: '‖∂L/∂h‖', kind: 'log', domain },
      marks: own.map((result) => ({ ...line(result), colour: scales.indexOf(result.scale) })),
    };
  });
  return drawChart({
    title: 'What is left of a gradient, so many steps back in time',
    subtitle: `${hidden} units, ${weights} W_hh times a factor, small random input, ${steps} steps; r: spectral radius of W_hh`,
    panels: [...panels, clippingPanel(results, clip)],
    columns: 2,
  });
}

function line({ variety, scale, radius, flow }: FlowResult): LineMark {
  const label = variety === '' ? { label: `times ${scale} (r = ${formatNumber(radius)})` } : {};
  return { kind: 'line', points: points(flow.h[0]), dashed: variety !== '', ...label };
}

/** The gradient of the weights, which clipping sees: it is the one that bursts. */
function clippingPanel(results: readonly FlowResult[], clip: number): Panel {
  const greatest = (each: FlowResult) => Math.max(...each.flow.weights.filter(Number.isFinite));
  const most = results.reduce((a, b) => (greatest(b) > greatest(a) ? b : a));
  const { cell, variety, scale, flow } = most;
  const name = [cell, variety, `times ${scale}`].filter(Boolean).join(', ');
  return {
    heading: `${name}: the gradient of its weights`,
    x: { title: 'steps of backpropagation' },
    y: { title: '‖∂L/∂W‖', kind: 'log', domain: [clip / 10, 10 * Math.max(clip, greatest(most))] },
    marks: [
      { kind: 'line', label: 'not clipped', points: points(flow.weights), colour: 6 },
      {
        kind: 'line',
        label: `clipped to norm ${clip}`,
        points: points(flow.weights.map((norm) => Math.min(norm, clip))),
        colour: 7,
        width: 2.5,
      },
    ],
  };
}

function points(norms: Float64Array): [number, number][] {
  return Array.from(norms, (norm, distance) => [distance, norm > LOWEST ? norm : Number.NaN]);
}
