import type { Module } from '../../index.js';
import type { Tensor } from '../../tensor.js';
import { type Comparison, comparison } from '../fit/evaluate.js';
import type { Loss } from '../losses/loss.js';
import { drain } from '../pieces.js';
import type { TapeResult } from '../tape/options.js';
import type { Tape } from '../tape/tape.js';

/** A shard's part of a batch. */
export interface ShardInput {
  readonly shard: number;
  readonly input: Tensor;
  readonly lengths: readonly number[] | undefined;
  readonly state: unknown;
  /** Of what is dropped. */
  readonly seed: number;
  /** Where the output goes, if the caller sees it there. */
  readonly out: Float32Array | undefined;
}

/** What a shard's part gave. */
export interface ShardOutput {
  readonly output: Tensor;
  readonly state: unknown;
}

/** A shard's part of the output's gradient. */
export interface ShardGradient {
  readonly shard: number;
  readonly gradient: Tensor;
  /** Where the weights' gradients go, if the caller sees them there. */
  readonly gradientsOut: Float32Array | undefined;
}

/** A shard's part of a batch with what it should give. */
export interface ShardExample extends ShardInput, Pick<ShardGradient, 'gradientsOut'> {
  readonly target: Tensor;
  readonly weights: Tensor | undefined;
  /** Whether the output is asked for. */
  readonly shows: boolean;
}

/** What a shard learnt of an example. */
export interface ShardLesson {
  /** The loss and its weight among those of other shards. */
  readonly value: number;
  readonly weight: number;
  /** The weights' gradients, as `Parameters` lays them out. */
  readonly gradients: Float32Array;
  readonly state: unknown;
  readonly output: Tensor | undefined;
}

/** What can be asked of shards, and what it takes; `weights` are all weights, as `Parameters` lays them out. */
export interface ShardTasks {
  ready: Record<string, never>;
  /** Forward, loss and backward at once, where the loss is known here. Gives a `ShardLesson` of each. */
  learn: { readonly weights: Float32Array; readonly parts: readonly ShardExample[] };
  /** Gives a `ShardOutput` of each. */
  forward: { readonly weights: Float32Array; readonly parts: readonly ShardInput[] };
  /** Gives the weights' gradients of each, as `Parameters` lays them out. */
  backward: { readonly parts: readonly ShardGradient[] };
}

/** Shards of one place: a tape each, all on one model. */
export class ShardStation {
  private readonly compare: Comparison | undefined;

  /**
   * @param tapes by the number of their shard
   * @param loss what `learn` makes small; undefined where only the caller knows it
   */
  constructor(
    private readonly model: Module,
    private readonly tapes: ReadonlyMap<number, Tape>,
    loss: Loss | undefined,
  ) {
    this.compare = loss && comparison(model, loss);
  }

  /** Does what `name` says, at once. */
  do(name: string, task: unknown): unknown {
    return drain(this.pieces(name as keyof ShardTasks, task as never));
  }

  /** Does it in pieces, so that others get their turn. */
  *pieces<Name extends keyof ShardTasks>(name: Name, task: ShardTasks[Name]): Generator<undefined, unknown> {
    if (name === 'learn') return yield* this.learn(task as ShardTasks['learn']);
    if (name === 'forward') return yield* this.forward(task as ShardTasks['forward']);
    if (name === 'backward') return yield* this.backward(task as ShardTasks['backward']);
    return undefined;
  }

  dispose(): void {
    for (const tape of this.tapes.values()) tape.dispose();
  }

  private *learn({ weights, parts }: ShardTasks['learn']): Generator<undefined, ShardLesson[]> {
    this.takeWeights(weights);
    const lessons: ShardLesson[] = [];
    for (const part of parts) {
      const { output, state } = yield* this.forwardPart(part);
      const { value, weight, gradient } = yield* (this.compare as Comparison)(output, part);
      const gradients = yield* this.backwardPart({ ...part, gradient });
      lessons.push({ value, weight, gradients, state, output: part.shows ? copyTo(part.out, output) : undefined });
    }
    return lessons;
  }

  private *forward({ weights, parts }: ShardTasks['forward']): Generator<undefined, ShardOutput[]> {
    this.takeWeights(weights);
    const outputs: ShardOutput[] = [];
    for (const part of parts) {
      const { output, state } = yield* this.forwardPart(part);
      outputs.push({ output: copyTo(part.out, output), state });
    }
    return outputs;
  }

  private *backward({ parts }: ShardTasks['backward']): Generator<undefined, Float32Array[]> {
    const gradients: Float32Array[] = [];
    for (const part of parts) gradients.push(yield* this.backwardPart(part));
    return gradients;
  }

  private *forwardPart({ shard, input, lengths, state, seed }: ShardInput): Generator<undefined, TapeResult> {
    const tape = this.tapeOf(shard);
    tape.reseed(seed);
    return yield* tape.forwardPieces(input, { state, lengths });
  }

  private *backwardPart({ shard, gradient, gradientsOut }: ShardGradient): Generator<undefined, Float32Array> {
    const tape = this.tapeOf(shard);
    tape.zeroGradients();
    yield* tape.backwardPieces(gradient);
    const { engine, gradients, size } = tape.parameters;
    return copyInto(gradientsOut, engine.f32.subarray(gradients / 4, gradients / 4 + size));
  }

  private takeWeights(weights: Float32Array): void {
    const tapes = [...this.tapes.values()];
    this.model.assertAlive('tape');
    for (const { parameters } of tapes) parameters.engine.f32.set(weights, parameters.values / 4);
    tapes[0].parameters.push();
  }

  private tapeOf(shard: number): Tape {
    return this.tapes.get(shard) as Tape;
  }
}

function copyTo(out: Float32Array | undefined, { data, dims }: Tensor): Tensor {
  return { data: copyInto(out, data), dims };
}

function copyInto(out: Float32Array | undefined, data: Float32Array): Float32Array {
  if (!out) return data.slice();
  out.set(data);
  return out;
}
