import { MANY } from '../cases/plan.js';
import { bytes, digits, percent, ratio, table, time } from './format.js';
import { bestBuild, CELL_NAMES, hasCeiling, isOurs, isRival, KIND_NAMES, NAMES } from './names.js';

const UNITS = { streaming: 'µs', sequence: 'ms', batch: 'ms' };

/** One table for each cell of a way to call: times, how many times slower than ours, and the share of the ceiling. */
export function kindSection(kind, cases, sizes) {
  const own = cases.filter((one) => one.kind === kind);
  const tables = Object.keys(CELL_NAMES).flatMap((cell) => {
    const row = own.filter((one) => one.cell === cell);
    return row.length > 0 ? [cellTable(row, UNITS[kind], sizes)] : [];
  });
  return tables.length > 0 ? [`### ${KIND_NAMES[kind]}`, ...tables] : [];
}

function cellTable(row, unit, sizes) {
  const at = (size) => row.find((one) => one.size === size);
  const cells = (of) => sizes.map((size) => (at(size) ? of(at(size)) : '–'));
  const ids = Object.keys(NAMES).filter((id) => row.some((one) => id in one.measured));
  const rows = [
    ...ids.filter(isOurs).map((id) => [`**${NAMES[id]}**`, ...cells((one) => `**${time(of(one, id), unit)}**`)]),
    ...ids.filter(isRival).map((id) => [NAMES[id], ...cells((one) => rivalCell(one, id, unit))]),
    ...ids.filter(hasCeiling).flatMap((id) => ceilingRows(id, cells)),
  ];
  return table([`${CELL_NAMES[row[0].cell]}, ${unit}`, ...sizes.map((size) => `H=${size}`)], rows);
}

const of = (one, id) => one.measured[id].microseconds;

function rivalCell(one, id, unit) {
  const found = one.measured[id];
  return found ? `${time(found.microseconds, unit)} (${ratio(found.overOurs[bestBuild(one)])})` : '–';
}

function ceilingRows(id, cells) {
  const build = id.replace('hiddenstate-', '');
  const share = (one) => one.measured[`ceiling-${build}`].overOurs[id];
  const speed = (one) => `${digits(one.products / of(one, id) / 1e3)} (${percent(share(one))})`;
  return [[`${build}: GMAC/s (share of the ceiling)`, ...cells(speed)]];
}

/** Steps a second of a stream in real time: one for every ten milliseconds. */
const STEPS_A_SECOND = 100;

/** How many streams one core carries, by how many advance together. */
export function manySection(cases) {
  const own = cases.filter((one) => one.kind === 'many');
  if (own.length === 0) return [];
  const tables = MANY.models.flatMap((model) => {
    const row = own.filter(({ cell, size }) => cell === model.cell && size === model.size);
    return row.length > 0 ? [manyTable(row)] : [];
  });
  return [
    `### Many streams: how many one core carries at ${STEPS_A_SECOND} steps a second`,
    'Each call advances a batch of streams by one step, inputs and outputs copied; the best batch in bold. The batch is bounded by the delay that it brings: ten milliseconds hold one step of each.',
    ...tables,
  ];
}

function manyTable(row) {
  const ids = Object.keys(NAMES).filter((id) => row.some((one) => id in one.measured));
  const lines = ids.map((id) => {
    const streams = row.map((one) => (one.batch * 1e6) / of(one, id) / STEPS_A_SECOND);
    const best = Math.max(...streams);
    return [NAMES[id], ...streams.map((value) => (value === best ? `**${digits(value)}**` : digits(value)))];
  });
  const [{ cell, size }] = row;
  return table([`${CELL_NAMES[cell]}(${size})`, ...row.map(({ batch }) => `${batch} a call`)], lines);
}

/** What a second core gives, where it was measured. */
export function parallelSection(parallel) {
  if (!parallel) return [];
  const { ways, work, models, node, flags, date, machine } = parallel;
  const row = (name, micros, figure) => {
    const cells = micros.map((value) => `${digits(figure(value))} (${ratio(micros[0] / value)})`);
    return [name, ...cells];
  };
  const rows = Object.entries(models).flatMap(([name, { batch, streams }]) => [
    row(
      `${name}, sequences of ${work.steps} steps a second, ${work.sequences} a call`,
      batch,
      (us) => (work.sequences * 1e6) / us,
    ),
    row(
      `${name}, streams at ${STEPS_A_SECOND} steps a second, ${work.streams} a call`,
      streams,
      (us) => (work.streams * 1e6) / us / STEPS_A_SECOND,
    ),
  ]);
  return [
    '## Two cores',
    `\`hiddenstate/parallel\` on ${machine.cores} cores (${machine.cpu}), Node ${node.slice(1)} ${flags.join(' ')}, ${date.slice(0, 10)}, by \`npm run bench:parallel\`. In brackets: against the calling thread alone.`,
    table(['', ...ways], rows),
  ];
}

/** Products alone, by the speed that they reach. */
export function productSection(cases, sizes) {
  const own = cases.filter((one) => one.cell === 'linear');
  if (own.length === 0) return [];
  const rows = ['gemv', 'gemm'].flatMap((kind) =>
    ['relaxed', 'baseline'].flatMap((build) => {
      const id = `hiddenstate-${build}`;
      const row = own.filter((one) => one.kind === kind && id in one.measured);
      const cell = (size) => {
        const one = row.find((other) => other.size === size);
        if (!one) return '–';
        const share = one.measured[`ceiling-${build}`].overOurs[id];
        return `${digits(one.products / of(one, id) / 1e3)} (${percent(share)})`;
      };
      return row.length > 0 ? [[`${kind}, ${build}`, ...sizes.map(cell)]] : [];
    }),
  );
  return [
    '### Products alone: GMAC/s (share of the ceiling)',
    'A `Linear` of the shape of an LSTM step, 2H → 4H: one vector (gemv), and 128 of them in one call (gemm).',
    table(['', ...sizes.map((size) => `H=${size}`)], rows),
  ];
}

/** From import to the first result, by host. */
export function firstTable(results) {
  const hosts = results.filter(({ first }) => Object.keys(first).length > 0);
  const ids = Object.keys(NAMES).filter((id) => hosts.some(({ first }) => id in first));
  const rows = ids.map((id) => [
    NAMES[id],
    ...hosts.map(({ first }) => (id in first ? `${digits(first[id])} (${ratio(first[id] / first.hiddenstate)})` : '–')),
  ]);
  return table(['ms', ...hosts.map(({ host }) => host.label)], rows);
}

/** What has to be downloaded. */
export function downloadTable(downloads) {
  const ids = Object.keys(NAMES).filter((id) => id in downloads);
  const rows = ids.map((id) => {
    const { raw, gzip, brotli } = downloads[id];
    const over = brotli / downloads.hiddenstate.brotli;
    return [NAMES[id], bytes(raw), bytes(gzip), bytes(brotli), ratio(over)];
  });
  return table(['', 'raw', 'gzip 9', 'brotli 11', 'brotli, against ours'], rows);
}
