import { Ceiling } from '../../ceiling/ceiling.js';
import { matrixBytes } from '../cases/plan.js';
import { buildsHere, hiddenstateContenders } from '../contenders/hiddenstate.js';
import { plainContender } from '../contenders/plain.js';
import { referenceLinear } from '../contenders/reference-linear.js';
import { runCase } from '../timing/run-case.js';

/**
 * Runs one group of cases where it is called: in a Node process or in a page.
 *
 * @param rivals contenders besides ours and plain JavaScript
 * @param ceilingBytes of both builds
 * @param pace how long to measure
 * @param onCase told the result of each case as it comes
 */
export async function runGroup({ cases, rivals, ceilingBytes, pace, onCase }) {
  const most = Math.max(...cases.map((one) => 2 * matrixBytes(one)));
  const ceilings = Object.fromEntries(
    buildsHere().map((build) => [build, new Ceiling(ceilingBytes[build], most, pace.burstMilliseconds)]),
  );
  for (const [i, one] of cases.entries()) {
    const reference = one.cell === 'linear' ? referenceLinear : plainContender;
    const others = one.cell === 'linear' || one.kind === 'many' ? [] : rivals;
    const contenders = [reference, ...hiddenstateContenders(), ...others];
    await onCase(await runCase(one, contenders, ceilings, { ...pace, isFirst: i === 0 }));
  }
}
