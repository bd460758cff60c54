import { describe, expect, test } from 'vitest';
import wavefile from 'wavefile';
import { readWav } from '../../bindings/cli/vad/wav.js';

/** A WAV file as bytes, written here so that reader and writer are two. */
function wavBytes(format: number, bits: number, channels: number, rate: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(44 + data.length);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string) => bytes.set(new TextEncoder().encode(value), at);
  const block = (channels * bits) / 8;
  text(0, 'RIFF');
  view.setUint32(4, 36 + data.length, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, format, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * block, true);
  view.setUint16(32, block, true);
  view.setUint16(34, bits, true);
  text(36, 'data');
  view.setUint32(40, data.length, true);
  bytes.set(data, 44);
  return bytes;
}

const bytesOf = ({ buffer }: { buffer: ArrayBufferLike }) => new Uint8Array(buffer);
const int24 = (values: readonly number[]) =>
  Uint8Array.from(values.flatMap((value) => [value & 255, (value >> 8) & 255, (value >> 16) & 255]));

describe('readWav', () => {
  test.each([
    ['8-bit', 1, 8, Uint8Array.of(128, 255, 0, 64), [0, 127 / 128, -1, -0.5]],
    ['16-bit', 1, 16, bytesOf(Int16Array.of(0, 32767, -32768, 16384)), [0, 32767 / 32768, -1, 0.5]],
    ['24-bit', 1, 24, int24([0, 8388607, -8388608, 4194304]), [0, 8388607 / 8388608, -1, 0.5]],
    ['32-bit', 1, 32, bytesOf(Int32Array.of(0, 2147483647, -2147483648, 1 << 30)), [0, 1, -1, 0.5]],
    ['float', 3, 32, bytesOf(Float32Array.of(0, 0.25, -1.5, 1)), [0, 0.25, -1.5, 1]],
    ['double', 3, 64, bytesOf(Float64Array.of(0, 0.25, -1.5, 1)), [0, 0.25, -1.5, 1]],
  ] as const)('reads %s samples', async (_name, format, bits, data, expected) => {
    const { samples, sampleRate } = await readWav(wavBytes(format, bits, 1, 22_050, data));
    expect(sampleRate).toBe(22_050);
    expect(Array.from(samples)).toEqual(Array.from(Float32Array.from(expected)));
  });

  test('averages channels', async () => {
    const data = bytesOf(Int16Array.of(100, 300, -32768, 0));
    expect(Array.from((await readWav(wavBytes(1, 16, 2, 8000, data))).samples)).toEqual([200 / 32768, -0.5]);
  });

  test.each(['8a', '8m'])('reads code %s to within its own coarseness', async (code) => {
    const wav = new wavefile.WaveFile();
    const wave = Int16Array.from({ length: 1010 }, (_, i) => 8000 * Math.sin(i / 30));
    wav.fromScratch(1, 8000, '16', wave);
    if (code === '8a') wav.toALaw();
    else wav.toMuLaw();
    const { samples } = await readWav(wav.toBuffer());
    for (let i = 0; i < wave.length; i++) expect(Math.abs(samples[i] - wave[i] / 32768)).toBeLessThan(0.01);
  });

  test.each([
    ['nothing', new Uint8Array()],
    ['text', new TextEncoder().encode('this is no sound at all, not one')],
    ['half a header', wavBytes(1, 16, 1, 8000, new Uint8Array(8)).subarray(0, 30)],
    ['MP3 in a WAV', wavBytes(85, 16, 1, 8000, new Uint8Array(8))],
    ['no channels', wavBytes(1, 16, 0, 8000, new Uint8Array(8))],
    ['a rate of 0', wavBytes(1, 16, 1, 0, new Uint8Array(8))],
    ['a rate that makes seconds of every byte', wavBytes(1, 16, 1, 1, new Uint8Array(8))],
    ['a sample that is no number', wavBytes(3, 32, 1, 8000, bytesOf(Float32Array.of(0.5, Number.NaN)))],
    ['an infinite sample', wavBytes(3, 64, 2, 8000, bytesOf(Float64Array.of(0, 0, Number.POSITIVE_INFINITY, 0)))],
  ])('refuses %s', async (_name, bytes) => {
    await expect(readWav(bytes)).rejects.toThrow(/^(not a WAV file that can be read \(|got .*, expected )/);
  });
});

describe('chunks that claim what is not there', () => {
  const good = wavBytes(1, 16, 1, 8000, bytesOf(Int16Array.of(0, 16384)));
  const chunk = (name: string, size: number, ...words: number[]) => {
    const bytes = new Uint8Array(8 + 4 * words.length);
    bytes.set(new TextEncoder().encode(name));
    new DataView(bytes.buffer).setUint32(4, size, true);
    words.forEach((word, i) => {
      new DataView(bytes.buffer).setUint32(8 + 4 * i, word, true);
    });
    return bytes;
  };
  const before = (extra: Uint8Array) => Uint8Array.from([...good.subarray(0, 36), ...extra, ...good.subarray(36)]);

  test.each([
    ['cue points', chunk('cue ', 4, 0xffffffff)],
    ['sample loops', chunk('smpl', 36, 0, 0, 0, 0, 0, 0, 0, 0xffffffff, 0)],
    ['a list', chunk('LIST', 4, 0x6c746461)],
  ])('%s are skipped', async (_, extra) => {
    const begin = performance.now();
    expect(Array.from((await readWav(before(extra))).samples)).toEqual([0, 0.5]);
    expect(performance.now() - begin).toBeLessThan(100);
  });

  test('a chunk of four gigabytes ends the file', async () => {
    await expect(readWav(before(chunk('junk', 0xfffffff0)))).rejects.toThrow(/got no samples, expected a chunk "data"/);
  });

  test('samples past the end of the file are left out', async () => {
    const cut = good.slice();
    new DataView(cut.buffer).setUint32(40, 0xfffffff0, true);
    expect(Array.from((await readWav(cut)).samples)).toEqual([0, 0.5]);
  });

  test.each([0, 1, 7, 12, 65535])('samples of %i bits are refused', async (bits) => {
    const odd = good.slice();
    new DataView(odd.buffer).setUint16(34, bits, true);
    await expect(readWav(odd)).rejects.toThrow(`got samples of ${bits} bits, expected 8, 16, 24 or 32 of this format`);
  });
});
