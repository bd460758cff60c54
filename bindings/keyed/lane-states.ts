import type { Streaming } from '../streaming.js';

/** What a stream of one recurrent layer shows of itself: rows of h of every cell and lane from one address on, then rows of c. */
interface StatesInMemory {
  readonly engine: { readonly f32: Float32Array };
  readonly stage: {
    readonly h: number;
    /** 0 where there is none. */
    readonly c: number;
    /** Floats of all rows, padding included. */
    readonly stateFloats: number;
    readonly shape: {
      readonly cells: number;
      readonly batch: number;
      readonly outputSize: number;
      readonly cellSize: number;
    };
  };
}

/** Copies the state of a lane into memory that is given, from index `at` on: the floats of `stateOf`, tensor after tensor. */
export type CopyState = (lane: number, out: Float32Array, at: number) => void;

/**
 * How states of a stream are copied straight from wasm memory, without an object for each: a worker takes the state of every
 * key of every commit.
 *
 * @returns undefined for streams of more than one recurrent layer object: their states are taken by `stateOf`
 */
export function copyStateOf(stream: Streaming<unknown>): CopyState | undefined {
  if (!liesInMemory(stream)) return undefined;
  const { engine, stage } = stream;
  const { h, c, stateFloats, shape } = stage;
  const { cells, batch, outputSize, cellSize } = shape;
  const hFloats = c > 0 ? (c - h) / 4 : stateFloats;
  const stride = hFloats / (cells * batch);
  const cStride = (stateFloats - hFloats) / (cells * batch);
  return (lane, out, at) => {
    const { f32 } = engine;
    for (let cell = 0; cell < cells; cell++, at += outputSize) {
      copyRow(f32, h / 4 + (cell * batch + lane) * stride, outputSize, out, at);
    }
    if (cellSize === 0) return;
    for (let cell = 0; cell < cells; cell++, at += cellSize) {
      copyRow(f32, c / 4 + (cell * batch + lane) * cStride, cellSize, out, at);
    }
  };
}

/** Looked at, not asked for its class: this room stands on any model with a stream, and brings no layers along. */
function liesInMemory(stream: object): stream is StatesInMemory {
  const { stage } = stream as Partial<StatesInMemory>;
  return typeof stage?.stateFloats === 'number' && typeof stage.shape?.cells === 'number';
}

function copyRow(memory: Float32Array, from: number, size: number, out: Float32Array, at: number): void {
  for (let i = 0; i < size; i++) out[at + i] = memory[from + i];
}
