/** Milliseconds of work after which a page may be needed: half of what a picture takes. */
const SLICE = 8;

/** Lets the page answer to its visitor between two parts of long work. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/**
 * Does something so many times, and lets the page answer to its visitor on the way.
 *
 * @param act called with 0, 1, …; false gives the rest up
 * @returns whether it came to its end
 */
export async function inSlices(times: number, act: (i: number) => boolean): Promise<boolean> {
  let begun = performance.now();
  for (let i = 0; i < times; i++) {
    if (!act(i)) return false;
    if (performance.now() - begun < SLICE) continue;
    await breathe();
    begun = performance.now();
  }
  return true;
}
