import { median } from '../../measure/index.js';
import { formatCount } from '../terminal/format.js';
import { Progress } from '../terminal/progress.js';
import { takeTurn } from '../terminal/standard-output.js';

/** Samples a second that a Silero model listens to. */
export const SAMPLE_RATE = 16_000;

/** What a model said of a recording. */
export interface Heard {
  /** One for each frame. */
  readonly probabilities: readonly number[];
  /** Samples of a frame. */
  readonly frameSize: number;
  /** The model's own time for a frame: the median, for the first ones also plan and warm up. */
  readonly microsecondsPerFrame: number;
}

/**
 * Sends a recording of 16 kHz through a Silero model, frame by frame.
 *
 * @throws {Error} if the bytes are no such model
 */
export async function listen(model: Uint8Array, samples: Float32Array): Promise<Heard> {
  // Loaded here, so that no other command waits for it.
  const { Vad } = await import('../../audio/index.js');
  const probabilities: number[] = [];
  const vad = await Vad.load(model, {
    onFrame: (probability) => {
      probabilities.push(probability);
    },
  });
  const progress = new Progress('listening');
  const milliseconds: number[] = [];
  try {
    const { frameSize } = vad;
    for (let at = 0; at < samples.length; at += frameSize) {
      const begin = performance.now();
      vad.push(samples.subarray(at, at + frameSize));
      milliseconds.push(performance.now() - begin);
      progress.update(at / samples.length, () => `${formatCount(Math.round(at / SAMPLE_RATE))} s`);
      await takeTurn();
    }
    vad.flush();
    return { probabilities, frameSize, microsecondsPerFrame: 1000 * median(milliseconds) };
  } finally {
    progress.clear();
    vad.dispose();
  }
}
