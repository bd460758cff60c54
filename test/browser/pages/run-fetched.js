import { runCases } from './run-cases.js';

/** Fetches the golden cases and runs them on the engine of fixed bits and on the one the host chooses; gives JSON. */
export async function runFetched(library) {
  const goldens = await (await fetch('/goldens.json')).json();
  const run = (simd) => runCases(library, library.createEngine({ simd }), goldens);
  return JSON.stringify({ baseline: run('baseline'), auto: run('auto') });
}
