/**
 * Measures hiddenstate and its rivals on this machine and rewrites bench/README.md and bench/charts/.
 *
 *   node bench/rivals/run.js                    in the Node that runs it
 *   node bench/rivals/run.js --node PATH        in another Node
 *   node bench/rivals/run.js --browser chromium | firefox
 *   node bench/rivals/run.js --all              in this Node, then in --node PATH if given, Chromium and Firefox
 *
 *   --quick                                     fewer sizes, shorter bursts: a trial, kept apart from the results
 *   --only streaming,sequence,batch,many,product,first   parts (default all)
 *   --sizes 16,512   --cells lstm,gru,rnn       filters; a filtered run is a trial too
 */
import { parseArgs } from 'node:util';
import { CELLS, PARTS, SIZES } from './cases/plan.js';
import { saveDownloads } from './downloads.js';
import { measureHost } from './measure-host.js';
import { writeReport } from './report/write-report.js';
import { saveResults } from './results.js';

const { values } = parseArgs({
  options: {
    node: { type: 'string' },
    browser: { type: 'string' },
    all: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    sizes: { type: 'string' },
    cells: { type: 'string' },
  },
});

function chosen(option, known) {
  if (values[option] === undefined) return undefined;
  const names = values[option].split(',');
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new RangeError(`--${option}: got ${unknown}, expected some of ${known}`);
  return names;
}

const QUICK_SIZES = [16, 64, 256];
const only = chosen('only', PARTS);
const sizes = chosen('sizes', SIZES.map(String))?.map(Number);
const cells = chosen('cells', CELLS);
const plan = {
  quick: values.quick,
  parts: only ?? PARTS,
  sizes: sizes ?? (values.quick ? QUICK_SIZES : SIZES),
  cells: cells ?? CELLS,
};
const trial = Boolean(values.quick || only || sizes || cells);

/** Opened one after the other: an open browser is not an idle one. */
async function hostOpeners() {
  const node = async (path) => (await import('./hosts/node-host.js')).nodeHost(path);
  const browser = async (name) => (await import('./hosts/browser-host.js')).browserHost(name);
  if (values.all) {
    const nodes = [process.execPath, ...(values.node ? [values.node] : [])];
    return [...nodes.map((path) => () => node(path)), () => browser('chromium'), () => browser('firefox')];
  }
  return [values.browser ? () => browser(values.browser) : () => node(values.node ?? process.execPath)];
}

for (const open of await hostOpeners()) {
  const host = await open();
  try {
    const path = await saveResults(await measureHost(host, plan), { host, trial, plan });
    console.log(`kept in ${path}`);
  } finally {
    await host.close();
  }
}
if (plan.parts.includes('first')) await saveDownloads();
if (!trial) await writeReport();
