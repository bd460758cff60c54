import type { Engine } from '../engine/engine.js';
import { type Access, matrixAccess, type PlacedMatrix } from '../weights/matrix-access.js';
import { type PackedMatrix, packBias, packedSize } from '../weights/packing.js';
import type { Parameter } from '../weights/state-dict.js';
import { type CellLayout, cellParameterDims } from './layout.js';

/** What a placed cell needs of an engine; `f32` must be the view of the present memory whenever something is called. */
export type CellHost = Pick<Engine, 'f32' | 'kernels'>;

/**
 * The weights of one cell in wasm memory, under PyTorch's names. Biases are kept as they came, because the kernels want
 * b_ih + b_hh summed where the equations allow it and a state dict wants both back.
 */
export class CellWeights {
  /** Addresses of the packed matrices; wr is 0 without projection. */
  readonly wx: number;
  readonly wh: number;
  readonly wr: number;
  /** The biases as they came, gate after gate; empty without bias. `packBiases` brings them into wasm memory. */
  readonly biasIh: Float32Array;
  readonly biasHh: Float32Array;

  /** @param address where `layout.size` floats of zeroed memory are, or the packed weights themselves */
  constructor(
    readonly engine: CellHost,
    readonly layout: CellLayout,
    address: number,
  ) {
    const { shape, recurrentOffset, projectionOffset, projection } = layout;
    this.wx = address;
    this.wh = address + recurrentOffset;
    this.wr = projection ? address + projectionOffset : 0;
    const rows = shape.bias ? shape.kind.gates * shape.hiddenSize : 0;
    this.biasIh = new Float32Array(rows);
    this.biasHh = new Float32Array(rows);
  }

  /**
   * The weights by name.
   *
   * @param suffix as in `cellParameterDims`
   */
  parameters(suffix: string): Parameter[] {
    const { biasIh, biasHh, engine } = this;
    const { shape, input, projection } = this.layout;
    const matrix =
      (places: () => readonly PlacedMatrix[]) =>
      ([rows, cols]: readonly number[]) =>
        matrixAccess(engine, rows, cols, places);
    const access: Record<string, (dims: readonly number[]) => Access> = {
      weight_ih: matrix(() => [[input, this.wx]]),
      weight_hh: matrix(() => this.recurrentPlaces()),
      bias_ih: () => this.biasAccess(biasIh),
      bias_hh: () => this.biasAccess(biasHh),
      weight_hr: matrix(() => [[projection as PackedMatrix, this.wr]]),
    };
    return cellParameterDims(shape, '').map(({ name, dims }) => ({ name: name + suffix, dims, ...access[name](dims) }));
  }

  /** The recurrent matrices, one for each group of gates. */
  recurrentPlaces(): PlacedMatrix[] {
    let at = this.wh;
    return this.layout.recurrent.map((matrix) => {
      const address = at;
      at += packedSize(matrix) * 4;
      return [matrix, address];
    });
  }

  private biasAccess(bias: Float32Array): Access {
    return {
      read: () => bias.slice(),
      write: (data) => {
        bias.set(data);
        this.packBiases();
      },
    };
  }

  /** Writes both biases where the products take them. */
  packBiases(): void {
    const { engine, biasIh, biasHh } = this;
    const { shape, input } = this.layout;
    if (shape.kind.productApart) {
      packBias(engine.f32, this.wx, input, biasIh);
      for (const [matrix, address] of this.recurrentPlaces()) packBias(engine.f32, address, matrix, biasHh);
    } else {
      const sums = biasIh.map((b, i) => b + biasHh[i]);
      packBias(engine.f32, this.wx, input, sums);
    }
  }
}
