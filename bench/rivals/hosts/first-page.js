/** A page that has loaded nothing of any contender but, for the expected result, plain JavaScript. */
import { makeGiven } from '../first/given.js';
import { timeFirst } from '../first/time-first.js';
import { PATHS } from './browser-paths.js';

/** Milliseconds from the import of a contender's bundle to its first result. */
globalThis.measureFirst = async (contender) => {
  const { given, expected } = makeGiven();
  return timeFirst(() => import(`/first/${contender}.js`), { ...given, paths: PATHS }, expected);
};
