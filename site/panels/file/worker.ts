import { ready } from 'hiddenstate';
import { identify, type OpenedModel, openModel } from 'hiddenstate/files';
import { describeOnnx, type OnnxDescription } from 'hiddenstate/onnx';
import { answerWith } from '../shared/worker-server.js';
import { race } from './contest.js';
import { type Fill, feedsOf } from './feeds.js';
import type { Opened, Part, Port, Ran, Request } from './messages.js';

/** Silero's window with its context, its state, and its rate: its file says none of them. */
const SILERO = { names: 'input,state,sr', dims: [[1, 576], [2, 1, 128], []] } as const;

let model: OpenedModel | undefined;
let bytes = new Uint8Array();

answerWith<Request>((request) => {
  switch (request.kind) {
    case 'prepare':
      return ready().then(() => undefined);
    case 'open':
      return open(request.file, request.layers);
    case 'run':
      return run(request.dims, request.fill);
    case 'race':
      return race(model as OpenedModel, bytes, feedsOf(portsOf(), request.dims, 'noise'), request.ort);
  }
});

async function open(file: Blob, layers: readonly string[]): Promise<Opened> {
  model?.dispose();
  model = undefined;
  bytes = new Uint8Array(await file.arrayBuffer());
  const { format, version = '', runs, problems } = identify(bytes);
  if (!runs) throw new Error(`The file is ${problems[0] ?? `of the format ${format}, which is not read`}.`);
  const start = performance.now();
  model = await openModel(bytes, layers.length > 0 ? { layers } : {});
  const inputs = portsOf();
  const known = inputs.map(({ name }) => name).join() === SILERO.names ? SILERO.dims : undefined;
  const described =
    format === 'onnx' ? describeOnnx(bytes, known ? { feeds: feedsOf(inputs, known, 'zeros') } : {}) : undefined;
  const dims =
    known ?? model.inputs.map(({ name, dims }, i) => triedDims(described?.ran, name) ?? guessed(dims ?? [], i));
  const doubt = described ? doubtOf(described) : doubtAfterRun(model, dims);
  return {
    format,
    version,
    inputs,
    outputs: model.outputs.map(portOf),
    steps: (described?.steps ?? []).map((step) => ({ ...step, dims: step.dims ?? [] })),
    parts: (described?.layers ?? []).map(partOf),
    parameters: described?.parameters ?? 0,
    operators: (described?.operators ?? []).map(({ name, nodes }) => `${name} × ${nodes}`),
    dims,
    doubt,
    milliseconds: performance.now() - start,
  };
}

/** `describeOnnx` has run it, where it could. */
function doubtOf({ problems, untried }: OnnxDescription): string | undefined {
  return problems[0] ?? (untried && `it was not tried: ${untried}`);
}

function doubtAfterRun(opened: OpenedModel, dims: readonly (readonly number[])[]): string | undefined {
  try {
    opened.run(feedsOf(portsOf(), dims, 'zeros'));
    return undefined;
  } catch (error) {
    return `a run on zeros: ${(error as Error).message}`;
  }
}

function portsOf(): Port[] {
  return (model as OpenedModel).inputs.map(portOf);
}

function portOf({ name, dtype, dims }: OpenedModel['inputs'][number]): Port {
  return {
    name,
    type: dtype ?? 'float32',
    dims: dims === undefined ? 'any' : `[${dims.map((extent) => extent ?? '?').join(', ')}]`,
  };
}

function partOf({ name, type, direction, inputSize, hiddenSize }: OnnxDescription['layers'][number]): Part {
  return {
    name,
    kind: direction === 'forward' ? type : `${type}, ${direction}`,
    shape: `${inputSize ?? '?'} → ${hiddenSize ?? '?'}`,
  };
}

/** Where the file leaves an extent open: one sequence of the first input is ten steps long, all else is one. */
function guessed(dims: readonly (number | string | null)[], input: number): number[] {
  return dims.map((extent, axis) => (typeof extent === 'number' ? extent : input === 0 && axis === 1 ? 10 : 1));
}

/** `x [1, 7, 80]`, as the trial of describeOnnx says it. */
function triedDims(ran: readonly string[] | undefined, name: string): number[] | undefined {
  const line = ran?.find((text) => text.startsWith(`${name} [`));
  return line
    ?.slice(name.length + 2, -1)
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
}

function run(dims: readonly (readonly number[])[], fill: Fill): Ran {
  const loaded = model as OpenedModel;
  const feeds = feedsOf(portsOf(), dims, fill);
  let results = loaded.run(feeds);
  const start = performance.now();
  let runs = 0;
  do {
    results = loaded.run(feeds);
    runs++;
  } while (performance.now() - start < 100 && runs < 1000);
  return {
    microseconds: ((performance.now() - start) / runs) * 1000,
    outputs: Object.entries(results).map(([name, tensor]) => ({
      name,
      dims: `[${tensor.dims.join(', ')}]`,
      first: Array.from(tensor.data as ArrayLike<number | bigint>)
        .slice(0, 6)
        .map((value) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value))
        .join(', '),
    })),
  };
}
