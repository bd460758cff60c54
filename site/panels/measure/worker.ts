import { createEngine, GRU, LSTM, RNN } from 'hiddenstate';
import { interleave, PlainGRU, PlainLSTM, PlainRNN } from 'hiddenstate/measure';
import type { Cell } from './onnx-file.js';
import { Rival } from './rival.js';

/** What is to be measured. */
export interface Wish {
  readonly cell: Cell;
  /** Where onnxruntime-web lies, if it is to be measured as well. */
  readonly ort?: string | undefined;
}

/** The worker lives as long as the panel: so it can measure without a network once it is there. */
export interface Order {
  /** Counts what was asked for: an answer to what was given up is not shown. */
  readonly round: number;
  /** Left out to give up what goes on. */
  readonly wish?: Wish;
}

export type Answer = { readonly round: number } & (
  | { readonly row: Row }
  | { readonly done: true }
  | { readonly error: string }
);

/** One row: what a step took, in microseconds, by contender. */
export interface Row {
  readonly units: number;
  readonly microseconds: Readonly<Record<string, number>>;
}

const LAYERS = { RNN, LSTM, GRU } as const;
const PLAIN = { RNN: PlainRNN, LSTM: PlainLSTM, GRU: PlainGRU } as const;
const SIZES = [16, 32, 64, 128, 256];
/** Plain JavaScript sums in another order; anything beyond this is another result. */
const TOLERANCE = 1e-4;
/** A burst lasts so many ticks of the clock: Firefox' knows whole milliseconds. */
const BURST_TICKS = 25;

let asked = 0;
let last = Promise.resolve();

addEventListener('message', ({ data: { round, wish } }: MessageEvent<Order>) => {
  asked = round;
  // One after the other: two at once would measure each other.
  if (wish) last = last.then(() => measureAll(round, wish));
});

async function measureAll(round: number, { cell, ort }: Wish): Promise<void> {
  const say = (answer: Answer) => postMessage(answer);
  try {
    const rival = ort === undefined ? undefined : await Rival.from(ort);
    for (const units of SIZES) {
      // Lets an order in that was given meanwhile.
      await new Promise((resolve) => setTimeout(resolve));
      if (round !== asked) return;
      say({ round, row: await measure(cell, units, rival) });
    }
    say({ round, done: true });
  } catch (error) {
    say({ round, error: error instanceof Error ? error.message : String(error) });
  }
}

async function measure(cell: Cell, units: number, rival: Rival | undefined): Promise<Row> {
  const dict = new LAYERS[cell]({ inputSize: units, hiddenSize: units, seed: 1 }).stateDict();
  const x = Float32Array.from({ length: units }, (_, i) => Math.sin(i));
  const builds = ['baseline', 'relaxed'] as const;
  const ours = builds.flatMap((simd) => {
    try {
      return [
        {
          name: `hiddenstate, ${simd}`,
          layer: LAYERS[cell].fromStateDict(dict, { engine: createEngine({ simd }) } as object),
        },
      ];
    } catch {
      return []; // this browser has no relaxed SIMD
    }
  });
  ours.push({ name: 'hiddenstate, int8', layer: LAYERS[cell].fromStateDict(dict, { weights: 'int8' } as object) });
  const streams = ours.map(({ name, layer }) => ({ name, stream: layer.stream(), out: new Float32Array(units) }));
  const plain = new PLAIN[cell](dict);
  const first = streams[0].stream.step(x).slice();
  const other = new Float32Array(units);
  plain.step(x, other);
  assertSame(first, other, 'plain JavaScript');
  const timings = interleave(
    [
      ...streams.map(({ name, stream, out }) => ({ name, run: () => void stream.step(x, out) })),
      { name: 'plain JavaScript', run: () => plain.step(x, other) },
    ],
    { minSeconds: 0.6, burstMilliseconds: Math.max(2, BURST_TICKS * tickOfClock()) },
  );
  for (const { stream } of streams) stream.dispose();
  for (const { layer } of ours) layer.dispose();
  const microseconds = Object.fromEntries(timings.map(({ name, medianMicroseconds }) => [name, medianMicroseconds]));
  if (rival) {
    const theirs = await rival.measure(cell, dict, x);
    assertSame(first, theirs.first, Rival.title);
    microseconds[Rival.title] = theirs.microseconds;
  }
  return { units, microseconds };
}

/** Milliseconds between two readings of the clock that differ. */
function tickOfClock(): number {
  const start = performance.now();
  let now = start;
  while (now === start) now = performance.now();
  const from = now;
  while (now === from) now = performance.now();
  return now - from;
}

function assertSame(here: Float32Array, there: Float32Array, who: string): void {
  here.forEach((value, i) => {
    if (!(Math.abs(value - there[i]) < TOLERANCE))
      throw new Error(`unit ${i} of ${here.length}: ${value} here, ${there[i]} in ${who}`);
  });
}
