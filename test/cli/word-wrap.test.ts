import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WordWrap } from '../../bindings/cli/generate/word-wrap.js';

/** Fed one character after the other, as a model writes. */
function wrapped(text: string, width: number): string {
  const wrap = new WordWrap(width);
  return Array.from(text, (character) => wrap.push(character)).join('') + wrap.flush();
}

test('lines break between words and never within one', () => {
  expect(wrapped('the white whale swam before him', 12)).toBe('the white\nwhale swam\nbefore him');
});

test('a word longer than the line stands alone and whole', () => {
  expect(wrapped('a circumnavigation of whales', 6)).toBe('a\ncircumnavigation\nof\nwhales');
});

test("the text's own line breaks stay", () => {
  expect(wrapped('CHAPTER 1\n\nCall me Ishmael.', 20)).toBe('CHAPTER 1\n\nCall me Ishmael.');
});

test('a word is held back until it is complete', () => {
  const wrap = new WordWrap(80);
  expect(wrap.push('wha')).toBe('');
  expect(wrap.push('le ')).toBe('whale');
});

test('any text keeps its words in their order, and lines keep to the width where their words do', () => {
  const texts = fc.string({ unit: fc.constantFrom('a', 'b', '—', ' ', ' ', '\n'), maxLength: 200 });
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 20 }), (text, width) => {
      const result = wrapped(text, width);
      const words = (value: string) => value.split(/[ \n]+/).filter(Boolean);
      expect(words(result)).toEqual(words(text));
      for (const line of result.split('\n')) {
        if (words(line).length > 1) expect(Array.from(line.trimEnd()).length).toBeLessThanOrEqual(width);
      }
    }),
  );
});
