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
const FORMATS: readonly number[] = [1, 3, 6, 7];
const EXTENSIBLE = 0xfffe;

/** What the chunk `fmt ` says. */
interface Format {
  readonly tag: number;
  readonly channels: number;
  readonly sampleRate: number;
  readonly bits: number;
}

/** Gives a sample at an offset, from −1 to 1. */
type Decode = (view: DataView, at: number, little: boolean) => number;

/**
 * Samples by format tag and bits. Integers are divided by the size of their most negative value, as others do (libsndfile,
 * torchaudio); 8 bits are unsigned.
 */
const DECODERS: Readonly<Record<string, Decode>> = {
  '1/8': (view, at) => (view.getUint8(at) - 128) / 128,
  '1/16': (view, at, little) => view.getInt16(at, little) / 2 ** 15,
  '1/24': (view, at, little) => {
    const high = view.getInt8(little ? at + 2 : at);
    return (high * 65536 + view.getUint16(little ? at : at + 1, little)) / 2 ** 23;
  },
  '1/32': (view, at, little) => view.getInt32(at, little) / 2 ** 31,
  '3/32': (view, at, little) => view.getFloat32(at, little),
  '3/64': (view, at, little) => view.getFloat64(at, little),
  '6/8': (view, at) => aLaw(view.getUint8(at)) / 2 ** 15,
  '7/8': (view, at) => muLaw(view.getUint8(at)) / 2 ** 15,
};

/**
 * Reads a WAV file: PCM of 8, 16, 24 and 32 bits, floats of 32 and 64, A-law, µ-law; little-endian (RIFF), big-endian (RIFX)
 * or with 64-bit sizes (RF64). Channels are averaged. Chunks other than `fmt `, `ds64` and `data` are skipped unread.
 *
 * Source: Microsoft, Multimedia Programming Interface and Data Specifications 1.0; EBU Tech 3306 (RF64).
 *
 * @param bytes of the file, from anywhere
 * @throws {Error} with what is wrong, to follow the file's name
 */
export async function readWav(bytes: Uint8Array): Promise<Recording> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const form = bytes.length < 12 ? '' : textAt(view, 0);
  if (!['RIFF', 'RIFX', 'RF64'].includes(form) || textAt(view, 8) !== 'WAVE') {
    throw notWav(`got ${bytes.length} bytes that begin otherwise, expected RIFF and WAVE`);
  }
  const little = form !== 'RIFX';
  const { format, data } = readChunks(view, little);
  const { tag, channels, sampleRate, bits } = format;
  if (!FORMATS.includes(tag)) {
    throw new Error(`got samples of format ${tag}, expected PCM, floats, A-law or µ-law`);
  }
  if (!(channels >= 1 && channels <= MOST_CHANNELS)) {
    throw new Error(`got ${channels} channels, expected 1 to ${MOST_CHANNELS}`);
  }
  if (!(sampleRate >= LOWEST_RATE && sampleRate <= HIGHEST_RATE)) {
    throw new Error(`got a sample rate of ${sampleRate} Hz, expected ${LOWEST_RATE} to ${HIGHEST_RATE}`);
  }
  const key = `${tag}/${bits}`;
  if (!Object.hasOwn(DECODERS, key)) {
    const known = tag === 1 ? '8, 16, 24 or 32' : tag === 3 ? '32 or 64' : '8';
    throw new Error(`got samples of ${bits} bits, expected ${known} of this format`);
  }
  return { samples: mixed(data, DECODERS[key], channels, bits / 8, little), sampleRate };
}

function notWav(why: string): Error {
  return new Error(`not a WAV file that can be read (${why})`);
}

/** The format and the bytes of the samples: as many as are there, if the file was cut off while it was recorded. */
function readChunks(view: DataView, little: boolean): { format: Format; data: DataView } {
  let format: Format | undefined;
  let large: number | undefined;
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const name = textAt(view, at);
    const left = view.byteLength - at - 8;
    const claimed = view.getUint32(at + 4, little);
    if (name === 'ds64' && claimed >= 16 && left >= 16) large = Number(view.getBigUint64(at + 16, true));
    if (name === 'data') {
      if (!format) throw notWav('got samples before their format, expected a chunk "fmt " first');
      const size = claimed === 0xffffffff ? (large ?? left) : claimed;
      return { format, data: new DataView(view.buffer, view.byteOffset + at + 8, Math.min(size, left)) };
    }
    if (name === 'fmt ') {
      if (claimed < 16 || left < claimed) throw notWav(`got a format of ${Math.min(claimed, left)} bytes, expected 16`);
      format = readFormat(view, at + 8, claimed, little);
    }
    // Chunks begin at even places.
    at += 8 + claimed + (claimed & 1);
  }
  throw notWav(format ? 'got no samples, expected a chunk "data"' : 'got no format, expected a chunk "fmt "');
}

function readFormat(view: DataView, at: number, size: number, little: boolean): Format {
  const tag = view.getUint16(at, little);
  return {
    // The extension begins with the tag of what it extends.
    tag: tag === EXTENSIBLE && size >= 26 ? view.getUint16(at + 24, little) : tag,
    channels: view.getUint16(at + 2, little),
    sampleRate: view.getUint32(at + 4, little),
    bits: view.getUint16(at + 14, little),
  };
}

function mixed(data: DataView, decode: Decode, channels: number, bytes: number, little: boolean): Float32Array {
  const samples = new Float32Array(Math.floor(data.byteLength / (channels * bytes)));
  for (let i = 0; i < samples.length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += decode(data, (i * channels + c) * bytes, little);
    samples[i] = sum / channels;
    if (!Number.isFinite(samples[i])) throw new Error(`got ${samples[i]} as sample ${i}, expected finite numbers`);
  }
  return samples;
}

/** ITU-T G.711, A-law to 16 bits. */
function aLaw(code: number): number {
  const value = code ^ 0x55;
  const exponent = (value >> 4) & 7;
  const mantissa = (value & 15) * 16 + 8;
  const size = exponent === 0 ? mantissa : (mantissa + 256) << (exponent - 1);
  return value & 0x80 ? size : -size;
}

/** ITU-T G.711, µ-law to 16 bits. */
function muLaw(code: number): number {
  const value = ~code & 0xff;
  const size = ((((value & 15) << 3) + 132) << ((value >> 4) & 7)) - 132;
  return value & 0x80 ? -size : size;
}

function textAt(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}
