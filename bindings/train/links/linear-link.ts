import { padToTile } from '../../engine/abi.js';
import type { Linear } from '../../layers/linear.js';
import { packedSize, plainMatrix } from '../../weights/packing.js';
import { trainKernels } from '../kernels.js';
import type { Block, MemoryPlan } from '../memory-plan.js';
import type { Parameters } from '../parameters.js';
import type { Limits, Link, Pass, Pieces, Rows } from './link.js';
import { MatrixGradients } from './matrix-gradient.js';

/**
 * Rows that a product takes before others get their turn: as many as the blocks in which gradients are added up, so that they and
 * what comes of them stay in a second-level cache while all panels pass.
 */
const PIECE_ROWS = 128;

function* piecesOf(rows: number): Generator<readonly [first: number, count: number]> {
  for (let first = 0; first < rows; first += PIECE_ROWS) yield [first, Math.min(PIECE_ROWS, rows - first)];
}

/** A Linear on a tape. */
export class LinearLink implements Link {
  readonly output: Rows;
  private readonly transposed: Block | undefined;
  private readonly gradients: MatrixGradients;

  /** @param first place of its weight among the parameters */
  constructor(
    private readonly module: Linear,
    private readonly input: Rows,
    plan: MemoryPlan,
    private readonly parameters: Parameters,
    private readonly first: number,
    { rows }: Limits,
  ) {
    const { inFeatures, outFeatures } = module;
    const stride = padToTile(outFeatures);
    const [values, gradients] = [plan.reserve(rows * stride), plan.reserve(rows * stride)];
    this.output = { values, gradients, width: outFeatures, stride };
    if (input.gradients) this.transposed = plan.share('weights', packedSize(plainMatrix(inFeatures, outFeatures)));
    const g = { block: gradients, stride, from: 0, width: outFeatures };
    const x = { block: input.values, stride: input.stride, from: 0, width: inFeatures };
    const rowRuns = [{ from: 0, to: 0, count: outFeatures }];
    this.gradients = new MatrixGradients(
      trainKernels(module.engine),
      parameters,
      plan,
      [{ g, x, parameter: first, cols: inFeatures, rowRuns, colFrom: 0 }],
      module.bias ? [{ g, parameters: [first + 1], rowRuns }] : [],
    );
  }

  *forward({ layout: { rows } }: Pass): Pieces {
    const { module, input, output } = this;
    const { matrix, w, engine } = module;
    const y = output.values.address;
    const x = input.values.address;
    for (const [first, count] of piecesOf(rows)) {
      const [to, from] = [y + first * output.stride * 4, x + first * input.stride * 4];
      engine.kernels.affine(to, w, from, count, matrix.rows, matrix.cols, output.stride, input.stride);
      yield;
    }
  }

  *backward({ layout: { rows } }: Pass): Pieces {
    this.gradients.begin();
    for (const [first, count] of piecesOf(rows)) {
      this.gradients.add(first, count);
      yield;
    }
    this.gradients.finish();
    const { module, input, output, transposed } = this;
    if (!transposed || !input.gradients || !output.gradients) return;
    const { inFeatures, outFeatures } = module;
    const matrix = plainMatrix(inFeatures, outFeatures);
    const panels = transposed.address + matrix.rows * 4;
    const { f32, kernels } = module.engine;
    f32.fill(0, transposed.address / 4, panels / 4);
    trainKernels(module.engine).packTransposed(
      panels,
      this.parameters.valueAt(this.first),
      0,
      outFeatures,
      matrix.cols,
      inFeatures,
      inFeatures,
    );
    const dx = input.gradients.address;
    const dy = output.gradients.address;
    for (const [first, count] of piecesOf(rows)) {
      const [to, from] = [dx + first * input.stride * 4, dy + first * output.stride * 4];
      kernels.affine(to, transposed.address, from, count, matrix.rows, matrix.cols, input.stride, output.stride);
      yield;
    }
  }
}
