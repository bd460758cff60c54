/** An LSTM(40) amplifier plays a sawtooth for some seconds; gives what the meter says. */
import { createNode } from '../../dist/worklet.js';

globalThis.measure = async ({ seconds, model }) => {
  const clock = new SharedArrayBuffer(8);
  const worker = new Worker(new URL('clock-worker.js', import.meta.url));
  worker.postMessage(clock);
  await new Promise((resolve) => {
    worker.onmessage = resolve;
  });
  const context = new AudioContext({ sampleRate: 48_000 });
  await context.audioWorklet.addModule(new URL('clock-worklet.js', import.meta.url));
  new AudioWorkletNode(context, 'clock', { processorOptions: { clock } });
  const reports = [];
  const node = await createNode(context, {
    kind: 'amplifier',
    model: new TextEncoder().encode(model),
    onMeter: (report) => reports.push(report),
  });
  const guitar = new OscillatorNode(context, { type: 'sawtooth', frequency: 110 });
  guitar.connect(node).connect(context.destination);
  guitar.start();
  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  worker.terminate();
  await context.close();
  return reports;
};

globalThis.results = 'ready';
