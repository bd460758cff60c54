import { padToTile } from '../../engine/abi.js';
import type { Linear } from '../../layers/linear.js';
import { packedSize, plainMatrix } from '../../weights/packing.js';
import { trainKernels } from '../kernels.js';
import type { Block, MemoryPlan } from '../memory-plan.js';
import type { Parameters } from '../parameters.js';
import type { Limits, Link, Pass, Rows } from './link.js';
import { MatrixGradients } from './matrix-gradient.js';

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

  forward({ layout: { rows } }: Pass): void {
    const { module, input, output } = this;
    const { matrix, w, engine } = module;
    const y = output.values.address;
    const x = input.values.address;
    engine.kernels.affine(y, w, x, rows, matrix.rows, matrix.cols, output.stride, input.stride);
  }

  backward({ layout: { rows } }: Pass): void {
    this.gradients.begin();
    this.gradients.add(0, rows);
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
    kernels.affine(dx, transposed.address, dy, rows, matrix.rows, matrix.cols, input.stride, output.stride);
  }
}
