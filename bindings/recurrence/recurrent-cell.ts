import { padToLanes } from '../engine/abi.js';
import { runCell } from '../layers/forward.js';
import { RecurrentWeights, type WeightsHost } from '../layers/recurrent-weights.js';
import type { CopyBlock } from '../weights/pack-strided.js';
import { type CellDescription, kernelOf, layoutOf } from './cell-description.js';
import { type CellLayout, cellLayout } from './cell-layout.js';
import type { CellStep } from './cell-step.js';
import { type CellWeights, packCell } from './cell-weights.js';
import { ComposedStep } from './composed-step.js';
import { beginState, copyRow } from './copy-row.js';
import { KernelStep } from './kernel-step.js';
import { evenStride, type SequenceCall, type SequenceRows, type StateRows } from './sequence-call.js';
import type { StepMask } from './step-mask.js';

/**
 * One recurrent cell in one direction, whatever its options. Where a kernel computes the cell it runs, over the whole
 * sequence at once if no mask interrupts it; the rest goes step by step.
 */
export class RecurrentCell {
  readonly hiddenSize: number;
  readonly hasCellState: boolean;
  /** Whether a kernel computes the whole cell. */
  readonly fast: boolean;
  private readonly weights: RecurrentWeights;
  private readonly step: CellStep;
  private readonly hidden: number;
  private layout: CellLayout | undefined;

  /** @param engine memory and kernels; its `f32` must be that of the present memory whenever a method is called */
  constructor(
    private readonly engine: WeightsHost,
    cell: CellDescription,
  ) {
    const kernel = kernelOf(cell);
    const kind = kernel ?? layoutOf(cell);
    const { inputSize, hiddenSize, bias } = cell;
    this.hiddenSize = hiddenSize;
    this.hidden = padToLanes(hiddenSize);
    this.hasCellState = kind.hasCellState;
    this.fast = kernel !== undefined;
    this.weights = new RecurrentWeights(engine, { kind, inputSize, hiddenSize, projSize: 0, bias, format: 'float32' });
    this.step = kernel ? new KernelStep(this.weights) : new ComposedStep(this.weights, cell);
  }

  /** Floats that the packed weights take. */
  get weightsSize(): number {
    return this.weights.size;
  }

  /** Says where the packed weights are; nothing else may be called before. */
  place(address: number): void {
    this.weights.place(address);
  }

  /** Packs the weights where `place` said, which must be zeros. */
  load(weights: CellWeights, copyBlock: CopyBlock): void {
    packCell(copyBlock, this.weights, weights);
  }

  /** Floats of workspace that `run` needs for so many steps of so many sequences. */
  workspaceSize(steps: number, batch: number): number {
    return this.layoutFor(steps, batch).bytes / 4;
  }

  /**
   * Runs over a batch of sequences. Allocates nothing when steps and batch are those of the call before.
   *
   * @param mask which steps count; all unless given
   * @param workspace address of `workspaceSize` floats; contents undefined before and after
   */
  run(call: SequenceCall, mask: StepMask | undefined, workspace: number): void {
    const { steps, batch } = call;
    const layout = this.layoutFor(steps, batch);
    const { h, c } = layout;
    this.readState(call.h, workspace + h, batch);
    if (this.hasCellState) this.readState(call.c, workspace + c, batch);
    if (this.fast && steps > 1 && (mask === undefined || (mask.dense && !call.continues)))
      this.runWhole(call, mask, layout, workspace);
    else this.runSteps(call, mask, layout, workspace);
    this.writeState(call.lastH, workspace + h, batch);
    if (this.hasCellState) this.writeState(call.lastC, workspace + c, batch);
  }

  /**
   * One time step made ready: where every row lies as the kernel wants it, the states advance where the last ones are wanted, and
   * nothing is left of `run` but the kernel and the copies around it.
   *
   * @param memory wasm memory as floats
   * @returns `undefined` where `run` is needed
   */
  single(call: SequenceCall, workspace: number, memory: { readonly f32: Float32Array }): (() => void) | undefined {
    const { steps, batch, x, y, h, c, lastH, lastC } = call;
    const { hidden, hasCellState } = this;
    const { inputStride, shape, wx, wh } = this.weights;
    const { kind, inputSize } = shape;
    const states = hasCellState ? [lastH, lastC] : [lastH];
    const tight = [h, lastH, c, lastC].every(
      ({ address, stride }) => !address || (batch === 1 && stride >= hidden) || stride === hidden,
    );
    const even = batch === 1 || (x.batchStride === inputStride && (!y || y.batchStride === hidden));
    const padded = hidden !== this.hiddenSize || inputStride !== inputSize;
    if (!this.fast || steps !== 1 || padded || !tight || !even) return undefined;
    if (x.address % 16 !== 0 || states.some(({ address }) => !address || address % 16 !== 0)) return undefined;
    const size = batch * hidden;
    const gates = workspace + this.layoutFor(steps, batch).gates;
    const { kernels } = this.engine;
    return () => {
      const { f32 } = memory;
      beginState(f32, lastH.address / 4, h.address / 4, size);
      if (hasCellState) beginState(f32, lastC.address / 4, c.address / 4, size);
      kernels.cellStep(
        lastH.address,
        lastC.address,
        x.address,
        wx,
        wh,
        0,
        gates,
        0,
        kind.cell,
        batch,
        inputSize,
        hidden,
        0,
      );
      if (y) copyRow(f32, y.address / 4, lastH.address / 4, size);
    };
  }

  /** The sequence kernel over the steps that count. */
  private runWhole(call: SequenceCall, mask: StepMask | undefined, layout: CellLayout, workspace: number): void {
    const { steps, batch, y, reverse } = call;
    const begin = mask ? mask.begin : 0;
    const taken = (mask ? mask.end : steps) - begin;
    const x = this.inputRows(call, layout, workspace);
    const direct = this.writesDirectly(call, mask);
    const outStride = direct && y ? evenStride(y, steps, batch) : this.hidden;
    const out = direct && y ? y.address : workspace + layout.outputs;
    const { f32 } = this.engine;
    new Int32Array(f32.buffer, workspace + layout.counts, taken).fill(batch);
    runCell(
      this.weights,
      {
        counts: workspace + layout.counts,
        gates: workspace + layout.gates,
        scratch: workspace + layout.scratch,
        q: 0,
        gateCapacity: layout.gateCapacity,
      },
      { counts: layout.stepCounts, steps: taken, rows: taken * batch },
      {
        x: x + begin * batch * this.weights.inputStride * 4,
        out: out + begin * batch * outStride * 4,
        h: workspace + layout.h,
        c: this.hasCellState ? workspace + layout.c : 0,
        outStride,
        reverse,
      },
    );
    if (direct || !y) return;
    for (let taken = 0; taken < steps; taken++) {
      const t = reverse ? steps - 1 - taken : taken;
      this.emit(f32, call, y, mask, taken, out / 4 + t * batch * this.hidden);
    }
  }

  private runSteps(call: SequenceCall, mask: StepMask | undefined, layout: CellLayout, workspace: number): void {
    const { steps, batch, y, reverse } = call;
    const { f32 } = this.engine;
    const rowBytes = this.weights.inputStride * 4;
    const x = this.inputRows(call, layout, workspace);
    const h = workspace + layout.h;
    for (let taken = 0; taken < steps; taken++) {
      const t = reverse ? steps - 1 - taken : taken;
      const count = mask ? mask.countAt(t) : batch;
      if (count > 0)
        this.advance(x + t * batch * rowBytes, count < batch ? mask : undefined, t, batch, layout, workspace);
      if (y) this.emit(f32, call, y, mask, taken, h / 4);
    }
  }

  /** One step, undone for the sequences that do not take it. */
  private advance(
    x: number,
    mask: StepMask | undefined,
    t: number,
    batch: number,
    layout: CellLayout,
    workspace: number,
  ): void {
    const { f32 } = this.engine;
    const size = batch * this.hidden;
    const h = workspace + layout.h;
    const c = this.hasCellState ? workspace + layout.c : 0;
    if (mask) {
      f32.copyWithin((workspace + layout.keptH) / 4, h / 4, h / 4 + size);
      if (c) f32.copyWithin((workspace + layout.keptC) / 4, c / 4, c / 4 + size);
    }
    this.step.step(h, c, x, workspace + layout.gates, batch);
    if (!mask) return;
    for (let b = 0; b < batch; b++) {
      if (mask.steps[t * batch + b]) continue;
      const at = b * this.hidden;
      const keptH = (workspace + layout.keptH) / 4 + at;
      const keptC = (workspace + layout.keptC) / 4 + at;
      f32.copyWithin(h / 4 + at, keptH, keptH + this.hidden);
      if (c) f32.copyWithin(c / 4 + at, keptC, keptC + this.hidden);
    }
  }

  /**
   * Writes one step's outputs.
   *
   * @param taken how many steps were taken before
   * @param rows index of the step's rows of h
   */
  private emit(
    f32: Float32Array,
    { steps, batch, reverse, inOrderTaken, zeroMasked, continues }: SequenceCall,
    y: SequenceRows,
    mask: StepMask | undefined,
    taken: number,
    rows: number,
  ): void {
    const { hiddenSize, hidden } = this;
    const t = reverse ? steps - 1 - taken : taken;
    const place = inOrderTaken ? taken : t;
    const before = inOrderTaken || !reverse ? place - 1 : place + 1;
    for (let b = 0; b < batch; b++) {
      const to = y.address / 4 + place * y.stepStride + b * y.batchStride;
      const from = y.address / 4 + before * y.stepStride + b * y.batchStride;
      const counts = !mask || mask.steps[t * batch + b] || (taken === 0 && continues && !zeroMasked);
      if (counts) copyRow(f32, to, rows + b * hidden, hiddenSize);
      else if (zeroMasked || taken === 0) f32.fill(0, to, to + hiddenSize);
      else copyRow(f32, to, from, hiddenSize);
    }
  }

  /** Whether the kernel's outputs can lie where the caller wants them. */
  private writesDirectly(
    { y, steps, batch, reverse, inOrderTaken }: SequenceCall,
    mask: StepMask | undefined,
  ): boolean {
    if (!y || mask || this.hidden !== this.hiddenSize || (reverse && inOrderTaken)) return false;
    const stride = evenStride(y, steps, batch);
    return stride >= this.hidden && stride % 4 === 0 && y.address % 16 === 0;
  }

  /** Where the rows of x lie padded and in order: where they are, if they do, or copied into the workspace. */
  private inputRows({ x, steps, batch }: SequenceCall, layout: CellLayout, workspace: number): number {
    const { inputStride, shape } = this.weights;
    const { inputSize } = shape;
    if (inputSize === inputStride && evenStride(x, steps, batch) === inputStride && x.address % 16 === 0)
      return x.address;
    const { f32 } = this.engine;
    for (let t = 0; t < steps; t++) {
      for (let b = 0; b < batch; b++) {
        const to = (workspace + layout.x) / 4 + (t * batch + b) * inputStride;
        copyRow(f32, to, x.address / 4 + t * x.stepStride + b * x.batchStride, inputSize);
        for (let i = inputSize; i < inputStride; i++) f32[to + i] = 0;
      }
    }
    return workspace + layout.x;
  }

  private readState(from: StateRows, to: number, batch: number): void {
    const { f32 } = this.engine;
    const { hidden, hiddenSize } = this;
    for (let b = 0; b < batch; b++) {
      const at = to / 4 + b * hidden;
      if (from.address) copyRow(f32, at, from.address / 4 + b * from.stride, hiddenSize);
      for (let i = from.address ? hiddenSize : 0; i < hidden; i++) f32[at + i] = 0;
    }
  }

  private writeState(to: StateRows, from: number, batch: number): void {
    if (!to.address) return;
    const { f32 } = this.engine;
    for (let b = 0; b < batch; b++) {
      copyRow(f32, to.address / 4 + b * to.stride, from / 4 + b * this.hidden, this.hiddenSize);
    }
  }

  private layoutFor(steps: number, batch: number): CellLayout {
    const { layout } = this;
    if (layout && layout.steps === steps && layout.batch === batch) return layout;
    this.layout = cellLayout(this, this.weights, this.step.scratchSize(batch), steps, batch);
    return this.layout;
  }
}
