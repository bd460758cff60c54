import { interleave, medianRatio } from '../rivals/timing/interleave.js';
import { feedsOf, NETS } from './nets.js';
import { STEPS } from './steps.js';

/** What outputs may differ by, relative to the largest, before anything is timed; more where states are rounded to bytes. */
const TOLERANCE = 1e-4;

/**
 * Times the networks over space, and steps, against onnxruntime-web, one after another, after both have given the same.
 *
 * @param pace as of `interleave`
 * @param chosen a part of the names of those to time; all unless given
 * @returns for each: microseconds a run and how many times slower onnxruntime-web is
 */
export async function measureNets({ loadOnnx, ours, ort }, pace, chosen = '') {
  const results = [];
  for (const { name, bar, make, through, tolerance = TOLERANCE } of [...NETS, ...STEPS]) {
    if (!name.includes(chosen)) continue;
    const { bytes, inputs, output } = make();
    const feeds = feedsOf(inputs);
    const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
    const theirs = tensorsOf(feeds, ort);
    const contender = through === 'ort' ? await sessionOf(ours, bytes, feeds) : await modelOf(loadOnnx, bytes, feeds);
    const [got, expected] = [(await contender.run())[output].data, (await session.run(theirs))[output].data];
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const distance = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i])), 0) / largest;
    if (!(distance <= tolerance))
      throw new Error(`${name}: got ${distance} from onnxruntime-web, expected ${tolerance}`);
    const times = await interleave(
      [
        { id: 'hiddenstate', first: 0, isAsync: through === 'ort', run: contender.run },
        { id: 'onnxruntime', first: 0, isAsync: true, startsSlowly: true, run: () => session.run(theirs) },
      ],
      { ...pace, isFirst: true },
    );
    await contender.close();
    await session.release();
    const ratio = medianRatio(times.onnxruntime, times.hiddenstate);
    results.push({ name, bar, ratio, hiddenstate: times.hiddenstate.median, onnxruntime: times.onnxruntime.median });
  }
  return results;
}

async function modelOf(loadOnnx, bytes, feeds) {
  const model = await loadOnnx(bytes);
  return { run: () => model.run(feeds), close: () => model.dispose() };
}

/** The same calls as onnxruntime-web's, of hiddenstate/ort. */
async function sessionOf(ours, bytes, feeds) {
  const session = await ours.InferenceSession.create(bytes);
  const tensors = tensorsOf(feeds, ours);
  return { run: () => session.run(tensors), close: () => session.release() };
}

function tensorsOf(feeds, { Tensor }) {
  return Object.fromEntries(
    Object.entries(feeds).map(([id, { data, dims }]) => [id, new Tensor('float32', data, dims)]),
  );
}
