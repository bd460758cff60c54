import { reorderBlocks } from '../../weights/blocks.js';
import type { PlacedMatrix } from '../../weights/matrix-access.js';
import { type CopyBlock, packStrided } from '../../weights/pack-strided.js';
import type { CellWeights } from '../weights.js';

/** Where a cell's weights lie in wasm memory, row-major, in PyTorch's shapes. Addresses in bytes. */
export interface WeightAddresses {
  /** f32[G·H, I] */
  readonly weightIh: number;
  /** f32[G·H, H] */
  readonly weightHh: number;
  /** f32[G·H] each; both or neither. */
  readonly biasIh?: number;
  readonly biasHh?: number;
  /** Which of their blocks of H rows holds each gate of PyTorch's order: LSTM i f g o, GRU r z n. Theirs unless given. */
  readonly order?: readonly number[];
}

const IN_ORDER = [0, 1, 2, 3];

/** Packs a cell's weights where it was placed, which must be zeros. */
export function packCell(
  copyBlock: CopyBlock,
  weights: CellWeights,
  { weightIh, weightHh, biasIh, biasHh, order = IN_ORDER }: WeightAddresses,
): void {
  const { engine, wx, layout } = weights;
  const { shape, input } = layout;
  const { hiddenSize, inputSize } = shape;
  const pack = ([matrix, to]: PlacedMatrix, address: number, rowStep: number): void => {
    const rowRuns = matrix.rowRuns.map((run) => ({ ...run, from: order[run.from / hiddenSize] * hiddenSize }));
    packStrided(copyBlock, to, { ...matrix, rowRuns }, { address, rowStep, colStep: 1 });
  };
  pack([input, wx], weightIh, inputSize);
  for (const place of weights.recurrentPlaces()) pack(place, weightHh, hiddenSize);
  if (!biasIh || !biasHh) return;
  const gates = order.slice(0, shape.kind.gates);
  weights.biasIh.set(reorderBlocks(engine.f32, biasIh / 4, hiddenSize, gates));
  weights.biasHh.set(reorderBlocks(engine.f32, biasHh / 4, hiddenSize, gates));
  weights.packBiases();
}
