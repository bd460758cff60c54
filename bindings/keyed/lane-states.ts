import { padToLanes } from '../engine/abi.js';
import { RecurrentStage } from '../layers/recurrent-stage.js';
import { Stream } from '../layers/stream.js';
import type { Streaming } from '../streaming.js';

/** Copies the state of a lane into memory that is given, from index `at` on: the floats of `stateOf`, tensor after tensor. */
export type CopyState = (lane: number, out: Float32Array, at: number) => void;

/**
 * How states of a stream are copied straight from wasm memory, without an object for each: a worker takes the state of every
 * key of every commit.
 *
 * @returns undefined for streams of more than one recurrent layer object: their states are taken by `stateOf`
 */
export function copyStateOf(stream: Streaming<unknown>): CopyState | undefined {
  if (!(stream instanceof Stream) || !(stream.stage instanceof RecurrentStage)) return undefined;
  const { engine, stage } = stream;
  const { h, c, shape } = stage;
  const { cells, batch, outputSize, cellSize } = shape;
  return (lane, out, at) => {
    const { f32 } = engine;
    copyRows(f32, h / 4, cells, batch, outputSize, lane, out, at);
    if (cellSize > 0) copyRows(f32, c / 4, cells, batch, cellSize, lane, out, at + cells * outputSize);
  };
}

/** Copies the row of a lane of every cell. */
function copyRows(
  memory: Float32Array,
  from: number,
  cells: number,
  batch: number,
  size: number,
  lane: number,
  out: Float32Array,
  at: number,
): void {
  const stride = padToLanes(size);
  for (let cell = 0; cell < cells; cell++, at += size) {
    const row = from + (cell * batch + lane) * stride;
    for (let i = 0; i < size; i++) out[at + i] = memory[row + i];
  }
}
