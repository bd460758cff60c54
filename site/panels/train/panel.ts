import './panel.css';
import { breathe } from '../shared/breathe.js';
import { codeBlock } from '../shared/parts.js';
import type { Permalink } from '../shared/permalink.js';
import { type Inside, PanelShell } from '../shared/shell.js';
import { Lesson } from './lesson.js';
import { RacePart } from './race.js';

/**
 * `<hs-train text="text.txt" series="series.csv">`: a network learns a text or a series in a worker of this tab, and RNN, LSTM
 * and GRU race on tasks of memory. Drop a text, a CSV or a saved model on it.
 */
class TrainPanel extends PanelShell {
  private lesson: Lesson | undefined;
  private race: RacePart | undefined;

  protected fill(link: Permalink): Inside {
    const { section, code } = codeBlock('The same in your code', 'code');
    const lesson = new Lesson(link, { text: this.given('text'), series: this.given('series') }, code);
    const race = new RacePart(link);
    this.lesson = lesson;
    this.race = race;
    return {
      elements: [lesson.element, race.element, section],
      take: (file) => void lesson.open(file),
      redraw: () => {
        lesson.show();
        race.show();
      },
      dispose: () => {
        lesson.dispose();
        race.dispose();
      },
    };
  }

  protected override async begin(): Promise<void> {
    await breathe();
    this.lesson?.show();
    await breathe();
    this.race?.show();
    await this.lesson?.start();
  }
}

customElements.define('hs-train', TrainPanel);
