import { GeneralCell } from '../../cells/general/general-cell.js';
import type { UnusualCells } from '../../cells/general/unusual.js';
import { GeneralLayout } from '../../cells/general/workspace.js';
import type { CellHost } from '../../cells/weights.js';
import { rangeError } from '../../errors.js';
import { reorderBlocks } from '../../weights/blocks.js';
import type { CopyBlock } from '../../weights/pack-strided.js';
import { CellMemory } from '../cell-memory.js';
import type { Place, Site } from '../operator.js';
import type { Direction, RecurrentKind } from './recurrent-directions.js';
import type { RecurrentSizes } from './recurrent-sizes.js';

/** Block k of PyTorch's is block ORDER[k] of ONNX's: LSTM i f g o from i o f c, GRU r z n from z r h. */
const ORDER = { RNN: [0], LSTM: [0, 2, 3, 1], GRU: [1, 0, 2] } as const;

/** Inputs with weights: W, R, B, P. */
const SOURCES = [1, 2, 3, 7] as const;

/** A cell in a memory, and what to call before each run where its weights are packed anew. */
export interface BoundCell {
  readonly cell: GeneralCell;
  readonly load: (() => void) | undefined;
}

/**
 * How the cell of one direction lies in memory, and where its weights come from: constants, packed once for the model, or values that only a
 * run knows, packed anew by every run.
 */
export class RecurrentWeightsSource {
  readonly layout: GeneralLayout;
  /** Floats of workspace for weights that are packed by every run. */
  readonly scratch: number;
  private readonly constant: boolean;
  private readonly peepholes: Float32Array | undefined;

  constructor(
    private readonly site: Site,
    private readonly kind: RecurrentKind,
    private readonly sizes: RecurrentSizes,
    { functions }: Direction,
    private readonly d: number,
    unusual: UnusualCells | undefined,
  ) {
    const { attributes, who } = site;
    const { inputSize, hiddenSize } = sizes;
    this.constant = SOURCES.every((i) => !site.inputs[i] || site.inputs[i].constant);
    this.peepholes = kind === 'LSTM' && site.inputs[7] ? new Float32Array(3 * hiddenSize) : undefined;
    const clip = attributes.float('clip', 0);
    if (!(clip >= 0)) throw rangeError(`${who}: clip: got ${clip}, expected 0 or more`);
    const cell = {
      kind,
      inputSize,
      hiddenSize,
      functions,
      bias: site.inputs[3] !== undefined,
      resetAfter: attributes.int('linear_before_reset', 0) !== 0,
      peepholes: this.peepholes,
      clip: clip > 0 ? clip : undefined,
      coupled: kind === 'LSTM' && attributes.int('input_forget', 0) !== 0,
    };
    this.layout = new GeneralLayout(cell, unusual);
    this.scratch = this.constant ? 0 : this.layout.weightsSize;
  }

  /**
   * Puts the cell into a memory.
   *
   * @param scratch address of `scratch` floats
   */
  bind(place: Place, scratch: number): BoundCell {
    const { layout, site, kind, d } = this;
    const { memory, graphKernels } = place;
    if (this.constant) {
      const known = SOURCES.map((i) => site.inputs[i]?.constant);
      const form = `${kind} ${d} ${site.attributes.int('linear_before_reset', 0)}`;
      const address = place.packed(known, form, layout.weightsSize, (f32, at, from) => {
        const host = { f32: f32 as CellHost['f32'], kernels: place.kernels };
        this.load(new GeneralCell(host, layout, at), from, graphKernels.copyBlock);
      });
      this.peepholes?.set(this.peepholesOf(known[3]?.data as Float32Array, 0));
      return { cell: new GeneralCell(new CellMemory(place), layout, address), load: undefined };
    }
    const addresses = SOURCES.map((i) => (site.inputs[i] ? place.input(i) : 0));
    const cell = new GeneralCell(new CellMemory(place), layout, scratch);
    const load = (): void => {
      const { f32 } = memory;
      f32.fill(0, scratch / 4, scratch / 4 + layout.weightsSize);
      this.load(cell, addresses, graphKernels.copyBlock);
      this.peepholes?.set(this.peepholesOf(f32, addresses[3] / 4));
    };
    return { cell, load };
  }

  /** Packs this direction's part of W, R and B, which lie at these addresses. */
  private load(cell: GeneralCell, [w, r, b]: readonly number[], copyBlock: CopyBlock): void {
    const { d } = this;
    const { inputSize, hiddenSize } = this.sizes;
    const order = ORDER[this.kind];
    const rows = order.length * hiddenSize * 4;
    const biasIh = b && b + 2 * d * rows;
    const weightIh = w + d * rows * inputSize;
    const weightHh = r + d * rows * hiddenSize;
    cell.load({ weightIh, weightHh, biasIh, biasHh: biasIh && biasIh + rows, order }, copyBlock);
  }

  /** ONNX's order of peepholes is i o f; ours i f o. */
  private peepholesOf(p: Float32Array, start: number): Float32Array {
    const { hiddenSize } = this.sizes;
    return reorderBlocks(p, start + this.d * 3 * hiddenSize, hiddenSize, [0, 2, 1]);
  }
}
