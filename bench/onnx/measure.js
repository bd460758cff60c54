import { interleave, medianRatio } from '../rivals/timing/interleave.js';
import { framesOf, openRun, openSession, openStream } from './silero.js';

/** What probabilities may differ by before anything is timed. */
const TOLERANCE = 1e-5;
const CHECKED_FRAMES = 40;

/**
 * Times one model's frames, each contender's states carried along, after all have given the same probabilities.
 *
 * @param bytes the model's file
 * @param pace as of `interleave`
 * @returns microseconds a frame and how many times slower onnxruntime-web is
 */
export async function measureFrames({ loadOnnx, ort }, model, bytes, pace) {
  const frames = framesOf(model, CHECKED_FRAMES);
  const contenders = {
    stream: { ...(await openStream(loadOnnx, model, bytes)), isAsync: false },
    run: { ...(await openRun(loadOnnx, model, bytes)), isAsync: false },
    onnxruntime: { ...(await openSession(ort, model, bytes)), isAsync: true, startsSlowly: true },
  };
  const distance = await compare(contenders, frames);
  const entries = Object.entries(contenders).map(([id, { step, ...rest }]) => {
    let at = 0;
    return { ...rest, id, first: 0, run: () => step(frames[at++ % frames.length]) };
  });
  const times = await interleave(entries, { ...pace, isFirst: true });
  for (const { close } of Object.values(contenders)) await close();
  return {
    model: model.name,
    distance,
    stream: times.stream.median,
    run: times.run.median,
    onnxruntime: times.onnxruntime.median,
    streamRatio: medianRatio(times.onnxruntime, times.stream),
    runRatio: medianRatio(times.onnxruntime, times.run),
  };
}

async function compare(contenders, frames) {
  let greatest = 0;
  for (const [i, frame] of frames.entries()) {
    const expected = await contenders.onnxruntime.step(frame);
    for (const id of ['stream', 'run']) {
      const distance = Math.abs(contenders[id].step(frame) - expected);
      if (!(distance <= TOLERANCE))
        throw new Error(`${id}, frame ${i}: got ${distance} from onnxruntime-web, expected ${TOLERANCE}`);
      greatest = Math.max(greatest, distance);
    }
  }
  return greatest;
}

/** Milliseconds from the bytes of a model's file to its first probability. */
export async function timeFirst(open, library, model, bytes) {
  const [frame] = framesOf(model, 1);
  const start = performance.now();
  const { step } = await open(library, model, bytes);
  const probability = await step(frame);
  return { milliseconds: performance.now() - start, probability };
}
