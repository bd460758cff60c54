import { HiddenstateError } from '../errors.js';
import type { Thread } from './thread.js';

/** What every thread can be asked. */
interface Readiness {
  /** Answers once the thread runs. */
  ready: Record<string, never>;
}

/**
 * Starts threads and waits until all run.
 *
 * @param who the beginning of error messages
 * @throws {Error} if one cannot start; none is left running then
 */
export async function startThreads<Tasks extends Readiness>(
  who: string,
  count: number,
  make: () => Thread<Tasks>,
): Promise<Thread<Tasks>[]> {
  const threads: Thread<Tasks>[] = [];
  try {
    for (let i = 0; i < count; i++) threads.push(make());
    await Promise.all(threads.map((thread) => thread.run('ready', {} as Tasks['ready'])));
    return threads;
  } catch (cause) {
    await Promise.allSettled(threads.map((thread) => thread.end()));
    throw new HiddenstateError(
      'HOST',
      `${who}: got a thread that cannot start: ${(cause as Error).message}, expected one that runs`,
      { cause },
    );
  }
}
