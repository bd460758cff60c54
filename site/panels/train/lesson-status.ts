import { say } from '../shared/parts.js';
import type { Progress } from './course.js';
import type { State } from './lesson-view.js';
import type { Data } from './messages.js';

/** Says what there is to learn from. */
export function sayReady(status: HTMLElement, name: string, data: Data | undefined, facts: readonly string[]): void {
  const size =
    data &&
    `${name}: ${data.kind === 'text' ? `${[...data.text].length.toLocaleString('en')} characters` : `${data.values.length} numbers`}`;
  const verb = data ? 'Ready' : 'Nothing to learn from yet';
  say(status, 'off', verb, ...(size ? [size] : []), ...facts, 'Everything stays in this tab');
}

/** Says how far a training is. */
export function sayTraining(
  status: HTMLElement,
  state: State,
  progress: Progress,
  speed: number,
  facts: readonly string[],
): void {
  const steps = `step ${progress.step.toLocaleString('en')}`;
  if (state === 'running')
    say(status, '', 'Training', steps, `${Math.round(speed)} steps a second, in a worker`, ...facts);
  if (state === 'stopped') say(status, 'off', 'Stopped', steps, 'It goes on exactly where it was', ...facts);
  if (state === 'done') say(status, 'good', 'Done', steps, ...facts);
}
