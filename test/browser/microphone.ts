import { writeFileSync } from 'node:fs';
import { resample } from '../../bindings/audio/index.js';
import { wavOf } from '../support/wav.js';
import { readSpeech, SPEECH } from '../vad/speech.js';

const RATE = 48_000;

/** Writes what a fake microphone hears again and again: speech between silences. */
export async function writeMicrophone(path: string): Promise<void> {
  const parts = await Promise.all(SPEECH.slice(0, 2).map(readSpeech));
  const pause = new Float32Array(1.2 * 16_000);
  const length = parts.reduce((sum, part) => sum + part.length + pause.length, 0);
  const spoken = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    at += pause.length;
    spoken.set(part, at);
    at += part.length;
  }
  const samples = resample(spoken, { from: 16_000, to: RATE });
  writeFileSync(path, wavOf([samples], RATE));
}
