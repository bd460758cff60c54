import { escapeText, px, wrapText } from './markup.js';
import { darkStyle, paint, paintPage } from './palette.js';
import { drawPanel, type Panel } from './panel.js';

export type { BandMark, DotsMark, LineMark, Mark, RuleMark, SpansMark } from './mark.js';
export type { Colour } from './palette.js';
export type { Panel } from './panel.js';
export type { Axis } from './scales.js';

/** What to draw. Texts may come from anywhere: they are escaped. */
export interface Chart {
  readonly title: string;
  /** Below the title, less loud. */
  readonly subtitle?: string;
  readonly panels: readonly Panel[];
  /** Panels in a row, at most: each gets 320 pixels (default: all of them). */
  readonly columns?: number;
  /** Of the whole picture, in pixels (default: 860). Charts are drawn for their width: scaled down, their text is too small. */
  readonly width?: number;
  /** Of one row of panels, in pixels (default: 300). */
  readonly panelHeight?: number;
}

const MARGIN = 16;
const BETWEEN = 16;
const LEAST_PANEL = 320;
const FONT =
  'system-ui, -apple-system, &quot;Segoe UI&quot;, Roboto, &quot;Helvetica Neue&quot;, &quot;Noto Sans&quot;, Arial, sans-serif';

/**
 * Draws a chart as one self-contained SVG: no scripts, no fonts to load, literal colours that a dark page exchanges.
 *
 * @returns the text of an SVG file
 */
export function drawChart({ title, subtitle, panels, width = 860, panelHeight = 300, ...rest }: Chart): string {
  const inner = width - 2 * MARGIN;
  const columns = Math.max(1, Math.min(rest.columns ?? panels.length, Math.floor(inner / LEAST_PANEL)));
  const titles = wrapText(title, inner, 16);
  const below = subtitle === undefined ? [] : wrapText(subtitle, inner);
  const top = 12 + titles.length * 20 + below.length * 16 + 8;
  const height = top + Math.ceil(panels.length / columns) * panelHeight + 8;
  const column = (inner - (columns - 1) * BETWEEN) / columns;
  const bodies = panels.map((panel, i) => {
    const left = MARGIN + (i % columns) * (column + BETWEEN);
    const outer = { left, top: top + Math.floor(i / columns) * panelHeight, width: column, height: panelHeight };
    return drawPanel(panel, outer, `plot-${i}`);
  });
  const body = [
    `<rect width="${width}" height="${px(height)}" ${paintPage('fill', 'paper')}/>`,
    ...titles.map((text, i) => {
      const at = `x="${MARGIN}" y="${28 + 20 * i}" font-size="16" font-weight="600"`;
      return `<text ${at} ${paint('fill', 'ink', 'text')}>${escapeText(text)}</text>`;
    }),
    ...below.map((text, i) => {
      const at = `x="${MARGIN}" y="${12 + 20 * titles.length + 16 * (i + 1)}"`;
      return `<text ${at} ${paint('fill', 'quiet', 'text')}>${escapeText(text)}</text>`;
    }),
    ...bodies,
  ].join('\n');
  const size = `viewBox="0 0 ${width} ${px(height)}" width="${width}" height="${px(height)}"`;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${escapeText(title)}" font-family="${FONT}" font-size="12">`,
    `<style>${darkStyle(body)}</style>`,
    body,
    '</svg>',
  ].join('\n')}\n`;
}
