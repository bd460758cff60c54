import { HiddenstateError } from '../errors.js';
import { type CsvRecord, delimiterOf, describeCsvError } from './csv-record.js';

/** A field with spaces around it: quoted, where `""` is a quote, or plain. */
const QUOTED = /[ \t]*"((?:[^"]|"")*)"[ \t]*/y;

/**
 * Splits the text of a CSV file (RFC 4180) into rows; blank lines are skipped. What the command line does with a stream.
 *
 * @param name what messages call the file
 * @throws {HiddenstateError} with code `HIDDENSTATE_DATA` that names line and column of a quote that is out of place
 */
export function splitRows(source: string, name: string): CsvRecord[] {
  const text = source.replace(/^\uFEFF/, '');
  const delimiter = delimiterOf(text);
  const plain = new RegExp(`[^${delimiter}\\r\\n]*`, 'y');
  const rows: CsvRecord[] = [];
  let [at, line, last] = [0, 1, 0];
  const refuse = (code: string, column: number): never => {
    const fault = { code, message: code, lines: line, column };
    throw new HiddenstateError('DATA', describeCsvError(name, last, fault));
  };
  while (at < text.length) {
    const record: string[] = [];
    let quoted = false;
    for (;;) {
      QUOTED.lastIndex = at;
      plain.lastIndex = at;
      const inQuotes = QUOTED.exec(text);
      if (inQuotes) {
        at = QUOTED.lastIndex;
        if (at < text.length && !`${delimiter}\r\n`.includes(text[at]))
          refuse('CSV_INVALID_CLOSING_QUOTE', record.length);
        line += inQuotes[1].split(/\r\n|\r|\n/).length - 1;
        record.push(inQuotes[1].replaceAll('""', '"'));
        quoted = true;
      } else {
        const [field] = plain.exec(text) as RegExpExecArray;
        if (field.trimStart().startsWith('"')) refuse('CSV_QUOTE_NOT_CLOSED', record.length);
        if (field.includes('"')) refuse('INVALID_OPENING_QUOTE', record.length);
        at += field.length;
        record.push(field.trim());
      }
      if (text[at] !== delimiter) break;
      at++;
    }
    at += text.startsWith('\r\n', at) ? 2 : 1;
    if (quoted || record.length > 1 || record[0] !== '') rows.push({ record, info: { lines: line }, delimiter });
    last = line++;
  }
  return rows;
}
