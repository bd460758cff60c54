import { ensembleOf, type Forecaster, forecasterOf } from '../../forecast/forecaster.js';
import type { LadderOptions, Rung } from '../../forecast/ladder.js';
import { evaluate, type Protocol } from '../../forecast/rolling-origin.js';
import { type Transform, transformValues } from '../../forecast/transforms.js';
import { type Forecast, LatentSeries } from '../../sequence/index.js';
import { CliError } from '../cli-error.js';
import { Progress } from '../terminal/progress.js';
import { takeTurn, writeErr } from '../terminal/standard-output.js';
import type { Scored } from './scores.js';

/** A model that was judged, and what it expects beyond the end of the series. */
export interface Judged extends Scored {
  /** Name of its rung, which decides its colour. */
  readonly rung: string;
  readonly forecast: Forecast;
  /** The network of the first seed, fitted to all values, if it is one. */
  readonly network?: LatentSeries;
}

/** What is forecast and how it is judged. */
export interface Task {
  /** In the units of the table. */
  readonly values: Float64Array;
  readonly protocol: Protocol;
  readonly options: LadderOptions;
  /** Applied within the models, undone in what they say. */
  readonly transform: Transform;
  /** Networks are trained with so many seeds, from `options.seed` on. */
  readonly seeds: number;
}

/**
 * Fits and judges one model after the other; each is then fitted to everything.
 *
 * @param lenient whether a model that these values are nothing for (a constant series has no autoregression) is left out with
 *   a note, as long as another one is left
 */
export async function judge(rungs: readonly Rung[], task: Task, lenient: boolean): Promise<Judged[]> {
  const progress = new Progress('forecasting');
  const judged: Judged[] = [];
  for (const [i, rung] of rungs.entries()) {
    const show = (share: number) => progress.update((i + share) / rungs.length, () => rung.name);
    try {
      judged.push(...(await judgeRung(rung, task, show)));
    } catch (error) {
      const why = `${rung.name}: ${(error as Error).message}`;
      const isLast = judged.length === 0 && i === rungs.length - 1;
      if (!lenient || isLast) throw error instanceof CliError ? error : new CliError(why);
      progress.clear();
      writeErr(`left out: ${why}`);
    } finally {
      progress.clear();
    }
  }
  return judged;
}

async function judgeRung(rung: Rung, task: Task, show: (share: number) => void): Promise<Judged[]> {
  const { values, protocol, options, transform } = task;
  const seeds = rung.kind === 'latent' ? task.seeds : 1;
  const first = options.seed;
  const known = values.subarray(0, protocol.start);
  const make = (part: Float64Array, seed: number, begin: number) =>
    rung.make(transformValues(part, transform), { ...options, seed }, (share) => show((begin + share) / (3 * seeds)));
  const members = Array.from({ length: seeds }, (_, n) => make(known, first + n, 2 * n));
  const finals = Array.from({ length: seeds }, (_, n) => make(values, first + n, 2 * seeds + n));
  try {
    const forecasters = members.map((model) => forecasterOf(model, transform));
    const scores = [];
    for (const [n, each] of forecasters.entries()) {
      const onOrigin = (done: number, all: number) => {
        show((2 * n + 1 + done / all) / (3 * seeds));
        return takeTurn();
      };
      scores.push(await evaluate(each, values, protocol, onOrigin));
    }
    const together = seeds > 1 ? await evaluate(ensembleOf(forecasters), values, protocol, takeTurn) : undefined;
    const ends = finals.map((model) => forecasterOf(model, transform));
    for (const each of ends) await each.fit(values);
    const network = finals[0] instanceof LatentSeries ? { network: finals[0] } : {};
    const single = { label: rung.name, rung: rung.name, scores, forecast: ahead(ends[0], protocol), ...network };
    if (!together) return [single];
    const label = `${rung.name} ensemble`;
    return [single, { label, rung: rung.name, scores: [together], forecast: ahead(ensembleOf(ends), protocol) }];
  } finally {
    for (const model of [...members, ...finals.slice(1)]) if (model instanceof LatentSeries) model.dispose();
  }
}

function ahead(forecaster: Forecaster, { horizon, level }: Protocol): Forecast {
  const follower = forecaster.follow();
  try {
    return follower.forecast(horizon, level);
  } finally {
    follower.dispose?.();
  }
}
