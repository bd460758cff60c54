import type { WorkerClient } from '../shared/worker-client.js';
import type { Recording } from './decode.js';
import { FRAME, type Heard, type Request, type Sound } from './messages.js';
import { Track } from './track.js';

/** Frames that are heard between two pictures: half a minute of sound. */
const AT_ONCE = 1000;

/**
 * Hears all of a recording in the worker, half a minute at a time.
 *
 * @param onPart called with what is heard so far; false gives the rest up
 * @returns microseconds a frame, of each part; undefined if it was given up
 */
export async function hearAll(
  worker: WorkerClient<Request>,
  { buffer }: Recording,
  onPart: (track: Track) => boolean,
): Promise<number[] | undefined> {
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, i) => buffer.getChannelData(i).slice());
  const sound = await worker.ask<Sound>(
    { kind: 'sound', channels, rate: buffer.sampleRate },
    channels.map((channel) => channel.buffer),
  );
  const track = new Track();
  track.samples = sound.samples;
  track.peaks = sound.peaks;
  const times: number[] = [];
  while (track.probabilities.length * FRAME < sound.samples) {
    const heard = await worker.ask<Heard>({ kind: 'hear', frames: AT_ONCE });
    track.probabilities.push(...heard.probabilities);
    times.push(heard.microseconds);
    if (!onPart(track)) return undefined;
  }
  return times;
}
