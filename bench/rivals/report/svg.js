/**
 * Small charts with logarithmic axes, drawn by hand: literal colours that a dark page exchanges by their classes, as
 * docs/charts.md has it, without scripts.
 */

/** Light and dark: marks, then text where that asks for more contrast. */
const COLOURS = {
  ink: ['#16191d', '#e9ecef'],
  quiet: ['#565e67', '#a3abb3'],
  rival: ['#6a7078', '#8d959d'],
  rnn: ['#ab3a08', '#ec8b35'],
  lstm: ['#0a8bf7', '#2f6ceb', '#006ed6', '#4d7dff'],
  gru: ['#3a0a63', '#dcbdfe'],
  grid: ['#e6e9ec', '#252a2f'],
  paper: ['#ffffff', '#101316'],
};
const DARK = Object.entries(COLOURS)
  .map(
    ([name, [, mark, , text = mark]]) => `.s-${name}{stroke:${mark}}.f-${name}{fill:${mark}}.ft-${name}{fill:${text}}`,
  )
  .join('');
const FONT = 'system-ui, -apple-system, &quot;Segoe UI&quot;, Roboto, sans-serif';

const stroke = (name) => `class="s-${name}" stroke="${COLOURS[name][0]}"`;
const fill = (name) => `class="f-${name}" fill="${COLOURS[name][0]}"`;
const ink = (name) => `class="ft-${name}" fill="${COLOURS[name][2] ?? COLOURS[name][0]}"`;
const LABEL_HEIGHT = 15;

const escapeText = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const round = (value) => Math.round(value * 10) / 10;

/** A chart's file: a card of that size with a title, a line below it, and what is drawn. */
export function card({ width, height, title, subtitle }, body) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeText(title)}" font-family="${FONT}" font-size="12">
<!-- Written by bench/rivals/report.js; do not edit. -->
<style>@media (prefers-color-scheme:dark){${DARK}}</style>
<rect width="${width}" height="${height}" ${fill('paper')}/>
<text ${ink('ink')} font-size="15" font-weight="600" x="20" y="28">${escapeText(title)}</text>
<text ${ink('quiet')} x="20" y="46">${escapeText(subtitle)}</text>
${body}
</svg>
`;
}

/**
 * One panel of lines.
 *
 * @param box `{ left, top, width, height }` of the plotted area; labels of lines stand to the right of it
 * @param xs values of the horizontal axis, evenly spaced
 * @param lines `{ label, color, width, dash?, values }`, the colour by its name, values by x, undefined where there is none
 * @param level a value to mark with a dashed line
 */
export function panel({ box, xs, lines, unit, xTitle, heading, level }) {
  const values = lines.flatMap((line) => line.values.filter((value) => value !== undefined));
  const bounds = decades([...values, ...(level === undefined ? [] : [level])]);
  const x = (i) => box.left + (box.width * i) / Math.max(1, xs.length - 1);
  const span = Math.log(bounds.high / bounds.low);
  const y = (value) => box.top + box.height * (1 - Math.log(value / bounds.low) / span);
  return [
    `<text ${ink('ink')} x="${box.left}" y="${box.top - 12}">${escapeText(heading)}</text>`,
    ...ticks(bounds).map((tick) => horizontal(tick, y(tick), box, unit)),
    ...xs.map(
      (value, i) =>
        `<text ${ink('ink')} x="${round(x(i))}" y="${box.top + box.height + 18}" text-anchor="middle">${value}</text>`,
    ),
    `<text ${ink('quiet')} x="${box.left + box.width / 2}" y="${box.top + box.height + 36}" text-anchor="middle">${escapeText(xTitle)}</text>`,
    level === undefined
      ? ''
      : `<line ${stroke('quiet')} stroke-dasharray="5 4" x1="${box.left}" x2="${box.left + box.width}" y1="${round(y(level))}" y2="${round(y(level))}"/>`,
    ...lines.map((line) => polyline(line, x, y)),
    ...labels(lines, box, y),
  ].join('\n');
}

/** Bounds at 1, 2 or 5 of a decade, just outside of the values. */
function decades(values) {
  const steps = Array.from({ length: 16 }, (_, i) => [1, 2, 5].map((digit) => digit * 10 ** (i - 4))).flat();
  const low = steps.filter((step) => step <= Math.min(...values)).pop() ?? steps[0];
  const high = steps.find((step) => step >= Math.max(...values)) ?? steps[steps.length - 1];
  return { low, high: high > low ? high : low * 10 };
}

function ticks({ low, high }) {
  const all = Array.from({ length: 16 }, (_, i) => 10 ** (i - 4));
  const digits = high / low > 200 ? [1] : [1, 2, 5];
  const inside = all
    .flatMap((ten) => digits.map((digit) => digit * ten))
    .filter((tick) => tick >= low && tick <= high * 1.001);
  return inside.map((tick) => Number(tick.toPrecision(1)));
}

function horizontal(tick, y, { left, width }, unit) {
  const text = tick >= 1000 ? tick.toLocaleString('en') : String(tick);
  return (
    `<line ${stroke('grid')} x1="${left}" x2="${left + width}" y1="${round(y)}" y2="${round(y)}"/>` +
    `<text ${ink('quiet')} x="${left - 8}" y="${round(y + 4)}" text-anchor="end">${text}${unit}</text>`
  );
}

function polyline({ color, width, dash, values }, x, y) {
  const points = values.flatMap((value, i) => (value === undefined ? [] : [[round(x(i)), round(y(value))]]));
  const dots = points.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="${width + 0.5}" ${fill(color)}/>`).join('');
  const dashes = dash ? ` stroke-dasharray="${dash}"` : '';
  return `<polyline ${stroke(color)} fill="none" stroke-linejoin="round" stroke-linecap="round" stroke-width="${width}"${dashes} points="${points.join(' ')}"/>${dots}`;
}

/** Pushes neighbours apart to both sides until each has its height. */
function spread(ends) {
  for (let turn = 0; turn < 200; turn++) {
    for (let i = 1; i < ends.length; i++) {
      const lack = LABEL_HEIGHT - (ends[i].at - ends[i - 1].at);
      if (lack <= 0) continue;
      ends[i - 1].at -= lack / 2;
      ends[i].at += lack / 2;
    }
  }
}

/** A line's name beside its end, pushed apart where two ends are close. */
function labels(lines, box, y) {
  const ends = lines.map((line) => ({ line, at: y(line.values.findLast((value) => value !== undefined)) }));
  ends.sort((a, b) => a.at - b.at);
  spread(ends);
  return ends.map(({ line, at }) => {
    const weight = line.width > 2.5 ? ' font-weight="600"' : '';
    const style = `${ink(line.color)}${weight}`;
    return `<text x="${box.left + box.width + 12}" y="${round(at + 4)}" ${style}>${escapeText(line.label)}</text>`;
  });
}
