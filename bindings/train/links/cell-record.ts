import { stepScratch } from '../../cells/layout.js';
import type { CellWeights } from '../../cells/weights.js';
import { padToLanes, padToTile } from '../../engine/abi.js';
import type { Engine } from '../../engine/engine.js';
import type { PackedLayout } from '../../layers/packed-sequence.js';
import { type PackedMatrix, packedSize, plainMatrix, type Run } from '../../weights/packing.js';
import type { TrainKernels } from '../abi.js';
import { trainKernels } from '../kernels.js';
import type { Block, MemoryPlan } from '../memory-plan.js';
import type { Parameters } from '../parameters.js';
import { backwardCell, recordCell } from './cell-kernels.js';
import type { Limits, Pieces, Rows } from './link.js';
import { type BiasTerm, type Columns, MatrixGradients, type ProductTerm } from './matrix-gradient.js';

/** Rows that go through a cell at a time: their gates stay in a second-level cache from one product to the next. */
const CHUNK_ROWS = 256;

/** Where a cell stands in its layer and in the parameters. */
export interface CellPlace {
  readonly parameters: Parameters;
  /** Place of `weight_ih` among the parameters; the cell's others follow it. */
  readonly first: number;
  /** i32, rows of each step. */
  readonly counts: Block;
  /** Whether it reads the sequence backwards. */
  readonly reverse: boolean;
}

/** One layer in one direction on a tape: runs over a sequence, remembers it, and takes gradients back. */
export class CellRecord {
  private readonly kernels: TrainKernels;
  /** Gates of every row; on the way back their gradient. */
  private readonly gates: Block;
  /** Gradient of the recurrent product, where it is another than that of the gates. */
  private readonly recurrent: Block;
  private readonly hBefore: Block;
  private readonly cBefore: Block;
  private readonly kept: Block;
  private readonly scratch: Block;
  /** Transposed weights: W_ih a run of columns each, W_hh a group of gates each, W_hr. */
  private readonly wxT: readonly Block[];
  private readonly whT: Block;
  private readonly wrT: Block;
  private readonly gradients: MatrixGradients;
  private readonly inputRuns: readonly Run[];
  private readonly matrix: PackedMatrix;
  private readonly groups: readonly PackedMatrix[];

  constructor(
    private readonly engine: Engine,
    private readonly weights: CellWeights,
    private readonly input: Rows,
    private readonly output: Rows,
    plan: MemoryPlan,
    { rows, batch }: Limits,
    private readonly place: CellPlace,
  ) {
    const { shape, outputSize, gateRows, input: matrix, recurrent: groups } = weights.layout;
    const { kind, hiddenSize, projSize, inputSize } = shape;
    const hidden = padToLanes(hiddenSize);
    this.kernels = trainKernels(engine);
    this.inputRuns = shape.inputRuns ?? [{ from: 0, to: 0, count: inputSize }];
    this.matrix = matrix;
    this.groups = groups;
    this.gates = plan.reserve(rows * gateRows);
    this.recurrent = plan.reserve(kind.productApart ? rows * gateRows : 0);
    this.hBefore = plan.reserve(rows * padToLanes(outputSize));
    this.cBefore = plan.reserve(kind.hasCellState ? rows * hidden : 0);
    this.kept = plan.reserve(kind.keeps ? rows * hidden : 0);
    const forward = stepScratch(weights.layout, batch);
    this.scratch = plan.share('scratch', Math.max(forward, batch * padToTile(hiddenSize)));
    this.wxT = this.inputRuns.map(({ count }) => plan.reserve(padToTile(count) * (1 + gateRows)));
    const stateRows = padToTile(outputSize);
    this.whT = plan.reserve(this.groups.reduce((sum, group) => sum + stateRows * (1 + group.rows), 0));
    this.wrT = plan.reserve(projSize ? packedSize(plainMatrix(hiddenSize, projSize)) : 0);
    const { products, biases } = this.terms();
    this.gradients = new MatrixGradients(this.kernels, place.parameters, plan, products, biases);
  }

  /**
   * Runs over a sequence.
   *
   * @param h address of the initial state, which becomes the final one
   * @param c likewise
   */
  *forward(layout: PackedLayout, h: number, c: number): Pieces {
    const { engine, weights, input, output, place, kernels } = this;
    const { gateRows, inputStride, shape, outputSize: cell } = weights.layout;
    const { kind, hiddenSize, projSize } = shape;
    const hidden = padToLanes(hiddenSize);
    const out = output.values.address + this.direction() * padToLanes(cell) * 4;
    for (const { step, steps, first, rows } of chunksOf(layout, place.reverse)) {
      const gates = this.gates.address + first * gateRows * 4;
      const x = input.values.address + first * input.stride * 4;
      engine.kernels.flushTiny(x, rows * input.stride);
      engine.kernels.affine(gates, weights.wx, x, rows, gateRows, inputStride, gateRows, input.stride);
      recordCell(kernels, {
        out: out + first * output.stride * 4,
        h,
        c: kind.hasCellState ? c : 0,
        gates,
        hBefore: this.hBefore.address + first * padToLanes(cell) * 4,
        cBefore: this.cBefore.address + first * hidden * 4,
        kept: this.kept.address + first * hidden * 4,
        wh: weights.wh,
        wr: weights.wr,
        scratch: this.scratch.address,
        counts: place.counts.address + step * 4,
        cell: kind.cell,
        steps,
        hiddenSize,
        projSize,
        outStride: output.stride,
        reverse: place.reverse,
      });
      yield;
    }
  }

  /**
   * Takes the gradients of the output and of the final state back: adds to those of the weights, leaves those of the
   * input, if it has any, and of the initial state.
   *
   * @param dh address of the final state's gradient, which becomes the initial one's
   * @param dc likewise
   * @param adds whether the gradient of the input is added to what is there
   */
  *backward(layout: PackedLayout, dh: number, dc: number, { adds }: { adds: boolean }): Pieces {
    const { weights, output, place, kernels, gradients } = this;
    const { gateRows, shape, outputSize } = weights.layout;
    const { kind, hiddenSize, projSize } = shape;
    const hidden = padToLanes(hiddenSize);
    const state = padToLanes(outputSize);
    const dout = (output.gradients as Block).address + this.direction() * state * 4;
    this.transposeWeights();
    gradients.begin();
    for (const { step, steps, first, rows } of chunksOf(layout, !place.reverse)) {
      backwardCell(kernels, {
        gates: this.gates.address + first * gateRows * 4,
        recurrent: this.recurrent.address + first * gateRows * 4,
        dh,
        dc,
        dout: dout + first * output.stride * 4,
        hBefore: this.hBefore.address + first * state * 4,
        cBefore: this.cBefore.address + first * hidden * 4,
        kept: this.kept.address + first * hidden * 4,
        whT: this.whT.address,
        wrT: this.wrT.address,
        scratch: this.scratch.address,
        counts: place.counts.address + step * 4,
        cell: kind.cell,
        steps,
        hiddenSize,
        projSize,
        outStride: output.stride,
        reverse: place.reverse,
      });
      gradients.add(first, rows);
      this.inputGradient(first, rows, adds);
      yield;
    }
    gradients.finish();
  }

  /** δx = W_ihᵀ · δgates. */
  private inputGradient(first: number, rows: number, adds: boolean): void {
    const { engine, input, kernels } = this;
    if (!input.gradients) return;
    const { gateRows } = this.weights.layout;
    const product = adds ? kernels.accumulate : engine.kernels.affine;
    const gates = this.gates.address + first * gateRows * 4;
    const dx = input.gradients.address + first * input.stride * 4;
    this.inputRuns.forEach(({ to, count }, i) => {
      product(dx + to * 4, this.wxT[i].address, gates, rows, padToTile(count), gateRows, input.stride, gateRows);
    });
  }

  private transposeWeights(): void {
    const { place, weights, kernels, matrix, groups } = this;
    const { parameters, first } = place;
    const { inputSize, projSize, hiddenSize } = weights.layout.shape;
    if (this.input.gradients) {
      const wx = parameters.valueAt(first);
      this.inputRuns.forEach(({ from, count }, i) => {
        const panels = this.wxT[i].address + padToTile(count) * 4;
        for (const run of matrix.rowRuns) {
          const source = wx + (run.from * inputSize + from) * 4;
          kernels.packTransposed(panels, source, run.to, run.count, matrix.rows, count, inputSize);
        }
      });
    }
    const wh = parameters.valueAt(first + 1);
    const size = weights.layout.outputSize;
    let at = this.whT.address;
    for (const { rows, rowRuns } of groups) {
      const panels = at + padToTile(size) * 4;
      for (const run of rowRuns) {
        kernels.packTransposed(panels, wh + run.from * size * 4, run.to, run.count, rows, size, size);
      }
      at = panels + padToTile(size) * rows * 4;
    }
    if (!projSize) return;
    const wr = parameters.valueAt(first + this.projectionPlace());
    const panels = this.wrT.address + padToTile(hiddenSize) * 4;
    kernels.packTransposed(panels, wr, 0, projSize, padToLanes(projSize), hiddenSize, hiddenSize);
  }

  /** The products whose gradients the weights get. */
  private terms(): { products: ProductTerm[]; biases: BiasTerm[] } {
    const { weights, input, output, place, matrix, groups } = this;
    const { shape, gateRows, outputSize } = weights.layout;
    const { kind, inputSize, hiddenSize, projSize, bias } = shape;
    const { first } = place;
    const gates: Columns = { block: this.gates, stride: gateRows, from: 0, width: gateRows };
    const recurrent = kind.productApart ? { ...gates, block: this.recurrent } : gates;
    const products = this.inputRuns.map(({ from, to, count }): ProductTerm => {
      const x = { block: input.values, stride: input.stride, from: to, width: count };
      return { g: gates, x, parameter: first, cols: inputSize, rowRuns: matrix.rowRuns, colFrom: from };
    });
    let from = 0;
    groups.forEach(({ rows, rowRuns }, i) => {
      const g = groups.length === 1 ? recurrent : { ...gates, from, width: rows };
      from += rows;
      // The candidate of a GRU that resets before the product multiplies r ∘ h, everything else h.
      const x = { block: this.hBefore, stride: padToLanes(outputSize), from: 0, width: outputSize };
      if (i > 0) Object.assign(x, { block: this.kept });
      products.push({ g, x, parameter: first + 1, cols: outputSize, rowRuns, colFrom: 0 });
    });
    if (projSize) {
      const dout = output.gradients as Block;
      const g = { block: dout, stride: output.stride, from: this.direction() * padToLanes(projSize), width: projSize };
      const x = { block: this.kept, stride: padToLanes(hiddenSize), from: 0, width: hiddenSize };
      const rowRuns = [{ from: 0, to: 0, count: projSize }];
      const parameter = first + this.projectionPlace();
      products.push({ g, x, parameter, cols: hiddenSize, rowRuns, colFrom: 0 });
    }
    const { rowRuns } = matrix;
    const [biasIh, biasHh] = [first + 2, first + 3];
    const shared: BiasTerm[] = [{ g: gates, parameters: [biasIh, biasHh], rowRuns }];
    const apart: BiasTerm[] = [
      { g: gates, parameters: [biasIh], rowRuns },
      { g: recurrent, parameters: [biasHh], rowRuns },
    ];
    const biases = !bias ? [] : recurrent === gates ? shared : apart;
    return { products, biases };
  }

  /** Place of `weight_hr` after `weight_ih`. */
  private projectionPlace(): number {
    return this.weights.layout.shape.bias ? 4 : 2;
  }

  /** 1 for the cell that reads backwards, whose outputs come second in a row. */
  private direction(): number {
    return this.place.reverse ? 1 : 0;
  }
}

/** A run of whole steps: its first step, its steps, its first row and its rows. */
interface Chunk {
  readonly step: number;
  readonly steps: number;
  readonly first: number;
  readonly rows: number;
}

/**
 * Cuts a sequence into runs of whole steps.
 *
 * @param fromEnd whether the last come first
 */
function* chunksOf({ counts, steps, rows }: PackedLayout, fromEnd: boolean): Generator<Chunk> {
  let row = fromEnd ? rows : 0;
  for (let done = 0; done < steps; ) {
    const begin = done;
    let taken = 0;
    for (; done < steps; done++) {
      const count = counts[fromEnd ? steps - 1 - done : done];
      if (taken > 0 && taken + count > CHUNK_ROWS) break;
      taken += count;
    }
    const first = fromEnd ? row - taken : row;
    yield { step: fromEnd ? steps - done : begin, steps: done - begin, first, rows: taken };
    row = fromEnd ? first : first + taken;
  }
}
