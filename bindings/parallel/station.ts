import { HiddenstateError } from '../errors.js';
import type { ForwardOptions, Sequential, SequentialResult, SequentialState, Simd, Stream } from '../index.js';
import type { Tensor } from '../tensor.js';

/** The model of a thread. */
export interface Copy {
  /** What `Sequential.save` wrote. */
  readonly bytes: Uint8Array;
  /** The kernels it runs on: those of the original, whose bits it has to give. */
  readonly simd: Simd;
}

/** A `forward` that a thread is to do. */
export interface ForwardTask {
  readonly input: Tensor;
  readonly options: ForwardOptions<SequentialState>;
}

/** What names a stream, and what to do with it. */
interface StreamTask {
  readonly id: number;
}

/** What can be done, and what it takes. */
export interface Tasks {
  /** Answers once the thread runs. */
  ready: Record<string, never>;
  forward: ForwardTask;
  open: StreamTask & { readonly batch: number; readonly state?: SequentialState };
  /** One step, or as many as x holds. */
  steps: StreamTask & {
    readonly x: Float32Array;
    /** Where the outputs go, if the caller sees it there. */
    readonly out?: Float32Array;
    readonly lanes?: readonly number[];
  };
  reset: StreamTask & { readonly state?: SequentialState; readonly lane?: number };
  readState: StreamTask;
  readLane: StreamTask & { readonly lane: number };
  close: StreamTask;
}

/** What a thread does for a pool: it has a copy of the model and the streams whose lanes it keeps. */
export class WorkStation implements WorkOf<Tasks> {
  private readonly streams = new Map<number, Stream<SequentialState>>();

  constructor(private readonly model: Sequential) {}

  /** Does what `name` says. */
  do(name: string, task: unknown): unknown {
    return (this as unknown as Record<string, (task: unknown) => unknown>)[name](task);
  }

  ready(): void {}

  forward({ input, options }: ForwardTask): SequentialResult {
    return this.model.forward(input, options);
  }

  open({ id, batch, state }: Tasks['open']): void {
    this.streams.set(id, this.model.stream({ batch, state }));
  }

  steps({ id, x, out, lanes }: Tasks['steps']): Float32Array {
    return this.streamOf(id).steps(x, out, { lanes });
  }

  reset({ id, state, lane }: Tasks['reset']): void {
    this.streamOf(id).reset(state, lane === undefined ? {} : { lane });
  }

  readState({ id }: StreamTask): SequentialState {
    return this.streamOf(id).state;
  }

  readLane({ id, lane }: Tasks['readLane']): SequentialState {
    return this.streamOf(id).stateOf(lane);
  }

  close({ id }: Tasks['close']): void {
    this.streamOf(id).dispose();
    this.streams.delete(id);
  }

  /** Gives all memory back. */
  dispose(): void {
    for (const stream of this.streams.values()) stream.dispose();
    this.streams.clear();
    this.model.dispose();
  }

  private streamOf(id: number): Stream<SequentialState> {
    const stream = this.streams.get(id);
    if (stream) return stream;
    throw new HiddenstateError(
      'HOST',
      `PoolStream: got a thread without stream ${id}, expected the one that opened it`,
    );
  }
}

type WorkOf<T> = { [Name in keyof T]: (task: T[Name]) => unknown };
