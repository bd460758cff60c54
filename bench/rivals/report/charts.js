import { bestBuild, isOurs, isRival, KIND_NAMES, NAMES } from './names.js';
import { card, panel } from './svg.js';

/** Ours is ink and thick, all rivals one grey, told apart by their labels (docs/charts.md). */
const LOOKS = {
  'hiddenstate-relaxed': { color: 'ink', width: 3.5 },
  'hiddenstate-baseline': { color: 'ink', width: 2, dash: '2 5' },
  'onnxruntime-web': { color: 'rival', width: 2 },
  'onnxruntime-node': { color: 'rival', width: 2 },
  'tensorflow-wasm': { color: 'rival', width: 2 },
  'tensorflow-cpu': { color: 'rival', width: 2 },
  plain: { color: 'rival', width: 2 },
};
const CELL_LOOKS = {
  lstm: { label: 'LSTM', color: 'lstm', width: 2.5 },
  gru: { label: 'GRU', color: 'gru', width: 2.5 },
  rnn: { label: 'RNN', color: 'rnn', width: 2.5 },
};

/** Microseconds of one LSTM step by size, for everybody; nothing if they were not measured. */
export function streamingChart({ host, cases }, sizes) {
  const own = cases.filter(({ kind, cell }) => kind === 'streaming' && cell === 'lstm');
  if (own.length < 2) return undefined;
  const xs = sizes.filter((size) => own.some((one) => one.size === size));
  const ids = Object.keys(LOOKS).filter((id) => own.some((one) => id in one.measured));
  const lines = ids.map((id) => ({
    ...LOOKS[id],
    label: NAMES[id],
    values: xs.map((size) => own.find((one) => one.size === size).measured[id]?.microseconds),
  }));
  const about = {
    width: 760,
    height: 440,
    title: 'One LSTM step',
    subtitle: `${host.label}, one thread, float32, batch 1, I = H`,
  };
  const box = { left: 72, top: 86, width: 470, height: 290 };
  const heading = 'µs a step, logarithmic: lower is faster';
  return card(about, panel({ box, xs, lines, unit: '', xTitle: 'hidden size H', heading }));
}

/** How many times faster than the fastest rival: a panel for each way to call, a line for each cell. */
export function ratioChart({ host, cases }, sizes) {
  const kinds = Object.keys(KIND_NAMES).filter((kind) => cases.filter((one) => one.kind === kind).length >= 2);
  if (kinds.length === 0) return undefined;
  const panels = kinds.map((kind, i) => {
    const own = cases.filter((one) => one.kind === kind);
    const xs = sizes.filter((size) => own.some((one) => one.size === size));
    const cells = Object.keys(CELL_LOOKS).filter((cell) => own.some((one) => one.cell === cell));
    const lines = cells.map((cell) => ({
      ...CELL_LOOKS[cell],
      values: xs.map((size) => overFastest(own.find((one) => one.size === size && one.cell === cell))),
    }));
    const box = { left: 62 + 300 * i, top: 86, width: 190, height: 230 };
    const heading = { streaming: 'streaming', sequence: 'sequence, T = 100', batch: 'batch 32, T = 100' }[kind];
    return panel({ box, xs, lines, unit: '×', xTitle: 'hidden size H', heading, level: 1 });
  });
  const native = cases.some(({ measured }) => 'onnxruntime-node' in measured) ? ', native code included' : '';
  const about = {
    width: Math.max(620, 310 * kinds.length),
    height: 380,
    title: 'Times faster than the fastest rival',
    subtitle: `${host.label}${native}; logarithmic, above the dashed line hiddenstate is ahead`,
  };
  return card(about, panels.join('\n'));
}

function overFastest(one) {
  if (!one) return undefined;
  const ours = bestBuild(one);
  const rivals = Object.entries(one.measured).filter(([id]) => isRival(id) && !isOurs(id));
  return rivals.length > 0 ? Math.min(...rivals.map(([, { overOurs }]) => overOurs[ours])) : undefined;
}
