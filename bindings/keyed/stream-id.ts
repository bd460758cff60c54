/** Positions of a log as Redis writes them: milliseconds, a dash, a counter. */

/** Which of two positions comes first: negative, 0 or positive. */
export function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  const [aTime, aCount] = parseId(a);
  const [bTime, bCount] = parseId(b);
  return aTime - bTime || aCount - bCount;
}

/** The milliseconds of a position. */
export function timeOf(id: string): number {
  return Number(id.slice(0, id.indexOf('-')));
}

function parseId(id: string): [number, number] {
  const dash = id.indexOf('-');
  return [Number(id.slice(0, dash)), Number(id.slice(dash + 1))];
}
