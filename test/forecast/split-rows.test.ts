/** Rows of CSV text are those that csv-parse finds in it. */
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { splitRows } from '../../bindings/forecast/split-rows.js';
import { seededRandom } from '../../bindings/random.js';

function reference(text: string): unknown {
  try {
    const options = { bom: true, info: true, relax_column_count: true, skip_empty_lines: true, trim: true } as const;
    const rows = parse(text, options) as unknown as { record: string[]; info: { lines: number } }[];
    return rows.map(({ record, info }) => [record, info.lines]);
  } catch {
    return 'refused';
  }
}

function own(text: string): unknown {
  try {
    return splitRows(text, 'x').map(({ record, info }) => [record, info.lines]);
  } catch {
    return 'refused';
  }
}

describe('splitRows', () => {
  it.each([
    ['a,b\n1,2\n'],
    ['\uFEFFa,b\r\n1,2\r\n\r\n3,4'],
    ['a, "b ""c"" d" ,e\n1,"2\n3",4\n5,6,7'],
    ['a,b\n,\n""\n"",1\n'],
    ['a,b\n1,"2\n3,4\n'],
    ['a,b\n1,2"3\n'],
    ['a,b\n1,"2"3\n'],
    [''],
  ])('splits %j as csv-parse does', (text) => expect(own(text)).toEqual(reference(text)));

  it('never reads otherwise what chance has put together, and refuses nothing without a stray quote', () => {
    const random = seededRandom(1);
    const parts = ['a', '1', ',', ',', '"', '""', '\n', ' ', 'x,y'];
    for (let n = 0; n < 2000; n++) {
      const body = Array.from(
        { length: 1 + Math.floor(random() * 12) },
        () => parts[Math.floor(random() * parts.length)],
      );
      const text = `p,q\n${body.join('')}`;
      const rows = own(text);
      if (rows === 'refused') expect(text).toMatch(/"/);
      else expect(rows, JSON.stringify(text)).toEqual(reference(text));
    }
  });
});
