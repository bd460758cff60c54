/** Colours of series, by number: told apart by the colour-blind, each with one shade for light pages and one for dark. */
const COLOURS: readonly (readonly [light: string, dark: string])[] = [
  ['#0969da', '#58a6ff'],
  ['#d1580b', '#f0883e'],
  ['#1a7f37', '#3fb950'],
  ['#8250df', '#bc8cff'],
  ['#bf3989', '#f778ba'],
  ['#0f7b7b', '#39c5cf'],
  ['#9a6700', '#d4a72c'],
  ['#57606a', '#9aa4af'],
  ['#cf222e', '#ff7b72'],
  ['#3b4fc4', '#9db0ff'],
  ['#7a4a1f', '#d0a37b'],
  ['#5f8a00', '#a5d45a'],
];

const variables = (shade: 0 | 1) => COLOURS.map((colour, i) => `--c${i}:${colour[shade]}`).join(';');

/** Styles of a chart: the page's light or dark mode decides the colours. */
export const STYLE = `
svg{--ink:#1f2328;--faint:#59636e;--grid:#d8dee4;--paper:#ffffff;${variables(0)}}
@media (prefers-color-scheme:dark){svg{--ink:#e6edf3;--faint:#9aa4af;--grid:#30363d;--paper:#0d1117;${variables(1)}}}
text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--ink)}
.title{font-size:15px;font-weight:600}
.faint{fill:var(--faint)}
.card{fill:var(--paper);stroke:var(--grid)}
.grid{stroke:var(--grid)}
.axis{stroke:var(--faint)}
.line{fill:none;stroke-linejoin:round;stroke-linecap:round}
.band{opacity:.2}
.span{opacity:.15}
`;

/** The colour of series `index`, or that of the text; they repeat after twelve. */
export function colourOf(index: number | 'ink'): string {
  return index === 'ink' ? 'var(--ink)' : `var(--c${index % COLOURS.length})`;
}

/** Text from anywhere, safe between tags and within quotes; characters that XML forbids are left out. */
export function escapeText(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** A coordinate, to a tenth of a pixel. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** How wide a text is about to be, in pixels. */
export function widthOf(text: string): number {
  return Array.from(text).length * 6.6;
}
