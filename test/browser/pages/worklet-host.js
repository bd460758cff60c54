import { toBits } from './run-cases.js';

/** Renders the worklet that the page's address names, without an audio device. */
async function render() {
  const goldens = await (await fetch('/goldens.json')).json();
  const noise = Float32Array.from({ length: 1024 }, (_, i) => (Math.imul(i + 1, 2654435761) >> 8) / 2 ** 23);
  const context = new OfflineAudioContext(1, noise.length, 44100);
  await context.audioWorklet.addModule(new URL(location.href).searchParams.get('module'));
  const processorOptions = { goldens: goldens.filter(({ kind }) => kind === 'GRU'), noise };
  const node = new AudioWorkletNode(context, 'gru', { numberOfInputs: 0, processorOptions });
  const answer = new Promise((resolve, reject) => {
    node.port.onmessage = ({ data }) => resolve(JSON.parse(data));
    node.onprocessorerror = () => reject(new Error('worklet: the processor threw'));
  });
  node.connect(context.destination);
  const [rendered, results] = await Promise.all([context.startRendering(), answer]);
  results.baseline.numbers.rendered = toBits(rendered.getChannelData(0));
  return JSON.stringify(results);
}

globalThis.results = render();
