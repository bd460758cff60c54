import { padToLanes, padToTile, quantizedSize } from '../engine/abi.js';
import { blockRuns, type PackedMatrix, packedSize, plainMatrix, type Run } from '../weights/packing.js';
import type { PackedFormat } from '../weights/quantized.js';
import type { ParameterDims } from '../weights/state-dict.js';
import type { CellKind } from './kind.js';

/** The sizes of one cell: one layer in one direction. */
export interface CellShape {
  readonly kind: CellKind;
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** 0 without projection. */
  readonly projSize: number;
  readonly bias: boolean;
  /** Where the input's columns lie in a row of wasm memory, and how long that row is; one tight run unless given. */
  readonly inputRuns?: readonly Run[];
  readonly inputStride?: number;
}

/** How the weights of one cell lie in memory, wherever that is: sizes in floats, offsets in bytes. */
export interface CellLayout {
  readonly shape: CellShape;
  /** How the matrices are packed. */
  readonly format: PackedFormat;
  /** Features of h: projSize, or hiddenSize without projection. */
  readonly outputSize: number;
  /** Floats of a row of gates. */
  readonly gateRows: number;
  /** Floats between input rows. */
  readonly inputStride: number;
  /** W_ih, at offset 0. */
  readonly input: PackedMatrix;
  /** W_hh, one matrix for each group of gates, one after the other. */
  readonly recurrent: readonly PackedMatrix[];
  readonly recurrentOffset: number;
  /** W_hr. */
  readonly projection: PackedMatrix | undefined;
  readonly projectionOffset: number;
  /** Floats of everything together. */
  readonly size: number;
}

/** Lays the weights of a cell out. */
export function layOutCell(shape: CellShape, format: PackedFormat): CellLayout {
  const { kind, inputSize, hiddenSize, projSize } = shape;
  const outputSize = projSize || hiddenSize;
  const inputStride = shape.inputStride ?? padToLanes(inputSize);
  const colRuns = shape.inputRuns ?? [{ from: 0, to: 0, count: inputSize }];
  const input = inputMatrix(kind, hiddenSize, inputStride, colRuns, format);
  const recurrent = recurrentMatrices(kind, hiddenSize, outputSize, format);
  const projection = projSize ? plainMatrix(projSize, hiddenSize, format) : undefined;
  const recurrentOffset = packedSize(input) * 4;
  const projectionOffset = recurrentOffset + recurrent.reduce((sum, matrix) => sum + packedSize(matrix), 0) * 4;
  const size = projectionOffset / 4 + (projection ? packedSize(projection) : 0);
  const gateRows = input.rows;
  return {
    shape,
    format,
    outputSize,
    gateRows,
    inputStride,
    input,
    recurrent,
    recurrentOffset,
    projection,
    projectionOffset,
    size,
  };
}

/**
 * Names and shapes of one cell's weights, in PyTorch's order.
 *
 * @param suffix what follows `weight_ih` and the others: `_l0_reverse`; empty for a cell
 */
export function cellParameterDims(
  { kind, inputSize, hiddenSize, projSize, bias }: CellShape,
  suffix: string,
): ParameterDims[] {
  const rows = kind.gates * hiddenSize;
  const recurs = kind.recurrentGroups.length > 0;
  const list: [string, number[]][] = [['weight_ih', [rows, inputSize]]];
  if (recurs) list.push(['weight_hh', [rows, projSize || hiddenSize]]);
  if (bias) list.push(['bias_ih', [rows]]);
  if (bias && recurs) list.push(['bias_hh', [rows]]);
  if (projSize) list.push(['weight_hr', [projSize, hiddenSize]]);
  return list.map(([name, dims]) => ({ name: name + suffix, dims }));
}

/** Floats of workspace that a batch of so many recurrent steps needs beside its gates. */
export function stepScratch({ shape, gateRows }: CellLayout, batch: number): number {
  const { kind, hiddenSize, projSize } = shape;
  const hidden = padToLanes(hiddenSize);
  if (projSize) return batch * (hidden + padToTile(padToLanes(projSize)));
  if (kind.productApart) return batch * gateRows;
  // What a later group of gates multiplies.
  return kind.recurrentGroups.length > 1 ? batch * hidden : 0;
}

/**
 * Floats of workspace in which an int8 product quantises its rows; 0 for float32.
 *
 * @param inputs rows of input products made in one call
 * @param batch rows of a recurrent product
 */
export function quantizedScratch(layout: CellLayout, inputs: number, batch: number): number {
  if (layout.format === 'float32') return 0;
  const state = Math.max(layout.recurrent[0]?.cols ?? 0, layout.projection?.cols ?? 0);
  return Math.max(inputs * quantizedSize(layout.inputStride), batch * quantizedSize(state));
}

/** The input matrix W_ih: every gate's rows, group after group, each group padded to whole tiles. */
function inputMatrix(
  kind: CellKind,
  hiddenSize: number,
  cols: number,
  colRuns: readonly Run[],
  format: PackedFormat,
): PackedMatrix {
  const hidden = padToLanes(hiddenSize);
  const rowRuns: Run[] = [];
  let rows = 0;
  const together = [Array.from({ length: kind.gates }, (_, gate) => gate)];
  for (const group of kind.recurrentGroups.length > 0 ? kind.recurrentGroups : together) {
    rowRuns.push(...blockRuns(hiddenSize, hidden, group, rows));
    rows += padToTile(group.length * hidden);
  }
  return { format, rows, cols, rowRuns, colRuns };
}

/** The recurrent matrix W_hh, one packed matrix for each group of gates. */
function recurrentMatrices(
  kind: CellKind,
  hiddenSize: number,
  outputSize: number,
  format: PackedFormat,
): PackedMatrix[] {
  const hidden = padToLanes(hiddenSize);
  return kind.recurrentGroups.map((group) => ({
    format,
    rows: padToTile(group.length * hidden),
    cols: padToLanes(outputSize),
    rowRuns: blockRuns(hiddenSize, hidden, group),
    colRuns: [{ from: 0, to: 0, count: outputSize }],
  }));
}
