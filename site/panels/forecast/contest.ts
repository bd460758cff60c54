import type { Judged, Read, Request } from './messages.js';
import { isNetwork, LOOKS, type Model, RUNG_NAMES } from './models.js';
import type { Settings } from './settings.js';

/** What a contest asks for and tells. */
export interface Course {
  ask(request: Request): Promise<Judged>;
  /** Whether it still matters; asked after every answer. */
  wanted(): boolean;
  onProgress(done: number, all: number, what: string): void;
  /** The models so far: told when the quick ones are there, and after each network. */
  onModels(models: readonly Model[], leftOut: readonly string[]): void;
}

/**
 * Every rung with every seed, one after the other.
 *
 * @returns what could not be fitted, and why; undefined if it was given up
 */
export async function contest(data: Read, settings: Settings, course: Course): Promise<string[] | undefined> {
  const { task, seeds } = settings;
  const rungs = RUNG_NAMES.filter((rung) => rung !== 'seasonal' || task.options.period !== undefined);
  const seedsOf = (rung: string) => (isNetwork(rung) ? seeds : 1);
  const all = rungs.reduce((sum, rung) => sum + seedsOf(rung), 0);
  const models: Model[] = [];
  const leftOut: string[] = [];
  let done = 0;
  for (const [i, rung] of rungs.entries()) {
    const judged: Judged[] = [];
    for (let seed = 0; seed < seedsOf(rung); seed++) {
      course.onProgress(done++, all, `${LOOKS[rung].label}${isNetwork(rung) ? `, seed ${seed}` : ''}`);
      try {
        const answer = await course.ask({ kind: 'judge', rung, seed, task: { ...task, values: data.values } });
        if (!course.wanted()) return undefined;
        judged.push(answer);
      } catch (error) {
        if (!course.wanted()) return undefined;
        leftOut.push(`${LOOKS[rung].label}: ${(error as Error).message}`);
        break;
      }
    }
    if (judged.length > 0) models.push({ rung, seeds: judged });
    const next = rungs[i + 1];
    if (models.length > 0 && (next === undefined || isNetwork(next))) course.onModels(models, leftOut);
  }
  return leftOut;
}
