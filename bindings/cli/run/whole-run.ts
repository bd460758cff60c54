import { isOwnError } from '../../errors.js';
import type { FileFormat, OpenedModel, ValueInfo } from '../../formats/files/index.js';
import type { Streaming } from '../../streaming.js';
import { CliError } from '../cli-error.js';
import { counted } from '../terminal/format.js';

/** How a model takes rows: one at a time, or all of them at once. */
export type Way = { readonly stream: Streaming<unknown> } | { readonly whole: WholeInput; readonly why: string };

/**
 * How a model takes rows: one at a time where it can. A graph without states that sees whole sequences is no step of one.
 *
 * @throws {CliError} if it takes them neither way
 */
export function wayOf(model: OpenedModel, format: FileFormat, path: string): Way {
  const batchFirst = format !== 'onnx';
  let stream: Streaming<unknown>;
  try {
    stream = model.stream();
  } catch (error) {
    if (!isOwnError(error)) throw error;
    const why = error.message;
    return { whole: wholeInput(model, batchFirst, path, why), why };
  }
  const isStateless = format === 'onnx' && Object.keys(stream.state as object).length === 0;
  if (!isStateless || !seesSequence(model, batchFirst)) return { stream };
  stream.dispose();
  const why = 'it keeps no state between them';
  return { whole: wholeInput(model, batchFirst, path, why), why };
}

/** Whether an input has an axis of steps that may be more than one. */
function seesSequence({ inputs: [{ dims = [], dtype }] }: OpenedModel, batchFirst: boolean): boolean {
  const isIds = dtype === 'int32' || dtype === 'int64';
  if (dims.length !== (isIds ? 2 : 3)) return false;
  return dims[isTimeFirst(dims, batchFirst) ? 0 : 1] !== 1;
}

/** Where rows go in the one input of a model that sees all of them at once. */
export interface WholeInput {
  /** Numbers of a row; undefined where the model takes any. */
  readonly columns: number | undefined;
  /** The dims of so many rows of so many numbers. */
  dims(rows: number, columns: number): number[];
}

/** What an axis may be called that is the batch, and one that is time. */
const BATCH = /batch|^[bn]$/i;
const TIME = /time|seq|step|len|frame|word|token|^t$/i;

/**
 * Says how rows become the input of a model that is run once on all of them: one sequence, or for a model of single rows as
 * many samples.
 *
 * @param batchFirst whether the batch is the first of two axes of which nothing says which it is
 * @throws {CliError} if the model has several inputs or one of other dimensions
 */
function wholeInput(model: Pick<OpenedModel, 'inputs'>, batchFirst: boolean, path: string, why: string): WholeInput {
  const { inputs } = model;
  if (inputs.length !== 1) {
    const names = inputs.map(({ name }) => name).join(', ');
    throw new CliError(
      `${path}: got a model of ${inputs.length} inputs (${names}), expected one that a CSV file can be (${why}); ` +
        'run it with openModel of hiddenstate/files',
    );
  }
  const [{ dims, dtype }] = inputs;
  const isIds = dtype === 'int32' || dtype === 'int64';
  const rank = dims?.length ?? (isIds ? 2 : 3);
  if (rank < 2 || rank > 3) {
    throw new CliError(`${path}: got an input of ${counted(rank, 'dimension')}, expected 2 or 3 (${why})`);
  }
  const last = dims?.[rank - 1];
  if (rank === 2 && !isIds)
    return { columns: typeof last === 'number' ? last : undefined, dims: (rows, columns) => [rows, columns] };
  const timeFirst = isTimeFirst(dims ?? [], batchFirst);
  if (rank === 2) return { columns: 1, dims: (rows) => (timeFirst ? [rows, 1] : [1, rows]) };
  return {
    columns: typeof last === 'number' ? last : undefined,
    dims: (rows, columns) => (timeFirst ? [rows, 1, columns] : [1, rows, columns]),
  };
}

function isTimeFirst([first, second]: NonNullable<ValueInfo['dims']>, batchFirst: boolean): boolean {
  const says = (dim: number | string | null | undefined, pattern: RegExp) =>
    typeof dim === 'string' && pattern.test(dim);
  if (says(first, BATCH) || says(second, TIME)) return false;
  if (says(first, TIME) || says(second, BATCH)) return true;
  if (first === 1 && second !== 1) return false;
  if (second === 1 && first !== 1) return true;
  return !batchFirst;
}

/**
 * Runs a model once on all rows.
 *
 * @param rows numbers, one row after the other
 * @returns the rows of its first output
 */
export function runWhole(model: OpenedModel, input: WholeInput, rows: Float32Array, count: number): Float32Array[] {
  const [{ name, dtype }] = model.inputs;
  const dims = input.dims(count, count === 0 ? 0 : rows.length / count);
  const data =
    dtype === 'int64'
      ? BigInt64Array.from(rows, (value) => BigInt(Math.round(value)))
      : dtype === 'int32'
        ? Int32Array.from(rows)
        : rows;
  const results = model.run({ [name]: { data, dims } as never });
  const output = results[model.outputs[0].name];
  const numbers = Float32Array.from(output.data as ArrayLike<number>, Number);
  const size = output.dims.reduce((product, dim) => product * dim, 1);
  // One row for each step where there are as many, else one for each place of the last dimension.
  const width = size % count === 0 && output.dims.includes(count) ? size / count : (output.dims.at(-1) ?? 1);
  return Array.from({ length: size / width }, (_, i) => numbers.subarray(i * width, (i + 1) * width));
}
