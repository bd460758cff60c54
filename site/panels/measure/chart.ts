import { drawLines, type Line } from '../shared/line-chart.js';
import type { Row } from './worker.js';

/** Microseconds a step against size, both by powers: ours in ink, int8 dashed, rivals grey. */
export function speedChart(rows: readonly Row[], width: number): SVGElement {
  const names = Object.keys(rows[0].microseconds);
  const best = names.includes('hiddenstate, relaxed') ? 'hiddenstate, relaxed' : names[0];
  const lines = names.map((name): Line => {
    const ours = name.startsWith('hiddenstate');
    return {
      label: name.replace('hiddenstate, ', 'ours, '),
      colour: ours ? 'ours' : 'rival',
      strong: name === best,
      ...(name.endsWith('int8') && { dash: '6 3' }),
      points: rows.map(({ units, microseconds }) => [Math.log2(units), Math.log10(microseconds[name])] as const),
    };
  });
  const last = rows[rows.length - 1];
  const said = names.map((name) => `${name} ${last.microseconds[name].toPrecision(3)} µs`).join(', ');
  return drawLines(
    {
      describe: `Time of a step against the number of units; at ${last.units}: ${said}`,
      height: 300,
      yTitle: 'µs a step',
      log: true,
      lines,
      xTicks: rows.map(({ units }) => [Math.log2(units), String(units)] as const),
      xTitle: 'units',
    },
    width,
  );
}
