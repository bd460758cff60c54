import type { TimeSeries } from '../../forecast/series-reader.js';
import { nextTimes } from '../../forecast/timeline.js';
import { drawChart, type LineMark, type Mark } from '../chart/chart.js';
import { styleOf } from '../chart/palette.js';
import type { Judged } from './judge.js';
import { meanOf } from './scores.js';

/** What lies this many ranges of the shown values outside of them leaves the picture; its label says where it went. */
const FAR = 1;
/** Known values before the last forecast that is judged, in horizons. */
const HORIZONS_BEFORE = 1;

type Point = [x: number, y: number];

/**
 * Draws what comes next by each model, and by the best of them what it said of the last values that are known, with both
 * intervals; and how far each was off 1, 2 … steps ahead. Beyond the end lies a third of the width.
 *
 * @param judged at least one
 * @returns the text of an SVG file
 */
export function drawForecasts(series: TimeSeries, judged: readonly Judged[], title: string, width?: number): string {
  const { values, times } = series;
  const errorOf = ({ scores }: Judged) => meanOf(scores.map(({ mae }) => mae));
  const best = judged.reduce((least, each) => (errorOf(each) < errorOf(least) ? each : least));
  const { mean, lower, upper, level } = best.forecast;
  const horizon = mean.length;
  const { origin, forecast: before } = best.scores[0].latest;
  const at = timeline(times, values.length, horizon);
  const from = Math.max(0, Math.min(origin - 1, values.length - (HORIZONS_BEFORE + 1) * horizon));
  const points = (list: ArrayLike<number>, first: number) =>
    Array.from(list, (value, i): Point => [at(first + i), value]);
  const known = points(values.subarray(from, origin), from);
  const held = points(values.subarray(origin), origin);
  const last: Point = [at(values.length - 1), values[values.length - 1]];
  const style = (each: Judged) => ({ ...lineStyle(each), strong: each === best, width: each === best ? 2.75 : 1.75 });
  const { colour } = styleOf(best.rung);
  const band = (low: Float64Array, high: Float64Array, first: number): Mark => ({
    kind: 'band',
    colour,
    points: Array.from(low, (value, h): [number, number, number] => [at(first + h), value, high[h]]),
  });
  const shown = [...known, ...held]
    .map(([, value]) => value)
    .concat(...lower, ...upper, ...before.lower, ...before.upper);
  const domain = domainOf(
    shown,
    judged.flatMap(({ forecast }) => [...forecast.mean]),
  );
  // A line that begins outside of the picture is not joined to what was observed.
  const isShown = ({
    forecast: {
      mean: [first],
    },
  }: Judged) => first >= domain[0] && first <= domain[1];
  const marks: Mark[] = [
    band(before.lower, before.upper, origin),
    band(lower, upper, values.length),
    {
      kind: 'line',
      ...style(best),
      label: undefined,
      points: [...known.slice(-1), ...points(before.mean, origin)],
    } as LineMark,
    ...judged.map(
      (each): Mark => ({
        ...{ kind: 'line', label: each.label, ...style(each) },
        points: [...(isShown(each) ? [last] : []), ...points(each.forecast.mean, values.length)],
      }),
    ),
    { kind: 'line', colour: 'ink', points: [...known, ...held.slice(0, 1)], width: 1.75 },
    { kind: 'rings', colour: 'ink', points: held },
  ];
  const percent = Math.round(level * 100);
  return drawChart({
    title,
    subtitle: `Line: observed. Rings: the last values, as ${best.label} did not know them when it said what lies beside them. Bands: its ${percent} % intervals; it is the best by mean absolute error.`,
    ...(width && { width }),
    columns: 2,
    panels: [
      {
        heading: `the next ${horizon} steps`,
        x: {
          kind: times ? 'time' : 'linear',
          title: times ? '' : 'step',
          domain: [at(from), at(values.length + horizon - 1)],
        },
        y: {
          title: series.name,
          domain,
        },
        marks,
      },
      {
        heading: `mean absolute error from ${best.scores[0].origins} origins`,
        x: { title: 'steps ahead' },
        y: { kind: 'log', title: series.name },
        marks: judged.map(
          (each): Mark =>
            ({
              ...{ kind: horizon > 1 ? 'line' : 'dots', label: each.label, ...style(each) },
              points: each.scores[0].maeByStep.map(
                (_, h): Point => [h + 1, meanOf(each.scores.map(({ maeByStep }) => maeByStep[h]))],
              ),
            }) as Mark,
        ),
      },
    ],
  });
}

/** A model's own colour; several networks as one are dashed. */
function lineStyle({ label, rung }: Judged) {
  const { colour, dash } = styleOf(rung);
  return { colour, dashed: label === rung ? (dash ?? false) : '1 3' } as const;
}

/** What is known and what the best expects, whatever of the others is not far from that, and some room. */
function domainOf(values: readonly number[], others: readonly number[]): [number, number] {
  const bounds = (list: readonly number[]) =>
    list.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  const [low, high] = bounds(values.filter(Number.isFinite));
  const range = high - low || Math.abs(high) || 1;
  const [least, most] = bounds(others.filter((value) => value > low - FAR * range && value < high + FAR * range));
  return [Math.min(low, least) - range / 20, Math.max(high, most) + range / 20];
}

/** Where a value stands on the axis: its date, beyond the last one the date it will have; or its number. */
function timeline(times: Float64Array | undefined, count: number, horizon: number): (index: number) => number {
  if (!times) return (index) => index + 1;
  const ahead = nextTimes(times, horizon);
  return (index) => (index < count ? times[index] : ahead[index - count]);
}
