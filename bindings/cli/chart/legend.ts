import type { ColouredMark } from './mark.js';
import { colourOf, escapeText, px, widthOf } from './markup.js';

const ROW = 20;
const SWATCH = 22;

/** A legend with its height in pixels. */
export interface Legend {
  readonly height: number;
  readonly svg: string;
}

/** Names every labelled mark, in as many rows as the width asks for. */
export function drawLegend(marks: readonly ColouredMark[], left: number, top: number, width: number): Legend {
  const byName = new Map<string, ColouredMark[]>();
  for (const each of marks) {
    const { label } = each.mark;
    if (label !== undefined) byName.set(label, [...(byName.get(label) ?? []), each]);
  }
  let [x, row] = [left, 0];
  const parts: string[] = [];
  for (const [label, group] of byName) {
    const space = SWATCH + 8 + widthOf(label) + 16;
    if (x > left && x + space > left + width) [x, row] = [left, row + 1];
    const y = top + row * ROW + ROW / 2;
    const kinds = new Map(group.map((each) => [each.mark.kind, each]));
    parts.push(...[...kinds.values()].map((each) => swatch(each, x, y)));
    parts.push(`<text x="${px(x + SWATCH + 8)}" y="${px(y + 4)}">${escapeText(label)}</text>`);
    x += space;
  }
  return { height: byName.size === 0 ? 0 : (row + 1) * ROW, svg: parts.join('\n') };
}

function swatch({ mark, colour: index }: ColouredMark, x: number, y: number): string {
  const colour = colourOf(index);
  if (mark.kind === 'band' || mark.kind === 'spans') {
    const name = mark.kind === 'band' ? 'band' : 'span';
    return `<rect class="${name}" x="${px(x)}" y="${px(y - 6)}" width="${SWATCH}" height="12" fill="${colour}"/>`;
  }
  if (mark.kind === 'dots') return `<circle cx="${px(x + SWATCH / 2)}" cy="${px(y)}" r="2.5" fill="${colour}"/>`;
  const dash = mark.kind === 'rule' || mark.dashed ? ' stroke-dasharray="5 4"' : '';
  return `<line x1="${px(x)}" x2="${px(x + SWATCH)}" y1="${px(y)}" y2="${px(y)}" stroke="${colour}" stroke-width="2"${dash}/>`;
}
