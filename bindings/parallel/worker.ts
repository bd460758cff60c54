/** The file of a pool's threads: a copy of the model comes with the first message, and calls with those that follow. */
import { createEngine, loadModel } from '../index.js';
import { serve } from './host.js';
import { ownBuffers, type Request, sendError } from './messages.js';
import { type Copy, WorkStation } from './station.js';

let station: WorkStation | undefined;
let failure: unknown;

function load({ bytes, simd }: Copy): void {
  try {
    station = new WorkStation(loadModel(bytes, { engine: createEngine({ simd }) }));
  } catch (error) {
    failure = error;
  }
}

serve((message) => {
  const { name, task } = message as Request;
  // Not answered: the call that follows asks whether the thread is ready.
  if (name === 'load') {
    load(task as Copy);
    return undefined;
  }
  try {
    if (!station) throw failure;
    const result = station.do(name, task);
    return { reply: { result }, transfer: ownBuffers(result) };
  } catch (error) {
    return { reply: { error: sendError(error) }, transfer: [] };
  }
});
