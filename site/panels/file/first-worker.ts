/** A worker that holds nothing yet, for one question: how long it takes from nothing to the first result. */
import { openModel } from 'hiddenstate/files';
import { answerWith } from '../shared/worker-server.js';
import { feedsOf } from './feeds.js';
import type { FirstRequest } from './messages.js';
import { openRival } from './rival.js';

answerWith<FirstRequest>(async ({ file, inputs, dims, ort }) => {
  const began = performance.now();
  const bytes = new Uint8Array(await file.arrayBuffer());
  const start = performance.now();
  const feeds = feedsOf(inputs, dims, 'noise');
  if (ort !== undefined) {
    const run = await openRival(ort, bytes, feeds);
    await run();
    return performance.now() - start;
  }
  const model = await openModel(bytes);
  model.run(feeds);
  // Ours was fetched with this worker: it counts from when that was made, but for the file, which both read.
  return performance.now() - (start - began);
});
