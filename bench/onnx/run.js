/**
 * Silero's frames and first results against onnxruntime-web on one thread, and a step of an LSTM from a file against one from a
 * state dict: interleaved, results compared first. Keeps what it measured in bench/results/ and rewrites bench/onnx/README.md.
 *
 *   npm run build && node bench/onnx/run.js [node] [chromium]
 */
import { chromiumHost } from './chromium.js';
import { measureHost } from './measure-host.js';
import { nodeHost } from './node.js';
import { writeReport } from './report.js';
import { saveResults } from './results.js';

const HOSTS = { node: nodeHost, chromium: chromiumHost };

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in HOSTS));
if (unknown.length > 0) throw new RangeError(`got ${unknown}, expected some of ${Object.keys(HOSTS)}`);
for (const name of asked.length > 0 ? asked : Object.keys(HOSTS)) {
  const host = await HOSTS[name]();
  try {
    console.log(`kept in ${await saveResults(await measureHost(host), host)}`);
  } finally {
    await host.close();
  }
}
await writeReport();
