/** Small charts with logarithmic axes, drawn by hand: readable on light and dark pages, without scripts. */

const FONT = 'font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif';
const STYLE = `
  text{${FONT};font-size:12px;fill:var(--ink)}
  .title{font-size:15px;font-weight:600}
  .quiet{fill:var(--quiet)}
  .grid{stroke:var(--grid);stroke-width:1}
  .level{stroke:var(--quiet);stroke-width:1;stroke-dasharray:5 4}
  .card{fill:var(--paper);stroke:var(--grid)}
  .line{fill:none;stroke-linejoin:round;stroke-linecap:round}
  svg{--ink:#1f2328;--quiet:#59636e;--grid:#d8dee4;--paper:#ffffff}
  @media (prefers-color-scheme:dark){svg{--ink:#e6edf3;--quiet:#9aa4af;--grid:#30363d;--paper:#0d1117}}`;
const LABEL_HEIGHT = 15;

const escapeText = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const round = (value) => Math.round(value * 10) / 10;

/** A chart's file: a card of that size with a title, a line below it, and what is drawn. */
export function card({ width, height, title, subtitle }, body) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeText(title)}">
<!-- Written by bench/rivals/report.js; do not edit. -->
<style>${STYLE}
</style>
<rect class="card" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
<text class="title" x="20" y="28">${escapeText(title)}</text>
<text class="quiet" x="20" y="46">${escapeText(subtitle)}</text>
${body}
</svg>
`;
}

/**
 * One panel of lines.
 *
 * @param box `{ left, top, width, height }` of the plotted area; labels of lines stand to the right of it
 * @param xs values of the horizontal axis, evenly spaced
 * @param lines `{ label, color, width, dash?, values }`, values by x, undefined where there is none
 * @param level a value to mark with a dashed line
 */
export function panel({ box, xs, lines, unit, xTitle, heading, level }) {
  const values = lines.flatMap((line) => line.values.filter((value) => value !== undefined));
  const bounds = decades([...values, ...(level === undefined ? [] : [level])]);
  const x = (i) => box.left + (box.width * i) / Math.max(1, xs.length - 1);
  const span = Math.log(bounds.high / bounds.low);
  const y = (value) => box.top + box.height * (1 - Math.log(value / bounds.low) / span);
  return [
    `<text x="${box.left}" y="${box.top - 12}">${escapeText(heading)}</text>`,
    ...ticks(bounds).map((tick) => horizontal(tick, y(tick), box, unit)),
    ...xs.map(
      (value, i) => `<text x="${round(x(i))}" y="${box.top + box.height + 18}" text-anchor="middle">${value}</text>`,
    ),
    `<text class="quiet" x="${box.left + box.width / 2}" y="${box.top + box.height + 36}" text-anchor="middle">${escapeText(xTitle)}</text>`,
    level === undefined
      ? ''
      : `<line class="level" x1="${box.left}" x2="${box.left + box.width}" y1="${round(y(level))}" y2="${round(y(level))}"/>`,
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
    `<line class="grid" x1="${left}" x2="${left + width}" y1="${round(y)}" y2="${round(y)}"/>` +
    `<text class="quiet" x="${left - 8}" y="${round(y + 4)}" text-anchor="end">${text}${unit}</text>`
  );
}

function polyline({ color, width, dash, values }, x, y) {
  const points = values.flatMap((value, i) => (value === undefined ? [] : [[round(x(i)), round(y(value))]]));
  const dots = points.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="${width + 0.5}" fill="${color}"/>`).join('');
  const dashes = dash ? ` stroke-dasharray="${dash}"` : '';
  return `<polyline class="line" stroke="${color}" stroke-width="${width}"${dashes} points="${points.join(' ')}"/>${dots}`;
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
    const style = `style="fill:${line.color}"${weight}`;
    return `<text x="${box.left + box.width + 12}" y="${round(at + 4)}" ${style}>${escapeText(line.label)}</text>`;
  });
}
