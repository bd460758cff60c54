import { median } from '../rivals/timing/interleave.js';
import { SIZES } from './lstm.js';
import { MODELS } from './silero.js';

const PACE = { seconds: 2, leastRounds: 9, warmupMilliseconds: 300, slowStartMilliseconds: 2000 };
const FIRSTS = 7;

/** Everything that is measured in a host: frames and first results of the models, steps of LSTMs. */
export async function measureHost(host) {
  const frames = [];
  for (const model of MODELS) frames.push(await host.frames(model, PACE));
  const first = [];
  for (const model of MODELS) first.push({ model: model.name, ...(await firstResults(host, model)) });
  const lstm = [];
  for (const size of SIZES) lstm.push(await host.lstm(size, PACE));
  return { frames, first, lstm };
}

/** Medians of milliseconds from bytes to the first result, the contenders in turn. */
async function firstResults(host, model) {
  const samples = { hiddenstate: [], onnxruntime: [] };
  for (let i = 0; i < FIRSTS; i++) {
    for (const [contender, times] of Object.entries(samples))
      times.push((await host.first(contender, model)).milliseconds);
  }
  return { hiddenstate: median(samples.hiddenstate), onnxruntime: median(samples.onnxruntime) };
}
