/** A colour of a chart: a model's, the same in every chart, or ink for what was observed and for what is ours. */
export type Colour =
  | 'ink'
  | 'quiet'
  | 'last'
  | 'drift'
  | 'mean'
  | 'ar'
  | 'markov'
  | 'ngram'
  | 'rnn'
  | 'lstm'
  | 'gru'
  | 'rival';

interface Shades {
  /** Of lines, dots and areas. */
  readonly mark: string;
  /** Of text, which asks for more contrast. */
  readonly text: string;
}

/** Each on light and on dark paper: at least 3:1 for marks and 4.5:1 for text, told apart by the colour-blind (docs/charts.md). */
const COLOURS: Readonly<Record<Colour, readonly [light: Shades, dark: Shades]>> = {
  ink: [both('#16191d'), both('#e9ecef')],
  quiet: [both('#565e67'), both('#a3abb3')],
  last: [
    { mark: '#818a94', text: '#68717a' },
    { mark: '#6c7479', text: '#7e868b' },
  ],
  drift: [both('#5c2410'), { mark: '#86693c', text: '#9e8051' }],
  mean: [both('#3e5656'), both('#4c9eb8')],
  ar: [{ mark: '#2f8260', text: '#2b7e5c' }, both('#54dd9f')],
  markov: [{ mark: '#b08400', text: '#916a00' }, both('#fbf04a')],
  ngram: [both('#93389f'), { mark: '#e0438e', text: '#e54892' }],
  rnn: [both('#ab3a08'), both('#ec8b35')],
  lstm: [
    { mark: '#0a8bf7', text: '#006ed6' },
    { mark: '#2f6ceb', text: '#4d7dff' },
  ],
  gru: [both('#3a0a63'), both('#dcbdfe')],
  rival: [both('#6a7078'), both('#8d959d')],
};

/** Paper, grid lines and axes, which no model has. */
const PAGE = { paper: ['#ffffff', '#101316'], grid: ['#e6e9ec', '#252a2f'], edge: ['#818a94', '#727b84'] } as const;

/** Names of models whose colour is another's, told apart by the dash. */
const SAME_AS: Readonly<Record<string, Colour>> = {
  seasonal: 'last',
  'whole-past': 'last',
  unbounded: 'last',
  frequencies: 'mean',
  'witten-bell': 'ngram',
  'kneser-ney': 'ngram',
};

const DASHES: Readonly<Record<string, string>> = {
  drift: '6 3',
  mean: '2 3',
  frequencies: '2 3',
  seasonal: '6 3',
  'whole-past': '1 3',
  unbounded: '1 3',
  markov: '8 3 2 3',
  'witten-bell': '6 3',
};

function both(shade: string): Shades {
  return { mark: shade, text: shade };
}

/** The colour and the dash of a model, by its name; ink for what is none. */
export function styleOf(model: string): { readonly colour: Colour; readonly dash?: string } {
  const name = model.toLowerCase();
  const colour = SAME_AS[name] ?? (Object.hasOwn(COLOURS, name) ? (name as Colour) : 'ink');
  return { colour, ...(name in DASHES && { dash: DASHES[name] }) };
}

/**
 * An attribute with its colour as it is on light paper, and a class by which dark pages change it: programs that know
 * nothing of style sheets draw the chart right as well.
 */
export function paint(attribute: 'fill' | 'stroke', colour: Colour, part: keyof Shades = 'mark'): string {
  const short = `${attribute[0]}${part === 'text' ? 't' : ''}`;
  return `class="${short}-${colour}" ${attribute}="${COLOURS[colour][0][part]}"`;
}

/** The same of paper, grid lines and axes. */
export function paintPage(attribute: 'fill' | 'stroke', what: keyof typeof PAGE): string {
  return `class="${attribute[0]}-${what}" ${attribute}="${PAGE[what][0]}"`;
}

/** Rules that a dark page applies, for the classes that the body uses. */
export function darkStyle(body: string): string {
  const used = new Set([...body.matchAll(/class="([a-z-]+)"/g)].map(([, name]) => name));
  const rules = [...used].sort().map((name) => {
    const [short, colour] = name.split('-');
    const attribute = short[0] === 'f' ? 'fill' : 'stroke';
    const shade =
      colour in PAGE ? PAGE[colour as keyof typeof PAGE][1] : COLOURS[colour as Colour][1][short[1] ? 'text' : 'mark'];
    return `.${name}{${attribute}:${shade}}`;
  });
  return `@media (prefers-color-scheme:dark){${rules.join('')}}`;
}
