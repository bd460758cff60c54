import { createContext, runInContext } from 'node:vm';
import { buildSync } from 'esbuild';
import { describe, expect, test } from 'vitest';
import type { StateDict } from '../../bindings/tensor.js';
import { readSafetensors, readSafetensorsHeader, writeSafetensors } from '../../bindings/weights/safetensors.js';
import { expectedTensors, fixture, frame, fromBits, toBits } from './safetensors-file.js';

const TITLE = { format: 'pt — 😀 "\\\n' };

/** The tensors of a table, as a user would hold them. */
function stateDict(table: string): StateDict {
  const tensors: StateDict = Object.create(null);
  for (const { name, dims, bits } of expectedTensors(table)) tensors[name] = { data: fromBits(bits), dims };
  return tensors;
}

describe('readSafetensors gives the float32 values PyTorch and numpy give', () => {
  test.each([
    ['mixed.safetensors', 'mixed.expected.tsv', TITLE],
    ['misaligned.safetensors', 'mixed.expected.tsv', { a: '1', b: '2' }],
    ['f32.safetensors', 'f32.expected.tsv', {}],
    ['f32-metadata.safetensors', 'f32.expected.tsv', TITLE],
  ])('%s', (file, table, title) => {
    const { tensors, metadata } = readSafetensors(fixture(file));
    const read = Object.keys(tensors).map((name) => ({
      name,
      dims: tensors[name].dims,
      bits: toBits(tensors[name].data),
    }));
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(read.sort(byName)).toEqual(expectedTensors(table).sort(byName));
    expect({ ...metadata }).toEqual(title);
  });

  test('at every address a file can have in its buffer', () => {
    const file = fixture('mixed.safetensors');
    for (let shift = 0; shift < 8; shift++) {
      const buffer = new Uint8Array(file.length + 16);
      buffer.set(file, shift);
      const { tensors } = readSafetensors(buffer.subarray(shift, shift + file.length));
      for (const { name, bits } of expectedTensors('mixed.expected.tsv'))
        expect(toBits(tensors[name].data)).toEqual(bits);
    }
  });

  test('from a Buffer, an ArrayBuffer and shared memory', () => {
    const file = fixture('misaligned.safetensors');
    const shared = new Uint8Array(new SharedArrayBuffer(file.length));
    shared.set(file);
    for (const bytes of [Buffer.from(file), file.buffer, shared]) {
      const { tensors } = readSafetensors(bytes);
      for (const { name, bits } of expectedTensors('mixed.expected.tsv'))
        expect(toBits(tensors[name].data)).toEqual(bits);
    }
  });
});

describe('what readSafetensors returns', () => {
  test('aligned F32 is a view of the file, everything else is not', () => {
    const file = fixture('mixed.safetensors');
    const { tensors } = readSafetensors(file);
    expect(tensors['single.bits'].data.buffer).toBe(file.buffer);
    for (const name of ['double.edges', 'half.edges', 'brain.edges'])
      expect(tensors[name].data.buffer).not.toBe(file.buffer);
    const shifted = fixture('misaligned.safetensors');
    for (const { data } of Object.values(readSafetensors(shifted).tensors))
      expect(data.buffer).not.toBe(shifted.buffer);
  });

  test('names and metadata keys that plain objects inherit are plain keys', () => {
    const file = frame(
      '{"__metadata__":{"__proto__":"m","toString":"t"},"__proto__":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}',
      4,
    );
    const { tensors, metadata } = readSafetensors(file);
    expect(Object.keys(tensors)).toEqual(['__proto__']);
    expect(Object.keys(metadata)).toEqual(['__proto__', 'toString']);
    expect(Object.entries(metadata)[0]).toEqual(['__proto__', 'm']);
    expect(tensors.constructor).toBeUndefined();
    expect(({} as Record<string, unknown>).data).toBeUndefined();
  });

  test('JSON in any spelling: spaces, escapes, pairs of surrogates, any order of tensors and fields', () => {
    const file = frame(
      '{ "\\u0061\\/\\ud83d\\ude00" :\t{"data_offsets":[ 4 , 8 ],\n"shape":[ 1 ],"dtype":"F\\u0033\\u0032"},\r' +
        '"b":{"dtype":"F32","shape":[],"data_offsets":[0,4]} } \n\t\r ',
      new Uint8Array(new Float32Array([1, 2]).buffer),
    );
    const { tensors } = readSafetensors(file);
    expect(Object.keys(tensors).sort()).toEqual(['a/😀', 'b']);
    expect([tensors['a/😀'].data[0], tensors.b.data[0]]).toEqual([2, 1]);
  });

  test('tensors without elements, wherever they are listed and wherever they lie', () => {
    const none = (name: string, at: number) => `"${name}":{"dtype":"F32","shape":[3,0],"data_offsets":[${at},${at}]}`;
    const some = '"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}';
    const { tensors } = readSafetensors(frame(`{${some},${none('a', 0)},${none('d', 8)},${none('c', 0)}}`, 8));
    expect(Object.keys(tensors).sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(() => readSafetensors(frame(`{${some},${none('a', 4)}}`, 8))).toThrow('tensor "a": got data_offsets from 4');
  });

  test('an empty file of the format', () => {
    expect(Object.keys(readSafetensors(frame('{}')).tensors)).toEqual([]);
    expect(Object.keys(readSafetensors(frame('{"__metadata__":{}}      ')).metadata)).toEqual([]);
  });
});

describe('readSafetensorsHeader', () => {
  const rows = new TextDecoder().decode(fixture('dtypes.expected.tsv')).split('\n').slice(0, -1);

  test('knows every dtype of the format', () => {
    const { tensors } = readSafetensorsHeader(fixture('dtypes.safetensors'));
    const read = tensors.map((t) => [t.name, t.dtype, JSON.stringify(t.shape), t.byteLength].join('\t'));
    expect(read).toEqual(rows);
    expect(rows).toHaveLength(22);
  });

  test('tells where the data lie', () => {
    const file = fixture('dtypes.safetensors');
    for (const { byteOffset, byteLength } of readSafetensorsHeader(file).tensors) {
      // The generator fills each tensor with 0, 1, 2 …
      expect([file[byteOffset], file[byteOffset + byteLength - 1]]).toEqual([0, byteLength - 1]);
    }
  });

  test('is content with the beginning of a file, if told its size', () => {
    const file = fixture('mixed.safetensors');
    const whole = readSafetensorsHeader(file);
    const begin = file.slice(0, whole.tensors[0].byteOffset);
    expect(readSafetensorsHeader(begin, file.length)).toEqual(whole);
    expect(() => readSafetensorsHeader(begin)).toThrow(
      /^readSafetensorsHeader: got 0 bytes of data after the header, expected /,
    );
    expect(() => readSafetensorsHeader(begin.slice(0, -1), file.length)).toThrow(RangeError);
  });

  test('readSafetensors refuses each dtype that float32 cannot stand for', () => {
    for (const row of rows) {
      const [name, dtype, , bytes] = row.split('\t');
      const file = frame(`{"${name}":{"dtype":"${dtype}","shape":[2,4],"data_offsets":[0,${bytes}]}}`, Number(bytes));
      if (['F64', 'F32', 'F16', 'BF16'].includes(dtype))
        expect(readSafetensors(file).tensors[name].dims).toEqual([2, 4]);
      else {
        const message = `readSafetensors: tensor "${name}": got dtype ${dtype}, expected F32, F16, BF16 or F64`;
        expect(() => readSafetensors(file)).toThrow(message);
      }
    }
  });
});

describe('writeSafetensors writes what the reference writer writes', () => {
  test.each([
    ['f32.safetensors', undefined],
    ['f32-metadata.safetensors', TITLE],
  ])('%s', (file, metadata) => {
    expect(Buffer.from(writeSafetensors(stateDict('f32.expected.tsv'), metadata))).toEqual(Buffer.from(fixture(file)));
  });

  // Byte strings of the reference implementation's own tests (safetensors/src/tensor.rs).
  test('no tensors', () => {
    const empty = [8, 0, 0, 0, 0, 0, 0, 0, 123, 125, 32, 32, 32, 32, 32, 32];
    expect([...writeSafetensors({})]).toEqual(empty);
    const text = '{"__metadata__":{"framework":"pt"}}     ';
    expect(Buffer.from(writeSafetensors({}, { framework: 'pt' }))).toEqual(Buffer.from(frame(text)));
  });

  test('a header that happens to be aligned, and one that must be padded', () => {
    const data = new Float32Array([0, 1, 2, 3, 4, 5]);
    const bytes = new Uint8Array(data.buffer);
    const aligned = '{"attn.0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}}';
    expect(writeSafetensors({ 'attn.0': { data, dims: [1, 2, 3] } })).toEqual(frame(aligned, bytes));
    const padded = '{"attn0":{"dtype":"F32","shape":[1,1,2,3],"data_offsets":[0,24]}}       ';
    expect(writeSafetensors({ attn0: { data, dims: [1, 1, 2, 3] } })).toEqual(frame(padded, bytes));
  });

  test('a view in the middle of a buffer, and the bits of every NaN', () => {
    const words = new Uint32Array([1, 0x7f800001, 0xffc12345, 4]);
    const file = writeSafetensors({ a: { data: new Float32Array(words.buffer, 4, 2), dims: [2] } });
    expect([...new Uint32Array(file.buffer, file.length - 8)]).toEqual([0x7f800001, 0xffc12345]);
  });
});

describe('writeSafetensors refuses', () => {
  const one = { data: new Float32Array(1), dims: [1] };
  const cases: [string, unknown, unknown, typeof Error, string][] = [
    ['null', null, undefined, TypeError, 'tensors: got null, expected a plain object'],
    ['a Map', new Map([['a', one]]), undefined, TypeError, 'tensors: got Map, expected a plain object'],
    ['an array', [one], undefined, TypeError, 'tensors: got Array(1), expected a plain object'],
    [
      'float64',
      { a: { data: new Float64Array(1), dims: [1] } },
      undefined,
      TypeError,
      'tensor "a": got data Float64Array(1), ',
    ],
    ['a bare array', { a: one.data }, undefined, TypeError, 'tensor "a": got Float32Array(1), '],
    [
      'wrong dims',
      { a: { data: one.data, dims: [2] } },
      undefined,
      RangeError,
      'tensor "a": got 1 elements, expected 2 for dims [2]',
    ],
    [
      'a fraction',
      { a: { data: one.data, dims: [0.5, 2] } },
      undefined,
      RangeError,
      'tensor "a": got dims [0.5, 2], expected ',
    ],
    [
      'the reserved name',
      { __metadata__: one },
      undefined,
      RangeError,
      'got a tensor named __metadata__, expected any other name',
    ],
    [
      'half a surrogate pair',
      { 'a\ud83d': one },
      undefined,
      RangeError,
      'got the text "a\\ud83d", expected no lone surrogate',
    ],
    ['metadata null', { a: one }, null, TypeError, 'metadata: got null, expected a plain object'],
    ['a number in metadata', { a: one }, { step: 3 }, TypeError, 'metadata "step": got 3, expected a string'],
    [
      'a surrogate in metadata',
      { a: one },
      { s: '\udc00' },
      RangeError,
      'got the text "\\udc00", expected no lone surrogate',
    ],
    [
      '100 MB of metadata',
      {},
      { s: 'x'.repeat(1e8) },
      RangeError,
      'got a header of 100000032 bytes, expected at most 100000000',
    ],
  ];
  test.each(cases)('%s', (_, tensors, metadata, kind, message) => {
    let error: unknown;
    try {
      writeSafetensors(tensors as StateDict, metadata as Record<string, string>);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message.startsWith(`writeSafetensors: ${message}`), (error as Error).message).toBe(true);
  });
});

test('reads and writes in a realm that has nothing but the language', () => {
  const { outputFiles } = buildSync({
    entryPoints: [new URL('../../bindings/weights/safetensors.ts', import.meta.url).pathname],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'weights',
    target: 'es2022',
  });
  const realm = createContext({ file: fixture('misaligned.safetensors'), again: undefined });
  runInContext(outputFiles[0].text, realm);
  const hostNames = 'TextDecoder TextEncoder Buffer atob URL performance structuredClone process'.split(' ');
  expect(runInContext(`[${hostNames.map((name) => `typeof ${name}`)}].join()`, realm)).toBe(
    hostNames.fill('undefined').join(),
  );
  runInContext(
    '{ const { tensors, metadata } = weights.readSafetensors(file); again = weights.writeSafetensors(tensors, metadata); }',
    realm,
  );
  const { tensors } = readSafetensors(realm.again);
  for (const { name, bits } of expectedTensors('mixed.expected.tsv')) expect(toBits(tensors[name].data)).toEqual(bits);
  expect(() => runInContext('weights.readSafetensors(file.subarray(0, 99))', realm)).toThrow(
    /^readSafetensors: got a header length/,
  );
});
