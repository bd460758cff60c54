import { cut } from '../terminal/format.js';
import { paragraph } from './layout.js';

/** Characters of a problem that are shown. */
const LONGEST_PROBLEM = 300;

/** Whether a model would run, and what is in the way. */
export function verdict(problems: readonly string[]): string[] {
  if (problems.length === 0) return ['Nothing is in the way of running it.'];
  return ['Would not run:', ...problems.flatMap((problem) => paragraph(cut(problem, LONGEST_PROBLEM), '  '))];
}
