/** Compares graphs from one seed to below another, a line of JSON for each: `run.mjs` reads them. */
import { createEngine } from '../../../bindings/index.js';
import { compareGraph } from './compare-graph.js';

const [first, end] = process.argv.slice(2).map(Number);
const engine = createEngine();
for (let seed = first; seed < end; seed++) {
  console.log(JSON.stringify({ seed, ...(await compareGraph(seed, engine)) }));
}
process.exit();
