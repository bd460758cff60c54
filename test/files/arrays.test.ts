import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isOwnError } from '../../bindings/errors.js';
import { readHdf5, readNumpy } from '../../bindings/formats/arrays/index.js';
import { readTorch } from '../../bindings/formats/torch/index.js';
import { readSafetensors, writeSafetensors } from '../../bindings/index.js';
import { torchCases } from '../torch/cases.js';

interface Case {
  readonly name: string;
  readonly file: string;
  readonly arrays: Record<string, { dims: number[]; values: number[] }> | null;
}

const CASES: Case[] = JSON.parse(readFileSync(join(import.meta.dirname, 'arrays.json'), 'utf8'));
const bytesOf = ({ file }: Case) => new Uint8Array(Buffer.from(file, 'base64'));
const readerOf = ({ name }: Case) => (name.startsWith('hdf5') ? readHdf5 : readNumpy);
const read = (each: Case) => readerOf(each)(bytesOf(each));

describe('files of NumPy and h5py', () => {
  test.each(CASES.filter(({ arrays }) => arrays).map((each) => [each.name, each] as const))('%s', (_, each) => {
    const dict = read(each);
    expect(Object.keys(dict).sort()).toEqual(Object.keys(each.arrays ?? {}).sort());
    for (const [name, { dims, values }] of Object.entries(each.arrays ?? {})) {
      expect(dict[name].dims, name).toEqual(dims);
      expect(Array.from(dict[name].data), name).toEqual(values);
    }
  });

  test.each(CASES.filter(({ arrays }) => !arrays).map((each) => [each.name, each] as const))(
    '%s is refused by its type',
    (_, each) => {
      expect(() => read(each)).toThrow(/readNumpy: got an array of .*expected little-endian numbers/);
    },
  );
});

test('files that lie anywhere in a Buffer of Node, whose slice copies nothing', () => {
  const within = (file: Uint8Array, offset: number) => {
    const buffer = Buffer.alloc(file.length + 8);
    buffer.set(file, offset);
    return buffer.subarray(offset, offset + file.length);
  };
  const tensors = { w: { data: Float32Array.of(1, 2, 3), dims: [3] } };
  const [{ cases }] = torchCases();
  const checkpoint = cases.find(({ name }) => name === 'state-dict')?.file as Uint8Array;
  for (let offset = 0; offset < 8; offset++) {
    for (const each of CASES.filter(({ arrays }) => arrays)) {
      const dict = readerOf(each)(within(bytesOf(each), offset));
      for (const [name, { values }] of Object.entries(each.arrays ?? {})) {
        expect(Array.from(dict[name].data), `${each.name} at ${offset}`).toEqual(values);
      }
    }
    expect(readSafetensors(within(writeSafetensors(tensors), offset)).tensors.w.data).toEqual(tensors.w.data);
    const read = readTorch(within(checkpoint, offset)).tensors;
    for (const [name, { data }] of Object.entries(readTorch(checkpoint).tensors)) {
      expect(read[name].data, `${name} at ${offset}`).toEqual(data);
    }
  }
});

test('a file cut anywhere, or with a byte changed in its header, is an error of ours or an array', () => {
  for (const each of CASES.filter(({ name }) => /npy <f4|npz$|fortran/.test(name))) {
    const file = bytesOf(each);
    for (let length = 0; length < file.length; length += 7) {
      expect(() => readNumpy(file.subarray(0, length))).toThrow(/^readNumpy: /);
    }
    for (let at = 0; at < Math.min(file.length, 128); at++) {
      const damaged = file.slice();
      damaged[at] ^= 0x15;
      try {
        readNumpy(damaged);
      } catch (error) {
        expect(isOwnError(error), `${error}`).toBe(true);
      }
    }
  }
});

test('a shape that the bytes do not bear out is refused', () => {
  const header = (shape: string) => {
    const text = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }\n`;
    const bytes = new Uint8Array(10 + text.length);
    bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length, 0]);
    bytes.set(new TextEncoder().encode(text), 10);
    return bytes;
  };
  for (const shape of ['(1099511627776,)', '(9999999999999999, 9999999999999999)', '(1,)']) {
    expect(() => readNumpy(header(shape))).toThrow(/^readNumpy: got 0 bytes for dims/);
  }
  for (const shape of ['(-1,)', '__import__("os")', "('a',)"])
    expect(() => readNumpy(header(shape))).toThrow(/got a header/);
});

test('a chunk that was damaged is refused by its checksum', () => {
  const file = bytesOf(CASES.find(({ name }) => name.endsWith('compression fletcher32')) as Case);
  let refused = 0;
  for (let at = 0; at < file.length; at += 7) {
    const damaged = file.slice();
    damaged[at] ^= 1 << (at % 8);
    try {
      readHdf5(damaged);
    } catch (error) {
      if (!isOwnError(error)) throw error;
      if (error.message.includes('a chunk whose checksum is another')) refused++;
    }
  }
  // So many of those bytes at least are in chunks.
  expect(refused).toBeGreaterThan(200);
});
