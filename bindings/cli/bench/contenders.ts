import { type Engine, GRU, LSTM, RNN, type StateDict } from '../../index.js';
import { PlainGRU, PlainLSTM, PlainRNN } from '../../measure/index.js';
import type { Case } from './workload.js';

/** One of those that are measured against each other. */
export interface Contender {
  readonly name: string;
  /** One call, on the next input. */
  readonly run: () => void;
  /** The outputs for all inputs, from zero state on. */
  readonly outputs: () => Float32Array;
  readonly dispose: () => void;
}

const LAYERS = { lstm: LSTM, gru: GRU, rnn: RNN } as const;
const PLAIN = { lstm: PlainLSTM, gru: PlainGRU, rnn: PlainRNN } as const;

/** So many inputs take turns in streaming. */
const STREAM_INPUTS = 64;

/**
 * Makes plain JavaScript and the library on each engine ready to compute the same: same weights, same inputs.
 *
 * @param engines by the name of their build
 * @returns plain JavaScript first
 */
export function contendersOf(one: Case, engines: ReadonlyMap<string, Engine>): Contender[] {
  const { steps, batch, name } = one.workload;
  const calls = name === 'step' ? STREAM_INPUTS : 1;
  const inputs = Array.from({ length: calls }, (_, call) => wave(steps * batch * one.size, call));
  const layers = [...engines].map(([build, engine]) => ({ build, layer: makeLayer(one, engine) }));
  const dict = layers[0].layer.stateDict();
  const library = layers.map(({ build, layer }) => {
    layer.loadStateDict(dict);
    return name === 'step' ? streaming(build, layer, inputs) : whole(build, layer, one, inputs[0]);
  });
  return [plain(one, dict, inputs), ...library];
}

/** Numbers in ±1 that do not repeat. */
function wave(size: number, phase: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898 + phase));
}

type Layer = LSTM | GRU | RNN;

function makeLayer({ cell, size }: Case, engine: Engine): Layer {
  return new LAYERS[cell]({ inputSize: size, hiddenSize: size, seed: 1, engine });
}

function streaming(name: string, layer: Layer, inputs: readonly Float32Array[]): Contender {
  const stream = layer.stream();
  const out = new Float32Array(stream.outputSize);
  const step = (x: Float32Array) => stream.step(x, out);
  return {
    name,
    run: cycle(inputs, step),
    outputs: () => {
      stream.reset();
      return concatenate(inputs.map((x) => step(x).slice()));
    },
    dispose: () => layer.dispose(),
  };
}

function whole(name: string, layer: Layer, { workload, size }: Case, data: Float32Array): Contender {
  const { steps, batch } = workload;
  const input = { data, dims: batch === 1 ? [steps, size] : [steps, batch, size] };
  const outputs = () => layer.forward(input).output.data;
  return { name, run: outputs, outputs, dispose: () => layer.dispose() };
}

function plain({ cell, workload, size }: Case, dict: StateDict, inputs: readonly Float32Array[]): Contender {
  const { steps, batch, name } = workload;
  const layer = new PLAIN[cell](dict, batch);
  const out = new Float32Array(steps * batch * size);
  const call = (x: Float32Array) => {
    if (name === 'step') return layer.step(x, out);
    layer.reset();
    layer.sequence(x, steps, out);
  };
  return {
    name: 'plain',
    run: cycle(inputs, call),
    outputs: () => {
      layer.reset();
      return concatenate(
        inputs.map((x) => {
          call(x);
          return out.slice();
        }),
      );
    },
    dispose: () => {},
  };
}

function cycle(inputs: readonly Float32Array[], call: (x: Float32Array) => void): () => void {
  let at = 0;
  return () => {
    call(inputs[at]);
    at = at + 1 < inputs.length ? at + 1 : 0;
  };
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.length * parts[0].length);
  parts.forEach((part, i) => {
    all.set(part, i * part.length);
  });
  return all;
}
