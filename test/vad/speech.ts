/** Real speech, as Debian's packages pocketsphinx-testdata and alsa-utils carry it. */
import { existsSync, readFileSync } from 'node:fs';
import { resample } from '../../bindings/audio/index.js';
import { readWav } from '../../bindings/cli/vad/wav.js';

const SPHINX = '/usr/share/pocketsphinx/test/data';

const FILES: readonly string[] = [
  `${SPHINX}/goforward.raw`,
  `${SPHINX}/librivox/sense_and_sensibility_01_austen_64kb-0880.wav`,
  '/usr/share/sounds/alsa/Front_Center.wav',
];

/** The recordings that are on this machine; names those that are not. */
export const SPEECH: readonly string[] = FILES.filter((path) => {
  if (existsSync(path)) return true;
  console.log(`skipped: ${path} is not here (Debian: pocketsphinx-testdata, alsa-utils)`);
  return false;
});

/** Reads a recording as 16 kHz; a raw one is 16-bit PCM of that rate. */
export async function readSpeech(path: string): Promise<Float32Array> {
  const bytes = new Uint8Array(readFileSync(path));
  if (path.endsWith('.raw')) return Float32Array.from(new Int16Array(bytes.buffer), (sample) => sample / 32768);
  const { samples, sampleRate } = await readWav(bytes);
  return resample(samples, { from: sampleRate, to: 16_000 });
}
