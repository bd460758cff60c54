import type { WaveFile } from 'wavefile';

/** A recording of one channel. */
export interface Recording {
  /** From −1 to 1. */
  readonly samples: Float32Array;
  /** In Hz. */
  readonly sampleRate: number;
}

const MOST_CHANNELS = 64;
/** Lower ones are not of sound, and a few bytes of them would be hours to resample. */
const LOWEST_RATE = 1000;
const HIGHEST_RATE = 768_000;
/** Format tags of PCM, floats, A-law, µ-law, and the one that leads to an extension with one of these. */
const FORMATS: readonly number[] = [1, 3, 6, 7, 0xfffe];

/**
 * Reads a WAV file: PCM of 8 to 32 bits, floats of 32 and 64, A-law, µ-law. Channels are averaged.
 *
 * @param bytes of the file, from anywhere
 * @throws {Error} with what is wrong, to follow the file's name
 */
export async function readWav(bytes: Uint8Array): Promise<Recording> {
  const wav = await parse(bytes);
  const { audioFormat, numChannels, sampleRate } = wav.fmt as Readonly<Record<string, number>>;
  if (!FORMATS.includes(audioFormat)) {
    throw new Error(`got samples of format ${audioFormat}, expected PCM, floats, A-law or µ-law`);
  }
  if (!(numChannels >= 1 && numChannels <= MOST_CHANNELS)) {
    throw new Error(`got ${numChannels} channels, expected 1 to ${MOST_CHANNELS}`);
  }
  if (!(sampleRate >= LOWEST_RATE && sampleRate <= HIGHEST_RATE)) {
    throw new Error(`got a sample rate of ${sampleRate} Hz, expected ${LOWEST_RATE} to ${HIGHEST_RATE}`);
  }
  const scale = scaleOf(wav);
  const interleaved = wav.getSamples(true, Float64Array);
  return { samples: mixed(interleaved, numChannels, scale), sampleRate };
}

async function parse(bytes: Uint8Array): Promise<WaveFile> {
  // Loaded here, so that no other command waits for it.
  const { default: wavefile } = await import('wavefile');
  try {
    const wav = new wavefile.WaveFile(bytes);
    if (wav.bitDepth === '8a') wav.fromALaw();
    else if (wav.bitDepth === '8m') wav.fromMuLaw();
    return wav;
  } catch (error) {
    throw new Error(`not a WAV file that can be read (${(error as Error).message})`);
  }
}

interface Scale {
  readonly zero: number;
  readonly full: number;
}

/** Integers are divided by the size of their most negative value, as others do (libsndfile, torchaudio); 8 bits are unsigned. */
function scaleOf({ bitDepth }: WaveFile): Scale {
  if (bitDepth === '32f' || bitDepth === '64') return { zero: 0, full: 1 };
  const bits = Number(bitDepth);
  return { zero: bits === 8 ? 128 : 0, full: 2 ** (bits - 1) };
}

function mixed(interleaved: Float64Array, channels: number, { zero, full }: Scale): Float32Array {
  const samples = new Float32Array(Math.floor(interleaved.length / channels));
  for (let i = 0; i < samples.length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += interleaved[i * channels + c] - zero;
    samples[i] = sum / (full * channels);
    if (!Number.isFinite(samples[i])) throw new Error(`got ${samples[i]} as sample ${i}, expected finite numbers`);
  }
  return samples;
}
