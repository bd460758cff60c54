/** One row of a CSV file. */
export interface CsvRecord {
  /** Its fields, without spaces around them. */
  readonly record: readonly string[];
  /** `lines`: the line it ends in, from 1. */
  readonly info: { readonly lines: number };
  /** What separates the fields of the file. */
  readonly delimiter: string;
}

/** Longer rows are no series: a binary file, or a quote that was never closed. */
export const LONGEST_ROW_BYTES = 1 << 24;

/** What separates fields, by the first line that is not blank, quoted fields left out of account. */
export function delimiterOf(beginning: string): string {
  const [line] = beginning
    .slice(0, LONGEST_ROW_BYTES)
    .replace(/"[^"]*"/g, '')
    .trimStart()
    .split(/[\r\n]/, 1);
  return [',', ';', '\t'].find((delimiter) => line.includes(delimiter)) ?? ',';
}

/** What is read of an error of csv-parse. */
export interface CsvFault {
  readonly code?: unknown;
  readonly message: string;
  readonly lines?: unknown;
  readonly column?: unknown;
}

/**
 * Says what is wrong with a CSV file.
 *
 * @param line where the last whole row ended
 * @param describeOther what to say of an error that is not csv-parse's
 */
export function describeCsvError(
  name: string,
  line: number,
  error: CsvFault,
  describeOther: (error: unknown) => string = () => error.message,
): string {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return `${name}: got a quote in the row after line ${line} that is never closed, expected one at the end of its field`;
    case 'INVALID_OPENING_QUOTE':
      return `${name}: line ${error.lines}, column ${Number(error.column) + 1}: got a quote within a field, expected quotes around the whole of it`;
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE':
      return `${name}: line ${error.lines}, column ${Number(error.column) + 1}: got text behind a closing quote, expected the end of the field`;
    case 'CSV_MAX_RECORD_SIZE':
      return `${name}: got more than ${LONGEST_ROW_BYTES / 2 ** 20} MB in the row after line ${line}, expected a row of a CSV file`;
    default:
      return `cannot read ${name}: ${describeOther(error)}`;
  }
}
