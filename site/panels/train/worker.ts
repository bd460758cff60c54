import type { Sequential } from 'hiddenstate';
import { learn } from './learner.js';
import type { Order, Report } from './messages.js';
import { race } from './racer.js';

let stop = new AbortController();
let busy: Promise<void> = Promise.resolve();
let model: Sequential | undefined;

addEventListener('message', ({ data }: MessageEvent<{ run: number; order: Order }>) => {
  const { run, order } = data;
  const tell = (report: Report) => postMessage({ run, report });
  if (order.kind === 'stop') stop.abort();
  else if (order.kind === 'save') {
    if (model) tell({ kind: 'saved', model: model.save() });
  } else {
    stop.abort();
    stop = new AbortController();
    const { signal } = stop;
    // What was begun before ends first: there is one model at a time.
    busy = busy
      .then(() => work(order, signal, tell))
      .catch((error) => tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }));
  }
});

async function work(
  order: Extract<Order, { kind: 'learn' | 'race' }>,
  signal: AbortSignal,
  tell: (report: Report) => void,
) {
  if (signal.aborted) return;
  if (order.kind === 'race') return race(order.race, signal, tell);
  const { lesson, resume, weights } = order;
  model?.dispose();
  model = undefined;
  await learn(lesson, { signal, ...(resume && { resume }), ...(weights && { weights }) }, tell, (made) => {
    model = made;
  });
}
