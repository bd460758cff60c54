/** A model of bytes reads a prompt's UTF-8, and its bytes become text once a character is whole. */
import { expect, it } from 'vitest';
import { alphabetOf } from '../../bindings/cli/generate/alphabet.js';
import { Embedding, Linear, Sequential } from '../../bindings/index.js';

const bytes = [0x0a, 0x61, 0xed, 0x95, 0x9c, 0xff];
const vocabulary = JSON.stringify(bytes.map((byte) => String.fromCharCode(byte)));
const modules = () => [
  new Embedding({ numEmbeddings: 6, embeddingDim: 2, seed: 1 }),
  new Linear({ inFeatures: 2, outFeatures: 6, seed: 2 }),
];

it('reads and writes bytes of UTF-8', () => {
  const alphabet = alphabetOf(new Sequential(modules(), { metadata: { vocabulary, unit: 'byte' } }), 'm');
  expect(alphabet.indicesOf('a한')).toEqual([1, 2, 3, 4]);
  const textOf = alphabet.writing();
  expect([1, 2, 3, 4, 5, 2].map((k) => textOf(k))).toEqual(['a', '', '', '한', '\uFFFD', '']);
  expect(textOf()).toBe('\uFFFD');
  expect(() => alphabet.indicesOf('b')).toThrow('the model does not know the byte 0x62');
});

it('leaves models of characters as they are', () => {
  const alphabet = alphabetOf(new Sequential(modules(), { metadata: { vocabulary } }), 'm');
  expect(alphabet.indicesOf('a\u00ff')).toEqual([1, 5]);
  expect([1, 5].map((k) => alphabet.writing()(k))).toEqual(['a', '\u00ff']);
  expect(() => alphabet.indicesOf('한')).toThrow('"한" (U+D55C)');
});
