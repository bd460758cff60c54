import { median } from '../../measure/index.js';
import { formatCount } from '../terminal/format.js';
import { Progress } from '../terminal/progress.js';
import { takeTurn } from '../terminal/standard-output.js';
import { SAMPLE_RATE, type Silero } from './silero.js';

/** What a model said of a recording. */
export interface Heard {
  /** One for each frame. */
  readonly probabilities: readonly number[];
  /** The model's own time for a frame: the median, for the first ones also plan and warm up. */
  readonly microsecondsPerFrame: number;
}

/** Sends a recording of 16 kHz through a model, frame by frame. */
export async function listen(silero: Silero, samples: Float32Array): Promise<Heard> {
  const { frameSize } = silero;
  const frames = Math.ceil(samples.length / frameSize);
  const probabilities: number[] = [];
  const progress = new Progress('listening');
  const milliseconds: number[] = [];
  try {
    for (let i = 0; i < frames; i++) {
      const frame = samples.subarray(i * frameSize, (i + 1) * frameSize);
      const begin = performance.now();
      probabilities.push(silero.step(frame));
      milliseconds.push(performance.now() - begin);
      progress.update(i / frames, () => `${formatCount(Math.round((i * frameSize) / SAMPLE_RATE))} s`);
      await takeTurn();
    }
  } finally {
    progress.clear();
  }
  return { probabilities, microsecondsPerFrame: 1000 * median(milliseconds) };
}
