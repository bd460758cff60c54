import { workerData } from 'piscina';
import { HiddenstateError } from '../errors.js';
import {
  createEngine,
  type ForwardOptions,
  loadModel,
  type SequentialResult,
  type SequentialState,
  type Simd,
  type Stream,
} from '../index.js';
import type { Tensor } from '../tensor.js';

/** What a thread does for a pool: it has a copy of the model and the streams whose lanes it keeps. */

/** The model of a thread. */
export interface Copy {
  /** What `Sequential.save` wrote. */
  readonly bytes: Uint8Array;
  /** The kernels it runs on: those of the original, whose bits it has to give. */
  readonly simd: Simd;
}

const { bytes, simd } = workerData as Copy;
const model = loadModel(bytes, { engine: createEngine({ simd }) });
const streams = new Map<number, Stream<SequentialState>>();

/** Answers once the thread runs. */
export function ready(): void {}

export interface ForwardTask {
  readonly input: Tensor;
  readonly options: ForwardOptions<SequentialState>;
}

export function forward({ input, options }: ForwardTask): SequentialResult {
  return model.forward(input, options);
}

/** What names a stream, and what to do with it. */
export interface StreamTask {
  readonly id: number;
  readonly batch?: number;
  readonly state?: SequentialState;
  readonly lane?: number;
  readonly x?: Float32Array;
  readonly lanes?: readonly number[];
}

export function open({ id, batch, state }: StreamTask): void {
  streams.set(id, model.stream({ batch, state }));
}

export function steps({ id, x, lanes }: StreamTask): Float32Array {
  return streamOf(id).steps(x as Float32Array, undefined, { lanes });
}

export function readState({ id }: StreamTask): SequentialState {
  return streamOf(id).state;
}

export function reset({ id, state, lane }: StreamTask): void {
  streamOf(id).reset(state, lane === undefined ? {} : { lane });
}

export function readLane({ id, lane }: StreamTask): SequentialState {
  return streamOf(id).stateOf(lane as number);
}

export function close({ id }: StreamTask): void {
  streamOf(id).dispose();
  streams.delete(id);
}

function streamOf(id: number): Stream<SequentialState> {
  const stream = streams.get(id);
  if (!stream)
    throw new HiddenstateError(
      'HOST',
      `PoolStream: got a thread without stream ${id}, expected the one that opened it`,
    );
  return stream;
}
