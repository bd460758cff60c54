/** hiddenstate/forecast: a column of a table, forecast by every rung of the ladder, and judged without look-ahead. */
export type { CsvRecord } from './csv-record.js';
export { type DateOrder, formatDate } from './dates.js';
export { ensembleOf, type Follower, type Forecaster, forecasterOf } from './forecaster.js';
export { type LadderOptions, type OnTraining, RUNGS, type Rung } from './ladder.js';
export type { Missing } from './mend-rows.js';
export type { DecimalMark } from './notation.js';
export { describeTable, parseSeries, type TableColumn } from './parse-series.js';
export {
  evaluate,
  type OnOrigin,
  type Protocol,
  type ProtocolOptions,
  rollingProtocol,
  type Score,
} from './rolling-origin.js';
export type { SeriesOptions } from './series-options.js';
export type { TimeSeries } from './series-reader.js';
export { nextTimes } from './timeline.js';
export { type Transform, transformValues } from './transforms.js';
export type { Wording } from './wording.js';
