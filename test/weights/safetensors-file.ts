import { readFileSync } from 'node:fs';

/** One tensor as the generator says it must be read. */
export interface Expected {
  name: string;
  dims: number[];
  /** float32 bit patterns; any NaN is 7fc00000. */
  bits: number[];
}

/** A committed file of fixtures/. */
export function fixture(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
}

/** The generator's table of a fixture: what PyTorch and numpy make of every element. */
export function expectedTensors(name: string): Expected[] {
  const lines = new TextDecoder().decode(fixture(name)).split('\n').slice(0, -1);
  return lines.map((line) => {
    const [tensor, dims, words] = line.split('\t');
    const bits = words === '' ? [] : words.split(' ').map((word) => Number.parseInt(word, 16));
    return { name: JSON.parse(tensor), dims: JSON.parse(dims), bits };
  });
}

/** The float32 array of bit patterns. */
export function fromBits(bits: number[]): Float32Array {
  return new Float32Array(new Uint32Array(bits).buffer);
}

/** The bit patterns of a float32 array, any NaN as 7fc00000: −0 and NaN compare as what they are. */
export function toBits(data: Float32Array): number[] {
  const bits = new Uint32Array(data.length);
  for (let i = 0; i < data.length; i++)
    bits[i] = Number.isNaN(data[i]) ? 0x7fc00000 : new Uint32Array(data.slice(i, i + 1).buffer)[0];
  return [...bits];
}

/** A file around any header, text or bytes: its length in front, the data behind. */
export function frame(header: string | Uint8Array, data: Uint8Array | number = 0): Uint8Array<ArrayBuffer> {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const body = typeof data === 'number' ? new Uint8Array(data) : data;
  const file = new Uint8Array(8 + text.length + body.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(body, 8 + text.length);
  return file;
}
