import { HiddenstateError } from '../errors.js';
import { nearest } from '../nearest.js';
import { cut, formatCount } from '../text.js';
import type { CsvRecord } from './csv-record.js';
import { isDateLike, looksLikeDates, soundsLikeDates } from './date-column.js';
import { isMissing, isWrittenNumber } from './notation.js';
import type { SeriesOptions } from './series-options.js';
import { programWording, type Wording } from './wording.js';

/** Which columns of a file are read. */
export interface Columns {
  readonly names: readonly string[];
  readonly value: number;
  /** −1 without one. */
  readonly date: number;
  readonly where: number;
  readonly notes: readonly string[];
}

/** Names of columns, and the first row that holds values. */
export interface Names {
  readonly names: readonly string[];
  readonly first: number;
  readonly note?: string;
}

type Kind = 'missing' | 'number' | 'date' | 'text';

/**
 * Finds out whether the first row names the columns: it does not if each of its fields is of the kind of the one below it,
 * and one at least is a number or a date.
 *
 * @param header what the user says of it
 * @throws {HiddenstateError} if it could be either
 */
export function namesOf(
  path: string,
  rows: readonly CsvRecord[],
  header: boolean | undefined,
  wording: Wording,
): Names {
  if (rows.length === 0) return { names: [], first: 0 };
  const [{ record: first, info }, second] = rows;
  const kinds = first.map(kindOf);
  const isData = header === undefined ? holdsData(kinds, second?.record.map(kindOf)) : !header;
  if (isData === undefined) {
    const field = first[kinds.findIndex((kind) => kind === 'number' || kind === 'date')];
    throw new HiddenstateError(
      'DATA',
      `${path}: line ${info.lines}: got ${JSON.stringify(cut(field, LONGEST_NAME))} beside text in the first row, expected names or values; say ${wording('header')} or ${wording('no-header')}`,
    );
  }
  if (!isData) return { names: first, first: 1 };
  const note = header === undefined ? { note: 'the first row holds values: columns are named 1, 2 …' } : {};
  return { names: first.map((_, i) => String(i + 1)), first: 0, ...note };
}

function kindOf(field: string): Kind {
  if (isMissing(field)) return 'missing';
  if (isWrittenNumber(field)) return 'number';
  return isDateLike(field) ? 'date' : 'text';
}

/** @returns undefined if that cannot be said */
function holdsData(first: readonly Kind[], second: readonly Kind[] | undefined): boolean | undefined {
  if (!first.some((kind) => kind === 'number' || kind === 'date')) return false;
  if (first.every((kind) => kind !== 'text')) return true;
  if (!second) return undefined;
  const isSame = (kind: Kind, i: number) => kind === second[i] || kind === 'missing' || second[i] === 'missing';
  if (first.every(isSame)) return true;
  return first.some((kind, i) => kind === 'text' && (second[i] === 'number' || second[i] === 'date'))
    ? false
    : undefined;
}

/**
 * Chooses the columns of values, dates and conditions.
 *
 * @param data the first rows, at least one
 * @throws {HiddenstateError} if one that is named is not there, or there is more than one to choose from
 */
export function chooseColumns(
  path: string,
  names: readonly string[],
  data: readonly CsvRecord[],
  { column, date, where, wording = programWording }: SeriesOptions,
): Columns {
  const find = (option: string, name: string) => findColumn(path, names, option, name);
  const conditions = where === undefined ? -1 : find(wording('where'), where.name);
  const rows = data.filter(({ record }) => conditions < 0 || record[conditions] === where?.value);
  const fieldsOf = (i: number) => (rows.length > 0 ? rows : data).map(({ record }) => record[i]);
  const wanted = column === undefined ? undefined : find(wording('column'), column);
  const isDates = (i: number) => i !== wanted && looksLikeDates(names[i], fieldsOf(i), i === 0 && names.length > 1);
  const dateColumn = date === undefined ? names.findIndex((_, i) => isDates(i)) : find(wording('date'), date);
  const numbers = names.map((_, i) => i).filter((i) => i !== dateColumn && isNumeric(fieldsOf(i)));
  if (wanted === undefined && numbers.length !== 1) {
    const among = numbers.length === 0 ? 'got no column of numbers' : `got ${numbers.length} columns of numbers`;
    const choices = listed(numbers.length === 0 ? names : numbers.map((i) => names[i]));
    throw new HiddenstateError('DATA', `${path}: ${among}; choose with ${wording('column')} one of ${choices}`);
  }
  const value = wanted ?? numbers[0];
  const notes = dateColumn >= 0 ? [] : [describeNoDates(names, value, fieldsOf)];
  return { names, value, date: dateColumn, where: conditions, notes };
}

/** What the columns of some rows hold. */
export function chooseKinds(
  names: readonly string[],
  data: readonly (readonly string[])[],
): readonly ('number' | 'date' | 'text')[] {
  return names.map((name, i) => {
    const fields = data.map((record) => record[i] ?? '');
    if (looksLikeDates(name, fields, i === 0 && names.length > 1)) return 'date';
    return isNumeric(fields) ? 'number' : 'text';
  });
}

/** Most of a column of numbers are some; what is none is found, with its place, when it is read. */
function isNumeric(fields: readonly string[]): boolean {
  const present = fields.filter((field) => !isMissing(field));
  return present.length > 0 && 2 * present.filter(isWrittenNumber).length >= present.length;
}

/** Nobody should think that dates were looked at which were not. */
function describeNoDates(names: readonly string[], value: number, fieldsOf: (i: number) => string[]): string {
  const like = names.findIndex(
    (name, i) => i !== value && (soundsLikeDates(name) || /\d.*\d.*\d/.test(fieldsOf(i)[0])),
  );
  if (like < 0) return 'no column of dates: the first row is taken as the oldest';
  const field = JSON.stringify(cut(fieldsOf(like)[0], LONGEST_NAME));
  return `column ${like + 1} (${cut(names[like], LONGEST_NAME)}) holds ${field}, which is not read as a date: the first row is taken as the oldest`;
}

function findColumn(path: string, names: readonly string[], option: string, name: string): number {
  const index = names.indexOf(name);
  const again = names.indexOf(name, index + 1);
  if (index >= 0 && again < 0) return index;
  if (index >= 0) {
    throw new HiddenstateError(
      'DATA',
      `${path}: ${option}: got columns ${index + 1} and ${again + 1} of the name ${JSON.stringify(cut(name, LONGEST_NAME))}, expected one; rename one of them`,
    );
  }
  const meant = nearest(name, names);
  const advice = meant
    ? `did you mean ${JSON.stringify(cut(meant, LONGEST_NAME))}?`
    : `expected one of ${listed(names)}`;
  throw new HiddenstateError(
    'DATA',
    `${path}: ${option}: there is no column ${JSON.stringify(cut(name, LONGEST_NAME))}; ${advice}`,
  );
}

/** Of a file with more columns, the first are named. */
const MOST_LISTED = 8;
const LONGEST_NAME = 40;

/** Names for a message; one that would not be seen as such is quoted. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_LISTED).map((name) => {
    const short = cut(name, LONGEST_NAME);
    return /^[^\s,]+$/.test(short) ? short : JSON.stringify(short);
  });
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${formatCount(more)} more` : shown.join(', ');
}
