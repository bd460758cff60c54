/** The file of a VadPool's threads: the model comes with the first message, and batches of frames with those that follow. */
import { createEngine } from '../index.js';
import { serve } from '../parallel/host.js';
import { sendError } from '../parallel/messages.js';
import type { Batch, LoadTask } from './pool-places.js';
import { SileroLanes } from './silero-lanes.js';

let lanes: SileroLanes | undefined;

serve((message) => {
  if (!lanes) return load(message as LoadTask);
  const { frames, calls, fresh } = message as Batch;
  const result = new Float32Array(calls.length);
  lanes.step(frames, calls, fresh, calls.length, result);
  return { reply: { result }, transfer: [result.buffer] };
});

async function load({ model, simd, who }: LoadTask) {
  try {
    lanes = await SileroLanes.load(model, { engine: createEngine({ simd }) }, who);
    return { reply: { result: { frameSize: lanes.frameSize, context: lanes.context } }, transfer: [] };
  } catch (error) {
    return { reply: { error: sendError(error) }, transfer: [] };
  }
}
