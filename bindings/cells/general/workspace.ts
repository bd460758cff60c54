import { padToLanes } from '../../engine/abi.js';
import { HiddenstateError } from '../../errors.js';
import { type CellLayout, layOutCell, stepScratch } from '../layout.js';
import { gateRowsAtOnce } from '../run.js';
import { type CellDescription, kernelOf, layoutOf } from './description.js';
import type { UnusualCells } from './unusual.js';

/** What a run over so many steps and sequences keeps in its workspace: offsets in bytes, and what they were made for. */
export interface RunWorkspace {
  readonly steps: number;
  readonly batch: number;
  /** Rows of x padded to whole vectors, step by step. */
  readonly x: number;
  /** Rows of h of every step, for the sequence kernel. */
  readonly outputs: number;
  /** The running state, and what it was before a step that not every sequence takes. */
  readonly h: number;
  readonly c: number;
  readonly keptH: number;
  readonly keptC: number;
  readonly counts: number;
  /** Records of activations. */
  readonly activations: number;
  readonly gates: number;
  readonly scratch: number;
  readonly gateCapacity: number;
  readonly bytes: number;
  /** One count for each step, all `batch`. */
  readonly stepCounts: Int32Array;
}

/** The layout of a cell with all its options, before it is placed in a memory. */
export class GeneralLayout {
  readonly weights: CellLayout;
  /** Whether a kernel computes the whole cell. */
  readonly fast: boolean;
  /** Parameters of the cell's activations for the kernels; `undefined` for the usual activations, which have loops of their own. */
  readonly activations: Float32Array | undefined;
  private last: RunWorkspace | undefined;

  /**
   * @param unusual what computes the cell where no kernel of the core does
   * @throws {HiddenstateError} if that is needed and not given
   */
  constructor(
    readonly cell: CellDescription,
    readonly unusual?: UnusualCells,
  ) {
    const kernel = kernelOf(cell);
    if (!kernel && !unusual) {
      throw new HiddenstateError('UNSUPPORTED', `${cell.kind}: got unusual options, expected none`);
    }
    this.activations = kernel ? undefined : unusual?.activationRecords(cell);
    const { inputSize, hiddenSize, bias } = cell;
    const kind = kernel ?? layoutOf(cell);
    this.fast = kernel !== undefined || this.activations !== undefined;
    this.weights = layOutCell({ kind, inputSize, hiddenSize, projSize: 0, bias }, 'float32');
  }

  /** Whether the cell keeps c beside h. */
  get hasCellState(): boolean {
    return this.weights.shape.kind.hasCellState;
  }

  /** Floats that the packed weights take. */
  get weightsSize(): number {
    return this.weights.size;
  }

  /** Floats of workspace that `GeneralCell.run` needs for so many steps of so many sequences. */
  workspaceSize(steps: number, batch: number): number {
    return this.workspaceOf(steps, batch).bytes / 4;
  }

  /** Floats that a single step needs. */
  stepFloats(batch: number): number {
    const { weights, fast, unusual } = this;
    return unusual && !fast
      ? unusual.composedScratch(weights, batch)
      : batch * weights.gateRows + stepScratch(weights, batch);
  }

  /** The workspace of a run; the same object when steps and batch are those of the call before. */
  workspaceOf(steps: number, batch: number): RunWorkspace {
    const { last } = this;
    if (last && last.steps === steps && last.batch === batch) return last;
    this.last = this.layOut(steps, batch);
    return this.last;
  }

  private layOut(steps: number, batch: number): RunWorkspace {
    const { fast, hasCellState, weights } = this;
    const { gateRows, inputStride, shape } = weights;
    const hidden = padToLanes(shape.hiddenSize);
    const rows = steps * batch;
    const gateCapacity = fast ? gateRowsAtOnce(rows, batch, gateRows) : 0;
    let bytes = 0;
    const take = (floats: number): number => {
      const at = bytes;
      bytes += padToLanes(floats) * 4;
      return at;
    };
    const x = take(rows * inputStride);
    const outputs = take(fast ? rows * hidden : 0);
    const h = take(batch * hidden);
    const c = take(hasCellState ? batch * hidden : 0);
    const keptH = take(batch * hidden);
    const keptC = take(hasCellState ? batch * hidden : 0);
    const counts = take(steps);
    const activations = take(this.activations?.length ?? 0);
    const gates = take(Math.max(gateCapacity * gateRows, this.stepFloats(batch)));
    const scratch = take(fast ? stepScratch(weights, batch) : 0);
    const stepCounts = new Int32Array(steps).fill(batch);
    const states = { h, c, keptH, keptC };
    return {
      steps,
      batch,
      x,
      outputs,
      ...states,
      counts,
      activations,
      gates,
      scratch,
      gateCapacity,
      bytes,
      stepCounts,
    };
  }
}
