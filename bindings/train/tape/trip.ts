import { rangeError } from '../../errors.js';
import { type PackedLayout, packSteps } from '../../layers/packed-sequence.js';
import { formatDims, type Tensor } from '../../tensor.js';
import { pooledLayout } from '../links/pool-link.js';

/** Which inputs a tape takes. */
export interface Course {
  /** The most sequences and time steps. */
  readonly batch: number;
  readonly steps: number;
  /** Features of a row; absent where the input is indices. */
  readonly features: number | undefined;
  /** Of the model's recurrent modules; absent where it has none, and rows are independent of each other. */
  readonly batchFirst: boolean | undefined;
}

/** How an input lies in time: the way forward, which `backward` returns by. */
export interface Trip {
  readonly layout: PackedLayout;
  readonly batchFirst: boolean;
  /** Dims of the input and of the output before the features. */
  readonly lead: readonly number[];
  /** What comes before the features of a state, behind the layers. */
  readonly stateDims: readonly number[];
}

/** The way behind a pool: one row for each sequence. */
export function pooledTrip(trip: Trip): Trip {
  return { ...trip, layout: pooledLayout(trip.layout), batchFirst: false, lead: trip.stateDims };
}

/**
 * Reads the dims of an input: how its rows are laid out in time.
 *
 * @throws {TypeError | RangeError} if dims or lengths do not fit the course
 */
export function planTrip(input: Tensor, lengths: ArrayLike<number> | undefined, course: Course, who: string): Trip {
  const { features } = course;
  if (features !== undefined && input.dims.at(-1) !== features) refuse(input, course, who);
  const lead = features === undefined ? input.dims : input.dims.slice(0, -1);
  if (course.batchFirst === undefined) {
    const rows = lead.reduce((a, b) => a * b, 1);
    if (rows < 1 || rows > course.batch * course.steps || lengths !== undefined) refuse(input, course, who);
    const layout = { steps: 1, batch: rows, counts: Int32Array.of(rows), rows, order: undefined };
    return { layout, batchFirst: false, lead, stateDims: [] };
  }
  const batched = lead.length === 2;
  const batchFirst = batched && course.batchFirst;
  const [steps, batch] = batched ? (batchFirst ? [lead[1], lead[0]] : lead) : [lead[0], 1];
  const fits = steps >= 1 && steps <= course.steps && batch >= 1 && batch <= course.batch;
  if (!fits || lead.length < 1 || lead.length > 2) refuse(input, course, who);
  if (lengths !== undefined && !batched) {
    throw rangeError(`${who}: lengths: got lengths for an unbatched input, expected an input with a batch dimension`);
  }
  return { layout: packSteps(steps, batch, lengths, who), batchFirst, lead, stateDims: batched ? [batch] : [] };
}

function refuse({ dims }: Tensor, { features, batch, steps }: Course, who: string): never {
  const last = features === undefined ? '' : `, ${features}`;
  throw rangeError(
    `${who}: input: got dims ${formatDims(dims)}, expected [T, B${last}] or [T${last}] in the model's order, with T from 1 to ${steps} and B from 1 to ${batch}`,
  );
}
