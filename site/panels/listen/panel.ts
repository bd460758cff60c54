import './panel.css';
import { codeBlock } from '../shared/parts.js';
import type { Permalink } from '../shared/permalink.js';
import { type Inside, PanelShell } from '../shared/shell.js';
import { WorkerClient } from '../shared/worker-client.js';
import { AmplifierPart } from './amplifier.js';
import { CODE } from './code.js';
import type { Request } from './messages.js';
import { Speech } from './speech.js';

/**
 * `<hs-listen model="silero.onnx" recording="speech.wav" amplifier="overdrive.nam" processor="processor.js">`: where somebody
 * speaks in a recording or into the microphone, and a guitar line through an amplifier. Drop a recording or an amplifier on it.
 */
class ListenPanel extends PanelShell {
  private speech: Speech | undefined;
  private amplifier: AmplifierPart | undefined;

  protected fill(link: Permalink): Inside {
    const worker = new WorkerClient<Request>(new URL('./listen-worker.js', import.meta.url));
    const processor = new URL(this.given('processor'), location.href).href;
    const places = { model: this.given('model'), recording: this.given('recording'), processor };
    const speech = new Speech(link, worker, places);
    const amplifier = new AmplifierPart(link, worker, { amplifier: this.given('amplifier'), processor });
    this.speech = speech;
    this.amplifier = amplifier;
    const { section, code } = codeBlock('The same in your code', 'code');
    code.textContent = CODE;
    return {
      elements: [speech.element, amplifier.element, section],
      take: (file) => void (/\.(nam|json)$/i.test(file.name) ? amplifier : speech).open(file),
      redraw: () => {
        speech.drawSoon();
        amplifier.show();
      },
      dispose: () => {
        speech.dispose();
        amplifier.dispose();
        worker.stop();
      },
    };
  }

  protected override begin(): void {
    void this.speech?.begin().then(() => this.amplifier?.begin());
  }
}

customElements.define('hs-listen', ListenPanel);
