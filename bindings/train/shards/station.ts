import type { Module } from '../../index.js';
import type { Tensor } from '../../tensor.js';
import { drain } from '../pieces.js';
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
  readonly out: Float32Array | undefined;
}

/** What can be asked of shards, and what it takes. */
export interface ShardTasks {
  ready: Record<string, never>;
  /** All weights, as `Parameters` lays them out, and the parts. Gives a `ShardOutput` of each. */
  forward: { readonly weights: Float32Array; readonly parts: readonly ShardInput[] };
  /** Gives the weights' gradients of each, as `Parameters` lays them out. */
  backward: { readonly parts: readonly ShardGradient[] };
}

/** Shards of one place: a tape each, all on one model. */
export class ShardStation {
  /** @param tapes by the number of their shard */
  constructor(
    private readonly model: Module,
    private readonly tapes: ReadonlyMap<number, Tape>,
  ) {}

  /** Does what `name` says, at once. */
  do(name: string, task: unknown): unknown {
    return drain(this.pieces(name as keyof ShardTasks, task as never));
  }

  /** Does it in pieces, so that others get their turn. */
  *pieces<Name extends keyof ShardTasks>(name: Name, task: ShardTasks[Name]): Generator<undefined, unknown> {
    if (name === 'forward') return yield* this.forward(task as ShardTasks['forward']);
    if (name === 'backward') return yield* this.backward(task as ShardTasks['backward']);
    return undefined;
  }

  dispose(): void {
    for (const tape of this.tapes.values()) tape.dispose();
  }

  private *forward({ weights, parts }: ShardTasks['forward']): Generator<undefined, ShardOutput[]> {
    this.takeWeights(weights);
    const outputs: ShardOutput[] = [];
    for (const { shard, input, lengths, state, seed, out } of parts) {
      const tape = this.tapeOf(shard);
      tape.reseed(seed);
      const result = yield* tape.forwardPieces(input, { state, lengths });
      outputs.push({ output: { ...result.output, data: copyInto(out, result.output.data) }, state: result.state });
    }
    return outputs;
  }

  private *backward({ parts }: ShardTasks['backward']): Generator<undefined, Float32Array[]> {
    const gradients: Float32Array[] = [];
    for (const { shard, gradient, out } of parts) {
      const tape = this.tapeOf(shard);
      tape.zeroGradients();
      yield* tape.backwardPieces(gradient);
      const { engine, gradients: address, size } = tape.parameters;
      gradients.push(copyInto(out, engine.f32.subarray(address / 4, address / 4 + size)));
    }
    return gradients;
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

function copyInto(out: Float32Array | undefined, data: Float32Array): Float32Array {
  if (!out) return data.slice();
  out.set(data);
  return out;
}
