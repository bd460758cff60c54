import { drawLines, type Line, type Point } from '../shared/line-chart.js';
import type { Read } from './messages.js';
import { LOOKS, type Model, maeOf, togetherOf } from './models.js';

/** Known values before the origin, in horizons; on a narrow picture fewer. */
const BEFORE = [3, 1.2] as const;
const MOST_TICKS = 7;
const NARROW = 420;
/** Models on a narrow picture: the chosen one, the last value, and the best of the others. */
const MOST_NARROW = 4;

/** What is shown: the last values, which the models did not see, or the next, which nobody has seen. */
export type Part = 'latest' | 'next';

export interface Drawn {
  readonly svg: SVGElement;
  /** Models that are too far off to be in the picture, or that a narrow one has no room for. */
  readonly outside: readonly string[];
}

/** The series and what every model forecast from one origin; the interval is that of the chosen one. */
export function drawForecast(read: Read, models: readonly Model[], chosen: string, part: Part, width: number): Drawn {
  const { values, times, next } = read;
  const horizon = models[0].seeds[0].latest.mean.length;
  const origin = part === 'latest' ? models[0].seeds[0].origin : values.length;
  const before = Math.max(8, Math.round(horizon * BEFORE[width < NARROW ? 1 : 0]));
  const from = Math.max(0, origin - before);
  const known = Array.from(values.subarray(from, origin), (value, i): Point => [from + i, value]);
  const truth = Array.from(values.subarray(origin, origin + horizon), (value, h): Point => [origin + h, value]);
  const of = (model: Model) => togetherOf(model, part);
  const strong = models.find(({ rung }) => rung === chosen) ?? models[0];
  const band = of(strong);
  const shown = [...known, ...truth].map(([, value]) => value).concat(...band.lower, ...band.upper);
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const room = (high - low || 1) * 0.06;
  const last: Point = [origin - 1, values[origin - 1]];
  const fits = (model: Model) => of(model).mean.every((value) => value > low - 3 * room && value < high + 3 * room);
  const near = models.filter((model) => model === strong || fits(model));
  const drawn = width < NARROW ? fewest(near, strong) : near;
  const line = (model: Model): Line => ({
    ...LOOKS[model.rung],
    points: [last, ...Array.from(of(model).mean, (value, h): Point => [origin + h, value])],
    strong: model === strong,
  });
  const dateAt = (i: number) => (i < values.length ? times?.[i] : next?.[i - values.length]);
  const svg = drawLines(
    {
      describe: `${read.name}: ${known.length} known values, then the forecasts of ${drawn.map(({ rung }) => LOOKS[rung].label).join(', ')} for ${horizon} steps`,
      lines: [...drawn.map(line), { label: '', colour: 'ink', points: known }],
      ...(truth.length > 0 && { rings: { label: 'what came', points: truth } }),
      band: {
        colour: LOOKS[strong.rung].colour,
        points: Array.from(band.lower, (lower, h) => [origin + h, lower, band.upper[h]] as const),
      },
      height: width < NARROW ? 340 : 420,
      yTitle: read.name,
      y: [low - 3 * room, high + 3 * room],
      x: [from, origin + horizon - 1],
      xTicks: ticks(from, origin + horizon, dateAt, width),
      mark: { x: origin - 1, label: 'forecast from here' },
    },
    width,
  );
  return { svg, outside: models.filter((model) => !drawn.includes(model)).map(({ rung }) => LOOKS[rung].label) };
}

function fewest(models: readonly Model[], strong: Model): readonly Model[] {
  const rank = (model: Model) => (model === strong ? -2 : model.rung === 'last' ? -1 : maeOf(model));
  return [...models].sort((a, b) => rank(a) - rank(b)).slice(0, MOST_NARROW);
}

/** Years, months or days, where one begins; numbers of steps without dates. */
function ticks(from: number, to: number, dateAt: (i: number) => number | undefined, width: number) {
  const most = width < NARROW ? 4 : MOST_TICKS;
  const dates = Array.from({ length: to - from }, (_, i) => dateAt(from + i));
  const labelled = (label: (time: number) => string) =>
    dates.flatMap((time, i) => {
      const before = dates[i - 1];
      if (i === 0 || time === undefined || before === undefined) return [];
      const text = label(time);
      return text === label(before) ? [] : [[from + i, text] as const];
    });
  const iso = (time: number) => new Date(time).toISOString();
  if (dates.every((time) => time === undefined)) {
    const step = Math.ceil((to - from) / most);
    return Array.from({ length: Math.floor((to - from) / step) }, (_, n) => {
      const at = from + n * step;
      return [at, String(at + 1)] as const;
    });
  }
  const ways = [4, 7, 10, 16].map((length) => labelled((time) => iso(time).slice(0, length).replace('T', ' ')));
  const chosen = ways.find((list) => list.length >= 2) ?? ways[ways.length - 1];
  const every = Math.ceil(chosen.length / most);
  return chosen.filter((_, i) => i % every === 0);
}
