import { padToLanes } from '../../engine/abi.js';
import type { CopyBlock } from '../../weights/pack-strided.js';
import { FLOAT32_ROWS } from '../../weights/quantized.js';
import { runCell, stepCell } from '../run.js';
import { type CellHost, CellWeights } from '../weights.js';
import type { ActivatedCells, ActivatedKernel } from './activated-kernels.js';
import { beginState, copyRow } from './copy-row.js';
import { KernelStep } from './kernel-step.js';
import { packCell, type WeightAddresses } from './pack.js';
import { evenStride, type SequenceCall, type SequenceRows, type StateRows } from './sequence-call.js';
import type { CellStep } from './step.js';
import type { StepMask } from './step-mask.js';
import type { GeneralLayout, RunWorkspace } from './workspace.js';

/** What a general cell needs of an engine. */
export interface GeneralHost extends CellHost {
  /** For running; weights are packed without. */
  readonly graphKernels?: ActivatedCells;
}

/**
 * One recurrent cell in one direction, whatever its options, its weights in a memory. Where a kernel computes the cell it
 * runs, over the whole sequence at once if no mask interrupts it; the rest goes step by step.
 */
export class GeneralCell {
  private readonly hiddenSize: number;
  private readonly hasCellState: boolean;
  private readonly fast: boolean;
  private readonly weights: CellWeights;
  private readonly step: CellStep;
  /** The kernel that is told the cell's activations. */
  private readonly activated: ActivatedKernel | undefined;
  private readonly hidden: number;

  /**
   * @param host memory and kernels
   * @param address where `layout.weightsSize` floats of zeroed memory are, or the packed weights themselves
   */
  constructor(
    private readonly host: GeneralHost,
    private readonly layout: GeneralLayout,
    address: number,
  ) {
    const { cell, hasCellState, fast, unusual } = layout;
    this.hiddenSize = cell.hiddenSize;
    this.hidden = padToLanes(cell.hiddenSize);
    this.hasCellState = hasCellState;
    this.fast = fast;
    this.weights = new CellWeights(host, layout.weights, address);
    const { weights } = this;
    this.activated = layout.activations && host.graphKernels && unusual?.activated(weights, host.graphKernels);
    if (this.activated) this.step = this.activated;
    else this.step = unusual && !fast ? unusual.composed(weights, cell) : new KernelStep(weights);
  }

  /** Packs the weights into their memory, which must be zeros. */
  load(weights: WeightAddresses, copyBlock: CopyBlock): void {
    packCell(copyBlock, this.weights, weights);
  }

  /**
   * Runs over a batch of sequences. Allocates nothing when steps and batch are those of the call before.
   *
   * @param mask which steps count; all unless given
   * @param workspace address of `GeneralLayout.workspaceSize` floats; contents undefined before and after
   */
  run(call: SequenceCall, mask: StepMask | undefined, workspace: number): void {
    const { steps, batch } = call;
    const layout = this.layout.workspaceOf(steps, batch);
    const { h, c } = layout;
    if (this.activated) this.placeActivations(this.activated, workspace + layout.activations);
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
    const { weights } = this;
    const { inputStride, shape } = weights.layout;
    const { inputSize } = shape;
    const states = hasCellState ? [lastH, lastC] : [lastH];
    const tight = [h, lastH, c, lastC].every(
      ({ address, stride }) => !address || (batch === 1 && stride >= hidden) || stride === hidden,
    );
    const even = batch === 1 || (x.batchStride === inputStride && (!y || y.batchStride === hidden));
    const padded = hidden !== this.hiddenSize || inputStride !== inputSize;
    if (!this.fast || steps !== 1 || padded || !tight || !even) return undefined;
    if (x.address % 16 !== 0 || states.some(({ address }) => !address || address % 16 !== 0)) return undefined;
    const size = batch * hidden;
    const { gates, activations } = this.layout.workspaceOf(steps, batch);
    const { activated } = this;
    return () => {
      const { f32 } = memory;
      beginState(f32, lastH.address / 4, h.address / 4, size);
      if (hasCellState) beginState(f32, lastC.address / 4, c.address / 4, size);
      if (activated) {
        this.placeActivations(activated, workspace + activations);
        activated.step(lastH.address, lastC.address, x.address, workspace + gates, batch);
      } else stepCell(weights, lastH.address, lastC.address, x.address, workspace + gates, FLOAT32_ROWS, batch);
      if (y) copyRow(f32, y.address / 4, lastH.address / 4, size);
    };
  }

  /** Writes the records of activations where the kernel reads them; a workspace is anybody's between two runs. */
  private placeActivations(kernel: ActivatedKernel, address: number): void {
    kernel.activations = address;
    this.host.f32.set(this.layout.activations as Float32Array, address / 4);
  }

  /** The sequence kernel over the steps that count. */
  private runWhole(call: SequenceCall, mask: StepMask | undefined, layout: RunWorkspace, workspace: number): void {
    const { steps, batch, y, reverse } = call;
    const begin = mask ? mask.begin : 0;
    const taken = (mask ? mask.end : steps) - begin;
    const x = this.inputRows(call, layout, workspace);
    const direct = this.writesDirectly(call, mask);
    const outStride = direct && y ? evenStride(y, steps, batch) : this.hidden;
    const out = direct && y ? y.address : workspace + layout.outputs;
    const { f32 } = this.host;
    new Int32Array(f32.buffer, workspace + layout.counts, taken).fill(batch);
    runCell(
      this.weights,
      {
        counts: workspace + layout.counts,
        gates: workspace + layout.gates,
        scratch: workspace + layout.scratch,
        q: FLOAT32_ROWS,
        gateCapacity: layout.gateCapacity,
      },
      { counts: layout.stepCounts, steps: taken, rows: taken * batch },
      {
        x: x + begin * batch * this.weights.layout.inputStride * 4,
        out: out + begin * batch * outStride * 4,
        h: workspace + layout.h,
        c: this.hasCellState ? workspace + layout.c : 0,
        outStride,
        reverse,
      },
      this.activated,
    );
    if (direct || !y) return;
    for (let taken = 0; taken < steps; taken++) {
      const t = reverse ? steps - 1 - taken : taken;
      this.emit(f32, call, y, mask, taken, out / 4 + t * batch * this.hidden);
    }
  }

  private runSteps(call: SequenceCall, mask: StepMask | undefined, layout: RunWorkspace, workspace: number): void {
    const { steps, batch, y, reverse } = call;
    const { f32 } = this.host;
    const rowBytes = this.weights.layout.inputStride * 4;
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
    layout: RunWorkspace,
    workspace: number,
  ): void {
    const { f32 } = this.host;
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
  private inputRows({ x, steps, batch }: SequenceCall, layout: RunWorkspace, workspace: number): number {
    const { inputStride, shape } = this.weights.layout;
    const { inputSize } = shape;
    if (inputSize === inputStride && evenStride(x, steps, batch) === inputStride && x.address % 16 === 0)
      return x.address;
    const { f32 } = this.host;
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
    const { f32 } = this.host;
    const { hidden, hiddenSize } = this;
    for (let b = 0; b < batch; b++) {
      const at = to / 4 + b * hidden;
      if (from.address) copyRow(f32, at, from.address / 4 + b * from.stride, hiddenSize);
      for (let i = from.address ? hiddenSize : 0; i < hidden; i++) f32[at + i] = 0;
    }
  }

  private writeState(to: StateRows, from: number, batch: number): void {
    if (!to.address) return;
    const { f32 } = this.host;
    for (let b = 0; b < batch; b++) {
      copyRow(f32, to.address / 4 + b * to.stride, from / 4 + b * this.hidden, this.hiddenSize);
    }
  }
}
