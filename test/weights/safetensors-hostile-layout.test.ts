import { describe, expect, test } from 'vitest';
import { readSafetensors, readSafetensorsHeader } from '../../bindings/weights/safetensors.js';
import { fixture, frame } from './safetensors-file.js';
import { type Case, refuses } from './safetensors-hostile.js';

const MAX = 2 ** 53 - 1;

const tensor = (fields: string, bytes = 8) => frame(`{"a":{${fields}}}`, bytes);
const shape = (dims: string) => tensor(`"dtype":"F32","shape":${dims},"data_offsets":[0,8]`);
const offsets = (range: string, bytes = 8) => tensor(`"dtype":"F32","shape":[2],"data_offsets":${range}`, bytes);
const two = (a: string, b: string, bytes = 16) =>
  frame(
    `{"a":{"dtype":"F32","shape":[2],"data_offsets":${a}},"b":{"dtype":"F32","shape":[2],"data_offsets":${b}}}`,
    bytes,
  );

function lengthOnly(length: bigint, fileSize: number): Uint8Array {
  const file = new Uint8Array(fileSize).fill(0x20);
  new DataView(file.buffer).setBigUint64(0, length, true);
  return file;
}

const lengths: Case[] = [
  ['nothing', new Uint8Array(0), RangeError, 'got a file of 0 bytes, expected at least 8'],
  ['seven bytes', new Uint8Array(7), RangeError, 'got a file of 7 bytes, expected at least 8'],
  ['no header', new Uint8Array(8), Error, "header: got no header, expected '{' as the first byte"],
  [
    'a length one past the file',
    lengthOnly(93n, 100),
    RangeError,
    'got a header length of 93, expected at most the 92 bytes that follow it',
  ],
  [
    '100 MB in 1 KB',
    lengthOnly(100_000_000n, 1024),
    RangeError,
    'got a header length of 100000000, expected at most the 1016 bytes',
  ],
  [
    'more than 100 MB',
    lengthOnly(100_000_001n, 1024),
    RangeError,
    'got a header length of 100000001, expected at most 100000000',
  ],
  [
    '2^32 + 2',
    lengthOnly(2n ** 32n + 2n, 1024),
    RangeError,
    'got a header length of 4294967298, expected at most 100000000',
  ],
  [
    '2^63',
    lengthOnly(2n ** 63n, 1024),
    RangeError,
    'got a header length of 9223372036854775808, expected at most 100000000',
  ],
  [
    '2^64 − 1',
    lengthOnly(2n ** 64n - 1n, 1024),
    RangeError,
    'got a header length of 18446744073709551615, expected at most 100000000',
  ],
  ['spaces before the header', frame(' {}'), Error, "header: got 0x20, expected '{' as the first byte"],
  ['a byte order mark', frame('\ufeff{}'), Error, "header: got 0xef, expected '{' as the first byte"],
];

const layouts: Case[] = [
  [
    'an overlap',
    two('[0,8]', '[4,12]'),
    RangeError,
    'tensor "b": got data_offsets from 4, expected 8, where the data before it end',
  ],
  ['the same range twice', two('[0,8]', '[0,8]'), RangeError, 'tensor "b": got data_offsets from 0, expected 8, '],
  ['a hole', two('[0,8]', '[12,20]', 20), RangeError, 'tensor "b": got data_offsets from 12, expected 8, '],
  ['a hole at the start', offsets('[8,16]', 16), RangeError, 'tensor "a": got data_offsets from 8, expected 0, '],
  [
    'a backward range',
    offsets('[8,0]'),
    RangeError,
    'tensor "a": got data_offsets [8, 0], expected [begin, end], begin ≤ end',
  ],
  [
    'a negative begin',
    offsets('[-8,0]'),
    RangeError,
    `tensor "a": data_offsets: got -8, expected an integer from 0 to ${MAX}`,
  ],
  ['one offset', offsets('[8]'), RangeError, 'tensor "a": got data_offsets [8], expected [begin, end]'],
  ['three offsets', offsets('[0,8,8]'), RangeError, 'tensor "a": got data_offsets [0, 8, 8], expected [begin, end]'],
  ['no offsets', offsets('[]'), RangeError, 'tensor "a": got data_offsets [], expected [begin, end]'],
  [
    'data cut off',
    offsets('[0,8]', 7),
    RangeError,
    'got 7 bytes of data after the header, expected 8, the end of the last tensor',
  ],
  ['data left over', offsets('[0,8]', 9), RangeError, 'got 9 bytes of data after the header, expected 8, '],
  ['data without a tensor', frame('{}', 4), RangeError, 'got 4 bytes of data after the header, expected 0, '],
  [
    'a range other than the shape',
    offsets('[0,4]', 4),
    RangeError,
    'tensor "a": got 4 bytes of data, expected 8 for F32 of shape [2]',
  ],
  [
    '100 MB of data in 1 KB',
    tensor('"dtype":"F32","shape":[25000000],"data_offsets":[0,100000000]', 1024),
    RangeError,
    'got 1024 bytes of data after the header, expected 100000000, ',
  ],
  [
    '2^53 − 1 bytes of data in 1 KB',
    tensor(`"dtype":"U8","shape":[${MAX}],"data_offsets":[0,${MAX}]`, 1024),
    RangeError,
    `got 1024 bytes of data after the header, expected ${MAX}, `,
  ],
  [
    'half a byte',
    tensor('"dtype":"F4","shape":[3],"data_offsets":[0,2]', 2),
    RangeError,
    'tensor "a": got 2 bytes of data, expected 1.5 for F4',
  ],
];

const dims: Case[] = [
  ['a negative dim', shape('[-2]'), RangeError, `tensor "a": shape: got -2, expected an integer from 0 to ${MAX}`],
  ['two negative dims', shape('[-1,-2]'), RangeError, 'tensor "a": shape: got -1, expected an integer'],
  ['minus zero', shape('[-0]'), RangeError, 'tensor "a": shape: got -0, expected an integer'],
  ['a fraction', shape('[0.5,4]'), RangeError, 'tensor "a": shape: got 0.5, expected an integer'],
  ['a whole fraction', shape('[2.0]'), RangeError, 'tensor "a": shape: got 2.0, expected an integer'],
  ['an exponent', shape('[2e0]'), RangeError, 'tensor "a": shape: got 2e0, expected an integer'],
  ['an infinite exponent', shape('[1e999]'), RangeError, 'tensor "a": shape: got 1e999, expected an integer'],
  ['a leading zero', shape('[02]'), RangeError, 'tensor "a": shape: got 02, expected an integer'],
  ['hexadecimal', shape('[0x2]'), Error, `tensor "a": shape: got 'x' at byte 38, expected ']'`],
  ['NaN', shape('[NaN]'), Error, `tensor "a": shape: got 'N' at byte`],
  ['null', shape('[null]'), Error, `tensor "a": shape: got 'n' at byte`],
  ['a string', shape('["2"]'), Error, `tensor "a": shape: got '"' at byte`],
  ['a dim in a dim', shape('[[2]]'), Error, `tensor "a": shape: got '[' at byte`],
  ['a bare number', shape('2'), Error, `tensor "a": shape: got '2' at byte`],
  [
    'a million digits',
    shape(`[${'9'.repeat(1e6)}]`),
    RangeError,
    `tensor "a": shape: got ${'9'.repeat(24)}, expected an integer`,
  ],
  ['2^53', shape('[9007199254740992]'), RangeError, 'tensor "a": shape: got 9007199254740992, expected an integer'],
  [
    '2^64 − 2',
    shape('[2,18446744073709551614]'),
    RangeError,
    'tensor "a": shape: got 18446744073709551614, expected an integer',
  ],
  [
    'a product past 2^53',
    shape('[4294967296,4294967296]'),
    RangeError,
    `tensor "a": got dims [4294967296, 4294967296], expected a product of at most ${MAX}`,
  ],
  [
    'a product that wraps to 8 in 64 bits',
    shape('[4294967296,4294967296,2]'),
    RangeError,
    'tensor "a": got dims [4294967296, 4294967296, 2], expected a product',
  ],
  [
    'a product of 100 000 dims',
    shape(`[${'2,'.repeat(1e5)}2]`),
    RangeError,
    'tensor "a": got dims [2, 2, 2, 2, 2, 2, 2, 2, …], expected a product',
  ],
];

refuses('header length', lengths);
refuses('layout', layouts);
refuses('dims', dims);

test.each([
  undefined,
  null,
  'bytes',
  8,
  [1, 2],
  {},
  new Uint16Array(8),
  new DataView(new ArrayBuffer(8)),
  { length: 8 },
])('refuses %o, which is not bytes', (value) => {
  const expected = /^readSafetensors: bytes: got .+, expected a Uint8Array or an ArrayBuffer$/;
  expect(() => readSafetensors(value as Uint8Array)).toThrow(expected);
  expect(() => readSafetensors(value as Uint8Array)).toThrow(TypeError);
});

test('every beginning of a file is refused', () => {
  const file = fixture('mixed.safetensors');
  for (let size = 0; size < file.length; size++)
    expect(() => readSafetensors(file.subarray(0, size))).toThrow(/^readSafetensors: /);
});

test('what a file claims is not allocated', () => {
  const files = [...lengths, ...layouts, ...dims].map(([, file]) => file);
  const before = process.memoryUsage().arrayBuffers;
  for (const file of files) expect(() => readSafetensors(file)).toThrow();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e5);
});

// Linear time: each of these headers takes milliseconds, and minutes if anything in the reader were quadratic.
describe('large headers', { timeout: 5000 }, () => {
  const count = 1e5;
  const empty = '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}';
  const many = Array.from({ length: count }, (_, i) => `"${(i * 7919) % count}":${empty}`).join(',');

  test('100 000 tensors', () => {
    expect(Object.keys(readSafetensors(frame(`{${many}}`)).tensors)).toHaveLength(count);
  });

  test('100 000 tensors and a key twice', () => {
    expect(() => readSafetensors(frame(`{${many},"0":${empty}}`))).toThrow('header: got the key "0" twice');
  });

  test('four million letters, then four million escapes', () => {
    const text = `${'é'.repeat(4e6)}${'\\n'.repeat(4e6)}`;
    const { metadata } = readSafetensorsHeader(frame(`{"__metadata__":{"m":"${text}"}}`));
    expect(metadata.m === 'é'.repeat(4e6) + '\n'.repeat(4e6)).toBe(true);
  });

  test('four million letters without an end', () => {
    expect(() => readSafetensorsHeader(frame(`{"${'x'.repeat(4e6)}`))).toThrow('got the end of the header');
  });
});
