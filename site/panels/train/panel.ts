import './panel.css';
import { codeBlock, headButtons } from '../shared/parts.js';
import { Permalink } from '../shared/permalink.js';
import { Lesson } from './lesson.js';
import { RacePart } from './race.js';

/**
 * `<hs-train text="text.txt" series="series.csv">`: a network learns a text or a series in a worker of this tab, and RNN, LSTM
 * and GRU race on tasks of memory. Drop a text, a CSV or a saved model on it.
 */
class TrainPanel extends HTMLElement {
  private parts: { lesson: Lesson; race: RacePart } | undefined;
  private readonly redraw = () => {
    this.parts?.lesson.show();
    this.parts?.race.show();
  };

  connectedCallback(): void {
    const link = new Permalink();
    const { section, code } = codeBlock('The same in your code', 'code');
    const place = (name: string) => this.getAttribute(name) as string;
    const lesson = new Lesson(link, { text: place('text'), series: place('series') }, code);
    const race = new RacePart(link);
    this.parts = { lesson, race };
    this.querySelector('.fallback')?.remove();
    headButtons(this, link);
    this.append(lesson.element, race.element, section);
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
      if (file) void lesson.open(file);
    });
    addEventListener('resize', this.redraw);
    this.redraw();
    void lesson.start();
  }

  disconnectedCallback(): void {
    removeEventListener('resize', this.redraw);
    this.parts?.lesson.dispose();
    this.parts?.race.dispose();
    this.parts = undefined;
  }
}

customElements.define('hs-train', TrainPanel);
