import type { Choice, Task } from './messages.js';

/** What the panel does, as a program. */
export function codeOf(name: string, choice: Choice | undefined, task: Omit<Task, 'values'>, seeds: number): string {
  const { horizon, level, period } = task.options;
  const given = {
    ...(choice?.column && { column: choice.column }),
    ...(choice?.where && { where: choice.where }),
    ...(choice && choice.missing !== 'fail' && { missing: choice.missing }),
  };
  const season = period ? `, period: ${period}` : '';
  const make = `rung.make(transformValues(values, '${task.transform}'), { seed: 0${season} })`;
  return `import { evaluate, forecasterOf, parseSeries, rollingProtocol, RUNGS, transformValues } from 'hiddenstate/forecast';

const text = await (await fetch(${JSON.stringify(name)})).text();
const { values } = parseSeries(text, ${JSON.stringify(given)});
const protocol = rollingProtocol(values.length, { horizon: ${horizon}, level: ${level}${season} });

for (const rung of ${period ? 'RUNGS' : "RUNGS.filter(({ name }) => name !== 'seasonal')"}) {
  const model = forecasterOf(${make}, '${task.transform}');
  const { mae, coverage, latest } = await evaluate(model, values, protocol);   // ${seeds === 1 ? 'one seed' : `networks: seeds 0 to ${seeds - 1}`}
  console.log(rung.name, mae, coverage, latest.forecast.mean);
}
`;
}
