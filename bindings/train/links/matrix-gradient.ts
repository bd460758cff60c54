import { padToLanes, padToTile } from '../../engine/abi.js';
import type { Run } from '../../weights/packing.js';
import type { TrainKernels } from '../abi.js';
import type { Block, MemoryPlan } from '../memory-plan.js';
import type { Parameters } from '../parameters.js';

/** Rows that a product takes at a time: a panel of gradients stays in the first-level cache, and so does a column of x. */
const BLOCK_ROWS = 128;

/** Rows of floats somewhere within the rows of a block. */
export interface Columns {
  readonly block: Block;
  /** Floats from one row to the next. */
  readonly stride: number;
  /** Floats from the beginning of a row. */
  readonly from: number;
  /** How many of a row count. */
  readonly width: number;
}

/** A part of a weight matrix W: y = W·x, and where in W it lies. */
export interface ProductTerm {
  /** δy. */
  readonly g: Columns;
  readonly x: Columns;
  /** Place of W among the parameters, and its columns. */
  readonly parameter: number;
  readonly cols: number;
  /** Which rows of W the columns of δy stand for, and the column of W that the first of x stands for. */
  readonly rowRuns: readonly Run[];
  readonly colFrom: number;
}

/** Biases that one δy is the gradient of: y = … + b + b′, and which of their elements its columns stand for. */
export interface BiasTerm {
  readonly g: Columns;
  readonly parameters: readonly number[];
  readonly rowRuns: readonly Run[];
}

/**
 * Gradients of weight matrices and biases over all rows of a sequence: δW += δyᵀ·x as one product whose inner dimension
 * is the rows. A block of rows at a time, δy is packed into panels and x transposed, which is what `gemm` takes.
 */
export class MatrixGradients {
  private readonly panels: Block;
  private readonly columns: Block;
  private readonly sums: readonly Block[];
  private readonly biasSums: readonly Block[];

  constructor(
    private readonly kernels: TrainKernels,
    private readonly parameters: Parameters,
    plan: MemoryPlan,
    private readonly terms: readonly ProductTerm[],
    private readonly biases: readonly BiasTerm[],
  ) {
    const rows = Math.max(...terms.map(({ g }) => padToTile(g.width)));
    const width = Math.max(...terms.map(({ x }) => padToLanes(x.width)));
    this.panels = plan.share('panels', rows * (1 + BLOCK_ROWS));
    this.columns = plan.share('columns', width * BLOCK_ROWS);
    this.sums = terms.map(({ g, x }) => plan.reserve(padToTile(g.width) * x.width));
    this.biasSums = biases.map(({ g }) => plan.reserve(padToLanes(g.width)));
  }

  /** Begins a sum over rows. */
  begin(): void {
    const { f32 } = this.parameters.engine;
    const zero = ({ address }: Block, floats: number) => f32.fill(0, address / 4, address / 4 + floats);
    this.terms.forEach(({ g, x }, i) => {
      zero(this.sums[i], padToTile(g.width) * x.width);
    });
    this.biases.forEach(({ g }, i) => {
      zero(this.biasSums[i], padToLanes(g.width));
    });
  }

  /** Adds the products of some rows. */
  add(first: number, count: number): void {
    for (let row = first; row < first + count; row += BLOCK_ROWS) {
      this.addBlock(row, Math.min(BLOCK_ROWS, first + count - row));
    }
  }

  /** Adds the sums to the parameters' gradients. */
  finish(): void {
    const { kernels, parameters } = this;
    this.terms.forEach(({ g, x, parameter, cols, rowRuns, colFrom }, i) => {
      const gradient = parameters.gradientAt(parameter);
      for (const { from, to, count } of rowRuns) {
        const out = gradient + (from * cols + colFrom) * 4;
        kernels.addTransposed(out, this.sums[i].address + to * 4, count, x.width, cols, padToTile(g.width));
      }
    });
    this.biases.forEach(({ parameters: places, rowRuns }, i) => {
      for (const { from, to, count } of rowRuns) {
        const sums = this.biasSums[i].address + to * 4;
        for (const place of places) kernels.addVector(parameters.gradientAt(place) + from * 4, sums, count);
      }
    });
  }

  private addBlock(row: number, count: number): void {
    const { kernels, panels, columns } = this;
    const total = padToLanes(count);
    let packed: Columns | undefined;
    for (let i = 0; i < this.terms.length; i++) {
      const { g, x } = this.terms[i];
      const rows = padToTile(g.width);
      if (g !== packed) {
        kernels.packTransposed(panels.address + rows * 4, placeOf(g, row), 0, count, total, g.width, g.stride);
        packed = g;
      }
      kernels.transpose(columns.address, placeOf(x, row), count, x.width, total, x.stride);
      const out = this.sums[i].address;
      kernels.accumulate(out, panels.address, columns.address, x.width, rows, total, rows, total);
    }
    for (let i = 0; i < this.biases.length; i++) {
      const { g } = this.biases[i];
      kernels.addColumnSums(this.biasSums[i].address, placeOf(g, row), count, g.width, g.stride);
    }
  }
}

/** The address of a row. */
function placeOf({ block, stride, from }: Columns, row: number): number {
  return block.address + (row * stride + from) * 4;
}
