import { DECIMAL } from '../text.js';
import type { Wording } from './wording.js';

/** What stands before the fraction of a number; the other of the two may separate thousands. */
export type DecimalMark = '.' | ',';

/** How the numbers of a column are written. */
export interface Notation {
  readonly mark: DecimalMark;
  /** How they were understood, where it had to be found out. */
  readonly note?: string;
}

const BODIES: Readonly<Record<DecimalMark, RegExp>> = {
  '.': /^(?:\d+|\d{1,3}(?:([,' _])\d{3})(?:\1\d{3})*|\d{1,2}(?:,\d{2})+,\d{3})?(?:\.\d*)?(?:e[+-]?\d+)?$/i,
  ',': /^(?:\d+|\d{1,3}(?:([.' _])\d{3})(?:\1\d{3})*)?(?:,\d*)?(?:e[+-]?\d+)?$/i,
};
/** Signs of currencies, words for them, and codes of three letters before or behind a number. */
const CURRENCY = /\p{Sc}|원|円|元|kr\.?(?![a-z])|^(?:[A-Z]{3}|R\$|Fr\.) ?(?=[-\d(])|(?<=\d\)?) ?[A-Z]{3}$/gu;

const MISSING = /^(na|n\/a|#n\/a|n\.a\.|nan|null|none|\.|-|–)?$/i;

/** Whether a field says that there is no value. */
export function isMissing(field: string): boolean {
  return MISSING.test(field);
}

/**
 * Reads a number as people write it: `1,002.51`, `1.002,51`, `1 002,51 €`, `$5`, `(3.5)` for −3.5, `12 %`.
 *
 * @returns undefined for what is none in this notation
 */
export function parseWritten(field: string, mark: DecimalMark): number | undefined {
  if (mark === '.' && DECIMAL.test(field)) return Number(field);
  let body = field
    .replace(/[−–]/g, '-')
    .replace(/[’]/g, "'")
    .replace(/[\u00a0\u2009\u202f]/g, ' ')
    .trim();
  const bracketed = /^\((.*)\)$/s.exec(body);
  if (bracketed) body = bracketed[1].trim();
  body = body.replace(CURRENCY, '').trim();
  const [, sign, rest] = /^([+-]?)\s*(.*?)\s*%?$/s.exec(body) as RegExpExecArray;
  const digits = rest.replace(CURRENCY, '').trim();
  if (!/\d/.test(digits) || !BODIES[mark].test(digits) || (bracketed && sign)) return undefined;
  const plain = digits.replace(mark === '.' ? /[,' _]/g : /[.' _]/g, '').replace(',', '.');
  const value = Number(plain);
  return sign === '-' || bracketed ? -value : value;
}

/** Whether a field is a number in one notation or the other. */
export function isWrittenNumber(field: string): boolean {
  return parseWritten(field, '.') !== undefined || parseWritten(field, ',') !== undefined;
}

/**
 * Finds out how the numbers of a column are written, all in the same way.
 *
 * @param fields those that are not missing
 * @param delimiter what separates the fields of the file: where that is a semicolon, the comma is most likely taken
 * @returns undefined if a column such as `1,234` could mean thousands or fractions
 */
export function findNotation(fields: readonly string[], delimiter: string, wording: Wording): Notation | undefined {
  if (fields.every((field) => DECIMAL.test(field))) {
    const grouped =
      delimiter === ';' && fields.length > 0 && fields.every((field) => /^[+-]?\d{1,3}\.\d{3}$/.test(field));
    const note = `numbers such as ${fields[0]} are read with a decimal point; say ${wording('decimal', ',')} if it separates thousands`;
    return { mark: '.', ...(grouped && { note }) };
  }
  const readings = (['.', ','] as const).map((mark) => ({
    mark,
    values: fields.map((each) => parseWritten(each, mark)),
  }));
  const fits = readings.filter(({ values }) => values.every((value) => value !== undefined));
  const [point, comma] = readings;
  if (fits.length === 2 && point.values.some((value, i) => value !== comma.values[i])) {
    return delimiter === ';' ? { mark: ',', note: describe(',') } : undefined;
  }
  if (fits.length > 0) return { mark: fits[0].mark, note: describe(fits[0].mark) };
  const count = ({ values }: (typeof readings)[number]) => values.filter((value) => value !== undefined).length;
  return { mark: count(comma) > count(point) ? ',' : '.' };
}

function describe(mark: DecimalMark): string {
  return `numbers are read with ${mark === '.' ? 'a decimal point' : 'a decimal comma'}; signs of currency and of thousands are left out`;
}
