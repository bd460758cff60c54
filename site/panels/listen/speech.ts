import { breathe } from '../shared/breathe.js';
import { make } from '../shared/dom.js';
import { fetched } from '../shared/files.js';
import { alertOf, say, sizeText } from '../shared/parts.js';
import type { Permalink } from '../shared/permalink.js';
import type { WorkerClient } from '../shared/worker-client.js';
import { decode, MOST_BYTES, type Recording } from './decode.js';
import { liveSeconds } from './figure.js';
import { Figures } from './figures.js';
import { hearAll } from './heard.js';
import { ListeningFigure } from './listening-figure.js';
import type { Request } from './messages.js';
import { Microphone } from './microphone.js';
import { Player } from './player.js';
import type { segmentsOf } from './segments.js';
import { type Source, SpeechControls } from './speech-controls.js';
import { SAMPLE, sayHeard, sayListening, sayResting, sayStopped } from './speech-status.js';
import { StretchList } from './stretch-list.js';
import { Track } from './track.js';

/** Where the panel's files are. */
export interface Places {
  readonly model: string;
  readonly recording: string;
  readonly processor: string;
}

/** What one would take for speech in the sample. */
const COUGH = { seconds: 3.53, lines: ['a cough:', 'below it'] };

/** Speech in a recording or from the microphone: the figure, its controls, and what a frame costs. */
export class Speech {
  readonly element: HTMLElement;
  private source: Source;
  private track = new Track();
  private recording: Recording | undefined;
  private cursor: number | undefined;
  private rule: typeof segmentsOf | undefined;
  private model = new Uint8Array();
  private microphone: Microphone | undefined;
  /** When the microphone can be used, or all is lost. */
  private readonly settled: Promise<void>;
  private settle!: () => void;
  private player: Player | undefined;
  private live = false;
  /** Counts recordings, so that an answer about one that was replaced is not shown. */
  private round = 0;
  private drawing = 0;
  private sample = new ArrayBuffer(0);
  private readonly figures = new Figures();
  private readonly status = make('div', { class: 'status', role: 'status' });
  private readonly trouble = make('div');
  private readonly figure = new ListeningFigure({
    seconds: () => (this.recording ? this.track.seconds : undefined),
    cursor: () => this.cursor ?? 0,
    touch: (seconds) => {
      this.player?.stop();
      this.setCursor(seconds);
    },
    move: (seconds) => this.setCursor(seconds),
    press: () => this.press(),
  });
  private readonly list = new StretchList((start, end) => this.play(start, end));
  private readonly controls: SpeechControls;

  constructor(
    private readonly link: Permalink,
    private readonly worker: WorkerClient<Request>,
    private readonly places: Places,
  ) {
    this.source = link.text('source', '') === 'microphone' ? 'microphone' : 'recording';
    this.settled = new Promise((resolve) => {
      this.settle = resolve;
    });
    this.controls = new SpeechControls(link, {
      choose: (source) => this.choose(source),
      press: () => this.press(),
      open: (file) => void this.open(file),
      show: () => this.show(),
    });
    const place = link.number('t', -1, 0, 1e5);
    this.cursor = link.text('t', '') === '' ? undefined : place;
    this.element = make(
      'div',
      {},
      this.status,
      this.controls.element,
      this.trouble,
      this.figure.element,
      this.list.element,
      this.figures.element,
    );
    this.controls.source = this.source;
  }

  /** Fetches the model and the recording, and hears it. */
  async begin(): Promise<void> {
    say(this.status, '', 'Fetching the model');
    this.show();
    try {
      const [model, sound] = await Promise.all(
        [this.places.model, this.places.recording].map(async (place) => (await fetched(place)).arrayBuffer()),
      );
      this.model = new Uint8Array(model);
      await this.worker.ask({ kind: 'model', bytes: this.model });
      this.rule = (await import('./segments.js')).segmentsOf;
      this.sample = sound;
      if (this.source === 'recording') await this.hearSample();
      else this.rest();
      const { createNode } = await import('./worklet.js');
      await breathe();
      const options = { model: this.model, processorUrl: this.places.processor };
      this.microphone = new Microphone(createNode, options, {
        onFrame: (probability, frame) => {
          this.track.hear(probability, frame);
          this.drawSoon();
        },
        onReport: (report) => {
          this.figures.showLive(report);
          this.sayLive();
        },
        onEnd: (reason) => {
          this.setLive(false);
          this.complain('The microphone stopped.', reason);
        },
      });
    } catch (error) {
      say(this.status, 'bad', 'Not loaded');
      this.complain('The model did not load.', (error as Error).message);
    }
    this.settle();
  }

  dispose(): void {
    this.round++;
    cancelAnimationFrame(this.drawing);
    this.microphone?.close();
    this.player?.close();
  }

  /** A file of the visitor's. */
  async open(file: File): Promise<void> {
    const round = ++this.round;
    this.setSource('file');
    if (file.size > MOST_BYTES) {
      this.complain(
        'Too large.',
        `${file.name} has ${sizeText(file.size)}, and this page takes ${sizeText(MOST_BYTES)}. On the command line, npx hiddenstate vad takes any size.`,
      );
      return;
    }
    say(this.status, '', 'Reading', `${file.name}, ${sizeText(file.size)}`);
    try {
      const recording = await decode(file.name, await file.arrayBuffer());
      if (round === this.round) await this.hear(recording);
    } catch (error) {
      if (round !== this.round) return;
      this.complain('It cannot be heard.', (error as Error).message);
    }
  }

  private choose(source: Exclude<Source, 'file'>): void {
    this.round++;
    this.setSource(source);
    if (source === 'recording') void this.hearSample();
    else this.rest();
  }

  private setSource(source: Source): void {
    this.stop();
    this.source = source;
    this.link.set('source', source === 'microphone' ? source : undefined);
    this.controls.source = source;
    this.recording = undefined;
    this.track = new Track();
    this.trouble.replaceChildren();
    this.show();
  }

  private async hearSample(): Promise<void> {
    this.round++;
    try {
      await this.hear(await decode(SAMPLE, this.sample.slice(0)));
    } catch (error) {
      this.complain('It cannot be heard.', (error as Error).message);
    }
  }

  private async hear(recording: Recording): Promise<void> {
    const { round } = this;
    const start = performance.now();
    const times = await hearAll(this.worker, recording, (track) => {
      if (round !== this.round) return false;
      this.track = track;
      say(this.status, '', 'Hearing', `${Math.round(track.heard)} of ${Math.round(track.seconds)} s`);
      this.drawSoon();
      return true;
    });
    if (!times) return;
    const { track } = this;
    this.recording = recording;
    if (this.cursor !== undefined) this.cursor = Math.min(this.cursor, track.seconds);
    sayHeard(this.status, recording, {
      seconds: track.seconds,
      milliseconds: performance.now() - start,
      modelBytes: this.model.length,
    });
    this.figures.showRecording(times);
    this.show();
  }

  /** The microphone was chosen and nothing is heard yet. */
  private rest(): void {
    sayResting(this.status, this.model.length);
    this.figures.clear();
    this.show();
  }

  private press(): void {
    if (this.source === 'microphone') {
      if (this.live) this.setLive(false);
      else void this.listen();
    } else if (this.player?.playing) this.player.stop();
    else this.play(this.cursor ?? 0);
  }

  private async listen(): Promise<void> {
    this.trouble.replaceChildren();
    this.track = new Track();
    this.controls.starting = true;
    try {
      await this.settled;
      await this.microphone?.start();
      if (!this.microphone || this.source !== 'microphone') {
        this.microphone?.stop();
        return;
      }
      this.setLive(true);
      this.sayLive();
    } catch (error) {
      this.complain('No microphone.', (error as Error).message);
    } finally {
      this.controls.starting = false;
    }
  }

  private sayLive(): void {
    if (this.live) sayListening(this.status, this.microphone?.rate ?? 0);
  }

  private setLive(live: boolean): void {
    this.live = live;
    if (!live) this.microphone?.stop();
    if (!live && this.source === 'microphone') sayStopped(this.status, this.track.seconds);
    this.show();
  }

  private play(from: number, until?: number): void {
    const { recording } = this;
    if (!recording) return;
    this.player ??= new Player(
      (seconds) => {
        this.cursor = seconds;
        this.drawSoon();
      },
      (seconds) => {
        this.setCursor(seconds >= this.track.seconds - 0.05 ? 0 : seconds);
        this.show();
      },
    );
    void this.player
      .play(recording.buffer, from >= recording.buffer.duration - 0.05 ? 0 : from, until)
      .then(() => this.show());
  }

  private stop(): void {
    this.player?.stop();
    if (this.live) this.setLive(false);
  }

  private setCursor(seconds: number | undefined): void {
    this.cursor = seconds === undefined ? undefined : Math.min(this.track.seconds, Math.max(0, seconds));
    this.link.set('t', this.cursor?.toFixed(2));
    this.drawSoon();
  }

  /** Once a picture, however many frames came. */
  drawSoon(): void {
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      this.show();
    });
  }

  private show(): void {
    const { track, live, recording } = this;
    const { threshold } = this.controls;
    const running = live || this.player?.playing === true;
    const microphone = this.source === 'microphone';
    this.controls.show(running ? 'Stop' : microphone ? 'Listen' : 'Play');
    const seconds = microphone ? liveSeconds(this.figure.width) : Math.max(track.seconds, 0.1);
    const stretches = track.stretches(this.rule, threshold);
    const sample = recording?.name === SAMPLE;
    this.figure.show(
      track,
      {
        from: microphone ? Math.max(0, track.seconds - seconds) : 0,
        seconds,
        threshold,
        stretches,
        cursor: recording ? this.cursor : undefined,
        live,
        note: sample ? COUGH : undefined,
      },
      {
        before: microphone ? 'Press Listen and say something.' : ' ',
        recording: recording !== undefined,
        note: sample ? ' The noise between the two sentences is a cough.' : '',
      },
    );
    this.list.element.hidden = !recording;
    if (recording) this.list.show(stretches);
  }

  private complain(bold: string, message: string): void {
    say(this.status, 'bad', bold.replace(/\.$/, ''));
    this.trouble.replaceChildren(alertOf(bold, message));
  }
}
