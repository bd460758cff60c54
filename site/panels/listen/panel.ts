import './panel.css';
import { codeBlock, headButtons } from '../shared/parts.js';
import { Permalink } from '../shared/permalink.js';
import { WorkerClient } from '../shared/worker-client.js';
import { AmplifierPart } from './amplifier.js';
import type { Request } from './messages.js';
import { Speech } from './speech.js';

/**
 * `<hs-listen model="silero.onnx" recording="speech.wav" amplifier="overdrive.nam" processor="processor.js">`: where somebody
 * speaks in a recording or into the microphone, and a guitar line through an amplifier. Drop a recording or an amplifier on it.
 */
class ListenPanel extends HTMLElement {
  private parts: { speech: Speech; amplifier: AmplifierPart; worker: WorkerClient<Request> } | undefined;
  private readonly redraw = () => {
    this.parts?.speech.drawSoon();
    this.parts?.amplifier.show();
  };

  connectedCallback(): void {
    const link = new Permalink();
    const worker = new WorkerClient<Request>(new URL('./listen-worker.js', import.meta.url));
    const place = (name: string) => this.getAttribute(name) as string;
    const processor = new URL(place('processor'), location.href).href;
    const speech = new Speech(link, worker, { model: place('model'), recording: place('recording'), processor });
    const amplifier = new AmplifierPart(link, worker, { amplifier: place('amplifier'), processor });
    this.parts = { speech, amplifier, worker };
    const { section, code } = codeBlock('The same in your code', 'code');
    code.textContent = CODE;
    this.querySelector('.fallback')?.remove();
    headButtons(this, link);
    this.append(speech.element, amplifier.element, section);
    for (const type of ['dragenter', 'dragover'] as const) {
      this.addEventListener(type, (event) => {
        event.preventDefault();
        this.classList.add('over');
      });
    }
    this.addEventListener('dragleave', () => this.classList.remove('over'));
    this.addEventListener('drop', (event) => {
      event.preventDefault();
      this.classList.remove('over');
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      if (/\.(nam|json)$/i.test(file.name)) void amplifier.open(file);
      else void speech.open(file);
    });
    addEventListener('resize', this.redraw);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', this.redraw);
    void speech.begin().then(() => amplifier.begin());
  }

  disconnectedCallback(): void {
    removeEventListener('resize', this.redraw);
    matchMedia('(prefers-color-scheme: dark)').removeEventListener('change', this.redraw);
    this.parts?.speech.dispose();
    this.parts?.amplifier.dispose();
    this.parts?.worker.stop();
    this.parts = undefined;
  }
}

const CODE = `import { createNode } from 'hiddenstate/worklet';

// Who speaks?
const context = new AudioContext();
const ear = await createNode(context, {
  kind: 'vad',
  model: '/silero_vad_v6.onnx',
  onFrame: (probability) => draw(probability),   // 31 times a second
  onSpeechEnd: (audio) => transcribe(audio),     // 16 kHz
});
const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
context.createMediaStreamSource(microphone).connect(ear);

// An amplifier
const amplifier = await createNode(context, {
  kind: 'amplifier',
  model: '/overdrive.nam',
  onMeter: ({ micros, budget, underruns }) => console.log(micros / budget, underruns),
});
guitar.connect(amplifier).connect(context.destination);
`;

customElements.define('hs-listen', ListenPanel);
