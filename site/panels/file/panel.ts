import './panel.css';
import { make } from '../shared/dom.js';
import { fetched, fileField } from '../shared/files.js';
import { alertOf, button, codeBlock, say, sizeText } from '../shared/parts.js';
import type { Permalink } from '../shared/permalink.js';
import { type Inside, PanelShell } from '../shared/shell.js';
import { WorkerClient } from '../shared/worker-client.js';
import { codeOf } from './code.js';
import { contentsPart, portsPart } from './contents.js';
import type { Fill } from './feeds.js';
import { FileWorker } from './file-worker.js';
import type { FirstRequest, Opened, Race, Raced, Ran } from './messages.js';
import { racePart } from './race.js';
import { runPart } from './run.js';

const ENDINGS = '.onnx,.keras,.h5,.hdf5,.pt,.pth,.ckpt,.safetensors,.json,.nam,.npz,.npy';
/** A file larger than this is refused before it is read: a tab has 4 GB, and the weights are in it twice. */
const MOST_BYTES = 1e9;

/** `<hs-file sample="silero.onnx" ort="ort/">`: drop a model, see what it is, run it, race it. All in a worker of this tab. */
class FilePanel extends PanelShell {
  private link!: Permalink;
  private readonly worker = new FileWorker();
  private isSample = false;
  private file = new Blob();
  private name = '';
  private code = make('pre') as HTMLElement;
  private readonly body = make('div', { class: 'file' });
  private readonly status = make('div', { class: 'status', role: 'status' });
  private readonly field = fileField('A model', ENDINGS, (file) => void this.take(file));

  protected fill(link: Permalink): Inside {
    this.link = link;
    const { section, code } = codeBlock('The same in your code', 'code');
    this.code = code;
    return {
      elements: [this.status, this.body, this.field, section],
      take: (file) => void this.take(file),
      dispose: () => this.worker.stop(),
    };
  }

  protected override begin(): void {
    if (this.link.text('sample', '') === 'silero') void this.takeSample();
    else this.wait();
  }

  /** Nothing is there yet. */
  private wait(): void {
    this.link.set('sample', undefined);
    this.shareable(true);
    say(this.status, 'off', 'No file yet', 'It is read in this tab and sent nowhere.');
    this.code.textContent = codeOf('model.onnx');
    this.body.replaceChildren(
      make(
        'div',
        { class: 'drop' },
        make(
          'p',
          {},
          make('b', {}, 'Drop a model here'),
          make('br'),
          make('span', { class: 'quiet small' }, '.onnx · .keras · .h5 · .pt · .safetensors · .nam · .npz'),
        ),
        make(
          'div',
          { class: 'btns' },
          button('Choose a file', () => this.field.click(), true),
          button('Use Silero VAD', () => void this.takeSample()),
        ),
      ),
    );
  }

  private async takeSample(): Promise<void> {
    this.link.set('sample', 'silero');
    this.isSample = true;
    say(this.status, '', 'Fetching', 'Silero VAD v6');
    this.body.classList.add('reading');
    this.worker.prepare();
    try {
      const answer = await fetched(this.given('sample'));
      await this.open(await answer.blob(), 'silero_vad_v6.onnx', []);
    } catch (error) {
      this.body.classList.remove('reading');
      this.refuse('silero_vad_v6.onnx', (error as Error).message);
    }
  }

  private async take(file: File): Promise<void> {
    this.link.set('sample', undefined);
    this.isSample = false;
    if (file.size > MOST_BYTES) {
      this.refuse(
        file.name,
        `${sizeText(file.size)} is more than this page takes (${sizeText(MOST_BYTES)}). Run it in Node: npx hiddenstate inspect ${file.name}`,
      );
      return;
    }
    await this.open(file, file.name, []);
  }

  private async open(file: Blob, name: string, layers: readonly string[]): Promise<void> {
    this.file = file;
    this.name = name;
    say(this.status, '', 'Reading', `${name}, ${sizeText(file.size)}`);
    this.body.replaceChildren();
    this.body.classList.add('reading');
    this.worker.begin();
    try {
      this.show(await this.worker.ask<Opened>({ kind: 'open', file, layers }));
    } catch (error) {
      this.refuse(name, (error as Error).message);
    } finally {
      this.body.classList.remove('reading');
    }
  }

  /** A link holds no file: there is none to copy while a file of the visitor's is open. */
  private shareable(can: boolean): void {
    const copy = this.querySelector<HTMLElement>('.head .btns button');
    if (copy) copy.hidden = !can;
  }

  /** The file cannot be used: why, and what can be done. */
  private refuse(name: string, message: string): void {
    say(this.status, 'bad', 'It does not run', name);
    this.code.textContent = codeOf('model.onnx');
    const weightsAlone = /layers/.test(message) && this.file.size > 0;
    this.body.replaceChildren(
      alertOf('It does not run.', message),
      weightsAlone ? this.layersPart() : '',
      make(
        'div',
        { class: 'btns' },
        button('Another file', () => this.wait()),
        make('a', { class: 'btn', href: './guides/onnx-operators.html' }, 'Operators that run'),
      ),
    );
  }

  /** Layers for a file that holds weights alone. */
  private layersPart(): HTMLElement {
    const layers = make('input', { type: 'text', id: 'layers', placeholder: 'rec, head' });
    const names = () =>
      layers.value
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean);
    return make(
      'p',
      { class: 'small' },
      make(
        'label',
        { for: 'layers' },
        'This file holds weights alone. The layers to make of them, by what their names begin with',
      ),
      layers,
      button('Make these layers', () => void this.open(this.file, this.name, names())),
    );
  }

  private show(found: Opened): void {
    const { format, version, doubt, milliseconds } = found;
    const facts = [`${this.name}, ${sizeText(this.file.size)}`, `${format}${version ? ` ${version}` : ''}`];
    const warning = doubt === undefined ? '' : alertOf('Whether it runs is open:', doubt);
    if (warning) say(this.status, 'off', 'It opens', ...facts);
    else say(this.status, 'good', 'It runs', ...facts, `opened and run once in ${milliseconds.toFixed(0)} ms`);
    this.shareable(this.isSample);
    const ports = portsPart(found);
    const run = async (fill: Fill) => {
      const ran = await this.worker.ask<Ran>({ kind: 'run', dims: ports.dims(), fill });
      if (warning) {
        say(this.status, 'good', 'It runs', ...facts);
        warning.remove();
      }
      return ran;
    };
    this.code.textContent = codeOf(this.name, found);
    this.body.replaceChildren(
      make(
        'div',
        { class: 'ctl' },
        button('Another file', () => this.wait()),
      ),
      warning,
      ports.element,
      contentsPart(found),
      runPart(run, () => ports.dims()[0].reduce((product, extent) => product * extent, 1)),
      ...(format === 'onnx' ? [racePart(() => this.race(found, ports.dims()))] : []),
    );
  }

  /** First each in a worker of its own, then both in the one that has the model. */
  private async race({ inputs }: Opened, dims: readonly (readonly number[])[]): Promise<Race> {
    const { file } = this;
    const ort = new URL(this.given('ort'), location.href).href;
    const ours = await first({ file, inputs, dims });
    const theirs = await first({ file, inputs, dims, ort });
    const raced = await this.worker.ask<Raced>({ kind: 'race', dims, ort });
    return { ...raced, first: { ours, theirs } };
  }
}

/** Asks a worker that does nothing else before or afterwards. */
async function first(request: FirstRequest): Promise<number> {
  const worker = new WorkerClient<FirstRequest>(new URL('./first-worker.js', import.meta.url));
  try {
    return await worker.ask(request);
  } finally {
    worker.stop();
  }
}

customElements.define('hs-file', FilePanel);
