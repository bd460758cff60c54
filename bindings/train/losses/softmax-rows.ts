import { padToLanes } from '../../engine/abi.js';
import type { Engine } from '../../index.js';
import { trainKernels } from '../kernels.js';
import type { PiecesOf } from '../pieces.js';

/** Floats that go through wasm memory at a time: they stay in a first- or second-level cache from one pass to the next. */
const BLOCK_FLOATS = 16384;
/** Floats of a row's figures, and those that a kernel may read behind an array. */
const FIGURES = 4;
const BEHIND = 4;

/** What is told of each row, and asked. */
export interface RowFigures {
  /** Writes how much of the softmax and of the base its gradient has: `mass`, `share`. Both 0: the row is not read. */
  write(row: number, figures: Float32Array, at: number): void;
  /** Takes what was found: the greatest logit, Σ e^(x − greatest), Σ base · x. Called in the order of the rows. */
  read(row: number, greatest: number, total: number, product: number): void;
}

/**
 * gradient ← mass · softmax(logits) − share · base, row by row; see the kernel `softmaxLoss`.
 *
 * @param width of a row
 * @param base of that width; undefined for none
 */
export function* softmaxRows(
  engine: Engine,
  logits: Float32Array,
  gradient: Float32Array,
  width: number,
  base: Float32Array | undefined,
  { write, read }: RowFigures,
): PiecesOf<void> {
  const rows = logits.length / width;
  const most = Math.min(rows, Math.max(1, Math.floor(BLOCK_FLOATS / width)));
  if (rows === 0) return;
  const slabs = engine.slabsFor(logits, 'crossEntropy');
  try {
    const baseFloats = padToLanes(width + BEHIND);
    const figures = slabs.allocate(most * FIGURES + baseFloats + most * width + BEHIND);
    const baseAt = base && figures + most * FIGURES * 4;
    const x = figures + (most * FIGURES + baseFloats) * 4;
    if (base) engine.f32.set(base, (baseAt as number) / 4);
    for (let first = 0; first < rows; first += most) {
      // Anew each time: who had a turn may have made memory grow.
      const { f32 } = engine;
      const count = Math.min(most, rows - first);
      for (let i = 0; i < count; i++) write(first + i, f32, figures / 4 + i * FIGURES);
      f32.set(logits.subarray(first * width, (first + count) * width), x / 4);
      trainKernels(engine).softmaxLoss(x, figures, baseAt ?? 0, count, width);
      gradient.set(f32.subarray(x / 4, x / 4 + count * width), first * width);
      for (let i = 0, at = figures / 4; i < count; i++, at += FIGURES) {
        read(first + i, f32[at], f32[at + 1], f32[at + 2]);
      }
      yield;
    }
  } finally {
    slabs.release();
  }
}
