import type { FlowResult } from './varieties.js';

/** Per step: below the first a gradient is lost within a few hundred steps, above the second it bursts. */
const KEPT = [0.98, 1.02] as const;

/** What is seen of each cell and variety, a sentence each. */
export function sentences(results: readonly FlowResult[], steps: number): string[] {
  const groups = new Map<string, FlowResult[]>();
  for (const result of results) {
    const name = [result.cell, result.variety].filter(Boolean).join(', ');
    groups.set(name, [...(groups.get(name) ?? []), result]);
  }
  return Array.from(groups, ([name, group]) => `${name}: ${group.map((each) => clause(each, steps)).join('; ')}.`);
}

function clause({ scale, flow: { logarithms } }: FlowResult, steps: number): string {
  const [norms] = logarithms.h;
  const [begin, end] = [norms[0], norms[steps]];
  const times = `with W_hh times ${scale}`;
  if (end === Number.NEGATIVE_INFINITY) {
    const dead = norms.indexOf(Number.NEGATIVE_INFINITY);
    return `${times} its gradient is exactly 0 from ${dead} step${dead === 1 ? '' : 's'} back: no unit is active`;
  }
  const perStep = 10 ** ((end - begin) / steps);
  const decades = Math.round(Math.abs(end - begin));
  const amount = decades === 0 ? '' : `, ${decades} ${decades === 1 ? 'decade' : 'decades'} over ${steps} steps`;
  if (perStep < KEPT[0]) return `${times} it vanishes (×${perStep.toFixed(2)} a step${amount})`;
  if (perStep > KEPT[1]) return `${times} it explodes (×${perStep.toFixed(2)} a step${amount})`;
  return `${times} it lives on (×${perStep.toFixed(3)} a step)`;
}
