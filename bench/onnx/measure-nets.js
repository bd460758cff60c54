import { interleave, medianRatio } from '../rivals/timing/interleave.js';
import { feedsOf, NETS } from './nets.js';

/** What outputs may differ by, relative to the largest, before anything is timed. */
const TOLERANCE = 1e-4;

/**
 * Times the networks over space against onnxruntime-web, one after another, after both have given the same.
 *
 * @param pace as of `interleave`
 * @param chosen a part of the names of those to time; all unless given
 * @returns for each: microseconds a run and how many times slower onnxruntime-web is
 */
export async function measureNets({ loadOnnx, ort }, pace, chosen = '') {
  const results = [];
  for (const { name, bar, make } of NETS.filter((each) => each.name.includes(chosen))) {
    const { bytes, inputs, output } = make();
    const feeds = feedsOf(inputs);
    const model = await loadOnnx(bytes);
    const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
    const theirs = Object.fromEntries(
      Object.entries(feeds).map(([id, { data, dims }]) => [id, new ort.Tensor('float32', data, dims)]),
    );
    const [got, expected] = [model.run(feeds)[output].data, (await session.run(theirs))[output].data];
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const distance = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i])), 0) / largest;
    if (!(distance <= TOLERANCE))
      throw new Error(`${name}: got ${distance} from onnxruntime-web, expected ${TOLERANCE}`);
    const times = await interleave(
      [
        { id: 'hiddenstate', first: 0, isAsync: false, run: () => model.run(feeds) },
        { id: 'onnxruntime', first: 0, isAsync: true, startsSlowly: true, run: () => session.run(theirs) },
      ],
      { ...pace, isFirst: true },
    );
    model.dispose();
    await session.release();
    const ratio = medianRatio(times.onnxruntime, times.hiddenstate);
    results.push({ name, bar, ratio, hiddenstate: times.hiddenstate.median, onnxruntime: times.onnxruntime.median });
  }
  return results;
}
