import { takeFiles } from './drops.js';
import { headButtons } from './parts.js';
import { Permalink } from './permalink.js';

/** What a panel puts into its shell. */
export interface Inside {
  readonly elements: readonly HTMLElement[];
  /** Draws anew, for another width or other colours. */
  redraw?(): void;
  /** A file that was dropped on the panel. */
  take?(file: File): void;
  /** A text that was dropped on the panel. */
  paste?(text: string): void;
  /** Ends workers, sound and timers. */
  dispose?(): void;
}

/**
 * What every panel has around its own work: its state in the link, the two buttons of its head, drops, and redrawing when the
 * window or its colours change. Without JavaScript the page's own text stays.
 */
export abstract class PanelShell extends HTMLElement {
  private inside: Inside | undefined;
  private readonly redraw = () => this.inside?.redraw?.();

  connectedCallback(): void {
    const link = new Permalink();
    this.querySelector('.fallback')?.remove();
    headButtons(this, link);
    const inside = this.fill(link);
    this.inside = inside;
    this.append(...inside.elements);
    if (inside.take) takeFiles(this, inside.take.bind(inside), inside.paste?.bind(inside));
    addEventListener('resize', this.redraw);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', this.redraw);
    void this.begin();
  }

  disconnectedCallback(): void {
    removeEventListener('resize', this.redraw);
    matchMedia('(prefers-color-scheme: dark)').removeEventListener('change', this.redraw);
    this.inside?.dispose?.();
    this.inside = undefined;
  }

  /** Makes what stands in the panel; nothing of it is in the page yet. */
  protected abstract fill(link: Permalink): Inside;

  /** Fetches and draws: all stands in the page now. */
  protected begin(): void | Promise<void> {}

  /** An attribute that the page gives. */
  protected given(name: string): string {
    return this.getAttribute(name) as string;
  }
}
