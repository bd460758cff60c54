import { rangeError } from '../errors.js';
import type { Streaming } from '../streaming.js';
import { FrameQueue } from './frame-queue.js';
import type { UnitPlan } from './messages.js';
import type { OpenFile } from './open-file.js';
import type { Tell, Unit } from './tell.js';

/** What `kind: 'model'` takes besides the model. */
interface OwnOptions {
  readonly stream?: Readonly<Record<string, unknown>>;
  readonly play?: boolean;
}

/**
 * A model of the user's own: each `inputSize` samples are a step. Outputs as long as inputs are played; others are told as
 * events, and sound goes through as it is.
 */
export function openOwn({ model, options, wanted, quantum }: UnitPlan, tell: Tell, openFile: OpenFile): Unit {
  const { stream: streamOptions = {}, play } = options as OwnOptions;
  const opened = openFile(model);
  let opening: Streaming<unknown> | undefined;
  const dispose = () => {
    opening?.dispose();
    opened.dispose();
  };
  try {
    const stream = opened.stream(streamOptions);
    opening = stream;
    const { inputSize, outputSize, batch } = stream;
    if (batch !== 1 || inputSize < 1) {
      throw rangeError(
        `createNode: model: got a stream of ${batch} × ${inputSize} inputs, expected one sequence of some`,
      );
    }
    if (play && outputSize !== inputSize) {
      throw rangeError(
        `createNode: play: got a model of ${inputSize} inputs and ${outputSize} outputs, expected as many of both`,
      );
    }
    const start = stream.state;
    const isPlayed = play ?? outputSize === inputSize;
    const unit = isPlayed ? playing(stream, quantum) : telling(stream, quantum, wanted.includes('output'), tell);
    return {
      ...unit,
      reset() {
        stream.reset(start);
        unit.reset();
      },
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** Steps of one sample, or of as many as fit evenly into a block, are run as one call of `steps`. */
function playing(stream: Streaming<unknown>, quantum: number): Pick<Unit, 'latency' | 'push' | 'reset'> {
  const { inputSize } = stream;
  const queue = new FrameQueue(inputSize, quantum, (frame, result) => void stream.step(frame, result));
  return {
    latency: queue.latency,
    push(block, out) {
      if (queue.latency === 0 && block.length % inputSize === 0) stream.steps(block, out);
      else queue.push(block, out);
    },
    reset: () => queue.reset(),
  };
}

function telling(
  stream: Streaming<unknown>,
  quantum: number,
  isWanted: boolean,
  tell: Tell,
): Pick<Unit, 'latency' | 'push' | 'reset'> {
  const output = new Float32Array(stream.outputSize);
  const queue = new FrameQueue(stream.inputSize, quantum, (frame) => {
    stream.step(frame, output);
    if (isWanted) tell('output', output.slice());
  });
  const unplayed = new Float32Array(quantum);
  return {
    latency: 0,
    push(block, out) {
      out.set(block);
      queue.push(block, unplayed);
    },
    reset: () => queue.reset(),
  };
}
