import { percent, ratio, table } from './format.js';
import { bestBuild, CELL_NAMES, NAMES } from './names.js';

/** What was promised: how many times faster than a rival the LSTM must be, by size. */
const LSTM_BARS = [
  { kind: 'streaming', rival: 'onnxruntime-web', least: { 16: 55, 32: 22, 64: 9, 128: 4, 256: 2, 512: 1.6 } },
  { kind: 'streaming', rival: 'onnxruntime-node', least: { 16: 45, 32: 20, 64: 8, 128: 3.2, 256: 2, 512: 1.25 } },
  { kind: 'streaming', rival: 'plain', least: { 16: 10, 32: 12, 64: 13, 128: 13, 256: 14, 512: 14 } },
  { kind: 'sequence', rival: 'onnxruntime-web', least: { 16: 2, 32: 1.8, 64: 1.6, 128: 1.6, 256: 1.6, 512: 1.5 } },
  { kind: 'batch', rival: 'onnxruntime-web', least: { 64: 2, 128: 2, 256: 2, 512: 2 } },
];

/** The same for int8 weights against a rival's float32. */
const INT8_BARS = [
  { kind: 'streaming', rival: 'onnxruntime-web', ours: 'hiddenstate-int8', least: { 256: 3, 512: 2.4 } },
];

/** Rules that hold for whole groups of cases: whom to be ahead of, where. */
const AHEAD = [
  { cells: ['gru', 'rnn'], kinds: ['streaming', 'sequence', 'batch'], rival: 'onnxruntime-web' },
  { cells: ['gru', 'rnn'], kinds: ['streaming'], rival: 'onnxruntime-node' },
  { cells: ['lstm', 'gru', 'rnn'], kinds: ['streaming'], rival: 'onnxruntime-web', build: 'hiddenstate-baseline' },
];

/** Share of the ceiling, for products alone. */
const SHARES = [
  { kind: 'gemm', least: 0.9 },
  { kind: 'gemv', least: 0.75 },
];

/**
 * The bars as a section of a host.
 *
 * @param cases of one host
 */
export function barsSection(cases, sizes) {
  const lstm = [...LSTM_BARS, ...INT8_BARS].flatMap((bar) => barRow(bar, cases, sizes));
  const rules = [...AHEAD.flatMap((rule) => aheadLine(rule, cases)), ...SHARES.flatMap((bar) => shareLine(bar, cases))];
  if (lstm.length + rules.length === 0) return [];
  const header = ['LSTM against', ...sizes.map((size) => `H=${size}`)];
  return [
    '### Bars',
    'Times faster than the rival and, in brackets, the bar, which is set for Chromium and for Node 20 with relaxed SIMD: ✓ reached, ✗ not.',
    ...(lstm.length > 0 ? [table(header, lstm)] : []),
    rules.join('\n'),
  ];
}

function barRow({ kind, rival, ours, least }, cases, sizes) {
  const cells = sizes.map((size) => {
    const one = cases.find((other) => other.kind === kind && other.cell === 'lstm' && other.size === size);
    const value = one?.measured[rival]?.overOurs[ours ?? bestBuild(one)];
    if (value === undefined) return undefined;
    return size in least ? `${verdict(value >= least[size])} ${ratio(value)} (${least[size]})` : ratio(value);
  });
  if (cells.every((cell) => cell === undefined)) return [];
  const who = ours ? `${NAMES[rival]}, ${kind}, ours with int8 weights` : `${NAMES[rival]}, ${kind}`;
  return [[who, ...cells.map((cell) => cell ?? '–')]];
}

const verdict = (reached) => (reached ? '✓' : '✗');

function aheadLine({ cells, kinds, rival, build }, cases) {
  const among = cases.filter((one) => cells.includes(one.cell) && kinds.includes(one.kind) && rival in one.measured);
  if (among.length === 0) return [];
  const ratios = among.map((one) => [one.measured[rival].overOurs[build ?? bestBuild(one)], one]);
  const behind = ratios.filter(([value]) => !(value > 1));
  const who = build ? `${NAMES[build]}, ` : '';
  const what = `${who}${cells.map((cell) => CELL_NAMES[cell]).join(', ')} ahead of ${NAMES[rival]} (${kinds.join(', ')})`;
  const least = Math.min(...ratios.map(([value]) => value));
  const where = behind.map(([value, { kind, cell, size }]) => `${kind} ${CELL_NAMES[cell]} ${size} ${ratio(value)}`);
  const count = `${ratios.length - behind.length} of ${ratios.length} cases, least ${ratio(least)}`;
  return [
    `- ${verdict(behind.length === 0)} ${what}: ${count}${where.length > 0 ? `; behind: ${where.join(', ')}` : ''}`,
  ];
}

function shareLine({ kind, least }, cases) {
  const among = cases.filter((one) => one.kind === kind);
  if (among.length === 0) return [];
  const shares = among.map((one) => {
    const ours = bestBuild(one);
    return [one.measured[ours.replace('hiddenstate', 'ceiling')].overOurs[ours], one.size];
  });
  const list = shares.map(([share, size]) => `${verdict(share >= least)} ${percent(share)} at H=${size}`).join(', ');
  return [`- ${kind} at ${percent(least)} of the ceiling or more: ${list}`];
}
