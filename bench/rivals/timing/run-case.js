import { dataOf } from '../cases/data.js';
import { isStream, matrixBytes, products } from '../cases/plan.js';
import { ceilingEntry } from './ceiling-entry.js';
import { interleave, medianRatio } from './interleave.js';

/** Outputs of different engines may differ by this much unless a contender says otherwise; a wrong gate order differs by 0.1 and more. */
const TOLERANCE = 1e-4;
/** Steps after which the outputs of streams are compared. */
const CHECKED_STEPS = 20;

/**
 * Opens all contenders on the same weights, compares their outputs with those of the first and times them.
 *
 * @param contenders the first is the one that others are compared with
 * @param ceilings by the name of the build
 * @returns the case, and for each contender the median of microseconds a call, the ratios to ours, or why it is left out
 */
export async function runCase(one, contenders, ceilings, pace) {
  const data = dataOf(one);
  const entries = [];
  const skipped = {};
  let expected;
  for (const { id, isAsync, startsSlowly, tolerance = TOLERANCE, open, refuse } of contenders) {
    const reason = refuse?.(one);
    if (reason) {
      skipped[id] = reason;
      continue;
    }
    const entry = { id, isAsync, startsSlowly, ...(await open(one, data)) };
    entry.first = await firstCall(entry, one);
    const output = Float32Array.from(entry.output());
    expected ??= output;
    entry.difference = compare(id, one, output, expected, tolerance);
    entries.push(entry);
  }
  const ceilingEntries = Object.entries(ceilings).map(([build, one_]) => ceilingEntry(`ceiling-${build}`, one_, one));
  const timings = await interleave([...entries, ...ceilingEntries], pace);
  for (const { close } of entries) await close();
  return {
    ...one,
    products: products(one).all,
    weightBytes: 2 * matrixBytes(one),
    skipped,
    ...results(entries, timings),
  };
}

/** Makes the calls after which outputs are compared; gives the milliseconds of the last one. */
async function firstCall({ prepare, run }, one) {
  await prepare?.();
  let elapsed = 0;
  for (let i = 0; i < (isStream(one) ? CHECKED_STEPS : 1); i++) {
    const start = performance.now();
    await run();
    elapsed = performance.now() - start;
  }
  return elapsed;
}

function compare(id, { cell, kind, size }, output, expected, tolerance) {
  const where = `${id}, ${kind} ${cell} ${size}`;
  if (output.length !== expected.length) {
    throw new Error(`${where}: got ${output.length} outputs, expected ${expected.length}`);
  }
  const difference = output.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i])), 0);
  if (!(difference <= tolerance))
    throw new Error(`${where}: outputs differ by ${difference}, expected ${tolerance} at most`);
  return difference;
}

function results(entries, timings) {
  const ours = Object.keys(timings).filter((id) => id.startsWith('hiddenstate-'));
  const differences = Object.fromEntries(entries.map(({ id, difference }) => [id, difference]));
  const measured = Object.entries(timings).map(([id, timing]) => [
    id,
    {
      microseconds: timing.median,
      rounds: timing.rounds,
      difference: differences[id],
      overOurs: Object.fromEntries(ours.map((our) => [our, medianRatio(timing, timings[our])])),
    },
  ]);
  return { measured: Object.fromEntries(measured) };
}
