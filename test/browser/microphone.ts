import { writeFileSync } from 'node:fs';
import { resample } from '../../bindings/audio/index.js';
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
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + 2 * samples.length, 4);
  bytes.write('WAVEfmt ', 8);
  // PCM, one channel of 16 bits.
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(RATE, 24);
  bytes.writeUInt32LE(2 * RATE, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((sample, i) => {
    bytes.writeInt16LE(Math.round(32_767 * Math.max(-1, Math.min(1, sample))), 44 + 2 * i);
  });
  writeFileSync(path, bytes);
}
