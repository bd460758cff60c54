import type { Permalink } from '../shared/permalink.js';

/** The list of rungs beside the text: figures, which rung is being read, and a way to each. */
export class Steps {
  constructor(
    private readonly panel: HTMLElement,
    private readonly link: Permalink,
  ) {}

  begin(): void {
    for (const anchor of this.anchors()) {
      anchor.addEventListener('click', (event) => {
        event.preventDefault();
        this.go(anchor.hash.slice(1), true);
      });
    }
    const asked = this.link.text('at', '');
    if (this.panel.querySelector(`section#${CSS.escape(asked || 'none')}`)) this.go(asked, false);
    else this.mark('naive');
    const watch = new IntersectionObserver(
      (entries) => {
        const seen = entries.find(({ isIntersecting }) => isIntersecting);
        if (seen) this.mark(seen.target.id);
      },
      { rootMargin: '-25% 0px -70% 0px' },
    );
    for (const section of this.panel.querySelectorAll('section.rung')) watch.observe(section);
  }

  /** After a change of language all is of another height: the rung that was read stays in sight. */
  show(): void {
    const current = this.panel.querySelector<HTMLAnchorElement>('.steps a[aria-current]');
    if (current && scrollY > 300) this.go(current.hash.slice(1), false);
  }

  /** Bits of a rung, and a bar as long as they are against the most. */
  figure(rung: string, bits: number, part: number, colour: string): void {
    const value = this.panel.querySelector(`[data-bits="${rung}"]`);
    const bar = this.panel.querySelector<HTMLElement>(`[data-bar="${rung}"]`);
    if (value) value.textContent = bits.toFixed(2);
    if (bar) bar.style.cssText = `width:${(100 * part).toFixed(1)}%;background:var(--${colour})`;
  }

  private anchors(): NodeListOf<HTMLAnchorElement> {
    return this.panel.querySelectorAll<HTMLAnchorElement>('.steps a');
  }

  private go(rung: string, byHand: boolean): void {
    const section = this.panel.querySelector<HTMLElement>(`section#${rung}`);
    if (!section) return;
    this.link.set('at', rung);
    this.mark(rung);
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    section.scrollIntoView({ behavior: byHand && !calm ? 'smooth' : 'auto' });
    if (!byHand) return;
    section.tabIndex = -1;
    section.focus({ preventScroll: true });
  }

  private mark(rung: string): void {
    for (const anchor of this.anchors()) {
      if (anchor.hash !== `#${rung}`) anchor.removeAttribute('aria-current');
      else if (anchor.getAttribute('aria-current') !== 'step') {
        anchor.setAttribute('aria-current', 'step');
        const list = anchor.closest('ol') as HTMLElement;
        // On a narrow page the list is one line that scrolls.
        if (list.scrollWidth > list.clientWidth) list.scrollLeft = anchor.offsetLeft - list.offsetLeft - 24;
      }
    }
  }
}
