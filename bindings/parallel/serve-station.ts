import { serve } from './host.js';
import { ownBuffers, type Request, sendError } from './messages.js';

/** What does the calls of a thread. */
export interface Station {
  /** Does what `name` says. */
  do(name: string, task: unknown): unknown;
}

/** A worker's whole work: makes its station of the first message, and answers those that follow with what it does. */
export function serveStation<Load>(make: (task: Load) => Station): void {
  let station: Station | undefined;
  let failure: unknown;
  serve((message) => {
    const { name, task } = message as Request;
    // Not answered: the call that follows asks whether the thread is ready.
    if (name === 'load') {
      try {
        station = make(task as Load);
      } catch (error) {
        failure = error;
      }
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
}
