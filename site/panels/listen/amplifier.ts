import { breathe } from '../shared/breathe.js';
import { make } from '../shared/dom.js';
import { fetched, fileField } from '../shared/files.js';
import { alertOf, button, Choice, microsText, say, sizeText } from '../shared/parts.js';
import type { Permalink } from '../shared/permalink.js';
import type { WorkerClient } from '../shared/worker-client.js';
import { GUITAR_RATE } from './guitar.js';
import type { Amplified, Request } from './messages.js';
import { paintLines } from './oscilloscope.js';
import type { createNode, SoundNode } from './worklet.js';

type Path = 'dry' | 'wet';

const MOST_BYTES = 5e7;
/** Seconds in which one sound fades into the other. */
const FADE = 0.01;
/** Where the close look lies before anybody plays: the first note. */
const FIRST_NOTE = 0.05;

/** A guitar line through an amplifier: heard live in the audio thread, drawn from the same network in the worker. */
export class AmplifierPart {
  readonly element: HTMLElement;
  private path: Path;
  private bytes = new Uint8Array();
  private name = 'The overdrive';
  private line: Float32Array<ArrayBuffer> = new Float32Array();
  private wet: Float32Array = new Float32Array();
  private context: AudioContext | undefined;
  private node: Promise<SoundNode> | undefined;
  private make: typeof createNode | undefined;
  private gains: Record<Path, GainNode> | undefined;
  private source: AudioBufferSourceNode | undefined;
  private began = 0;
  private frame = 0;
  private worst = 0;
  private readonly status = make('div', { class: 'status', role: 'status' });
  private readonly trouble = make('div');
  private readonly canvas = make('canvas', { role: 'img' });
  private readonly caption = make('figcaption');
  private readonly main = button('Play the line', () => (this.source ? this.stop() : void this.play()), true);
  private readonly choice = new Choice<Path>('What is played', { dry: 'Dry', wet: 'Amplifier' }, (path) =>
    this.turn(path),
  );
  private readonly numbers = ['Time a quantum takes', 'The slowest', 'Underruns'].map((title) => {
    const value = make('p', { class: 'num big-n' }, '–');
    const text = make('p', {}, 'Play the line.');
    return { value, text, section: make('section', {}, make('h3', {}, title), value, text) };
  });
  private readonly field = fileField('An amplifier', '.nam,.json', (file) => void this.open(file));

  constructor(
    private readonly link: Permalink,
    private readonly worker: WorkerClient<Request>,
    private readonly places: { readonly amplifier: string; readonly processor: string },
  ) {
    this.path = link.text('amp', '') === 'dry' ? 'dry' : 'wet';
    this.choice.value = this.path;
    this.element = make(
      'section',
      { class: 'blk' },
      make('h2', {}, 'What does an amplifier do to a string?'),
      make(
        'p',
        { class: 'small quiet' },
        'An LSTM of 16 units, trained by us on an overdriven stage that is written down in ',
        make('code', {}, 'models/overdrive'),
        ', plays a guitar line that is synthesised here. Dry and Amplifier switch while it plays.',
      ),
      this.status,
      make(
        'div',
        { class: 'ctl' },
        this.choice.element,
        this.main,
        button('Another amplifier', () => this.field.click()),
        this.field,
      ),
      this.trouble,
      make('figure', {}, this.canvas, this.caption),
      make('div', { class: 'trio' }, ...this.numbers.map(({ section }) => section)),
    );
  }

  async begin(): Promise<void> {
    try {
      const answer = await fetched(this.places.amplifier);
      this.line = await this.worker.ask({ kind: 'line' });
      await this.take(new Uint8Array(await answer.arrayBuffer()), 'The overdrive');
      this.make = (await import('./worklet.js')).createNode;
      await breathe();
      this.prepare();
    } catch (error) {
      this.complain((error as Error).message);
    }
  }

  dispose(): void {
    this.stop();
    void this.context?.close();
  }

  /** A file of the visitor's: `.nam`, GuitarML, RTNeural. */
  async open(file: File): Promise<void> {
    this.stop();
    this.trouble.replaceChildren();
    if (file.size > MOST_BYTES)
      return this.complain(
        `${file.name} has ${sizeText(file.size)}, and an amplifier has ${sizeText(MOST_BYTES)} at most.`,
      );
    try {
      await this.take(new Uint8Array(await file.arrayBuffer()), file.name);
      this.prepare();
    } catch (error) {
      this.complain(`${file.name}: ${(error as Error).message}`);
    }
  }

  /** Hears the whole line through an amplifier in the worker; what was there stays if it is refused. */
  private async take(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<void> {
    const { wet, crests, format, modelRate } = await this.worker.ask<Amplified>({ kind: 'amplify', bytes });
    this.bytes = bytes;
    this.name = name;
    this.wet = wet;
    this.rest(`${format}, ${sizeText(bytes.length)}${modelRate ? `, trained at ${modelRate / 1000} kHz` : ''}`);
    const [before, after] = crests;
    const less = before - after;
    this.caption.replaceChildren(
      make(
        'b',
        {},
        `The peak stands ${before.toFixed(1)} dB above the mean in the dry line, ${after.toFixed(1)} dB after the amplifier${less > 0.05 ? ': it squeezes' : ''}. `,
      ),
      'Above the whole line, below 12 ms of it where the cursor is: thin what goes in, thick what comes out.',
    );
    this.show();
  }

  private facts = '';

  private rest(facts = this.facts): void {
    this.facts = facts;
    say(this.status, 'off', 'Ready', `${this.name}: ${facts}`, 'Played at 48 kHz, in the audio thread');
  }

  /** Makes context and node before they are asked for: all is there when the network is not. */
  private prepare(): void {
    this.context ??= new AudioContext({ sampleRate: GUITAR_RATE, latencyHint: 'interactive' });
    const old = this.node;
    void old?.then((node) => node.dispose()).catch(() => undefined);
    this.gains = undefined;
    this.node = (this.make as typeof createNode)(this.context, {
      kind: 'amplifier',
      model: this.bytes.slice(),
      processorUrl: this.places.processor,
      onMeter: ({ micros, worst, resolution, budget, underruns }) => {
        if (!this.source) return;
        this.worst = Math.max(this.worst, worst);
        const [time, slowest, late] = this.numbers;
        time.value.textContent = microsText(micros);
        time.text.textContent = `of the ${Math.round(budget).toLocaleString('en')} µs that 128 samples last: ${((100 * micros) / budget).toPrecision(2)} %. Mean of the last second.`;
        slowest.value.textContent = resolution > 0 ? between(this.worst, resolution) : microsText(this.worst);
        slowest.text.textContent = `since Play.${resolution > 0 ? ' The clock of the audio thread knows whole milliseconds only.' : ''}`;
        late.value.textContent = `${underruns > 0 ? '◆ ' : ''}${underruns.toLocaleString('en')}`;
        late.text.textContent = 'times sound came too late, as this browser counts.';
      },
      onError: (error) => this.complain(error.message),
    });
    this.node.catch(() => undefined);
  }

  private async play(): Promise<void> {
    const { context } = this;
    if (!context || !this.node) return;
    this.main.disabled = true;
    try {
      const node = await this.node;
      await context.resume();
      this.gains ??= {
        dry: new GainNode(context, { gain: 0 }),
        wet: new GainNode(context, { gain: 0 }),
      };
      const buffer = context.createBuffer(1, this.line.length, GUITAR_RATE);
      buffer.copyToChannel(this.line, 0);
      const source = new AudioBufferSourceNode(context, { buffer, loop: true });
      source.connect(this.gains.dry).connect(context.destination);
      source.connect(node).connect(this.gains.wet).connect(context.destination);
      node.reset();
      source.start();
      this.began = context.currentTime;
      this.worst = 0;
      this.source = source;
      this.turn(this.path);
      this.main.textContent = 'Stop';
      say(this.status, '', 'Playing', `${this.name}: ${this.facts}`, 'Played at 48 kHz, in the audio thread');
      this.follow();
    } catch (error) {
      this.complain((error as Error).message);
    } finally {
      this.main.disabled = false;
    }
  }

  private stop(): void {
    if (!this.source) return;
    cancelAnimationFrame(this.frame);
    this.source.stop();
    this.source.disconnect();
    this.source = undefined;
    this.main.textContent = 'Play the line';
    void this.context?.suspend();
    this.rest();
    this.show();
  }

  private turn(path: Path): void {
    this.path = path;
    this.choice.value = path;
    this.link.set('amp', path === 'dry' ? 'dry' : undefined);
    if (!this.context || !this.gains) return;
    for (const name of ['dry', 'wet'] as const)
      this.gains[name].gain.setTargetAtTime(name === path ? 1 : 0, this.context.currentTime, FADE);
  }

  private follow(): void {
    this.show();
    // Whoever wants no motion sees where the line is, once a second.
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (calm) window.setTimeout(() => this.source && this.follow(), 1000);
    else this.frame = requestAnimationFrame(() => this.source && this.follow());
  }

  show(): void {
    if (this.line.length === 0 || this.wet.length === 0) return;
    const duration = this.line.length / GUITAR_RATE;
    const at = this.source && this.context ? (this.context.currentTime - this.began) % duration : FIRST_NOTE;
    paintLines(this.canvas, this.line, this.wet, at);
    this.canvas.setAttribute(
      'aria-label',
      `The line before and after the amplifier, at ${at.toFixed(1)} of ${duration.toFixed(1)} s`,
    );
  }

  private complain(message: string): void {
    this.stop();
    this.trouble.replaceChildren(alertOf('No such amplifier.', message));
  }
}

/** What a slow clock leaves open: a quantum begins and ends somewhere between two ticks. */
function between(least: number, tick: number): string {
  const most = (least + 2 * tick) / 1000;
  return least === 0 ? `under ${most} ms` : `${least / 1000} to ${most} ms`;
}
