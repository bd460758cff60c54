import { Adam, DivergedError, fit, initialize } from 'hiddenstate/train';
import type { Race, Report } from './messages.js';
import { TASKS } from './tasks.js';

/** As bench/learning/long-term.js has it, whose figures the guide shows; judged more often, given up earlier. */
const UNITS = 32;
const BATCH = 32;
const LEARNING_RATE = 0.005;
const CLIP = 1;
const JUDGED_EVERY = 50;
const JUDGED_ON = 256;
const MOST_STEPS = 2000;
const ENOUGH = 0.99;

/** Trains one cell until it is right often enough, and says every fifty steps how often that is. */
export async function race(race: Race, signal: AbortSignal, tell: (report: Report) => void): Promise<void> {
  const task = TASKS[race.task];
  const steps = task.length(race.distance);
  const model = task.model(race, UNITS);
  initialize(model, { seed: race.seed, ...(race.forgetBias !== undefined && { forgetBias: race.forgetBias }) });
  const judged = task.batch(steps, JUDGED_ON, 1_000_003 * race.seed);
  const enough = new AbortController();
  const judge = (step: number) => {
    const rate = task.rate(model.forward(judged.input).output.data as Float32Array, judged);
    tell({ kind: 'rate', step, rate });
    if (rate >= ENOUGH) enough.abort();
  };
  try {
    judge(0);
    await fit(
      model,
      {
        count: JUDGED_EVERY,
        steps,
        batch: BATCH,
        stateful: false,
        at: (epoch, index) => task.batch(steps, BATCH, 7 * race.seed + epoch * JUDGED_EVERY + index),
      },
      {
        loss: task.loss,
        epochs: MOST_STEPS / JUDGED_EVERY,
        optimizer: (parameters) => new Adam(parameters, { learningRate: LEARNING_RATE }),
        clipNorm: CLIP,
        signal: AbortSignal.any([signal, enough.signal]),
        onEpoch: ({ epoch }) => judge((epoch + 1) * JUDGED_EVERY),
      },
    );
  } catch (error) {
    if (!signal.aborted && !enough.signal.aborted && !(error instanceof DivergedError)) throw error;
  } finally {
    model.dispose();
  }
  tell({ kind: 'done', early: enough.signal.aborted, model: new Uint8Array() });
}
