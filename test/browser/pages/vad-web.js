/** One microphone, heard by vad-web and by hiddenstate/worklet at once. */
import { MicVAD } from '@ricky0123/vad-web';
import { createNode } from '../../../dist/worklet.js';
import { toBits } from './run-cases.js';

const MODULES = '/node_modules';
const OPTIONS = { redemptionMs: 400, preSpeechPadMs: 320, minSpeechMs: 200 };

/** Callbacks that note what comes, and when. */
function listener() {
  const events = [];
  const note = (name) => (audio) => {
    events.push({ name, at: performance.now(), ...(audio instanceof Float32Array && { bits: toBits(audio) }) });
  };
  const callbacks = { onSpeechStart: note('start'), onSpeechEnd: note('end'), onVADMisfire: note('misfire') };
  return { events, callbacks };
}

/** Listens until both have heard so many utterances. */
globalThis.compare = async ({ utterances }) => {
  const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: raw });
  const [theirs, ours] = [listener(), listener()];
  const vad = await MicVAD.new({
    ...OPTIONS,
    ...theirs.callbacks,
    model: 'v5',
    getStream: async () => stream,
    baseAssetPath: `${MODULES}/@ricky0123/vad-web/dist/`,
    onnxWASMBasePath: `${MODULES}/onnxruntime-web/dist/`,
    startOnLoad: false,
  });
  const context = new AudioContext();
  const node = await createNode(context, {
    ...OPTIONS,
    ...ours.callbacks,
    kind: 'vad',
    model: `${MODULES}/@ricky0123/vad-web/dist/silero_vad_v5.onnx`,
  });
  await vad.start();
  context.createMediaStreamSource(stream).connect(node);
  const ends = ({ events }) => events.filter(({ name }) => name === 'end').length;
  for (let waited = 0; waited < 40_000 && Math.min(ends(theirs), ends(ours)) < utterances; waited += 100) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  node.dispose();
  await vad.destroy();
  return { theirs: theirs.events, ours: ours.events };
};

globalThis.results = 'ready';
