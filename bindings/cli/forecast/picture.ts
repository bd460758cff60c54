import type { Forecast } from '../../sequence/index.js';
import { drawChart, type Mark } from '../chart/chart.js';
import type { TimeSeries } from './read-series.js';
import type { Score } from './rolling-origin.js';

/** A model in the picture. */
export interface Drawn {
  readonly label: string;
  readonly score: Score;
  /** Beyond the end of the series. */
  readonly forecast: Forecast;
}

/** The known values shown, in horizons. */
const HORIZONS_BEFORE = 4;
/** The least number of them. */
const LEAST_BEFORE = 60;

/**
 * Draws what comes next by each model, with the intervals of the best, and how far each was off 1, 2 … steps ahead.
 *
 * @param drawn at least one
 * @returns the text of an SVG file
 */
export function drawForecasts(series: TimeSeries, drawn: readonly Drawn[], title: string): string {
  const { values, times } = series;
  const best = drawn.reduce((least, each) => (each.score.mae < least.score.mae ? each : least));
  const { horizon, level } = { horizon: best.forecast.mean.length, level: best.forecast.level };
  const at = timeline(times, values.length);
  const from = Math.max(0, values.length - Math.max(LEAST_BEFORE, HORIZONS_BEFORE * horizon));
  const known = Array.from(values.subarray(from), (value, i): [number, number] => [at(from + i), value]);
  const end = known[known.length - 1];
  const ahead: Mark[] = drawn.map(({ label, forecast }) => ({
    kind: 'line',
    label,
    points: [end, ...Array.from(forecast.mean, (value, h): [number, number] => [at(values.length + h), value])],
    width: label === best.label ? 2.5 : 1.5,
  }));
  const { lower, upper } = best.forecast;
  const band: Mark = {
    kind: 'band',
    label: best.label,
    points: Array.from(lower, (low, h) => [at(values.length + h), low, upper[h]]),
  };
  const seen: Mark = { kind: 'line', label: series.name, colour: 'ink', points: known };
  const errors: Mark[] = drawn.map(({ label, score }) => ({
    kind: 'line',
    label,
    points: score.maeByStep.map((error, h) => [h + 1, error]),
  }));
  return drawChart({
    title,
    subtitle: `the band: ${Math.round(level * 100)} % intervals of ${best.label}, the best of them by mean absolute error`,
    width: 960,
    panels: [
      {
        heading: `the next ${horizon} steps`,
        x: { kind: times ? 'time' : 'linear', title: times ? '' : 'step' },
        y: { title: series.name, domain: widen([...known.map(([, value]) => value), ...lower, ...upper]) },
        marks: [band, ...ahead, seen],
      },
      {
        heading: `mean absolute error from ${best.score.origins} origins`,
        x: { title: 'steps ahead' },
        y: { kind: 'log' },
        marks: errors,
      },
    ],
  });
}

/** What is known and what the best expects, and some room: a model that is far off leaves the picture. */
function widen(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = (high - low || Math.abs(high) || 1) / 10;
  return [low - margin, high + margin];
}

/** Where a value stands on the axis: its date, beyond the last one at the mean pace of the last steps; or its number. */
function timeline(times: Float64Array | undefined, count: number): (index: number) => number {
  if (!times) return (index) => index + 1;
  const steps = Math.min(count - 1, 20);
  const last = times[count - 1];
  const pace = steps > 0 ? (last - times[count - 1 - steps]) / steps : 864e5;
  return (index) => (index < count ? times[index] : last + (index - count + 1) * pace);
}
