import './panel.css';
import { copyText, make } from '../shared/dom.js';
import { Permalink } from '../shared/permalink.js';
import { WorkerClient } from '../shared/worker-client.js';
import type { Opened, Raced, Ran, Request } from './messages.js';

const ENDINGS = '.onnx,.keras,.h5,.hdf5,.pt,.pth,.ckpt,.safetensors,.json,.nam,.npz,.npy';
/** A file larger than this is refused before it is read: a tab has 4 GB, and the file is in it twice. */
const MOST_BYTES = 1e9;

/** `<hs-file sample="silero.onnx" ort="ort/">`: drop a model, see what it is, run it, race it. All in a worker of this tab. */
class FilePanel extends HTMLElement {
  private readonly link = new Permalink();
  private worker: WorkerClient<Request> | undefined;
  /** Dims that the sample wants: a window with its context, a state, a rate. */
  private sampleDims: readonly (readonly number[])[] | undefined;
  private bytes = new Uint8Array();
  private name = '';
  private readonly body = make('div', { class: 'file' });
  private readonly status = make('div', { class: 'status', role: 'status' });
  private readonly choose = make('input', {
    type: 'file',
    accept: ENDINGS,
    hidden: true,
    'aria-label': 'A model',
    onchange: () => this.take(this.choose.files?.[0]),
  });

  connectedCallback(): void {
    this.querySelector('.fallback')?.remove();
    this.append(this.status, this.body, this.choose);
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
      this.take(event.dataTransfer?.files[0]);
    });
    this.wait();
    if (this.link.text('sample', '') === 'silero') this.takeSample();
  }

  disconnectedCallback(): void {
    this.worker?.stop();
    this.worker = undefined;
  }

  /** Nothing is there yet. */
  private wait(): void {
    this.say('off', 'No file yet', 'It is read in this tab and sent nowhere.');
    this.body.replaceChildren(
      make(
        'div',
        { class: 'drop big' },
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
          make('button', { class: 'btn main', type: 'button', onclick: () => this.choose.click() }, 'Choose a file'),
          make('button', { class: 'btn', type: 'button', onclick: () => this.takeSample() }, 'Use Silero VAD'),
        ),
      ),
    );
  }

  private async takeSample(): Promise<void> {
    this.link.set('sample', 'silero');
    this.sampleDims = JSON.parse(this.getAttribute('dims') as string);
    const answer = await fetch(this.getAttribute('sample') as string);
    await this.open(new Uint8Array(await answer.arrayBuffer()), 'silero_vad_v6.onnx', []);
  }

  private async take(file: File | undefined): Promise<void> {
    if (!file) return;
    this.link.set('sample', undefined);
    this.sampleDims = undefined;
    if (file.size > MOST_BYTES) {
      this.refuse(
        file.name,
        `${size(file.size)} is more than this page takes (${size(MOST_BYTES)}). Run it in Node: npx hiddenstate inspect ${file.name}`,
      );
      return;
    }
    await this.open(new Uint8Array(await file.arrayBuffer()), file.name, []);
  }

  private async open(bytes: Uint8Array<ArrayBuffer>, name: string, layers: readonly string[]): Promise<void> {
    this.bytes = bytes;
    this.name = name;
    this.say('', 'Reading', `${name}, ${size(bytes.length)}`);
    this.body.replaceChildren();
    this.worker?.stop();
    this.worker = new WorkerClient(new URL('./file-worker.js', import.meta.url));
    try {
      this.show(await this.worker.ask<Opened>({ kind: 'open', bytes, layers }));
    } catch (error) {
      this.refuse(name, (error as Error).message);
    }
  }

  /** The file cannot be used: why, and what can be done. */
  private refuse(name: string, message: string): void {
    this.say('bad', 'It does not run', name);
    const layers = make('input', { type: 'text', id: 'layers', placeholder: 'rec, head' });
    const dict = /layers/.test(message) && this.bytes.length > 0;
    this.body.replaceChildren(
      make('div', { class: 'err', role: 'alert' }, make('p', {}, make('b', {}, 'It does not run. '), message)),
      dict
        ? make(
            'p',
            { class: 'small' },
            make(
              'label',
              { for: 'layers' },
              'This file holds weights alone. The layers to make of them, by what their names begin with',
            ),
            layers,
            make(
              'button',
              {
                class: 'btn',
                type: 'button',
                onclick: () =>
                  this.open(
                    this.bytes as Uint8Array<ArrayBuffer>,
                    this.name,
                    layers.value
                      .split(',')
                      .map((part) => part.trim())
                      .filter(Boolean),
                  ),
              },
              'Make these layers',
            ),
          )
        : '',
      make(
        'div',
        { class: 'btns' },
        make('button', { class: 'btn', type: 'button', onclick: () => this.wait() }, 'Another file'),
        make('a', { class: 'btn', href: './guides/onnx-operators.html' }, 'Operators that run'),
      ),
    );
  }

  private show(found: Opened): void {
    this.say(
      'good',
      'It runs',
      `${this.name}, ${size(this.bytes.length)}`,
      `${found.format}${found.version ? ` ${found.version}` : ''}`,
      `read in ${found.milliseconds.toFixed(1)} ms`,
    );
    const fields = found.inputs.map(({ name }, i) =>
      make('input', {
        type: 'text',
        value: (this.sampleDims?.[i] ?? found.dims[i]).join(', '),
        'aria-label': `dims of ${name}`,
        spellcheck: 'false',
      }),
    );
    const dims = () =>
      fields.map((field) =>
        field.value
          .split(',')
          .map((part) => part.trim())
          .filter(Boolean)
          .map(Number),
      );
    const result = make('div', { 'aria-live': 'polite' });
    const races = make('div', { 'aria-live': 'polite' });
    const csv = make('input', {
      type: 'file',
      accept: '.csv,.txt',
      hidden: true,
      'aria-label': 'A CSV of numbers',
      onchange: async () => csv.files?.[0] && this.run(result, dims(), numbersOf(await csv.files[0].text())),
    });
    const button = (label: string, act: () => void, main = false) =>
      make('button', { class: main ? 'btn main' : 'btn', type: 'button', onclick: act }, label);
    const code = make(
      'pre',
      { class: 'code', tabindex: 0 },
      codeOf({ ...found, dims: this.sampleDims ?? found.dims }, this.name),
    );
    const copy = button('Copy this code', () => copyText(code.textContent ?? '', copy));
    const link = button('Copy link to this state', () => copyText(this.link.address, link));
    this.querySelector('.head .btns')?.replaceChildren(
      ...(this.link.text('sample', '') ? [link] : []),
      make('a', { class: 'btn', href: '#code' }, 'Code'),
    );
    this.body.replaceChildren(
      section(
        'What goes in and comes out',
        table(
          ['', 'name', 'type', 'dims in the file', 'dims to run with'],
          [
            ...found.inputs.map(({ name, type, dims: declared }, i) => ['in', mono(name), type, declared, fields[i]]),
            ...found.outputs.map(({ name, type, dims: declared }) => ['out', mono(name), type, declared, '']),
          ],
        ),
      ),
      section(
        'What is in it',
        found.parts.length > 0
          ? table(
              ['recurrent layer', 'kind', 'features → units'],
              found.parts.map(({ name, kind, shape }) => [mono(name), kind, shape]),
            )
          : '',
        make(
          'p',
          { class: 'small' },
          found.parameters > 0 ? `${found.parameters.toLocaleString('en')} parameters. ` : '',
          found.operators.length > 0
            ? `Operators: ${found.operators.join(', ')}.`
            : `A file of the format ${found.format}.`,
        ),
      ),
      section(
        'Run it',
        make(
          'div',
          { class: 'btns' },
          button('On noise', () => this.run(result, dims(), 'noise'), true),
          button('On zeros', () => this.run(result, dims(), 'zeros')),
          button('On a CSV', () => csv.click()),
          csv,
        ),
        result,
      ),
      ...(found.format === 'onnx'
        ? [
            section(
              'Race it here',
              make(
                'p',
                { class: 'small' },
                'onnxruntime-web (14 MB) is fetched from this site when you press. Both get the same numbers; they are timed only if their outputs agree.',
              ),
              make(
                'div',
                { class: 'btns' },
                button('Race against onnxruntime-web', () => this.race(races, dims())),
              ),
              races,
            ),
          ]
        : []),
      make(
        'section',
        { class: 'blk', id: 'code' },
        make('div', { class: 'copy' }, make('h2', {}, 'The same in your code'), copy),
        code,
      ),
      make(
        'div',
        { class: 'btns blk' },
        button('Another file', () => this.wait()),
      ),
    );
  }

  private async run(
    place: HTMLElement,
    dims: readonly (readonly number[])[],
    fill: 'zeros' | 'noise' | Float32Array,
  ): Promise<void> {
    place.replaceChildren(make('p', { class: 'small quiet' }, 'Running …'));
    try {
      const { outputs, microseconds } = await (this.worker as WorkerClient<Request>).ask<Ran>({
        kind: 'run',
        dims,
        fill,
      });
      place.replaceChildren(
        table(
          ['output', 'dims', 'first values'],
          outputs.map(({ name, dims: shape, first }) => [mono(name), shape, mono(first)]),
        ),
        make(
          'p',
          { class: 'cap' },
          make(
            'b',
            {},
            `${microseconds < 1000 ? `${microseconds.toFixed(1)} µs` : `${(microseconds / 1000).toFixed(2)} ms`} a run. `,
          ),
          'The mean of as many runs as fit into a tenth of a second.',
        ),
      );
    } catch (error) {
      place.replaceChildren(make('div', { class: 'err', role: 'alert' }, make('p', {}, (error as Error).message)));
    }
  }

  private async race(place: HTMLElement, dims: readonly (readonly number[])[]): Promise<void> {
    place.replaceChildren(
      make('p', { class: 'small quiet racing' }, 'Fetching onnxruntime-web, comparing, then seven rounds in turn …'),
    );
    try {
      const ort = new URL(this.getAttribute('ort') as string, location.href).href;
      const { difference, runs, ours, theirs } = await (this.worker as WorkerClient<Request>).ask<Raced>({
        kind: 'race',
        dims,
        ort,
      });
      place.replaceChildren(
        make(
          'p',
          { class: 'small' },
          make('b', {}, 'Outputs agree'),
          `, so they may be timed: greatest difference ${difference.toPrecision(2)} over ${runs} runs.`,
        ),
        make(
          'div',
          { class: 'race' },
          lane('From bytes to the first result', 'ms', ours.first, theirs.first),
          lane('One run', 'µs', ours.run, theirs.run),
        ),
        make(
          'p',
          { class: 'cap' },
          'Medians of seven rounds in turn, one thread each, in this browser on this machine.',
        ),
      );
    } catch (error) {
      place.replaceChildren(make('div', { class: 'err', role: 'alert' }, make('p', {}, (error as Error).message)));
    }
  }

  private say(lamp: '' | 'off' | 'good' | 'bad', verb: string, ...facts: string[]): void {
    this.status.replaceChildren(
      make('span', {}, make('span', { class: `lamp ${lamp}` }), make('b', {}, verb)),
      ...facts.map((fact) => make('span', {}, fact)),
    );
  }
}

function section(title: string, ...children: (Node | string)[]): HTMLElement {
  return make('section', { class: 'blk' }, make('h2', {}, title), ...children);
}

function mono(text: string): HTMLElement {
  return make('span', { class: 'mono' }, text);
}

function table(head: readonly string[], rows: readonly (readonly (string | Node)[])[]): HTMLElement {
  const body = make(
    'table',
    {},
    make('thead', {}, make('tr', {}, ...head.map((text) => make('th', { scope: 'col' }, text)))),
    make('tbody', {}, ...rows.map((row) => make('tr', {}, ...row.map((cell) => make('td', {}, cell))))),
  );
  return make(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': head.filter(Boolean).join(', ') },
    body,
  );
}

/** Two bars from zero; ours is ink, the rival grey. */
function lane(title: string, unit: string, ours: number, theirs: number): HTMLElement {
  const most = Math.max(ours, theirs);
  const bar = (name: string, value: number, colour: string) =>
    make(
      'div',
      { class: 'ln' },
      make('span', {}, name),
      make('b', { class: 'num' }, `${figure(value)} ${unit}`),
      make('i', { style: `width:${(value / most) * 100}%;background:var(${colour})` }),
    );
  const ratio = theirs / ours;
  return make(
    'div',
    { class: 'lane' },
    make('h3', {}, title),
    bar('hiddenstate', ours, '--ours'),
    bar('onnxruntime-web', theirs, '--rival'),
    make(
      'p',
      { class: 'x' },
      ratio >= 1 ? `${ratio.toPrecision(2)} times less` : `${(1 / ratio).toPrecision(2)} times more`,
    ),
  );
}

/** Three figures, never a power of ten. */
function figure(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 3 });
}

function numbersOf(text: string): Float32Array {
  const fields = text.split(/[\s,;]+/).filter(Boolean);
  const values = Float32Array.from(fields, Number);
  return values.filter((value) => !Number.isNaN(value));
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toPrecision(3)} KB` : `${(bytes / 1e6).toPrecision(3)} MB`;
}

function codeOf({ inputs, dims, format }: Opened, name: string): string {
  const feeds = inputs
    .map(({ name: input }, i) => `  ${JSON.stringify(input)}: { data, dims: [${dims[i].join(', ')}] },`)
    .join('\n');
  return `import { openModel } from 'hiddenstate/files';   // ${format}

const model = await openModel(${JSON.stringify(name)});   // a URL; in Node also a path
const results = model.run({
${feeds}
});
model.dispose();
`;
}

customElements.define('hs-file', FilePanel);
