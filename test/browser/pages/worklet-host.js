import { toBits } from './run-cases.js';
import { answer, fetchGoldens } from './run-fetched.js';

const SAMPLES = 1024;

/** Renders the worklet that the page's address names, without an audio device. */
async function render() {
  const goldens = (await fetchGoldens()).filter(({ kind }) => kind === 'GRU');
  const context = new OfflineAudioContext(1, SAMPLES, 44100);
  await context.audioWorklet.addModule(new URL(location.href).searchParams.get('module'));
  const processorOptions = { goldens, samples: SAMPLES };
  const node = new AudioWorkletNode(context, 'gru', { numberOfInputs: 0, processorOptions });
  const results = new Promise((resolve, reject) => {
    node.port.onmessage = ({ data }) => resolve(data);
    node.onprocessorerror = () => reject(new Error('worklet: the processor threw'));
  });
  node.connect(context.destination);
  const [rendered, both] = await Promise.all([context.startRendering(), results]);
  return { ...both, rendered: toBits(rendered.getChannelData(0)) };
}

globalThis.results = answer(render);
