import { type Embedding, type Linear, type LSTM, loadModel, type Sequential } from 'hiddenstate';
import { gateTrace } from 'hiddenstate/train';
import { answerWith } from '../shared/worker-server.js';
import { Gradient } from './gradient.js';
import { GATES, type Gate, type Look, type Request, type Window } from './messages.js';

let lstm: LSTM;
let rows: Float32Array;
let size: number;
let gradient: Gradient;

answerWith<Request>((request) => (request.kind === 'model' ? take(request.bytes) : look(request.window)));

function take(bytes: Uint8Array): void {
  const { modules } = loadModel(bytes) as Sequential;
  const [embedding, recurrent, linear] = modules as unknown as [Embedding, LSTM, Linear];
  lstm = recurrent;
  rows = embedding.stateDict().weight.data;
  size = embedding.outputSize;
  gradient = new Gradient(lstm, linear);
}

function look({ ids, states }: Window): Look {
  const data = new Float32Array(ids.length * size);
  ids.forEach((id, i) => {
    data.set(rows.subarray(id * size, (id + 1) * size), i * size);
  });
  // Each character is a sequence of its own that begins in the state it was read in, held units and all.
  const traces = gateTrace(lstm, { data, dims: [1, ids.length, size] }, { state: states });
  const { gates } = traces[traces.length - 1];
  return {
    gradient: gradient.of(ids[ids.length - 1], { data, dims: [ids.length, size] }),
    gates: Object.fromEntries(GATES.map((gate) => [gate, gates[gate].data])) as Record<Gate, Float32Array>,
  };
}
