/** What a library writes to the host's console and streams: nothing. */
import { vi } from 'vitest';

/**
 * Runs work and gives all that was written meanwhile to any method of `console`, to stdout and to stderr.
 *
 * @param work may fail: that is its own affair
 */
export async function written(work: () => unknown): Promise<string[]> {
  const seen: string[] = [];
  const spies = [
    ...(Object.keys(console) as (keyof Console)[])
      .filter((name) => typeof console[name] === 'function' && name !== ('Console' as string))
      .map((name) =>
        vi.spyOn(console, name as 'log').mockImplementation((...words) => {
          seen.push(`console.${name}: ${words.join(' ')}`);
        }),
      ),
    ...(['stdout', 'stderr'] as const).map((name) =>
      vi.spyOn(process[name], 'write').mockImplementation((text) => {
        seen.push(`${name}: ${text}`);
        return true;
      }),
    ),
  ];
  try {
    await work();
  } catch {
    // Refused.
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return seen;
}
