import { padToLanes, quantizedSize } from '../engine/abi.js';
import type { Engine } from '../engine/engine.js';
import { type Random, uniform } from '../random.js';
import { type CellKind, inputMatrix, recurrentMatrices, recurrentSize } from '../weights/cell-kind.js';
import { type Access, matrixAccess, type PlacedMatrix } from '../weights/matrix-access.js';
import { type PackedMatrix, packBias, packedSize, plainMatrix, type Run } from '../weights/packing.js';
import { packedFormat, type WeightFormat } from '../weights/quantized.js';
import type { Parameter, ParameterDims } from '../weights/state-dict.js';

/** The sizes of one cell: one layer in one direction. */
export interface CellShape {
  readonly kind: CellKind;
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** 0 without projection. */
  readonly projSize: number;
  readonly bias: boolean;
  /** How all its matrices are kept. */
  readonly format: WeightFormat;
  /** Where the input's columns lie in a row of wasm memory, and how long that row is; one tight run unless given. */
  readonly inputRuns?: readonly Run[];
  readonly inputStride?: number;
}

/**
 * Names and shapes of one cell's weights, in PyTorch's order.
 *
 * @param suffix what follows `weight_ih` and the others: `_l0_reverse`; empty for a cell
 */
export function cellParameterDims(
  { kind, inputSize, hiddenSize, projSize, bias }: Omit<CellShape, 'format'>,
  suffix: string,
): ParameterDims[] {
  const rows = kind.gates * hiddenSize;
  const list: [string, number[]][] = [
    ['weight_ih', [rows, inputSize]],
    ['weight_hh', [rows, projSize || hiddenSize]],
  ];
  if (bias) list.push(['bias_ih', [rows]], ['bias_hh', [rows]]);
  if (projSize) list.push(['weight_hr', [projSize, hiddenSize]]);
  return list.map(([name, dims]) => ({ name: name + suffix, dims }));
}

/** What weights need of an engine. */
export type WeightsHost = Pick<Engine, 'f32' | 'kernels' | 'byteDots'>;

/**
 * The weights of one cell in wasm memory, under PyTorch's names. Biases are kept as they came, because the kernels want
 * b_ih + b_hh summed where the equations allow it and a state dict wants both back.
 */
export class RecurrentWeights {
  /** Features of h: projSize, or hiddenSize without projection. */
  readonly outputSize: number;
  /** Floats that `place` needs. */
  readonly size: number;
  /** Rows of a row of gates. */
  readonly gateRows: number;
  /** Floats between input rows. */
  readonly inputStride: number;
  /** Addresses of the packed matrices; 0 until placed, and for wr without projection. */
  wx = 0;
  wh = 0;
  wr = 0;
  /** How the input matrix lies at `wx`. */
  readonly input: PackedMatrix;
  private readonly recurrent: readonly PackedMatrix[];
  private readonly projection: PackedMatrix | undefined;
  /** The biases as they came, gate after gate; empty without bias. `packBiases` brings them into wasm memory. */
  biasIh = new Float32Array(0);
  biasHh = new Float32Array(0);

  constructor(
    readonly engine: WeightsHost,
    readonly shape: CellShape,
  ) {
    const { kind, inputSize, hiddenSize, projSize } = shape;
    const format = packedFormat(engine, shape.format);
    this.outputSize = projSize || hiddenSize;
    this.inputStride = shape.inputStride ?? padToLanes(inputSize);
    this.input = inputMatrix(
      kind,
      hiddenSize,
      this.inputStride,
      shape.inputRuns ?? [{ from: 0, to: 0, count: inputSize }],
      format,
    );
    this.recurrent = recurrentMatrices(kind, hiddenSize, this.outputSize, format);
    this.projection = projSize ? plainMatrix(projSize, hiddenSize, format) : undefined;
    this.gateRows = this.input.rows;
    this.size =
      packedSize(this.input) + recurrentSize(this.recurrent) + (this.projection ? packedSize(this.projection) : 0);
  }

  /**
   * Floats of workspace in which an int8 product quantises its rows; 0 for float32.
   *
   * @param inputs rows of input products made in one call
   * @param batch rows of a recurrent product
   */
  quantizedSize(inputs: number, batch: number): number {
    if (this.shape.format === 'float32') return 0;
    const state = Math.max(this.recurrent[0].cols, this.projection?.cols ?? 0);
    return Math.max(inputs * quantizedSize(this.inputStride), batch * quantizedSize(state));
  }

  /** Says where its `size` floats of zeroed memory are; nothing else may be called before. */
  place(address: number): void {
    this.wx = address;
    this.wh = this.wx + packedSize(this.input) * 4;
    this.wr = this.projection ? this.wh + recurrentSize(this.recurrent) * 4 : 0;
    const { kind, hiddenSize, bias } = this.shape;
    this.biasIh = new Float32Array(bias ? kind.gates * hiddenSize : 0);
    this.biasHh = new Float32Array(bias ? kind.gates * hiddenSize : 0);
  }

  /** Fills every weight and bias uniformly from ±1/√hiddenSize, as torch.nn's recurrent modules do. */
  initialize(random: Random): void {
    const bound = 1 / Math.sqrt(this.shape.hiddenSize);
    for (const { dims, write } of this.parameters('')) write(uniform(dims, bound, random));
  }

  /**
   * The weights by name.
   *
   * @param suffix as in `cellParameterDims`
   */
  parameters(suffix: string): Parameter[] {
    const { biasIh, biasHh, projection, engine } = this;
    const matrix =
      (places: () => readonly PlacedMatrix[]) =>
      ([rows, cols]: readonly number[]) =>
        matrixAccess(engine, rows, cols, places);
    const access = [
      matrix(() => [[this.input, this.wx]]),
      matrix(() => this.recurrentPlaces()),
      ...(this.shape.bias ? [() => this.biasAccess(biasIh), () => this.biasAccess(biasHh)] : []),
      ...(projection ? [matrix(() => [[projection, this.wr]])] : []),
    ];
    return cellParameterDims(this.shape, suffix).map(({ name, dims }, i) => ({ name, dims, ...access[i](dims) }));
  }

  /** The recurrent matrices, one for each group of gates. */
  recurrentPlaces(): PlacedMatrix[] {
    let at = this.wh;
    return this.recurrent.map((matrix) => {
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
    if (this.shape.kind.recurrentBias) {
      packBias(engine.f32, this.wx, this.input, biasIh);
      for (const [matrix, address] of this.recurrentPlaces()) packBias(engine.f32, address, matrix, biasHh);
    } else {
      packBias(
        engine.f32,
        this.wx,
        this.input,
        biasIh.map((b, i) => b + biasHh[i]),
      );
    }
  }
}
