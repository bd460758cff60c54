import type { DateOrder } from './dates.js';
import type { Missing } from './mend-rows.js';
import type { DecimalMark } from './notation.js';
import type { Wording } from './wording.js';

/** Which part of a file is the series, and how it is written. */
export interface SeriesOptions {
  /** Name of the column (default: the only one of numbers). */
  readonly column?: string | undefined;
  /** Name of the column of dates (default: the first that holds some). */
  readonly date?: string | undefined;
  /** Rows whose column `name` holds `value`; the others are left out. */
  readonly where?: { readonly name: string; readonly value: string } | undefined;
  /** What to do about missing values (default: `fail`). */
  readonly missing?: Missing | undefined;
  /** Whether the first row names the columns; found out unless given. */
  readonly header?: boolean | undefined;
  /** What `3/4/2000` means; found out from the whole column unless given. */
  readonly dateOrder?: DateOrder | undefined;
  /** Of the numbers; found out from the whole column unless given. */
  readonly decimal?: DecimalMark | undefined;
  /** @internal How messages name these options. */
  readonly wording?: Wording | undefined;
}
