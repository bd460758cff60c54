import { readFileSync } from 'node:fs';
import { allOperators } from '../../bindings/graph/all-operators.js';
import { type OnnxCase, readArchive } from './archive.js';
import { CLAIMED } from './claimed.js';
import { REFUSALS } from './refusals.js';

const MOST_OPSET = 28;

/** The opset in which each of ONNX's operators first appears. */
const FIRST: Readonly<Record<string, number>> = JSON.parse(
  readFileSync(new URL('vectors/first-opsets.json', import.meta.url), 'utf8'),
);

/**
 * The table of docs/onnx-operators.md, made from what the runtime has and what its tests run: one row for each operator, with
 * the opsets at which its meaning changes and how many cases of each archive it is in.
 */
export function operatorTable(): string {
  const columns = [
    ...['backend', 'opsets', 'spatial', 'control', 'torch', 'tf2onnx', 'onnxruntime'].map((archive) => [archive]),
    ['exporters', 'keras', 'quantized'],
  ] as Parameters<typeof readArchive>[0][][];
  const archives = columns.map((column) => tally(column.flatMap(ranCases)));
  const rows = [...CLAIMED].sort().map((operator) => {
    const counts = archives.map((count) => count.get(operator) ?? 0);
    return `| ${[operator, opsetsOf(operator), ...counts.map((n) => (n === 0 ? '' : n)), notesOf(operator)].join(' | ')} |`;
  });
  return [
    `| operator | opsets | node tests | other opsets | over space | control flow | PyTorch | tf2onnx | onnxruntime | whole nets | |`,
    `|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|`,
    ...rows,
    '',
  ].join('\n');
}

/** Cases whose operators are all claimed and that are not refused. */
function ranCases(archive: Parameters<typeof readArchive>[0]): OnnxCase[] {
  return readArchive(archive).filter(
    ({ name, operators: all }) =>
      all.every((operator) => CLAIMED.has(operator)) &&
      !(archive === 'backend' && REFUSALS.some(([cases]) => cases.test(name))),
  );
}

function tally(cases: readonly OnnxCase[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const operator of cases.flatMap(({ operators: all }) => all)) {
    counts.set(operator, (counts.get(operator) ?? 0) + 1);
  }
  return counts;
}

/** `7–12, 13–22`: ranges of one meaning. */
function opsetsOf(operator: string): string {
  if (operator.includes('.')) return '1';
  const entry = allOperators()['']?.[operator];
  const since = entry === undefined || typeof entry === 'function' ? [1] : entry.map((version) => version.since);
  const starts = since.map((version) => Math.max(version, FIRST[operator]));
  const from = starts.filter((start, i) => start !== starts[i + 1]);
  return from.map((start, i) => `${start}–${(from[i + 1] ?? MOST_OPSET + 1) - 1}`).join(', ');
}

function notesOf(operator: string): string {
  return REFUSALS.filter(([, , named]) => named.test(operator))
    .map(([, , , note]) => note)
    .join(', ');
}
