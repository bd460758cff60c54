/**
 * A model with a stream, which is all that `runKeyed` asks for: a trained GRU that forecasts by how many per cent the jobs of a sector
 * will change, and beside it what is needed to judge the forecast when the next month comes. All of it is state of the sector, so all
 * of it survives crashes and moves between machines.
 */
import { readFileSync } from 'node:fs';
import { createEngine, loadModel } from 'hiddenstate';

/** Jobs of the last month, forecast of the change, mean of its squared errors, months. */
const OWN = 4;

/** How fast the mean of squared errors forgets. */
const FORGET = 0.05;

/** Months before errors are judged. */
const WARM_UP = 24;

/** What the GRU takes of a month: the change in per cent, and the season. */
export function features(change, month) {
  const angle = (2 * Math.PI * month) / 12;
  return [change, Math.sin(angle), Math.cos(angle)];
}

export class Forecaster {
  constructor(path = new URL('model.safetensors', import.meta.url)) {
    // The same bits on every machine.
    this.net = loadModel(readFileSync(path), { engine: createEngine({ simd: 'baseline' }) });
  }

  stream({ batch }) {
    return new ForecasterStream(this.net.stream({ batch }), batch);
  }

  dispose() {
    this.net.dispose();
  }
}

class ForecasterStream {
  /** Jobs, and the month from 0 to 11. */
  inputSize = 2;
  /** Expected jobs of this month, forecast for the next, and by how many standard deviations this month was off. */
  outputSize = 3;

  constructor(net, batch) {
    this.net = net;
    this.batch = batch;
    this.own = new Float32Array(batch * OWN);
  }

  step(x, out, { lanes }) {
    const rows = new Float32Array(lanes.length * 3);
    lanes.forEach((lane, i) => {
      const last = this.own[lane * OWN];
      rows.set(features(last ? 100 * (x[2 * i] / last - 1) : 0, x[2 * i + 1]), 3 * i);
    });
    const forecast = this.net.step(rows, undefined, { lanes });
    lanes.forEach((lane, i) => {
      const own = this.own.subarray(lane * OWN, (lane + 1) * OWN);
      const [last, expected, variance, months] = own;
      const jobs = x[2 * i];
      const error = rows[3 * i] - expected;
      out[3 * i] = last ? last * (1 + expected / 100) : jobs;
      out[3 * i + 1] = jobs * (1 + forecast[i] / 100);
      out[3 * i + 2] = months > WARM_UP ? Math.abs(error) / Math.sqrt(variance) : 0;
      const weight = Math.max(FORGET, 1 / (months || 1));
      own.set([jobs, forecast[i], last ? variance + weight * (error * error - variance) : 0, months + 1]);
    });
    return out;
  }

  reset(state, { lane }) {
    this.net.reset(state?.net, { lane });
    this.own.set(state?.own.data ?? new Float32Array(OWN), lane * OWN);
  }

  stateOf(lane) {
    return { net: this.net.stateOf(lane), own: { data: this.own.slice(lane * OWN, (lane + 1) * OWN), dims: [OWN] } };
  }

  dispose() {
    this.net.dispose();
  }
}
