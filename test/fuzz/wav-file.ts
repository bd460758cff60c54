/** RIFF files for readers to be tried on. */
import { mulberry32 } from '../support/random.js';

export interface WavParts {
  readonly tag: number;
  readonly channels: number;
  readonly rate: number;
  readonly bits: number;
  /** Chunks before the samples, by their names. */
  readonly before: Readonly<Record<string, Uint8Array>>;
  /** Bytes of samples. */
  readonly data: Uint8Array;
}

/** Two channels of 16 bits, with the chunks that recorders put before the samples. */
export const SPEECH: WavParts = {
  tag: 1,
  channels: 2,
  rate: 16_000,
  bits: 16,
  before: {
    LIST: new TextEncoder().encode('INFOISFT\x04\0\0\0test'),
    'cue ': new Uint8Array(28).fill(1),
    smpl: new Uint8Array(60),
  },
  data: Uint8Array.from({ length: 1600 }, (_, i) => i & 255),
};

/** A WAV file. */
export function wavFile({ tag, channels, rate, bits, before, data }: WavParts): Uint8Array<ArrayBuffer> {
  const frame = (channels * bits) >> 3;
  const format = new Uint8Array(16);
  const view = new DataView(format.buffer);
  for (const [at, value] of [
    [0, tag],
    [2, channels],
    [12, frame],
    [14, bits],
  ])
    view.setUint16(at, value, true);
  for (const [at, value] of [
    [4, rate],
    [8, rate * frame],
  ])
    view.setUint32(at, value, true);
  const chunks = [
    chunk('fmt ', format),
    ...Object.entries(before).map(([name, body]) => chunk(name, body)),
    chunk('data', data),
  ];
  const body = new Uint8Array(Buffer.concat([Buffer.from('WAVE'), ...chunks]));
  return new Uint8Array(chunk('RIFF', body));
}

/** A file of other formats, sizes, chunks and counts than there should be. The same seed gives the same file. */
export function drawWav(seed: number): Uint8Array {
  const random = mulberry32(seed);
  const below = (count: number) => Math.floor(random() * count);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)];
  const word = () => pick([0, 1, 2, 3, 6, 7, 8, 12, 16, 24, 32, 64, 0x7fff, 0x8000, 0xfffe, 0xffff, below(65_536)]);
  const long = () => pick([0, 1, 8000, 16_000, 44_100, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, below(2 ** 32)]);
  const bytes = (length: number) => Uint8Array.from({ length }, () => below(256));
  const format = new Uint8Array(pick([16, 16, 16, 18, 40, 0, 2, 15, below(60)]));
  const view = new DataView(format.buffer);
  const usual = random() < 0.5;
  const put = (at: number, value: number, size: 2 | 4) => {
    if (at + size > format.length) return;
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
  };
  put(0, usual ? pick([1, 3, 6, 7, 0xfffe]) : word(), 2);
  put(2, usual ? 1 + below(3) : word(), 2);
  put(4, usual ? 16_000 : long(), 4);
  put(8, long(), 4);
  put(12, word(), 2);
  put(14, usual ? pick([8, 16, 24, 32, 64]) : word(), 2);
  put(16, word(), 2);
  put(24, pick([1, 3, word()]), 2);
  const chunks = [chunk('fmt ', format), chunk('data', bytes(below(200)))];
  for (let n = below(4); n > 0; n--) {
    const name = pick(['LIST', 'cue ', 'smpl', 'fact', 'ds64', 'fmt ', 'data', 'JUNK', '\0\0\0\0']);
    const body = bytes(below(80));
    // Counts stand at the beginning of a list.
    if (body.length >= 4 && random() < 0.5) new DataView(body.buffer).setUint32(0, long(), true);
    chunks.splice(below(chunks.length + 1), 0, chunk(name, body, random() < 0.3 ? long() : body.length));
  }
  if (random() < 0.2) chunks.push(Buffer.from(bytes(below(8))));
  const body = Buffer.concat([Buffer.from('WAVE'), ...chunks]);
  const whole = chunk(pick(['RIFF', 'RIFF', 'RIFX', 'RF64']), body, random() < 0.3 ? long() : body.length);
  return new Uint8Array(whole.subarray(0, random() < 0.1 ? below(whole.length) : whole.length));
}

/** A chunk: name, length, content, and a byte to make its length even. */
export function chunk(name: string, body: Uint8Array, length = body.length): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length & 1)]);
}
