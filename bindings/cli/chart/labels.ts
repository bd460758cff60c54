import type { Box } from './draw-mark.js';
import { colourOf, type Mark } from './mark.js';
import { escapeText, px, widthOf } from './markup.js';
import { type Colour, paint, paintPage } from './palette.js';
import type { Scale } from './scales.js';

/** Pixels from one label to the next. */
const HEIGHT = 15;
/** A label that had to move further than this gets a line to its mark. */
const NEAR = 5;
const GAP = 10;

interface EndLabel {
  readonly text: string;
  readonly colour: Colour;
  readonly strong: boolean;
  /** Where the mark ends, in pixels. */
  readonly from: number;
  at: number;
}

/** Room that the labels of a panel take at its right. */
export function roomForLabels(marks: readonly Mark[]): number {
  const widths = labelled(marks).map(({ label }) => widthOf(`${label} ↑`));
  return widths.length === 0 ? 0 : GAP + Math.max(...widths) + 4;
}

/** Writes the name of each mark beside its end, in order of the ends and apart from each other. */
export function drawLabels(marks: readonly Mark[], y: Scale, box: Box): string {
  const { top, left, width, height } = box;
  const labels = labelled(marks).flatMap((mark): EndLabel[] => {
    const end = endOf(mark, y);
    if (end === undefined) return [];
    const from = Math.min(top + height, Math.max(top, end));
    const beyond = end < top - 1 ? ' ↑' : end > top + height + 1 ? ' ↓' : '';
    const strong = mark.kind === 'line' && mark.strong === true;
    return [{ text: `${mark.label}${beyond}`, colour: colourOf(mark), strong, from, at: from }];
  });
  labels.sort((a, b) => a.from - b.from);
  pushApart(labels, top, top + height);
  const right = left + width;
  return labels
    .map(({ text, colour, strong, from, at }) => {
      const leader =
        Math.abs(at - from) > NEAR
          ? `<path ${paintPage('stroke', 'edge')} fill="none" stroke-width="0.75" d="M${px(right + 1)},${px(from)}L${px(right + GAP - 2)},${px(at)}"/>`
          : '';
      const weight = strong ? ' font-weight="600"' : '';
      const place = `x="${px(right + GAP)}" y="${px(at + 4)}"`;
      return `${leader}<text ${place} ${paint('fill', colour, 'text')}${weight}>${escapeText(text)}</text>`;
    })
    .join('\n');
}

/** The marks that are labelled beside the panel, each name once. */
function labelled(marks: readonly Mark[]): readonly Mark[] {
  const named = marks.filter(
    (mark) => mark.label !== undefined && mark.kind !== 'spans' && !(mark.kind === 'rule' && mark.axis === 'x'),
  );
  return named.filter((mark, i) => named.findLastIndex(({ label }) => label === mark.label) === i);
}

/** Where a mark ends, in pixels; undefined for one that shows nothing. */
function endOf(mark: Mark, y: Scale): number | undefined {
  if (mark.kind === 'rule') return y(mark.at);
  if (mark.kind === 'spans') return undefined;
  const ends =
    mark.kind === 'band'
      ? mark.points.map(([, low, high]) => y((low + high) / 2))
      : mark.points.map(([, value]) => y(value));
  return ends.findLast(Number.isFinite);
}

/** Moves neighbours to both sides until each has its height, and all within the panel as far as they fit. */
function pushApart(labels: EndLabel[], top: number, bottom: number): void {
  for (let turn = 0; turn < 200; turn++) {
    for (let i = 1; i < labels.length; i++) {
      const lack = HEIGHT - (labels[i].at - labels[i - 1].at);
      if (lack <= 0) continue;
      labels[i - 1].at -= lack / 2;
      labels[i].at += lack / 2;
    }
    if (labels.length * HEIGHT > bottom - top + HEIGHT) continue;
    for (const label of labels) label.at = Math.min(bottom, Math.max(top, label.at));
  }
}
