import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { operatorTable } from './operator-table.js';

const PAGE = new URL('../../docs/onnx-operators.md', import.meta.url);
const MARKS = ['<!-- operators -->\n', '<!-- end of operators -->\n'] as const;

test('docs/onnx-operators.md lists what is there and what covers it (UPDATE_DOCS=1 writes it)', () => {
  const page = readFileSync(PAGE, 'utf8');
  const [head, rest = ''] = page.split(MARKS[0]);
  const [, tail = ''] = rest.split(MARKS[1]);
  const expected = [head, MARKS[0], operatorTable(), MARKS[1], tail].join('');
  if (process.env.UPDATE_DOCS) writeFileSync(PAGE, expected);
  else expect(page).toBe(expected);
});

test('every operator has a case, but for those that draw: see draws.test.ts', () => {
  const bare = operatorTable()
    .split('\n')
    .filter((row) => /^\| (?!Random|Bernoulli|Multinomial)[\w.]+ \| [^|]* \|(\s*\|){8}/.test(row));
  expect(bare).toEqual([]);
});
