import { drawLegend } from './legend.js';
import { colourMarks } from './mark.js';
import { escapeText, px, STYLE } from './markup.js';
import { drawPanel, type Panel } from './panel.js';

export type { BandMark, DotsMark, LineMark, Mark, RuleMark, SpansMark } from './mark.js';
export type { Panel } from './panel.js';
export type { Axis } from './scales.js';

/** What to draw. Texts may come from anywhere: they are escaped. */
export interface Chart {
  readonly title: string;
  /** A second line, less loud. */
  readonly subtitle?: string;
  readonly panels: readonly Panel[];
  /** Panels in a row (default: all of them). */
  readonly columns?: number;
  /** Of the whole picture, in pixels (default: 860). */
  readonly width?: number;
  /** Of one row of panels, in pixels (default: 300). */
  readonly panelHeight?: number;
}

const MARGIN = 16;

/**
 * Draws a chart as one self-contained SVG: no scripts, no fonts to load, colours that follow the light or dark mode of
 * the page.
 *
 * @returns the text of an SVG file
 */
export function drawChart({ title, subtitle, panels, width = 860, panelHeight = 300, ...rest }: Chart): string {
  const marks = colourMarks(panels.map((panel) => panel.marks));
  const columns = rest.columns ?? panels.length;
  const legendTop = subtitle === undefined ? 42 : 60;
  const legend = drawLegend(marks.flat(), MARGIN, legendTop, width - 2 * MARGIN);
  const top = legendTop + legend.height + 4;
  const height = top + Math.ceil(panels.length / columns) * panelHeight + 8;
  const column = (width - 2 * MARGIN) / columns;
  const bodies = panels.map((panel, i) => {
    const left = MARGIN + (i % columns) * column;
    const outer = { left, top: top + Math.floor(i / columns) * panelHeight, width: column, height: panelHeight };
    return drawPanel(panel, marks[i], outer, `plot-${i}`);
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${px(height)}" width="${width}" height="${px(height)}" role="img" aria-label="${escapeText(title)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="card" x="0.5" y="0.5" width="${width - 1}" height="${px(height - 1)}" rx="8"/>`,
    `<text class="title" x="${MARGIN}" y="28">${escapeText(title)}</text>`,
    ...(subtitle === undefined ? [] : [`<text class="faint" x="${MARGIN}" y="48">${escapeText(subtitle)}</text>`]),
    ...(legend.svg === '' ? [] : [legend.svg]),
    ...bodies,
    '</svg>',
  ].join('\n')}\n`;
}
