import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HiddenstateError } from '../../bindings/errors.js';
import type { StateDict } from '../../bindings/tensor.js';
import { readSafetensors, readSafetensorsHeader, writeSafetensors } from '../../bindings/weights/safetensors.js';
import { fixture, frame, toBits } from './safetensors-file.js';

/** Any well-formed text: ASCII, everything Unicode has, and the characters JSON escapes. */
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('"', '\\', '/', '\b', '\f', '\n', '\r', '\t', '\0', '\x1f', '\x7f', 'u', '\u2028'),
    maxLength: 8,
  }),
  fc.constantFrom('__proto__', 'constructor', 'toString', '0', '10', '-1', '', '\uffff', '\ue000', '😀', '𝔸'),
);

const tensor = fc.array(fc.nat({ max: 4 }), { maxLength: 4 }).chain((dims) => {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const bits = fc.array(fc.nat({ max: 0xffffffff }), { minLength: count, maxLength: count });
  return bits.map((words) => ({ dims, data: new Float32Array(new Uint32Array(words).buffer) }));
});

const entries = fc.uniqueArray(fc.tuple(text, tensor), { selector: ([name]) => name, maxLength: 8 });
const pairs = fc.uniqueArray(fc.tuple(text, text), { selector: ([key]) => key, maxLength: 4 });

/** Like Object.fromEntries, with `__proto__` as a plain key whatever it is built from. */
function dictionary<T>(list: [string, T][]): Record<string, T> {
  const result: Record<string, T> = Object.create(null);
  for (const [key, value] of list) result[key] = value;
  return result;
}

/** The two parts of a file, header parsed by JSON.parse. */
function parts(file: Uint8Array): {
  text: string;
  header: Record<string, { data_offsets: number[] }>;
  data: Uint8Array;
} {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(8, 8 + length));
  return { text: header, header: JSON.parse(header), data: file.subarray(8 + length) };
}

describe('round trip', () => {
  test('what is written is read again, and written the same again', () => {
    fc.assert(
      fc.property(entries, fc.option(pairs, { nil: undefined }), (list, title) => {
        const tensors: StateDict = dictionary(list.filter(([name]) => name !== '__metadata__'));
        const file = writeSafetensors(tensors, title && dictionary(title));
        const read = readSafetensors(file);
        expect(Object.keys(read.tensors).sort()).toEqual(Object.keys(tensors).sort());
        for (const name of Object.keys(tensors)) {
          expect(read.tensors[name].dims).toEqual(tensors[name].dims);
          expect(toBits(read.tensors[name].data)).toEqual(toBits(tensors[name].data));
        }
        expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(dictionary(title ?? [])).sort());
        expect(Buffer.from(writeSafetensors(read.tensors, title && read.metadata))).toEqual(Buffer.from(file));
      }),
      { numRuns: 500, seed: 20261123 },
    );
  });

  test('a file is what the specification says, seen through TextDecoder and JSON.parse', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const tensors: StateDict = dictionary(list.filter(([name]) => name !== '__metadata__'));
        const { text: json, header, data } = parts(writeSafetensors(tensors));
        expect(json).toMatch(/^\{.*\} {0,7}$/s);
        expect(new TextEncoder().encode(json).length % 8).toBe(0);
        const names = Object.keys(tensors).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        let at = 0;
        for (const name of names) {
          const { dims, data: values } = tensors[name];
          const end = at + 4 * values.length;
          expect(header[name]).toEqual({ dtype: 'F32', shape: dims, data_offsets: [at, end] });
          const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
          expect(Buffer.compare(Buffer.from(data.subarray(at, end)), bytes)).toBe(0);
          at = end;
        }
        expect(at).toBe(data.length);
        expect(Object.keys(header)).toHaveLength(names.length);
      }),
      { numRuns: 300, seed: 20261123 },
    );
  });

  test('any text decodes as TextDecoder decodes it, or both refuse it', () => {
    const lead = fc.constantFrom(
      0x41,
      0x7f,
      0x80,
      0xbf,
      0xc1,
      0xc2,
      0xdf,
      0xe0,
      0xe1,
      0xed,
      0xef,
      0xf0,
      0xf3,
      0xf4,
      0xf5,
      0x9f,
      0xa0,
      0x8f,
      0x90,
    );
    const byte = fc.oneof(lead, fc.integer({ min: 0x30, max: 0x39 }), fc.integer({ min: 0x80, max: 0xff }));
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 9 }), (bytes) => {
        let expected: string | undefined;
        try {
          expected = decoder.decode(new Uint8Array(bytes));
        } catch {
          expected = undefined;
        }
        const around = (part: string) => [...new TextEncoder().encode(part)];
        const file = frame(new Uint8Array([...around('{"__metadata__":{"m":"'), ...bytes, ...around('"}}')]));
        if (expected === undefined) expect(() => readSafetensors(file)).toThrow(/expected UTF-8$/);
        else expect(readSafetensors(file).metadata.m).toBe(expected);
      }),
      { numRuns: 5000, seed: 20261123 },
    );
  });
});

/** mulberry32: small, seeded, good enough to choose mutations. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const TOKENS = [
  '-1',
  '1e9',
  '0.5',
  '18446744073709551615',
  '9007199254740991',
  'null',
  'NaN',
  '[',
  ']',
  '{',
  '}',
  '"',
  ',',
  ':',
  '\\',
  '\\ud800',
  '\\u0061',
  '__metadata__',
  '__proto__',
  'F32',
  'BF16',
  '\xff',
  '\0',
  ' ',
  '0',
  '4',
  '8',
];

/** Changes bytes: flips, cuts, doubles and moves pieces, inserts what parsers stumble over. */
function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const list = [...bytes];
  for (let changes = 1 + random(3); changes > 0; changes--) {
    const at = random(list.length + 1);
    const size = 1 + random(16);
    const kind = random(6);
    if (kind === 0) list[Math.min(at, list.length - 1)] ^= 1 << random(8);
    else if (kind === 1) list[Math.min(at, list.length - 1)] = random(256);
    else if (kind === 2) list.splice(at, size);
    else if (kind === 3) list.splice(at, 0, ...list.slice(random(list.length), at + size));
    else if (kind === 4) list.splice(random(list.length), 0, ...list.splice(at, size));
    else list.splice(at, random(4), ...[...TOKENS[random(TOKENS.length)]].map((char) => char.charCodeAt(0)));
  }
  return new Uint8Array(list);
}

describe('mutation', () => {
  const names = ['mixed', 'misaligned', 'f32-metadata', 'dtypes'];
  const small = frame(
    '{"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"y":{"dtype":"F16","shape":[],"data_offsets":[8,10]}}',
    10,
  );
  const files = [small, small, ...names.map((name) => fixture(`${name}.safetensors`))];

  /** Takes a mutated file or refuses it in our words; whatever is taken is a file of the format. */
  function check(file: Uint8Array): boolean {
    try {
      const { tensors } = readSafetensorsHeader(file);
      const size = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
      expect(size).toBe(parts(file).data.length);
    } catch (error) {
      expect((error as Error).message).toMatch(/^readSafetensorsHeader: .*got .*, expected .*$/s);
      expect([HiddenstateError, RangeError]).toContain((error as Error).constructor);
    }
    try {
      for (const { data, dims } of Object.values(readSafetensors(file).tensors)) {
        expect(data.length).toBe(dims.reduce((product, dim) => product * dim, 1));
      }
      return true;
    } catch (error) {
      expect((error as Error).message).toMatch(/^readSafetensors: .*got .*, expected .*$/s);
      expect([HiddenstateError, RangeError]).toContain((error as Error).constructor);
      return false;
    }
  }

  test.each([
    ['anywhere in the file', (file: Uint8Array, random: (below: number) => number) => mutate(file, random)],
    [
      'in the header, its length mended',
      (file: Uint8Array, random: (below: number) => number) => {
        const { text: header, data } = parts(file);
        return frame(mutate(new TextEncoder().encode(header), random), data);
      },
    ],
  ])('%s: refused in our own words or read', { timeout: 30_000 }, (_, change) => {
    const random = generator(20261123);
    let taken = 0;
    const runs = 4000;
    for (let i = 0; i < runs; i++) if (check(change(files[i % files.length], random))) taken++;
    // Both ends must occur, or the mutations prove nothing.
    expect(taken).toBeGreaterThan(runs / 200);
    expect(taken).toBeLessThan(runs / 2);
  });
});
