import type { Point } from '../shared/line-chart.js';
import { drawLines } from '../shared/line-chart.js';
import type { Cell, Continued } from './messages.js';

/** Points of a line; more are put together. */
const MOST_POINTS = 240;

/** What a training has shown so far. */
export interface Course {
  readonly cell: Cell;
  readonly unit: string;
  readonly losses: readonly Point[];
  readonly norms: readonly Point[];
  readonly held: readonly Point[];
}

/** Training and held-out loss, step by step. */
export function lossChart({ cell, unit, losses, held }: Course, width: number): SVGElement {
  const colour = cell.toLowerCase();
  const last = held.at(-1)?.[1];
  // Up to where training is, so that its name stands at the edge.
  const known: readonly Point[] = last === undefined ? [] : [...held, [losses.at(-1)?.[0] ?? 0, last]];
  return drawLines(
    {
      describe: `Loss over ${losses.at(-1)?.[0] ?? 0} steps${last === undefined ? '' : `; held out ${last.toFixed(3)} ${unit}`}`,
      height: 240,
      yTitle: unit,
      xTicks: ticksOf(losses),
      xTitle: 'steps',
      lines: [
        { label: 'training', colour, points: together(losses) },
        ...(held.length > 0 ? [{ label: 'held out', colour, points: known, strong: true }] : []),
      ],
    },
    width,
  );
}

/** The norm of all gradients, as decades. */
export function normChart({ cell, norms }: Course, width: number): SVGElement {
  const points = together(norms).map(([x, y]): Point => [x, Math.log10(Math.max(y, 1e-12))]);
  const highest = Math.max(0, ...points.map(([, y]) => y));
  const lowest = Math.min(0, ...points.map(([, y]) => y));
  return drawLines(
    {
      describe: `Norm of the gradient over ${norms.length} steps, now ${norms.at(-1)?.[1].toPrecision(2) ?? 0}`,
      height: 170,
      yTitle: 'norm of the gradient',
      log: true,
      y: [Math.floor(lowest - 0.2), Math.ceil(highest + 0.2)],
      xTicks: ticksOf(norms),
      lines: [
        { label: 'gradient', colour: cell.toLowerCase(), points, strong: true },
        {
          label: 'cut here',
          colour: 'rival',
          dash: '4 4',
          points: [
            [points[0][0], 0],
            [points[points.length - 1][0], 0],
          ],
        },
      ],
    },
    width,
  );
}

/** What came before, what the network says comes next, and what came. */
export function continuedChart(cell: Cell, { before, guess, came }: Continued, width: number): SVGElement {
  const begin = -before.length + 1;
  const observed = Array.from(before, (value, i): Point => [begin + i, value]);
  const end = observed[observed.length - 1];
  const points = Array.from(guess, (value, i): Point => [i + 1, value]);
  return drawLines(
    {
      describe: `${cell}: the last ${before.length} values and the ${guess.length} that it says come next, beside those that came`,
      height: 260,
      yTitle: '',
      xTicks: [begin, 0, guess.length].map((x) => [x, x > 0 ? `+${x}` : String(x)] as const),
      mark: { x: 0, label: 'hears only itself' },
      lines: [
        { label: '', colour: 'observed', points: observed },
        { label: cell, colour: cell.toLowerCase(), points: [end, ...points], strong: true },
      ],
      rings: { label: 'what came', points: Array.from(came, (value, i): Point => [i + 1, value]) },
    },
    width,
  );
}

/** A series as it was given. */
export function seriesChart(values: Float32Array, width: number): SVGElement {
  const points = together(
    Array.from(values, (value, i): Point => [i + 1, value]),
    Number.POSITIVE_INFINITY,
  );
  return drawLines(
    {
      describe: `A series of ${values.length} numbers`,
      height: 240,
      yTitle: '',
      xTicks: ticksOf(points),
      xTitle: 'values, oldest first',
      lines: [{ label: '', colour: 'observed', points }],
    },
    width,
  );
}

/** How often each cell is right. */
export function raceChart(
  lines: readonly { readonly cell: Cell; readonly points: readonly Point[]; readonly strong: boolean }[],
  guessing: number,
  width: number,
): SVGElement {
  const last = Math.max(500, ...lines.flatMap(({ points }) => points.map(([x]) => x)));
  return drawLines(
    {
      describe: lines.map(({ cell, points }) => `${cell} ${Math.round(points.at(-1)?.[1] ?? 0)} % right`).join(', '),
      height: 300,
      yTitle: 'right answers, %',
      y: [0, 102],
      x: [0, last],
      xTicks: ticksOf([[last, 0]]),
      xTitle: 'steps',
      lines: [
        {
          label: 'guessing',
          colour: 'rival',
          dash: '4 4',
          points: [
            [0, guessing],
            [last, guessing],
          ],
        },
        ...lines
          .filter(({ points }) => points.length > 0)
          .map(({ cell, points, strong }) => ({ label: cell, colour: cell.toLowerCase(), points, strong })),
      ],
    },
    width,
  );
}

/** Means of neighbours, so that a line has no more points than can be seen. */
function together(points: readonly Point[], most = MOST_POINTS): Point[] {
  const each = Math.max(1, Math.ceil(points.length / most));
  const means: Point[] = [];
  for (let i = 0; i < points.length; i += each) {
    const part = points.slice(i, i + each);
    means.push([part[part.length - 1][0], part.reduce((sum, [, y]) => sum + y, 0) / part.length]);
  }
  return means;
}

function ticksOf(points: readonly Point[]): (readonly [number, string])[] {
  const last = points.at(-1)?.[0] ?? 0;
  const step = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000].find((each) => last / each <= 5) ?? 1e6;
  return Array.from(
    { length: Math.floor(last / step) },
    (_, i) => [(i + 1) * step, ((i + 1) * step).toLocaleString('en')] as const,
  );
}
