import { planGroups } from './cases/plan.js';
import { median } from './timing/interleave.js';

const FIRST_RUNS = 5;
const QUICK_FIRST_RUNS = 3;

/**
 * Measures everything of a plan in one host, telling on the terminal how far it is.
 *
 * @returns cases, milliseconds to a first result by contender, and the seconds that it took
 */
export async function measureHost(host, plan) {
  const start = performance.now();
  console.log(`${host.label} (${host.engine})${host.flags.length > 0 ? ` ${host.flags.join(' ')}` : ''}`);
  const pace = {
    seconds: plan.quick ? 0.5 : 3.4,
    warmupMilliseconds: plan.quick ? 40 : 120,
    slowStartMilliseconds: plan.quick ? 1000 : 2500,
    leastRounds: plan.quick ? 3 : 5,
    burstMilliseconds: host.burstMilliseconds,
  };
  const cases = [];
  for (const group of planGroups(plan)) {
    // Ours alone need no long time to be compared fairly.
    const own = group[0].kind === 'many' ? { ...pace, seconds: pace.seconds / 4 } : pace;
    await host.runGroup(group, own, (result) => {
      cases.push(result);
      console.log(lineOf(result));
    });
  }
  const first = plan.parts.includes('first')
    ? await firstResults(host, plan.quick ? QUICK_FIRST_RUNS : FIRST_RUNS)
    : {};
  return { cases, first, seconds: Math.round((performance.now() - start) / 1000) };
}

async function firstResults(host, runs) {
  const all = {};
  for (const contender of host.firstContenders) {
    const samples = [];
    for (let i = 0; i < runs; i++) samples.push(await host.firstResult(contender));
    all[contender] = median(samples);
    console.log(`first result  ${contender.padEnd(18)} ${all[contender].toFixed(1)} ms`);
  }
  return all;
}

/** `streaming lstm 512  122 µs, 78 % of the ceiling; onnxruntime-web 1.9 …` */
function lineOf({ kind, cell, size, batch, measured }) {
  const best = Object.keys(measured).find((id) => id.startsWith('hiddenstate-'));
  const ceiling = measured[best.replace('hiddenstate', 'ceiling')];
  const ratios = Object.entries(measured)
    .filter(([id]) => id !== best && !id.startsWith('ceiling-') && id !== 'reference')
    .map(([id, { overOurs }]) => `${id} ${overOurs[best].toFixed(2)}`);
  const name = `${kind.padEnd(9)} ${cell.padEnd(4)} ${String(size).padStart(3)}${kind === 'many' ? `, ${batch} a call` : ''}`;
  const time = `${measured[best].microseconds.toPrecision(3)} µs`;
  return `${name}  ${time}, ${Math.round(ceiling.overOurs[best] * 100)} % of the ceiling; ${ratios.join(', ')}`;
}
