import { runCases } from './run-cases.js';

/** What the page answers: the JSON of what `run` gives, or of why it gave nothing. */
export async function answer(run) {
  try {
    return JSON.stringify(await run());
  } catch (error) {
    return JSON.stringify({ error: `${error}\n${error?.stack}` });
  }
}

/** Runs golden cases on the engine of fixed bits and on the one that the host chooses, which is made unless given. */
export function runBoth(library, goldens, auto = library.createEngine()) {
  const baseline = library.createEngine({ simd: 'baseline' });
  return { baseline: runCases(library, baseline, goldens), auto: runCases(library, auto, goldens) };
}

export async function fetchGoldens() {
  return (await fetch('/goldens.json')).json();
}

/** Fetches the golden cases and runs them, on one engine compiled synchronously and one asynchronously. */
export function runFetched(library) {
  return answer(async () => runBoth(library, await fetchGoldens(), await library.ready()));
}
