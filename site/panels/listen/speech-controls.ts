import { make } from '../shared/dom.js';
import { fileField } from '../shared/files.js';
import { button, Choice } from '../shared/parts.js';
import type { Permalink } from '../shared/permalink.js';

export type Source = 'microphone' | 'recording' | 'file';

/** What the controls do. */
export interface SpeechActs {
  choose(source: Exclude<Source, 'file'>): void;
  press(): void;
  open(file: File): void;
  /** The threshold was moved. */
  show(): void;
}

/** What is heard, from which probability on it is speech, and the button that begins and ends it. */
export class SpeechControls {
  readonly element: HTMLElement;
  private readonly main: HTMLButtonElement;
  private readonly range = make('input', { type: 'range', min: 0.05, max: 0.95, step: 0.01 });
  private readonly text = make('span', { class: 'val' });
  private readonly choice: Choice<Source>;

  constructor(link: Permalink, acts: SpeechActs) {
    const field = fileField('A recording', 'audio/*,.wav,.mp3,.flac,.ogg,.m4a', acts.open);
    this.main = button('Play', acts.press, true);
    this.choice = new Choice<Source>(
      'What is heard',
      { recording: 'Recording', microphone: 'Microphone', file: 'A file' },
      (source) => (source === 'file' ? field.click() : acts.choose(source)),
    );
    this.range.value = String(link.number('threshold', 0.5, 0.05, 0.95));
    this.range.addEventListener('input', () => {
      link.set('threshold', this.range.value);
      acts.show();
    });
    const threshold = make('label', {}, 'Threshold ', this.text, this.range);
    this.element = make('div', { class: 'ctl' }, this.choice.element, this.main, field, threshold);
  }

  get threshold(): number {
    return Number(this.range.value);
  }

  set source(source: Source) {
    this.choice.value = source;
  }

  set starting(starting: boolean) {
    this.main.disabled = starting;
  }

  /** Writes the value beside its slider, and on the button what it does. */
  show(label: string): void {
    this.text.textContent = this.threshold.toFixed(2);
    this.main.textContent = label;
  }
}
